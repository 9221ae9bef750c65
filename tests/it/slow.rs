//! Clients that hold a place without using it, over real connections.
#![expect(clippy::disallowed_methods, reason = "blocking clients that wait, and measure how long")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use farthing_acquirer::Faults;
use farthing_server::config::Config;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::support::{Engine, SECRET, Server};

const SHORT: Duration = Duration::from_millis(300);
/// Far above what is waited for, far below what the real limits are.
const LONG: Duration = Duration::from_secs(8);

/// A server on a free port of this machine, until dropped.
struct Listening {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<tokio::task::JoinHandle<()>>,
    runtime: Runtime,
    _server: Server,
}

impl Listening {
    fn new() -> Self {
        let config = Config { head_timeout: SHORT, body_timeout: SHORT, ..Config::dev() };
        let server = Server::with(Engine::Memory, config, Faults::none());
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let app = Arc::clone(&server.app);
        let serving = runtime.spawn(farthing_server::serve::serve(app, listener, None, async {
            stopped.await.ok();
        }));
        Self { address, stop: Some(stop), serving: Some(serving), runtime, _server: server }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            drop(self.runtime.block_on(serving));
        }
    }
}

fn head(method: &str, more: &str) -> String {
    format!(
        "{method} /v1/payment_intents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n{more}\r\n"
    )
}

/// What comes until the other side closes, and how long that took.
fn until_closed(stream: &mut TcpStream) -> (String, Duration) {
    let (begun, mut text) = (Instant::now(), Vec::new());
    match stream.read_to_end(&mut text) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
    (String::from_utf8_lossy(&text).into_owned(), begun.elapsed())
}

fn first_line(stream: &mut TcpStream) -> String {
    let mut part = [0; 4096];
    let length = stream.read(&mut part).unwrap();
    String::from_utf8_lossy(&part[..length]).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_head_that_trickles_in_is_cut_off() {
    let listening = Listening::new();
    let mut slow = listening.connect();
    let begun = Instant::now();
    let long = head("GET", &format!("X-Long: {}\r\n", "x".repeat(300)));
    let cut = long.bytes().find(|byte| {
        sleep(Duration::from_millis(20));
        // The other side has closed: writing fails a little later.
        slow.write_all(&[*byte]).is_err()
    });
    assert!(cut.is_some() && begun.elapsed() < LONG / 2, "{:?}", begun.elapsed());
    let mut prompt = listening.connect();
    prompt.write_all(head("GET", "").as_bytes()).unwrap();
    assert_eq!(first_line(&mut prompt), "HTTP/1.1 200 OK", "others are served");
}

#[test]
fn a_connection_that_is_idle_is_left_alone() {
    let listening = Listening::new();
    let mut stream = listening.connect();
    for _ in 0..2 {
        sleep(SHORT * 3);
        stream.write_all(head("GET", "").as_bytes()).unwrap();
        assert_eq!(first_line(&mut stream), "HTTP/1.1 200 OK");
    }
    // Half a head, and nothing more.
    stream.write_all(b"GET /v1/charges HTTP/1.1\r\nHo").unwrap();
    let (said, after) = until_closed(&mut stream);
    assert!(after >= SHORT / 2 && after < LONG / 2, "{after:?}");
    assert!(!said.contains("200 OK"), "{said}");
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let listening = Listening::new();
    let mut stream = listening.connect();
    let more = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 40\r\n";
    stream.write_all(format!("{}amount=1", head("POST", more)).as_bytes()).unwrap();
    let begun = Instant::now();
    assert_eq!(first_line(&mut stream), "HTTP/1.1 408 Request Timeout");
    assert!(begun.elapsed() >= SHORT / 2 && begun.elapsed() < LONG / 2, "{:?}", begun.elapsed());
}

#[test]
fn a_huge_body_is_refused_before_it_has_come() {
    let listening = Listening::new();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    // Announced: not one byte of it is read.
    let mut stream = listening.connect();
    let more = format!("{form}Content-Length: 4000000000\r\n");
    stream.write_all(head("POST", &more).as_bytes()).unwrap();
    assert_eq!(first_line(&mut stream), "HTTP/1.1 413 Payload Too Large");
    // Not announced: read up to the bound.
    let mut stream = listening.connect();
    let more = format!("{form}Transfer-Encoding: chunked\r\n");
    stream.write_all(head("POST", &more).as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..17 {
        if stream.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    assert_eq!(first_line(&mut stream), "HTTP/1.1 413 Payload Too Large");
}
