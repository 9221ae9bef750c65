//! The official Python client, and what tries the API by its document, in a virtual environment under
//! `target/venv`.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::repo::Repo;

use super::{Apt, Met};

/// Each package with its version.
const PACKAGES: [(&str, &str); 2] = [("stripe", "16.1.0"), ("schemathesis", "4.32.5")];

/// The interpreter that has the packages.
pub(crate) fn interpreter(repo: &Repo) -> PathBuf {
    repo.path("target/venv/bin/python")
}

/// Makes the environment and installs the packages, unless they are there.
///
/// # Errors
/// If Python, its `venv` module or a package cannot be had.
pub(crate) fn meet(repo: &Repo, apt: &mut Apt) -> Result<Met, Failure> {
    let python = interpreter(repo);
    let is_there = |(name, version): &(&str, &str)| {
        let ask = format!("import importlib.metadata as m; print(m.version('{name}'))");
        exec::answer(&python, &["-c", &ask]).is_some_and(|found| found == *version)
    };
    if PACKAGES.iter().all(is_there) {
        let [client, tester] = PACKAGES.map(|(name, version)| format!("{name} {version}"));
        return Ok(Met::Already(format!("{client}, {tester}")));
    }
    if exec::answer("python3", &["-c", "import ensurepip, venv"]).is_none() {
        apt.install(repo, &["python3", "python3-venv"])?;
    }
    let venv = repo.path("target/venv");
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(&venv);
    let made = step(repo, "python3 -m venv", create)?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    install.args(PACKAGES.map(|(name, version)| format!("{name}=={version}")));
    Ok(Met::Now("installed", made + step(repo, "pip install", install)?))
}

fn step(repo: &Repo, name: &str, command: Command) -> Result<Duration, Failure> {
    let job = Job { name, hint: "", command, log: repo.log(name), limit: Duration::from_mins(5) };
    exec::run_or_show(job).map(|ended| ended.took)
}
