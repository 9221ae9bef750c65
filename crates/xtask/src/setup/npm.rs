//! The locked npm packages of each folder that has some.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::{Attempting, Failure};
use crate::repo::Repo;

use super::{Met, environment};

const NODE_AT_LEAST: u32 = 20;
/// Says which lock file the installed packages are of; npm empties the folder before installing.
const STAMP: &str = "node_modules/.farthing-installed";

/// Checks that Node is there and new enough: it is the one thing set-up does not fetch.
///
/// # Errors
/// If it is absent or too old.
pub(crate) fn node() -> Result<Met, Failure> {
    let version = exec::answer("node", &["--version"]).ok_or_else(|| {
        Failure::new(format!("Node is not installed; install version {NODE_AT_LEAST} or newer"))
    })?;
    let major: u32 =
        version.trim_start_matches('v').split('.').next().unwrap_or("").parse().unwrap_or(0);
    if major < NODE_AT_LEAST {
        return Err(Failure::new(format!(
            "Node {version} is too old; {NODE_AT_LEAST} or newer is needed"
        )));
    }
    Ok(Met::Already(version))
}

pub(crate) fn has_package(repo: &Repo, folder: &str) -> bool {
    repo.path(folder).join("package.json").is_file()
}

/// Installs a folder's packages as locked, unless that was done for the same lock file.
///
/// # Errors
/// If there is no lock file or npm fails.
pub(crate) fn meet(repo: &Repo, folder: &str) -> Result<Met, Failure> {
    let path = repo.path(folder);
    let want = wanted(&path, folder)?;
    if fs::read_to_string(path.join(STAMP)).is_ok_and(|have| have == want) {
        return Ok(Met::Already("as locked".to_owned()));
    }
    let mut command = Command::new("npm");
    command
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .envs(environment::variables(repo))
        .current_dir(&path);
    let name = format!("npm ci in {folder}");
    let job = Job {
        name: &name,
        hint: "",
        command,
        log: repo.log(&name),
        limit: Duration::from_mins(10),
    };
    let ended = exec::run_or_show(job)?;
    fs::create_dir_all(path.join("node_modules"))
        .attempting("marking the packages as installed")?;
    fs::write(path.join(STAMP), want).attempting("marking the packages as installed")?;
    Ok(Met::Now("installed", ended.took))
}

/// The lock file alone: a changed script in the manifest is no reason to install again, and where
/// manifest and lock file disagree, npm says so on the next clean machine.
fn wanted(path: &Path, folder: &str) -> Result<String, Failure> {
    fs::read_to_string(path.join("package-lock.json")).map_err(|_| {
        Failure::new(format!("{folder}/package-lock.json is missing; `npm install` there makes it"))
    })
}
