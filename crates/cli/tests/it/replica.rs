//! The drill: the database's primary is killed under load, its replica is promoted, the servers follow.
//!
//! The replica streams with synchronous commit, so whatever was answered is on both. Printed: how long
//! nobody was paid. `cargo nextest run -p farthing -E 'test(replica)' --no-capture` shows it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tempfile::TempDir;

use crate::cluster::{program, unprivileged};
use crate::postgres::{Sent, audit, load, settled};
use crate::process::{DEV_KEY, Server, folder, pause};

/// A cluster in a folder, on a socket there. Stopped when dropped.
pub(crate) struct Node {
    folder: TempDir,
}

impl Node {
    /// One that waits for its replica at every commit.
    fn primary() -> Self {
        let node = Self::stopped();
        node.configure("");
        node.start();
        node
    }

    /// One that was made, and not started.
    pub(crate) fn stopped() -> Self {
        let node = Self { folder: open_folder() };
        let data = node.data();
        program(
            "initdb",
            &["-D", &data, "-U", "farthing", "-A", "trust", "-E", "UTF8", "--locale", "C"],
        );
        node
    }

    /// A copy of another that follows it.
    fn following(primary: &Self) -> Self {
        let node = Self { folder: open_folder() };
        let (data, from) = (node.data(), primary.path());
        let from = format!("host={from} user=farthing");
        program("pg_basebackup", &["-D", &data, "-d", &from, "-R", "-X", "stream", "-c", "fast"]);
        node.configure("");
        node.start();
        primary.configure("synchronous_standby_names = '*'");
        program("pg_ctl", &["-D", &primary.data(), "-s", "reload"]);
        node
    }

    pub(crate) fn path(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    pub(crate) fn data(&self) -> String {
        format!("{}/data", self.path())
    }

    pub(crate) fn configure(&self, more: &str) {
        let path = self.path();
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{path}'\nmax_connections = 200\n\
             shared_buffers = 64MB\nsynchronous_commit = on\n{more}\n"
        );
        let file = format!("{path}/settings");
        std::fs::write(&file, settings).unwrap();
        let include = format!(
            "grep -q farthing {0} || echo \"include '{file}' # farthing\" >> {0}",
            format!("{}/postgresql.conf", self.data())
        );
        // A copy brought the line of its origin with it.
        let own = format!("sed -i '/# farthing/d' {}/postgresql.conf; {include}", self.data());
        shell(&own);
    }

    pub(crate) fn start(&self) {
        let (data, log) = (self.data(), format!("{}/data/log", self.path()));
        program("pg_ctl", &["-D", &data, "-l", &log, "-s", "-w", "start"]);
    }

    /// The whole of it at once, as when its machine loses power.
    fn kill(&self) {
        let pid = std::fs::read_to_string(format!("{}/postmaster.pid", self.data())).unwrap();
        let pid = pid.lines().next().unwrap();
        shell(&format!("kill -KILL -- -{pid} || kill -KILL {pid}"));
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        shell(&format!(
            "{}/pg_ctl -D {} -m immediate -s stop || true",
            crate::cluster::programs().display(),
            self.data()
        ));
        shell(&format!("rm -rf {}", self.data()));
    }
}

/// A folder that the server's user may write to.
fn open_folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let all = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), all).unwrap();
    folder
}

/// As the server's user.
pub(crate) fn shell(script: &str) {
    let mut words = unprivileged();
    words.extend(["sh", "-c", script]);
    let done = Command::new(words[0]).args(&words[1..]).current_dir("/").output().unwrap();
    assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
}

fn encoded(path: &str) -> String {
    path.replace('/', "%2F")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long nobody was paid is what is measured")]
fn a_replica_takes_over_and_nothing_answered_is_lost() {
    let folder = folder();
    let primary = Node::primary();
    let replica = Node::following(&primary);
    let hosts = format!("{},{}", encoded(primary.path()), encoded(replica.path()));
    let url = format!("postgres://farthing@{hosts}/postgres");
    let servers = [0, 1].map(|_| Server::shared(Path::new(folder.path()), &url));
    let (sent, stop) = (Sent::default(), Arc::new(AtomicBool::new(false)));
    let mut clients = Vec::new();
    for (number, server) in servers.iter().enumerate() {
        clients.extend(load(&server.client(DEV_KEY), &number.to_string(), (&sent, &stop)));
    }
    pause(1_500);

    let killed = Instant::now();
    primary.kill();
    let paid = |sent: &Sent| sent.lock().unwrap().values().flatten().count();
    program("pg_ctl", &["-D", &replica.data(), "-s", "-w", "promote"]);
    let promoted = killed.elapsed();
    let before = paid(&sent);
    while paid(&sent) == before {
        assert!(killed.elapsed().as_secs() < 60, "the servers never followed");
        pause(2);
    }
    let again = killed.elapsed();
    pause(1_500);
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    println!(
        "replica promoted {} ms after the kill, the next payment after {} ms; {before} payments before, {} after",
        promoted.as_millis(),
        again.as_millis(),
        paid(&sent) - before
    );
    settled(&servers[0].client(DEV_KEY), &sent, folder.path());
    audit(folder.path(), &url);
}
