//! Debian's packages, where the machine is a Debian; elsewhere, a sentence that says what to install.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::repo::Repo;

use super::{Met, environment};

/// Debian's package manager, whose lists are refreshed at most once a run.
#[derive(Debug, Default)]
pub(crate) struct Apt {
    updated: bool,
}

impl Apt {
    /// Installs packages.
    ///
    /// # Errors
    /// If this is no Debian, nobody may install here, or a package cannot be had.
    pub(crate) fn install(&mut self, repo: &Repo, packages: &[&str]) -> Result<Duration, Failure> {
        let names = packages.join(" ");
        if !is_debian() {
            return Err(Failure::new(format!(
                "there is no apt-get here; install what Debian calls {names} and start again"
            )));
        }
        let mut took = Duration::ZERO;
        if !self.updated {
            took += get(repo, "apt-get update", &["update"])?;
            self.updated = true;
        }
        let mut args = vec!["install", "--yes", "--no-install-recommends"];
        args.extend(packages);
        Ok(took + get(repo, &format!("apt-get install {names}"), &args)?)
    }
}

pub(crate) fn is_debian() -> bool {
    environment::on_path("apt-get").is_some() && environment::on_path("dpkg").is_some()
}

fn get(repo: &Repo, name: &str, args: &[&str]) -> Result<Duration, Failure> {
    let mut command = as_root("apt-get");
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    let job = Job { name, hint: "", command, log: repo.log(name), limit: Duration::from_mins(10) };
    exec::run_or_show(job).map(|ended| ended.took).map_err(|failure| {
        let also = if is_root() {
            ""
        } else {
            " (as another user than root, it needs sudo without a password)"
        };
        Failure::new(format!("{failure}{also}"))
    })
}

/// A program to be run by root, through `sudo` if we are somebody else.
pub(crate) fn as_root(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    // A question for a password would wait for ever behind a log file.
    sudo.args(["--non-interactive", "--preserve-env=DEBIAN_FRONTEND", program]);
    sudo
}

fn is_root() -> bool {
    exec::answer("id", &["-u"]).is_some_and(|id| id == "0")
}

/// The browser of the browser tests.
pub(crate) fn browser() -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os("CHROMIUM_BIN") {
        return Some(PathBuf::from(chosen));
    }
    let mac = Path::new("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .into_iter()
        .find_map(environment::on_path)
        .or_else(|| mac.is_file().then(|| mac.to_path_buf()))
}

/// Has Firefox installed, as Debian ships it.
///
/// # Errors
/// If it is absent and cannot be installed.
pub(crate) fn firefox(repo: &Repo, apt: &mut Apt) -> Result<Met, Failure> {
    let found = ["firefox-esr", "firefox"].into_iter().find_map(environment::on_path);
    match found {
        Some(path) => Ok(Met::Already(path.display().to_string())),
        None => Ok(Met::Now("installed", apt.install(repo, &["firefox-esr"])?)),
    }
}

/// Has the driver of `WebKit` installed, and a display for it. Only Debian packages it so; elsewhere
/// its tests say that they were not run.
///
/// # Errors
/// If it is absent and cannot be installed.
pub(crate) fn webkit(repo: &Repo, apt: &mut Apt) -> Result<Met, Failure> {
    let programs = ["WebKitWebDriver", "Xvfb"];
    let found: Option<Vec<PathBuf>> = programs.into_iter().map(environment::on_path).collect();
    match found {
        Some(_) => Ok(Met::Already(programs.join(" and "))),
        None if !is_debian() => Ok(Met::Already("not to be had here".to_owned())),
        None => Ok(Met::Now("installed", apt.install(repo, &["webkit2gtk-driver", "xvfb"])?)),
    }
}

/// Has PostgreSQL's server installed: the tests make a cluster of their own with its programs. The
/// machine's own cluster, where Debian makes one, is not used.
///
/// # Errors
/// If it is absent and cannot be installed.
pub(crate) fn postgres(repo: &Repo, apt: &mut Apt) -> Result<Met, Failure> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin/initdb")).find(|it| it.is_file());
    match debian.or_else(|| environment::on_path("initdb")) {
        Some(path) => Ok(Met::Already(path.display().to_string())),
        None => Ok(Met::Now("installed", apt.install(repo, &["postgresql", "openssl"])?)),
    }
}

/// Has a Redis server installed: the tests start their own. The machine's own, where Debian starts
/// one, is not used.
///
/// # Errors
/// If it is absent and cannot be installed.
pub(crate) fn redis(repo: &Repo, apt: &mut Apt) -> Result<Met, Failure> {
    match environment::on_path("redis-server") {
        Some(path) => Ok(Met::Already(path.display().to_string())),
        None => Ok(Met::Now("installed", apt.install(repo, &["redis-server"])?)),
    }
}

/// Has a browser installed.
///
/// # Errors
/// If it is absent and cannot be installed.
pub(crate) fn chromium(repo: &Repo, apt: &mut Apt) -> Result<Met, Failure> {
    match browser() {
        Some(path) => Ok(Met::Already(path.display().to_string())),
        None => Ok(Met::Now("installed", apt.install(repo, &["chromium"])?)),
    }
}
