//! `cargo xtask sim`: builds the simulation, fast and still asserting, and runs it.

use std::process::{Command, ExitCode};

use crate::failure::{Attempting, Failure};
use crate::repo::Repo;
use crate::setup::environment;

/// Runs it with these words; its output is the task's.
pub(crate) fn run(repo: &Repo, words: &[String]) -> Result<ExitCode, Failure> {
    let build = ["run", "--quiet", "--profile", "sim", "-p", "farthing-tests", "--example", "sim"];
    let mut command = Command::new("cargo");
    command.args(build).arg("--").args(words);
    command.envs(environment::variables(repo)).current_dir(repo.root());
    let status = command.status().attempting(|| "to run the simulation".to_owned())?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
