//! The one folder below which every test writes, so that what they leave can be searched.

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::{Attempting, Failure};
use crate::repo::Repo;

/// How the tests learn of the folder.
pub(crate) const VARIABLE: &str = "FARTHING_TEST_DIR";
/// Older runs are worth a look after a failure, but not a full disk.
const RUNS_KEPT: usize = 2;

/// Makes an empty folder for this run and removes those of runs long past.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn fresh(repo: &Repo) -> Result<PathBuf, Failure> {
    let all = repo.path("target/test-results");
    let making = format!("making {}", all.display());
    fs::create_dir_all(&all).attempting(&making)?;
    let mut runs: Vec<PathBuf> =
        fs::read_dir(&all).attempting(&making)?.flatten().map(|entry| entry.path()).collect();
    runs.sort();
    for old in runs.iter().take(runs.len().saturating_sub(RUNS_KEPT)) {
        fs::remove_dir_all(old).ok();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).attempting("reading the clock")?;
    let run = all.join(format!("run-{}-{}", now.as_secs(), std::process::id()));
    fs::create_dir(&run).attempting(&making)?;
    Ok(run)
}
