//! Several processes share the deliveries of one database; one dies, and what was its is taken over.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::cluster::Database;
use crate::process::{Client, DEV_KEY, Server, folder, pause};

/// Endpoints, as many as there may be: both processes have some, whatever groups they fall into.
const ENDPOINTS: usize = 16;
/// Events before one process dies, and after.
const EVENTS: usize = 20;
/// How long an endpoint takes: so that who sends twice does so at one time.
const TAKES_MS: u64 = 40;

/// What one endpoint saw of one event.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    times: u32,
    now: u32,
    at_once: u32,
}

/// Endpoint and event.
type Log = Arc<Mutex<BTreeMap<(String, String), Seen>>>;

/// A receiver that takes its time.
fn sink() -> (u16, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, log) = (listener.local_addr().unwrap().port(), Log::default());
    let shared = Arc::clone(&log);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let log = Arc::clone(&shared);
            std::thread::spawn(move || while take(&stream, &log).is_some() {});
        }
    });
    (port, log)
}

/// One request of a connection; none when that has ended.
fn take(stream: &TcpStream, log: &Log) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut path, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(rest) = line.strip_prefix("POST ") {
            rest.split(' ').next()?.clone_into(&mut path);
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let event: serde_json::Value = serde_json::from_slice(&body).ok()?;
    let name = (path, event["id"].as_str()?.to_owned());
    let change =
        |change: fn(&mut Seen)| change(log.lock().unwrap().entry(name.clone()).or_default());
    change(|seen| {
        seen.times += 1;
        seen.now += 1;
        seen.at_once = seen.at_once.max(seen.now);
    });
    pause(TAKES_MS);
    change(|seen| seen.now -= 1);
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()
}

fn groups(server: &Server) -> u32 {
    let text = server.text("/metrics");
    let line = text.lines().find(|line| line.starts_with("farthing_delivery_groups "));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
}

/// Waits until these hold so many groups.
fn until(servers: &[&Server], held: &[u32]) {
    let mut last = Vec::new();
    for _ in 0..600 {
        last = servers.iter().map(|server| groups(server)).collect();
        if last == held {
            return;
        }
        pause(50);
    }
    panic!("{held:?} groups were waited for: {last:?}");
}

fn events(client: &Client, prefix: &str) {
    for number in 0..EVENTS {
        let key = format!("{prefix}-{number}");
        let (status, body) =
            client.post("/v1/payment_intents", &key, "amount=700&currency=usd").unwrap();
        assert_eq!(status, 200, "{body}");
    }
}

fn delivered(log: &Log) -> usize {
    log.lock().unwrap().values().filter(|seen| seen.now == 0).count()
}

fn wait_for(log: &Log, count: usize) {
    for _ in 0..600 {
        if delivered(log) >= count {
            return;
        }
        pause(50);
    }
    panic!("{} of {count} were delivered", delivered(log));
}

#[test]
fn what_a_dead_process_delivered_is_taken_over_and_nothing_is_sent_by_two_at_once() {
    let (folder, database) = (folder(), Database::new());
    let (port, log) = sink();
    let one = Server::shared(folder.path(), &database.url());
    let client = one.client(DEV_KEY);
    until(&[&one], &[16]);
    for number in 0..ENDPOINTS {
        let form =
            format!("url=http://127.0.0.1:{port}/{number}&enabled_events[]=payment_intent.created");
        let made = client.post("/v1/webhook_endpoints", &format!("endpoint-{number}"), &form);
        assert_eq!(made.unwrap().0, 200);
    }
    // Another one comes while there is much in the air: it gets its share, and nothing is sent twice.
    events(&client, "a");
    let mut two = Server::shared(folder.path(), &database.url());
    events(&client, "b");
    until(&[&one, &two], &[8, 8]);
    wait_for(&log, 2 * EVENTS * ENDPOINTS);
    let twice = |log: &Log| log.lock().unwrap().values().filter(|seen| seen.times > 1).count();
    assert_eq!(twice(&log), 0, "nobody died, so once is once");
    // Both deliver.
    events(&client, "c");
    wait_for(&log, 3 * EVENTS * ENDPOINTS);
    for server in [&one, &two] {
        assert!(server.text("/metrics").contains("farthing_delivery_tries_total"), "it sends");
    }
    // It dies with some in the air.
    events(&client, "d");
    two.kill();
    events(&client, "e");
    wait_for(&log, 5 * EVENTS * ENDPOINTS);
    until(&[&one], &[16]);
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 5 * EVENTS * ENDPOINTS);
    let worst = log.values().map(|seen| seen.at_once).max();
    assert_eq!(worst, Some(1), "never by both at once");
    let again = log.values().filter(|seen| seen.times > 1).count();
    println!("{} deliveries, {again} of them again after a death", log.len());
    assert_eq!(one.terminate(), Some(0));
}
