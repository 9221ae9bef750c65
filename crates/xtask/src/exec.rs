//! Running other programs: quietly, with a sign of life, a time limit, and no process left behind.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::failure::{Attempting, Failure};
use crate::term::{self, Progress};

const POLL: Duration = Duration::from_millis(50);
/// How long a process may take over an orderly end before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// One program to run to its end, with its output in a file.
pub(crate) struct Job<'a> {
    pub(crate) name: &'a str,
    /// What a person should know while it runs, such as how long it usually takes.
    pub(crate) hint: &'a str,
    pub(crate) command: Command,
    pub(crate) log: PathBuf,
    pub(crate) limit: Duration,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) ending: Ending,
    /// Both streams, in the order they were written.
    pub(crate) output: String,
    pub(crate) took: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Success,
    Failure,
    /// It was stopped because it used up its time limit.
    OutOfTime,
}

/// Runs a job and tells how it ended.
///
/// # Errors
/// If the program cannot be started, or its log cannot be written or read.
pub(crate) fn run(mut job: Job<'_>) -> Result<Ended, Failure> {
    let mut progress = Progress::start(job.name, job.hint);
    let mut child = spawn_logged(&mut job.command, &job.log)?;
    let ending = loop {
        match child.try_wait().attempting(format_args!("waiting for {}", job.name))? {
            Some(status) if status.success() => break Ending::Success,
            Some(_) => break Ending::Failure,
            None if progress.elapsed() > job.limit => {
                stop(&mut child);
                break Ending::OutOfTime;
            }
            None => {
                progress.tick(|| last_line(&job.log));
                std::thread::sleep(POLL);
            }
        }
    };
    let output = read_lossy(&job.log)?;
    Ok(Ended { ending, output, took: progress.elapsed() })
}

/// Runs a job of which only success is of interest.
///
/// # Errors
/// If it fails, with the tail of its output printed.
pub(crate) fn run_or_show(job: Job<'_>) -> Result<Ended, Failure> {
    let (name, log, limit) = (job.name.to_owned(), job.log.clone(), job.limit);
    let ended = run(job)?;
    match ended.ending {
        Ending::Success => return Ok(ended),
        Ending::Failure => term::failed(&name, &format!("failed after {}", term::took(ended.took))),
        Ending::OutOfTime => {
            term::failed(&name, &format!("stopped at its limit of {}", term::took(limit)));
        }
    }
    term::excerpt(&ended.output, 40, &log);
    Err(Failure::shown(format!("{name} did not succeed")))
}

/// Starts a program with both of its streams in `log` and nothing to read.
///
/// # Errors
/// If the program is absent or the log cannot be created.
pub(crate) fn spawn_logged(command: &mut Command, log: &Path) -> Result<Child, Failure> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).attempting(format_args!("making {}", folder.display()))?;
    }
    let out = File::create(log).attempting(format_args!("writing {}", log.display()))?;
    let err = out.try_clone().attempting(format_args!("writing {}", log.display()))?;
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .attempting(format_args!("starting {program}"))
}

/// What a short program prints, if it succeeds.
pub(crate) fn answer(program: impl AsRef<OsStr>, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Ends a child and everything it started: asked first, killed after a grace period.
///
/// Children stay in our process group, so that Ctrl-C reaches them; hence the walk over the tree.
pub(crate) fn stop(child: &mut Child) {
    let tree = descendants(child.id());
    signal("TERM", &tree);
    let waited = std::time::Instant::now();
    while waited.elapsed() < GRACE {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            break;
        }
        std::thread::sleep(POLL);
    }
    signal("KILL", &tree);
    child.wait().ok();
}

fn signal(name: &str, pids: &[u32]) {
    let mut command = Command::new("sh");
    command.args(["-c", r#"for pid in "$@"; do kill "-$0" "$pid"; done"#, name]);
    command.args(pids.iter().map(u32::to_string));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
}

/// The process and all below it, parents first.
fn descendants(root: u32) -> Vec<u32> {
    let pairs = if Path::new("/proc/self/stat").exists() { pairs_of_proc() } else { pairs_of_ps() };
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(parent) = tree.get(next).copied() {
        tree.extend(pairs.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    tree
}

/// Every process with its parent, from Linux's own listing: `ps` is not on every small machine.
fn pairs_of_proc() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name stands in brackets and may hold anything: state and parent follow the last one.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect()
}

fn pairs_of_ps() -> Vec<(u32, u32)> {
    let listing = answer("ps", &["-A", "-o", "pid=,ppid="]).unwrap_or_default();
    listing
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .collect()
}

pub(crate) fn read_lossy(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).attempting(format_args!("reading {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn last_line(log: &Path) -> String {
    let output = read_lossy(log).unwrap_or_default();
    output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration, log: &Path) -> Ended {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(Job { name: "shell", hint: "", command, log: log.to_path_buf(), limit }).unwrap()
    }

    #[test]
    fn both_streams_and_the_ending_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("new/log");
        let ended = shell("echo one; echo two >&2; exit 3", GRACE, &log);
        assert_eq!((ended.ending, ended.output.as_str()), (Ending::Failure, "one\ntwo\n"));
        assert_eq!(shell("true", GRACE, &log).ending, Ending::Success);
    }

    #[test]
    fn a_job_out_of_time_takes_its_grandchildren_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let script = "sh -c 'sleep 60 & echo $!; wait' & wait";
        let ended = shell(script, Duration::from_millis(400), &folder.path().join("log"));
        assert_eq!(ended.ending, Ending::OutOfTime);
        let grandchild: u32 = ended.output.trim().parse().unwrap();
        let alive = pairs_of_proc().iter().any(|(pid, _)| *pid == grandchild)
            && !fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap().contains(") Z ");
        assert!(!alive, "the grandchild {grandchild} still runs");
    }
}
