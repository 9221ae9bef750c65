//! A Redis server of one test's own: on a free port, as a user who is not root, keeping nothing on
//! disk, gone with the test.
//!
//! It is a file and no crate, because it is compiled into two test packages.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, Stdio};

/// The server. Dropping it ends it.
pub(crate) struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// A new, empty one.
    pub(crate) fn start() -> Self {
        for _ in 0..20 {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            // Somebody else may have taken the port meanwhile.
            if let Some(redis) = Self::at(free) {
                return redis;
            }
        }
        panic!("redis-server does not start (cargo xtask setup installs it)");
    }

    /// Ends it as a crash does, and starts it again where it was.
    pub(crate) fn restart(&mut self) {
        self.kill();
        *self = Self::at(self.port).expect("its port is free again");
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().unwrap();
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Says one line to it; the first line of its answer.
    pub(crate) fn say(&self, line: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    fn at(port: u16) -> Option<Self> {
        let own = std::fs::metadata("/proc/self").expect("there is /proc").uid();
        let mut command = Command::new("setpriv");
        // A test that is killed takes its server with it.
        command.args(["--pdeathsig", "KILL"]);
        if own == 0 {
            command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
        }
        command.args(["redis-server", "--bind", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--save", "", "--appendonly", "no", "--dir", "/tmp"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("setpriv is part of every Debian");
        let mut redis = Self { child, port };
        for _ in 0..500 {
            if redis.child.try_wait().unwrap().is_some() {
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() && redis.say("PING") == "+PONG" {
                return Some(redis);
            }
            #[expect(clippy::disallowed_methods, reason = "a test of processes waits for them")]
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
