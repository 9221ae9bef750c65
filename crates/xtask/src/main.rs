//! The project's own tasks: `cargo xtask setup | wasm | worker | demo | test | fuzz | sim | planted |
//! codegen |
//! ci | tidy`.
//!
//! Here is everything that is not the product: fetching tools, building the wasm artefacts, running
//! every test suite and counting what it did, and checking the rules of the house. Nothing here is
//! shipped, and nothing of ours is a dependency, so that a broken crate cannot break its own check.
#![expect(clippy::print_stdout, reason = "a task runner talks to the person who started it")]
#![expect(
    clippy::disallowed_methods,
    reason = "a task runner is wiring: it measures, waits and reads the environment"
)]

use std::process::ExitCode;

mod args;
mod cardscan;
mod ci;
mod codegen;
mod counts;
mod crash;
mod demo;
mod disk;
mod exec;
mod failure;
mod fuzz;
mod needs;
mod repo;
mod report;
mod scan;
mod setup;
mod sim;
mod suites;
mod term;
mod testdir;
mod tidy;

use args::Task;
use failure::Failure;
use needs::{Need, Needs};
use repo::Repo;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let task = match args::parse(&words) {
        Ok(task) => task,
        Err(failure) => {
            println!("{failure}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    match perform(&task) {
        Ok(code) => code,
        Err(failure) => {
            println!("\n{} {failure}", term::cross());
            ExitCode::FAILURE
        }
    }
}

fn perform(task: &Task) -> Result<ExitCode, Failure> {
    let repo = Repo::here();
    match task {
        Task::Help => {
            println!("{}", args::HELP);
            Ok(ExitCode::SUCCESS)
        }
        Task::Setup => Ok(meet_all(&repo, &needs::everything_to_install(&repo))),
        Task::Wasm => Ok(meet_all(&repo, &[Need::JsPackage])),
        Task::Worker => Ok(meet_all(&repo, &[Need::WorkerBundle])),
        Task::Test(groups) => Ok(suites::test(&repo, groups)),
        Task::Codegen => codegen::run(&repo),
        Task::Ci => Ok(ci::run(&repo)),
        Task::Tidy => Ok(tidy::task(&repo)),
        Task::Crash(drill) => crash::run(&repo, drill),
        Task::Sim(words) => sim::run(&repo, words),
        Task::Planted(name) => sim::planted(&repo, name.as_deref()),
        Task::Demo(length) => demo::run(&repo, *length),
        Task::Fuzz { runs, record } => {
            term::heading("Fuzzing");
            let tally = fuzz::run(&repo, *runs, *record);
            println!("\n{}", tally.told());
            Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn meet_all(repo: &Repo, wanted: &[Need]) -> ExitCode {
    term::heading("Set-up");
    let mut needs = Needs::new(repo);
    let failed = wanted.iter().filter(|need| needs.meet(need).is_err()).count();
    if failed == 0 {
        println!("\nReady.");
        return ExitCode::SUCCESS;
    }
    println!("\n{failed} of {} steps failed; the lines marked above say why.", wanted.len());
    ExitCode::FAILURE
}
