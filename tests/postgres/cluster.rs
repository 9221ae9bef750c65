//! A PostgreSQL cluster of the tests' own, shared by all test processes of a run.
//!
//! The first test that wants a database makes the cluster in a temporary folder, on a socket there,
//! as a user who is not root; each test process holds a shared lock on a file for as long as it
//! lives, however it ends; and a watcher, started with the cluster, waits until nobody has held that
//! lock for some seconds, then stops the cluster and removes its folder. So nothing is left running,
//! and no runner has to know of it.
//!
//! It is a file and no crate, because it is compiled into two test packages.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// Stops the cluster when nobody has used it for some seconds. `flock` waits for all shared locks to
/// be gone; whoever comes while it stops waits in turn, and makes a new one.
const WATCH: &str = r#"
while true; do
  flock -x "$DIR/users" true
  sleep 5
  flock -x -n "$DIR/users" sh -c '
    $AS "$BIN/pg_ctl" -D "$DIR/data" -m immediate -s stop
    rm -rf "$DIR/data" "$DIR"/.s.*' && exit
done
"#;

/// As fast as can be: what is lost with the machine's power is only a test.
const SETTINGS: &str = "
listen_addresses = ''
max_connections = 400
shared_buffers = 64MB
fsync = off
full_page_writes = off
synchronous_commit = on
autovacuum = off
max_wal_size = 512MB
lc_messages = 'C'
";

/// A database of a test's own. Dropping it removes it.
pub(crate) struct Database {
    name: String,
    users: PathBuf,
}

impl Database {
    /// A new, empty one.
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let cluster = running();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("t_{}_{number}", std::process::id());
        psql(&cluster, &format!("CREATE DATABASE {name} TEMPLATE template0"));
        Self { name, users: cluster }
    }

    /// How to reach it.
    pub(crate) fn url(&self) -> String {
        let folder = self.users.to_str().expect("a plain path").replace('/', "%2F");
        format!("postgres://farthing@{folder}/{}", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        psql(&self.users, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// The cluster's folder, the cluster running for as long as this process does.
fn running() -> PathBuf {
    static HELD: Mutex<Option<(PathBuf, File)>> = Mutex::new(None);
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((folder, _)) = &*held {
        return folder.clone();
    }
    let folder = folder();
    let users = lock_file(&folder, "users");
    users.lock_shared().expect("a lock on a file of ours");
    let guard = lock_file(&folder, "guard");
    guard.lock().expect("a lock on a file of ours");
    if !answers(&folder) {
        start(&folder);
    }
    drop(guard);
    *held = Some((folder.clone(), users));
    folder
}

/// One for each user and each copy of this repository.
fn folder() -> PathBuf {
    let own = std::fs::metadata("/proc/self").expect("there is /proc").uid();
    let mut place: u32 = 0;
    for byte in env!("CARGO_MANIFEST_DIR").bytes() {
        place = place.wrapping_mul(31).wrapping_add(u32::from(byte));
    }
    let folder = std::env::temp_dir().join(format!("farthing-pg-{own}-{place:08x}"));
    std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
    // The server's user is another one where the tests are root's.
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777))
        .expect("a folder of ours");
    folder
}

fn lock_file(folder: &Path, name: &str) -> File {
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(folder.join(name))
        .expect("a file in a folder of ours")
}

/// Where Debian keeps the server's programs; elsewhere they are on the path.
pub(crate) fn programs() -> PathBuf {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return PathBuf::new() };
    let found = versions.flatten().map(|version| version.path().join("bin"));
    found.filter(|bin| bin.join("initdb").is_file()).max().unwrap_or_default()
}

/// What goes before a command so that it is not root's: the server refuses root.
pub(crate) fn unprivileged() -> Vec<&'static str> {
    let own = std::fs::metadata("/proc/self").expect("there is /proc").uid();
    if own == 0 { vec!["runuser", "-u", "postgres", "--"] } else { Vec::new() }
}

/// Runs one of the server's programs as its user, and expects it to succeed.
pub(crate) fn program(name: &str, arguments: &[&str]) {
    let mut words: Vec<String> = unprivileged().into_iter().map(str::to_owned).collect();
    words.push(programs().join(name).to_str().expect("a plain path").to_owned());
    words.extend(arguments.iter().map(|&argument| argument.to_owned()));
    let (first, rest) = words.split_first().expect("at least the program");
    let done = Command::new(first)
        .args(rest)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .expect("PostgreSQL's server is installed (cargo xtask setup does it)");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{name} {arguments:?}: {said}");
}

fn answers(folder: &Path) -> bool {
    let folder = folder.to_str().expect("a plain path");
    Command::new(programs().join("pg_isready"))
        .args(["-q", "-h", folder])
        .status()
        .is_ok_and(|status| status.success())
}

fn start(folder: &Path) {
    let path = folder.to_str().expect("a plain path");
    let data = format!("{path}/data");
    // Of a cluster that was killed.
    remove(&data);
    program(
        "initdb",
        &["-D", &data, "-U", "farthing", "-A", "trust", "-N", "-E", "UTF8", "--locale", "C"],
    );
    let settings = format!("{SETTINGS}unix_socket_directories = '{path}'\n");
    let conf = format!("{path}/settings");
    std::fs::write(&conf, settings).expect("a file in a folder of ours");
    append(&data, &conf);
    program("pg_ctl", &["-D", &data, "-l", &format!("{data}/log"), "-s", "-w", "start"]);
    let watching = Command::new("setsid")
        .args(["--fork", "sh", "-c", WATCH])
        .env("DIR", path)
        .env("BIN", programs())
        .env("AS", unprivileged().join(" "))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(watching.is_ok_and(|status| status.success()), "a shell and setsid are there");
}

fn remove(data: &str) {
    if Path::new(data).exists() {
        std::fs::remove_dir_all(data).expect("a folder that nobody uses");
    }
}

/// Settings after those that `initdb` made.
fn append(data: &str, settings: &str) {
    let include = format!("echo \"include '{settings}'\" >> {data}/postgresql.conf");
    let mut words: Vec<String> = unprivileged().into_iter().map(str::to_owned).collect();
    words.extend(["sh".to_owned(), "-c".to_owned(), include]);
    let (first, rest) = words.split_first().expect("at least the shell");
    let done = Command::new(first).args(rest).current_dir("/").status();
    assert!(done.is_ok_and(|status| status.success()), "the settings can be written");
}

fn psql(folder: &Path, sql: &str) {
    let done = Command::new(programs().join("psql"))
        .args(["-X", "-q", "-h", folder.to_str().expect("a plain path"), "-U", "farthing"])
        .args(["-d", "postgres", "-c", sql])
        .stdin(Stdio::null())
        .output()
        .expect("psql comes with the server");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{sql}: {said}");
}
