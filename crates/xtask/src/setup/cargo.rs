//! Tools from the Rust registry, installed under `target/tools`, so that nothing global changes.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::repo::Repo;

use super::{Met, environment};

/// One program and the crate it comes from.
pub(crate) struct Tool {
    package: &'static str,
    program: &'static str,
    version: String,
    /// Whether another version, if already installed, does as well.
    fit: Fit,
    hint: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    AnyVersion,
    ThisVersion,
}

pub(crate) fn nextest() -> Tool {
    Tool {
        package: "cargo-nextest",
        program: "cargo-nextest",
        version: "0.9.143".to_owned(),
        fit: Fit::AnyVersion,
        hint: "installing by cargo; about five minutes on two cores",
    }
}

/// Its output is an agreement between program and library: the versions must be equal.
///
/// # Errors
/// If the lock file does not name the library.
pub(crate) fn wasm_bindgen(repo: &Repo) -> Result<Tool, Failure> {
    Ok(Tool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: repo.locked_version("wasm-bindgen")?,
        fit: Fit::ThisVersion,
        hint: "installing by cargo; about two minutes on two cores",
    })
}

pub(crate) fn wasm_pack() -> Tool {
    Tool {
        package: "wasm-pack",
        program: "wasm-pack",
        version: "0.15.1".to_owned(),
        fit: Fit::ThisVersion,
        hint: "installing by cargo; about two minutes on two cores",
    }
}

pub(crate) fn worker_build() -> Tool {
    Tool {
        package: "worker-build",
        program: "worker-build",
        version: "0.8.7".to_owned(),
        fit: Fit::ThisVersion,
        hint: "installing by cargo; about four minutes on two cores",
    }
}

/// Installs a tool unless a fitting one is there.
///
/// # Errors
/// If cargo cannot install it.
pub(crate) fn meet(repo: &Repo, tool: &Tool) -> Result<Met, Failure> {
    if let Some(found) = installed(repo, tool) {
        return Ok(Met::Already(found));
    }
    let mut command = Command::new("cargo");
    command
        .args(["install", tool.package, "--version", &tool.version, "--root"])
        .arg(repo.tools())
        // One folder for all of them: they share most of their dependencies.
        .env("CARGO_TARGET_DIR", repo.tools().join("build"))
        .current_dir(repo.root());
    if tool.fit == Fit::AnyVersion {
        // The others are installed without their lock files, which name versions that not every
        // registry mirror still has.
        command.arg("--locked");
    }
    let log = repo.log(tool.package);
    let job =
        Job { name: tool.package, hint: tool.hint, command, log, limit: Duration::from_mins(20) };
    exec::run_or_show(job).map(|ended| Met::Now("installed", ended.took))
}

/// The version found, with where it is when that is not under `target/tools`.
fn installed(repo: &Repo, tool: &Tool) -> Option<String> {
    let fits = |version: &str| tool.fit == Fit::AnyVersion || version == tool.version;
    let ours = repo.tools().join("bin").join(tool.program);
    if let Some(version) = version_in_list(&list(repo), tool.package).filter(|_| ours.is_file())
        && fits(&version)
    {
        return Some(version);
    }
    let elsewhere: PathBuf = environment::on_path(tool.program)?;
    let told = exec::answer(&elsewhere, &["--version"])?;
    let version =
        told.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    fits(version).then(|| format!("{version}, at {}", elsewhere.display()))
}

/// Asked of cargo, because not every tool answers `--version`.
fn list(repo: &Repo) -> String {
    let root = repo.tools().display().to_string();
    exec::answer("cargo", &["install", "--list", "--root", &root]).unwrap_or_default()
}

fn version_in_list(list: &str, package: &str) -> Option<String> {
    let line = list.lines().find_map(|line| line.strip_prefix(&format!("{package} v")))?;
    Some(line.split([':', ' ']).next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_list_is_read_by_whole_names() {
        let list = "wasm-bindgen-cli v0.2.130:\n    wasm-bindgen\nwasm-pack v0.15.1 (/x):\n    wasm-pack\n";
        assert_eq!(version_in_list(list, "wasm-bindgen-cli").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_list(list, "wasm-pack").as_deref(), Some("0.15.1"));
        assert_eq!(version_in_list(list, "wasm"), None);
    }
}
