//! `cargo xtask demo`: everything at once on loopback.

use std::process::ExitCode;

use crate::args::DemoLength;
use crate::failure::Failure;
use crate::repo::Repo;

/// Brings up backend, Worker and checkout page.
///
/// # Errors
/// Always, so far: the parts it shows are still being put together.
pub(crate) fn run(_repo: &Repo, length: DemoLength) -> Result<ExitCode, Failure> {
    let command = match length {
        DemoLength::UntilStopped => "demo",
        DemoLength::OnePayment => "demo --once",
    };
    Err(Failure::new(format!("`cargo xtask {command}` has nothing to show yet.")))
}
