//! `cargo xtask sim`: builds the simulation, fast and still asserting, and runs it. And `cargo xtask
//! planted`: the same with bugs that are put in on purpose.

use std::process::{Command, ExitCode};

use crate::failure::{Attempting, Failure};
use crate::repo::Repo;
use crate::setup::environment;
use crate::term;

/// Runs it with these words; its output is the task's.
pub(crate) fn run(repo: &Repo, words: &[String]) -> Result<ExitCode, Failure> {
    let build = ["run", "--quiet", "--profile", "sim", "-p", "farthing-tests", "--example", "sim"];
    let mut command = Command::new("cargo");
    command.args(build).arg("--").args(words);
    shown(repo, command)
}

/// Plants every bug, or one, after seeing that no release can have any.
pub(crate) fn planted(repo: &Repo, name: Option<&str>) -> Result<ExitCode, Failure> {
    refused_by_releases(repo)?;
    let build =
        ["run", "--quiet", "-p", "farthing-tests", "--features", "planted", "--example", "sim"];
    let mut command = Command::new("cargo");
    command.args(build).args(["--", "planted"]).args(name);
    shown(repo, command)
}

fn refused_by_releases(repo: &Repo) -> Result<(), Failure> {
    let mut command = Command::new("cargo");
    command.args(["check", "--quiet", "--release", "-p", "farthing-core", "--features", "planted"]);
    command.envs(environment::variables(repo)).current_dir(repo.root());
    let output = command.output().attempting("The compiler could not be run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || !said.contains("Bugs are planted in builds for tests alone") {
        return Err(Failure::new(format!("A release could have planted bugs: {said}")));
    }
    term::note("A release with planted bugs is refused by the compiler, as it should be.");
    Ok(())
}

fn shown(repo: &Repo, mut command: Command) -> Result<ExitCode, Failure> {
    command.envs(environment::variables(repo)).current_dir(repo.root());
    let status = command.status().attempting("The simulation could not be run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
