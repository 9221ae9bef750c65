//! The official Python client, in a virtual environment under `target/venv`.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::repo::Repo;

use super::{Apt, Met};

const CLIENT_VERSION: &str = "16.1.0";

/// The interpreter that has the client.
pub(crate) fn interpreter(repo: &Repo) -> PathBuf {
    repo.path("target/venv/bin/python")
}

/// Makes the environment and installs the client, unless it is there.
///
/// # Errors
/// If Python, its `venv` module or the package cannot be had.
pub(crate) fn meet(repo: &Repo, apt: &mut Apt) -> Result<Met, Failure> {
    let python = interpreter(repo);
    let ask = "import importlib.metadata as m; print(m.version('stripe'))";
    if exec::answer(&python, &["-c", ask]).is_some_and(|version| version == CLIENT_VERSION) {
        return Ok(Met::Already(format!("stripe {CLIENT_VERSION}")));
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
    install.arg(format!("stripe=={CLIENT_VERSION}"));
    Ok(Met::Now("installed", made + step(repo, "pip install stripe", install)?))
}

fn step(repo: &Repo, name: &str, command: Command) -> Result<Duration, Failure> {
    let job = Job { name, hint: "", command, log: repo.log(name), limit: Duration::from_mins(5) };
    exec::run_or_show(job).map(|ended| ended.took)
}
