//! Programs that keep running beside us: started with a log, waited for, and ended with us.
//!
//! The demo stands on this. A service counts as ready when a line of its own output says so, never
//! after a fixed wait.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::exec;
use crate::failure::{Attempting, Failure};

const POLL: Duration = Duration::from_millis(20);

/// A running program; dropping it ends the program and everything that it started.
#[derive(Debug)]
pub(crate) struct Service {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts a program with its output in `log`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        log: &Path,
    ) -> Result<Self, Failure> {
        let child = exec::spawn_logged(command, log)?;
        Ok(Self { name, child, log: log.to_path_buf() })
    }

    /// Waits for the first line of output that `ready` accepts, and returns it.
    ///
    /// # Errors
    /// If the program ends first or the limit passes; the message carries what it printed last.
    pub(crate) fn wait_for_line(
        &mut self,
        limit: Duration,
        ready: impl Fn(&str) -> bool,
    ) -> Result<String, Failure> {
        let started = Instant::now();
        loop {
            // Asked before reading: a line printed just before the end must still be seen.
            let ended = self.child.try_wait().attempting(self.name)?;
            let output = exec::read_lossy(&self.log)?;
            let complete = output.rsplit_once('\n').map_or("", |(lines, _)| lines);
            if let Some(line) = complete.lines().find(|line| ready(line)) {
                return Ok(line.to_owned());
            }
            if let Some(status) = ended {
                return Err(self.not_ready(&output, &format!("ended early ({status})")));
            }
            if started.elapsed() > limit {
                return Err(self.not_ready(&output, "was not ready in time"));
            }
            std::thread::sleep(POLL);
        }
    }

    fn not_ready(&self, output: &str, what: &str) -> Failure {
        let lines: Vec<&str> = output.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n    ");
        Failure::new(format!("{} {what}. It printed:\n    {tail}", self.name))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        exec::stop(&mut self.child);
    }
}

/// A loopback port that is free now. Whoever gets it should bind it soon.
///
/// # Errors
/// If the machine has no free port.
pub(crate) fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).attempting("finding a free port")?;
    Ok(listener.local_addr().attempting("finding a free port")?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(folder: &Path, script: &str) -> Service {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Service::start("shell", &mut command, &folder.join("log")).unwrap()
    }

    #[test]
    fn a_service_is_ready_when_it_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut shell =
            service(folder.path(), "echo warming up; sleep 0.1; echo ready on 7; sleep 60");
        let line = shell.wait_for_line(Duration::from_secs(10), |line| line.starts_with("ready"));
        assert_eq!(line.unwrap(), "ready on 7");
    }

    #[test]
    fn an_early_end_shows_the_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = service(folder.path(), "echo no such key; exit 2");
        let failure =
            shell.wait_for_line(Duration::from_secs(10), |_| false).unwrap_err().to_string();
        assert!(failure.contains("ended early") && failure.contains("no such key"), "{failure}");
    }

    #[test]
    fn dropping_a_service_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let shell = service(folder.path(), "exec sleep 60");
        let pid = shell.child.id();
        drop(shell);
        assert!(!Path::new(&format!("/proc/{pid}/stat")).exists());
    }

    #[test]
    fn a_free_port_can_be_bound() {
        let port = free_port().unwrap();
        assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
    }
}
