//! A server of our own to measure: this very binary, as another process, on a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use farthing_store::Store;

use crate::failure::Failure;

/// A running server; killed and its folder removed when dropped.
pub(super) struct Server {
    child: Child,
    url: String,
    folder: PathBuf,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub(super) fn start(folder: Option<PathBuf>) -> Result<Self, Failure> {
        let failed =
            |error: std::io::Error| Failure::system("The server cannot be started", &error);
        let folder = folder
            .unwrap_or_else(|| PathBuf::from(format!("farthing-bench-{}", std::process::id())));
        if folder.exists() {
            let sentence =
                format!("{} is there already; the benchmark makes its own.", folder.display());
            return Err(Failure::Usage(sentence));
        }
        let binary = std::env::current_exe().map_err(failed)?;
        let child = Command::new(binary)
            .args(["serve", "--dev", "--listen", "127.0.0.1:0", "--data"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut server = Self { child, url: String::new(), folder };
        let output = server
            .child
            .stdout
            .take()
            .ok_or_else(|| Failure::System("The server's output cannot be read.".to_owned()))?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).map_err(failed)?;
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        url.ok_or_else(|| Failure::System("The server did not get ready.".to_owned()))?
            .clone_into(&mut server.url);
        Ok(server)
    }

    /// What its process holds in memory, as the system says.
    pub(super) fn rss_kib(&self) -> Result<u64, Failure> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path)
            .map_err(|error| Failure::system("The server's memory cannot be read", &error))?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        rss.and_then(|rss| rss.trim().trim_end_matches(" kB").parse().ok())
            .ok_or_else(|| Failure::System("The system does not say how much memory.".to_owned()))
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Ends it the hard way, which must not matter, and says whether the books balance.
    pub(super) fn stop(mut self) -> Result<bool, Failure> {
        self.kill();
        let report = Store::read_sqlite(&self.folder)?.books()?;
        Ok(report.first_bad.is_none())
    }

    fn kill(&mut self) {
        self.child.kill().ok(); // It may be gone already.
        self.child.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        std::fs::remove_dir_all(&self.folder).ok(); // What stays is only untidy.
        let mut key = self.folder.clone().into_os_string();
        key.push(".key");
        std::fs::remove_file(PathBuf::from(key)).ok();
    }
}
