//! `cargo xtask demo`: everything at once on loopback.
//!
//! Set-up and builds are here; what is started and how it is driven is a Node program beside the
//! other tests that cross the wire, because the Worker and the browser are driven from Node.

use std::process::{Command, ExitCode};

use crate::args::DemoLength;
use crate::failure::{Attempting, Failure};
use crate::needs::{Need, Needs};
use crate::repo::Repo;
use crate::term;
use crate::testdir;

/// Brings up backend, Worker and checkout page; with `OnePayment`, pays once and compares what all
/// parts say.
///
/// # Errors
/// If a part cannot be installed, built or started.
pub(crate) fn run(repo: &Repo, length: DemoLength) -> Result<ExitCode, Failure> {
    term::heading("Set-up");
    let mut needs = Needs::new(repo);
    let parts =
        [Need::JsPackage, Need::WorkerBundle, Need::Backend, Need::npm("tests/js"), Need::Chromium];
    for need in &parts {
        needs.meet(need)?;
    }
    term::heading("Demo");
    let folder = testdir::fresh(repo)?;
    let mut command = Command::new("node");
    command.current_dir(repo.path("tests/js")).env(testdir::VARIABLE, folder);
    command.arg("demo/main.mjs");
    match length {
        DemoLength::UntilStopped => {}
        DemoLength::OnePayment => {
            command.arg("--once").arg("--shots").arg(repo.path("target/demo"));
        }
    }
    let status = command.status().attempting("node demo/main.mjs")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
