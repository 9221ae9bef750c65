//! Running the binary, and the least HTTP client.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::{Builder, TempDir};

/// A root key that several processes are given.
pub(crate) const ROOT_KEY: &str =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

pub(crate) const DEV_KEY: &str = "sk_test_farthing_dev";

/// A folder of one test. In a whole run it is kept, and searched for card numbers at the end.
pub(crate) fn folder() -> TempDir {
    #[expect(clippy::disallowed_methods, reason = "where the run keeps what its tests write")]
    let kept = std::env::var_os("FARTHING_TEST_DIR");
    match kept {
        Some(kept) => {
            std::fs::create_dir_all(&kept).unwrap();
            Builder::new().prefix("cli-").disable_cleanup(true).tempdir_in(kept).unwrap()
        }
        None => TempDir::new().unwrap(),
    }
}

/// Runs a command to its end.
pub(crate) fn farthing(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_farthing"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// What a command said on standard error.
pub(crate) fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts one on a folder and waits for its ready line.
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        let arguments = [&["--data", data.to_str().unwrap()], more].concat();
        Self::run(&data.with_file_name("serve.log"), &arguments)
    }

    /// A development server on a database, as one of several; the simulated network's book and the
    /// log are in the folder.
    pub(crate) fn shared(folder: &Path, url: &str) -> Self {
        Self::shared_with(folder, url, &[])
    }

    /// The same, told more.
    pub(crate) fn shared_with(folder: &Path, url: &str, more: &[&str]) -> Self {
        let book = folder.join("simulator.db");
        let arguments = [
            "--dev",
            "--database-url",
            url,
            "--root-key",
            ROOT_KEY,
            "--simulator-book",
            book.to_str().unwrap(),
        ];
        Self::run(&folder.join("serve.log"), &[&arguments, more].concat())
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What is not JSON.
    pub(crate) fn text(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The same, where the network is a process of its own.
    pub(crate) fn asking(folder: &Path, url: &str, acquirer: &str) -> Self {
        let place = ["--dev", "--database-url", url, "--root-key", ROOT_KEY];
        Self::run(&folder.join("serve.log"), &[&place[..], &["--acquirer", acquirer]].concat())
    }

    /// The simulated network, with its book in this file, and these faults.
    pub(crate) fn simulator(book: &Path, faults: &str) -> Self {
        let log = book.with_extension("log");
        let log = File::options().create(true).append(true).open(log).unwrap();
        let book = book.to_str().unwrap();
        let listen = ["simulator", "--listen", "127.0.0.1:0", "--book", book, "--faults", faults];
        Self::spawned(command(&listen), log)
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn run(log: &Path, more: &[&str]) -> Self {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], more].concat();
        let log = File::options().create(true).append(true).open(log).unwrap();
        Self::spawned(command(&arguments), log)
    }

    /// A development server that can write so many KiB to each file, until that is lifted: a disk
    /// that fills up, for whoever runs the tests.
    pub(crate) fn confined(data: &Path, kib: u64) -> Self {
        let log = data.with_file_name("serve.log");
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut command = Command::new("/bin/sh");
        // Ignored, the signal becomes an error of the write; the limit is in blocks of 512 bytes.
        let script = "trap '' XFSZ; ulimit -S -f \"$0\" && exec \"$@\"";
        command.args(["-c", script, &(kib * 2).to_string(), env!("CARGO_BIN_EXE_farthing")]);
        command.args(["serve", "--listen", "127.0.0.1:0", "--dev", "--data"]).arg(data);
        command.env_clear().stdin(Stdio::null());
        Self::spawned(command, log)
    }

    /// The disk has room again.
    pub(crate) fn unconfine(&self) {
        let pid = self.child.id().to_string();
        let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
        assert!(lifted.unwrap().success());
    }

    fn spawned(mut command: Command, log: File) -> Self {
        command.env("RUST_LOG", "debug").stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("http://"))
            .unwrap_or_else(|| panic!("not ready: {line:?}"));
        Self { address: address.to_owned(), child }
    }

    /// A development server.
    pub(crate) fn dev(data: &Path, more: &[&str]) -> Self {
        Self::start(data, &[&["--dev"], more].concat())
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().unwrap();
    }

    /// SIGTERM; the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// Waits for an end that it comes to by itself.
    pub(crate) fn wait(&mut self) {
        self.child.wait().unwrap();
    }

    pub(crate) fn client(&self, key: &str) -> Client {
        Client { address: self.address.clone(), key: key.to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks one server under one API key.
#[derive(Clone)]
pub(crate) struct Client {
    address: String,
    key: String,
}

/// An answer; none of it if the server went away before it was complete.
pub(crate) type Answer = Option<(u16, Value)>;

impl Client {
    pub(crate) fn pay(&self, key: &str) -> Answer {
        let form = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_visa\
                    &payment_method_types[]=card";
        self.post("/v1/payment_intents", key, form)
    }

    pub(crate) fn post(&self, path: &str, key: &str, form: &str) -> Answer {
        let length = form.len();
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{}{form}",
            self.common()
        ))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\n{}", self.common()))
    }

    /// Waits until a look is satisfied.
    pub(crate) fn until(&self, path: &str, good: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        for _ in 0..600 {
            last = self.get(path);
            if let Some((_, body)) = &last
                && good(body)
            {
                return body.clone();
            }
            pause(50);
        }
        panic!("{path} never became what was waited for: {last:?}")
    }

    fn common(&self) -> String {
        let Self { address, key } = self;
        format!("Host: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n")
    }

    fn ask(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    }
}

#[expect(clippy::disallowed_methods, reason = "a test of processes waits for them")]
pub(crate) fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
