//! `cargo xtask crash`: the drill of real crashes, as often as asked, on either engine.
//!
//! The drill is a test of the binary (`every_death_leaves_books_that_agree_with_the_answers`), which
//! every test run takes a few cycles of; here it is told how many.

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::repo::Repo;
use crate::setup::environment;
use crate::term;

/// What a person asks for without saying more.
pub(crate) const CYCLES: u64 = 1_000;
const DRILL: &str = "cycles::every_death_leaves_books_that_agree_with_the_answers";
/// A cycle takes half a second or so; a machine that is busy takes several times as long.
const LIMIT: Duration = Duration::from_hours(6);

/// How often to crash what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drill {
    pub(crate) cycles: u64,
    /// The same draws again.
    pub(crate) seed: Option<u64>,
    /// Another engine than a folder.
    pub(crate) database_url: Option<String>,
}

/// Runs the drill and prints what it counted.
///
/// # Errors
/// If it cannot be compiled, or a cycle leaves anything that does not agree.
pub(crate) fn run(repo: &Repo, drill: &Drill) -> Result<ExitCode, Failure> {
    term::heading("Crashes");
    let mut command = Command::new("cargo");
    command
        .args(["test", "-p", "farthing", "--test", "it", DRILL, "--", "--exact", "--nocapture"])
        .envs(environment::variables(repo))
        .env("FARTHING_CRASH_CYCLES", drill.cycles.to_string())
        .current_dir(repo.root());
    if let Some(seed) = drill.seed {
        command.env("FARTHING_CRASH_SEED", seed.to_string());
    }
    if let Some(url) = &drill.database_url {
        command.env("FARTHING_CRASH_DATABASE_URL", url);
    }
    let name = "kill -9, again and again";
    let hint = "compiles first, then about a second a cycle";
    let log = repo.log("crash");
    let ended = exec::run_or_show(Job { name, hint, command, log, limit: LIMIT })?;
    let counted = ended.output.lines().find(|line| line.contains(" cycles (seed "));
    println!("{}", counted.unwrap_or("The drill did not say what it counted."));
    term::done(name, &term::took(ended.took));
    Ok(ExitCode::SUCCESS)
}
