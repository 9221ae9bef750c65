//! The standard library for wasm: from rustup within a minute, or else built from Debian's sources.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Ending, Job};
use crate::failure::Failure;
use crate::repo::Repo;
use crate::term;

use super::{Apt, Met, apt, debian_std};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// Where the toolchain's host is reachable, this takes seconds; where it is not, it would hang.
const LIMIT: Duration = Duration::from_mins(1);

/// Has the target installed.
///
/// # Errors
/// If neither rustup nor Debian can supply it.
pub(crate) fn meet(repo: &Repo, apt: &mut Apt) -> Result<Met, Failure> {
    if is_installed(TARGET) {
        debian_std::forget(repo);
        return Ok(Met::Already("by rustup".to_owned()));
    }
    if debian_std::in_use(repo) {
        return Ok(Met::Already("the fall-back, built from Debian's sources".to_owned()));
    }
    if let Some(took) = add(repo, TARGET)? {
        return Ok(Met::Now("installed", took));
    }
    term::note("rustup's host does not answer.");
    if !apt::is_debian() {
        return Err(Failure::new(format!(
            "`rustup target add {TARGET}` failed, and the fall-back needs Debian"
        )));
    }
    term::note("This is the fall-back: the library is built from Debian's rust-web-src.");
    debian_std::build(repo, apt).map(|took| Met::Now("built from Debian's sources", took))
}

/// Whether the toolchain in use has the target's library.
pub(crate) fn is_installed(target: &str) -> bool {
    exec::answer("rustc", &["--print", "sysroot"])
        .is_some_and(|root| Path::new(&root).join("lib/rustlib").join(target).join("lib").is_dir())
}

/// Asks rustup for a target, for at most a minute; `None` means that it cannot be had.
///
/// # Errors
/// If rustup is not there at all.
pub(crate) fn add(repo: &Repo, target: &str) -> Result<Option<Duration>, Failure> {
    let mut command = Command::new("rustup");
    command.args(["target", "add", target]);
    let name = format!("rustup target add {target}");
    let ended =
        exec::run(Job { name: &name, hint: "", command, log: repo.log(&name), limit: LIMIT })?;
    // rustup believes its own list; the compiler looks into the folder.
    let there = ended.ending == Ending::Success && is_installed(target);
    Ok(there.then_some(ended.took))
}
