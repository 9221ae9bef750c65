//! kill -9: what was answered is there, what the network did is found out, nothing happens twice.

use std::collections::BTreeSet;
use std::path::Path;

use farthing_acquirer::BookView;
use serde_json::Value;

use crate::process::{Client, DEV_KEY, Server, farthing, folder, pause};

/// Charges and captured minor units in the network's own book.
fn network(data: &Path) -> (u64, i64) {
    let book = BookView::open(&data.join("simulator.db")).unwrap();
    let totals = book.totals().unwrap();
    (
        totals.iter().map(|each| each.charges).sum(),
        totals.iter().map(|each| each.captured.minor()).sum(),
    )
}

/// `farthing books` must pass, beside the running server too.
fn audit(data: &Path) {
    let books = farthing(&["books", "--data", data.to_str().unwrap()]);
    assert!(books.status.success(), "{}", String::from_utf8_lossy(&books.stdout));
}

fn statuses(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect()
}

/// The payment of key `k` is there once, in every book, and the key tells its answer.
fn paid_once(data: &Path, client: &Client) {
    let list = client.until("/v1/payment_intents", |list| statuses(list) == ["succeeded"]);
    let (status, again) = client.pay("k").unwrap();
    assert_eq!((status, &again["id"]), (200, &list["data"][0]["id"]));
    assert_eq!(network(data), (1, 1_099));
    audit(data);
}

#[test]
fn a_crash_between_the_answer_and_the_commit() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut server = Server::dev(&data, &["--crash-at", "between-answer-and-commit"]);
    assert!(server.client(DEV_KEY).pay("k").is_none(), "it died before it could answer");
    server.wait();
    assert_eq!(network(&data), (1, 1_099));
    audit(&data);

    let server = Server::dev(&data, &[]);
    paid_once(&data, &server.client(DEV_KEY));
}

#[test]
fn a_kill_while_the_answer_is_on_its_way() {
    let folder = folder();
    let data = folder.path().join("data");
    // The network does it after 500 ms; its answer would be there after 1,000.
    let mut server = Server::dev(&data, &["--simulator-faults", "at=1:slow,slow_ms=1000"]);
    let client = server.client(DEV_KEY);
    let paying = std::thread::spawn(move || client.pay("k"));
    while !data.join("simulator.db").exists() || network(&data).0 == 0 {
        pause(10);
    }
    server.kill();
    assert!(paying.join().unwrap().is_none());

    let server = Server::dev(&data, &[]);
    paid_once(&data, &server.client(DEV_KEY));
}

#[test]
fn a_kill_before_the_network_was_asked() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut server = Server::dev(&data, &["--simulator-faults", "at=1:slow,slow_ms=20000"]);
    let client = server.client(DEV_KEY);
    let paying = std::thread::spawn(move || client.pay("k"));
    pause(500);
    server.kill();
    assert!(paying.join().unwrap().is_none());
    assert_eq!(network(&data), (0, 0));

    let server = Server::dev(&data, &[]);
    let client = server.client(DEV_KEY);
    let declined = |list: &Value| statuses(list) == ["requires_payment_method"];
    client.until("/v1/payment_intents", declined);
    let (status, again) = client.pay("k").unwrap();
    assert_eq!((status, again["error"]["code"].as_str()), (402, Some("processing_error")));
    assert_eq!(network(&data), (0, 0));
    audit(&data);
}

#[test]
fn kills_under_load_lose_nothing_and_repeat_nothing() {
    const CLIENTS: usize = 8;
    const ROUNDS: usize = 3;
    let folder = folder();
    let data = folder.path().join("data");
    let mut keys = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut server = Server::dev(&data, &[]);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let client = server.client(DEV_KEY);
                std::thread::spawn(move || {
                    let mut sent = Vec::new();
                    for count in 0.. {
                        let key = format!("{round}-{number}-{count}");
                        let answer = client.pay(&key);
                        sent.push(key);
                        match answer {
                            Some((200, body)) => assert_eq!(body["status"], "succeeded"),
                            Some(other) => panic!("{other:?}"),
                            None => return sent,
                        }
                    }
                    sent
                })
            })
            .collect();
        pause(400 + 150 * u64::try_from(round).unwrap());
        server.kill();
        keys.extend(clients.into_iter().flat_map(|client| client.join().unwrap()));
        audit(&data);
    }
    assert!(keys.len() > CLIENTS * ROUNDS, "{}", keys.len());

    // Every key that was ever sent is sent again until it has its answer.
    let server = Server::dev(&data, &[]);
    let client = server.client(DEV_KEY);
    let mut intents = BTreeSet::new();
    let mut paid = 0;
    for key in &keys {
        let (status, body) = loop {
            match client.pay(key).unwrap() {
                (409, _) => pause(50),
                answer => break answer,
            }
        };
        // A call that was cut off before it reached the network is declined, and charged to nobody.
        let intent = if status == 402 { &body["error"]["payment_intent"] } else { &body };
        assert!(matches!(status, 200 | 402), "{status} {body}");
        assert!(intents.insert(intent["id"].as_str().unwrap().to_owned()), "one key, one intent");
        paid += u64::from(status == 200);
    }
    assert_eq!(network(&data).0, paid, "the network's book agrees");
    audit(&data);
}
