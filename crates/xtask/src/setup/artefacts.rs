//! What is built before anything can be tested across a border: the binary and the two wasm parts.

use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::repo::Repo;

use super::{Met, environment};

/// Builds the binary `farthing`.
///
/// # Errors
/// If it does not compile.
pub(crate) fn backend(repo: &Repo, name: &str) -> Result<Met, Failure> {
    let mut command = Command::new("cargo");
    command.args(["build", "--package", "farthing", "--bin", "farthing"]);
    command.envs(environment::variables(repo));
    build(repo, name, command)
}

/// Runs a folder's own build script, with the tools handed over.
///
/// # Errors
/// If it fails.
pub(crate) fn npm_build(repo: &Repo, name: &str, folder: &str) -> Result<Met, Failure> {
    let mut command = Command::new("npm");
    command.args(["run", "--silent", "build", "--prefix"]).arg(repo.path(folder));
    command.envs(environment::wasm_variables(repo));
    build(repo, name, command)
}

fn build(repo: &Repo, name: &str, mut command: Command) -> Result<Met, Failure> {
    command.current_dir(repo.root());
    let hint = "minutes the first time, seconds after";
    let job = Job { name, hint, command, log: repo.log(name), limit: Duration::from_mins(25) };
    exec::run_or_show(job).map(|ended| Met::Now("built", ended.took))
}
