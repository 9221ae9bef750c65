//! Bounds that hold for a whole process, or for several: what keys may ask in common, bodies that are
//! read at one time, open files.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::cluster::Database;
use crate::process::{Client, DEV_KEY, Server, folder, pause};
use crate::redis::Redis;

/// Large bodies that are read at one time.
const LARGE_BODIES: usize = 64;

/// Asks both servers in turn, so often; how many were let in.
fn let_in(clients: &[Client], count: usize) -> u32 {
    let ask = |number: usize| clients[number % clients.len()].get("/v1/payment_intents/pi_none");
    let statuses = (0..count).map(|number| ask(number).unwrap().0);
    statuses.map(|status| u32::from(status != 429)).sum()
}

/// What a server says of one of its gauges.
fn gauge(server: &Server, name: &str) -> Option<u32> {
    let text = server.text("/metrics");
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.rsplit(' ').next()?.parse().ok()
}

fn common(server: &Server) -> bool {
    gauge(server, "farthing_limits_common ") == Some(1)
}

#[test]
fn two_processes_let_a_key_in_as_often_as_one() {
    let (folder, database, mut redis) = (folder(), Database::new(), Redis::start());
    // Reads may use 70 hundredths of a second's requests.
    let more = ["--limits", &redis.url(), "--rate-limit-test", "20"];
    let servers = [0, 1].map(|_| Server::shared_with(folder.path(), &database.url(), &more));
    assert!(servers.iter().all(common), "from the start");
    let clients = servers.each_ref().map(|server| server.client(DEV_KEY));
    let begun = redis_time_s(&redis);
    let inside = f64::from(let_in(&clients, 60));
    let most = 15.0 + 20.0 * (redis_time_s(&redis) - begun);
    assert!((14.0..=most).contains(&inside), "{inside} of at most {most}");
    // Without it each counts for itself, and nobody is turned away for that.
    redis.kill();
    pause(1_000);
    assert!(let_in(&clients, 60) >= 28);
    assert!(servers.iter().all(|server| !common(server)));
    redis.restart();
    for _ in 0..100 {
        if servers.iter().all(common) {
            break;
        }
        pause(50);
    }
    assert!(servers.iter().all(common), "found again");
    let begun = redis_time_s(&redis);
    let inside = f64::from(let_in(&clients, 60));
    let most = 15.0 + 20.0 * (redis_time_s(&redis) - begun);
    assert!((14.0..=most).contains(&inside), "{inside} of at most {most}");
    let log = std::fs::read_to_string(folder.path().join("serve.log")).unwrap();
    assert!(!log.contains(&redis.url()), "the URL is not logged");
}

/// That server's clock, in seconds of the day: tests have no clock of their own.
fn redis_time_s(redis: &Redis) -> f64 {
    let script = "local t = redis.call('TIME') return (t[1] % 86400) * 1000 + t[2] / 1000";
    let millis: u32 =
        redis.say(&format!("EVAL \"{script}\" 0")).trim_start_matches(':').parse().unwrap();
    f64::from(millis) / 1_000.0
}

/// A connection on which a request has begun.
fn begun(server: &Server, more: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {DEV_KEY}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{more}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    stream
}

fn status(stream: &mut TcpStream) -> String {
    let mut part = [0; 4096];
    let length = stream.read(&mut part).unwrap();
    let text = String::from_utf8_lossy(&part[..length]).into_owned();
    text.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn so_many_large_bodies_are_read_at_one_time_and_no_more() {
    let folder = folder();
    let server = Server::dev(&folder.path().join("data"), &[]);
    let body = "x".repeat(70_000);
    let whole = || begun(&server, &format!("Content-Length: {}\r\n", body.len()), &body);
    // Its body has a place once the server asks for it, and never comes.
    let begin_one = || {
        let more = format!("Content-Length: {}\r\nExpect: 100-continue\r\n", body.len());
        let mut stream = begun(&server, &more, "");
        assert_eq!(status(&mut stream), "100");
        stream
    };
    let mut held: Vec<TcpStream> = (0..LARGE_BODIES).map(|_| begin_one()).collect();
    let refused = |wanted: bool| {
        for _ in 0..100 {
            // It is complete: what is wrong with it is said once it was read.
            let answer = status(&mut whole());
            assert!(answer == "503" || answer == "400", "{answer}");
            if (answer == "503") == wanted {
                return;
            }
            pause(20);
        }
        panic!("a large body more is refused: never {wanted}");
    };
    refused(true);
    // One that does not say how large it is, as soon as it is.
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    assert_eq!(status(&mut begun(&server, "Transfer-Encoding: chunked\r\n", &chunk)), "503");
    assert_eq!(server.client(DEV_KEY).pay("small").unwrap().0, 200, "small ones are read");
    drop(held.pop());
    refused(false);
    // A place is held by a body that comes, and by nothing that came before.
    held.push(begin_one());
    refused(true);
    drop(held);
    refused(false);
}

/// Ticks of processor time, a hundred a second, that a process has used.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    [11, 12].map(|place| fields[place].parse::<u64>().unwrap()).iter().sum()
}

#[test]
fn a_process_without_files_left_waits_and_goes_on() {
    let folder = folder();
    let server = Server::dev(&folder.path().join("data"), &[]);
    assert_eq!(server.client(DEV_KEY).pay("before").unwrap().0, 200);
    let pid = server.pid();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    let files = format!("--nofile={}:{}", open + 6, open + 6);
    let limited = Command::new("prlimit").args(["--pid", &pid.to_string(), &files]).status();
    assert!(limited.unwrap().success());
    let get =
        format!("GET /v1/balance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {DEV_KEY}\r\n\r\n");
    let ask = |mut stream: &TcpStream| stream.write_all(get.as_bytes()).unwrap();
    let connect = || {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    };
    let mut held: Vec<TcpStream> = (0..3).map(|_| connect()).collect();
    for stream in &mut held {
        ask(stream);
        assert_eq!(status(stream), "200");
    }
    // The system takes these in; the process cannot.
    let waiting: Vec<TcpStream> = (0..40).map(|_| connect()).collect();
    waiting.iter().for_each(ask);
    pause(300);
    let before = ticks(pid);
    pause(2_000);
    let used = ticks(pid) - before;
    assert!(used < 50, "it spins: {used} ticks in two seconds");
    for stream in &mut held {
        ask(stream);
        assert_eq!(status(stream), "200", "whoever is inside is served");
    }
    drop(held);
    // Who came first is served next, and makes room for who comes after.
    for mut stream in waiting {
        assert_eq!(status(&mut stream), "200");
    }
    assert_eq!(server.client(DEV_KEY).pay("after").unwrap().0, 200);
    assert_eq!(server.terminate(), Some(0));
}
