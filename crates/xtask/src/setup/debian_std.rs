//! The fall-back for a machine that reaches Debian's mirror and not rustup's host.
//!
//! Debian's `rustc-web` has no library for wasm, but its sources are packaged beside it and build in
//! half a minute. Only wasm is compiled by this second compiler; everything native stays with rustup.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::{Attempting, Failure};
use crate::repo::Repo;

use super::wasm_target::TARGET;
use super::{Apt, apt};

/// Its name in rustup's list.
pub(crate) const TOOLCHAIN: &str = "farthing-debian";
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// Puts the library and the linker where Debian's compiler looks for them: arguments are the folder
/// of built libraries, the library folder of the target, and the program folder of the host.
const INSTALL: &str = r#"set -eu
mkdir -p "$2" "$3"
cp "$1"/*.rlib "$2"/
ln -sf /usr/lib/llvm-22/bin/lld "$3"/rust-lld"#;

/// Whether wasm is compiled by the fall-back here.
pub(crate) fn in_use(repo: &Repo) -> bool {
    repo.tools().join("debian-std/in-use").is_file()
}

/// Goes back to rustup's own library.
pub(crate) fn forget(repo: &Repo) {
    fs::remove_file(repo.tools().join("debian-std/in-use")).ok();
}

/// Builds the library from Debian's sources and links the result as a toolchain.
///
/// # Errors
/// If a package is missing, or a step fails.
pub(crate) fn build(repo: &Repo, apt: &mut Apt) -> Result<Duration, Failure> {
    let mut took = apt.install(repo, &PACKAGES)?;
    let folder = repo.tools().join("debian-std");
    let writing = "writing an empty crate";
    fs::create_dir_all(folder.join("src")).attempting(writing)?;
    fs::write(folder.join("src/lib.rs"), "#![no_std]\n").attempting(writing)?;
    let manifest =
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest).attempting(writing)?;

    let mut cargo = Command::new("/usr/bin/cargo");
    cargo
        .args(["build", "-Zbuild-std=std,panic_abort,test", "--target", TARGET, "--release"])
        .current_dir(&folder)
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        // Without the bitcode, link-time optimisation of whatever uses the library fails.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTUP_TOOLCHAIN");
    took += step(repo, "build std for wasm", cargo)?;

    let sysroot = ask(&["--print", "sysroot"])?;
    let host = ask(&["-vV"])?;
    let host =
        host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned();
    let mut install = apt::as_root("sh");
    install
        .args(["-c", INSTALL, "sh"])
        .arg(folder.join("target").join(TARGET).join("release/deps"))
        .arg(format!("{sysroot}/lib/rustlib/{TARGET}/lib"))
        .arg(format!("{sysroot}/lib/rustlib/{host}/bin"));
    took += step(repo, "install std for wasm", install)?;

    let mut link = Command::new("rustup");
    link.args(["toolchain", "link", TOOLCHAIN, &sysroot]);
    took += step(repo, "link Debian's toolchain", link)?;
    fs::write(folder.join("in-use"), "").attempting("marking the fall-back as in use")?;
    Ok(took)
}

fn step(repo: &Repo, name: &str, command: Command) -> Result<Duration, Failure> {
    let job = Job { name, hint: "", command, log: repo.log(name), limit: Duration::from_mins(10) };
    exec::run_or_show(job).map(|ended| ended.took)
}

fn ask(args: &[&str]) -> Result<String, Failure> {
    exec::answer("/usr/bin/rustc", args)
        .ok_or_else(|| Failure::new("Debian's rustc is installed and does not answer"))
}
