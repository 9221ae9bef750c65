//! Several processes on one PostgreSQL database: any of them may die, and a whole store moves there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use farthing_acquirer::BookView;
use serde_json::Value;

use crate::cluster::Database;
use crate::process::{Client, DEV_KEY, ROOT_KEY, Server, complaint, farthing, folder, pause};

/// Kills of one process of two. More by `FARTHING_KILLS=200 cargo nextest run -p farthing -E
/// 'test(kills_of_one_process)'`.
const KILLS: u64 = 3;
/// Clients of each process.
const CLIENTS: usize = 4;

/// Each key that was sent, with the intent that a client was told of; none where it got no answer.
pub(crate) type Sent = Arc<Mutex<BTreeMap<String, Option<String>>>>;

/// Clients that pay at one server until they are told to stop, or it is gone.
pub(crate) fn load(
    client: &Client,
    name: &str,
    (sent, stop): (&Sent, &Arc<AtomicBool>),
) -> Vec<JoinHandle<()>> {
    (0..CLIENTS)
        .map(|number| {
            let (client, name) = (client.clone(), name.to_owned());
            let (sent, stop) = (Arc::clone(sent), Arc::clone(stop));
            std::thread::spawn(move || {
                for count in 0_u32.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let key = format!("{name}-{number}-{count}");
                    sent.lock().unwrap().insert(key.clone(), None);
                    match client.pay(&key) {
                        Some((200, body)) => {
                            assert_eq!(body["status"], "succeeded");
                            let id = body["id"].as_str().unwrap().to_owned();
                            sent.lock().unwrap().insert(key, Some(id));
                        }
                        // The database is away, or what became of it is not known.
                        Some((500.., _)) => pause(20),
                        Some(other) => panic!("{other:?}"),
                        None => return,
                    }
                }
            })
        })
        .collect()
}

/// Sends every key again until it has its answer: what was told before is told again, one key is one
/// intent, and the network's own book has charged each of them once. Answers how many were paid.
pub(crate) fn settled(client: &Client, sent: &Sent, folder: &Path) -> u64 {
    let mut intents = BTreeMap::new();
    let mut paid = 0;
    for (key, told) in &*sent.lock().unwrap() {
        let (status, body) = loop {
            match client.pay(key) {
                Some((409 | 429 | 500.., _)) | None => pause(100),
                Some(answer) => break answer,
            }
        };
        // A call that was cut off before it reached the network is declined, and charged to nobody.
        let intent = if status == 402 { &body["error"]["payment_intent"] } else { &body };
        assert!(matches!(status, 200 | 402), "{key}: {status} {body}");
        let id = intent["id"].as_str().unwrap().to_owned();
        assert!(told.as_ref().is_none_or(|told| *told == id && status == 200), "{key}: {told:?}");
        assert_eq!(intents.insert(id, key.clone()), None, "one key, one intent");
        paid += u64::from(status == 200);
    }
    let book = BookView::open(&folder.join("simulator.db")).unwrap();
    let charges: u64 = book.totals().unwrap().iter().map(|each| each.charges).sum();
    assert_eq!(charges, paid, "the network's book agrees");
    paid
}

/// `farthing books` on a database, which must balance.
pub(crate) fn audit(folder: &Path, url: &str) -> Value {
    let book = folder.join("simulator.db");
    let book = ["--simulator-book", book.to_str().unwrap()];
    let books = farthing(&[&["books", "--json", "--database-url", url], &book[..]].concat());
    assert!(books.status.success(), "{}", String::from_utf8_lossy(&books.stdout));
    serde_json::from_slice(&books.stdout).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "how many kills a longer run wants")]
fn kills() -> u64 {
    std::env::var("FARTHING_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

#[test]
fn kills_of_one_process_of_two_lose_nothing_and_repeat_nothing() {
    let (folder, database) = (folder(), Database::new());
    let url = database.url();
    let sent = Sent::default();
    let mut other = Server::shared(folder.path(), &url);
    for round in 0..kills() {
        let mut dying = Server::shared(folder.path(), &url);
        let stop = Arc::new(AtomicBool::new(false));
        let doomed = load(&dying.client(DEV_KEY), &format!("{round}-a"), (&sent, &stop));
        let living = load(&other.client(DEV_KEY), &format!("{round}-b"), (&sent, &stop));
        pause(300 + 70 * (round % 7));
        dying.kill();
        for client in doomed {
            client.join().unwrap();
        }
        pause(100);
        stop.store(true, Ordering::Relaxed);
        for client in living {
            client.join().unwrap();
        }
        // The one that dies next is the one that does what nobody asks for.
        std::mem::swap(&mut dying, &mut other);
        other = Server::shared(folder.path(), &url);
        dying.kill();
        audit(folder.path(), &url);
    }
    let paid = settled(&other.client(DEV_KEY), &sent, folder.path());
    audit(folder.path(), &url);
    println!("{} kills, {paid} payments", 2 * kills());
    assert_eq!(other.terminate(), Some(0));
}

#[test]
fn a_whole_store_is_copied_and_goes_on() {
    let (folder, database) = (folder(), Database::new());
    let data = folder.path().join("data");
    let (from, url) = (data.to_str().unwrap().to_owned(), database.url());
    let before = Server::dev(&data, &["--root-key", ROOT_KEY]);
    let client = before.client(DEV_KEY);
    let (_, first) = client.pay("k1").unwrap();
    client.pay("k2").unwrap();
    let refund = format!("payment_intent={}&amount=99", first["id"].as_str().unwrap());
    assert_eq!(client.post("/v1/refunds", "r1", &refund).unwrap().0, 200);

    let copy = ["copy", "--from", &from, "--to", &url];
    let served = farthing(&copy);
    assert!(!served.status.success(), "somebody serves it");
    assert!(complaint(&served).contains("open"), "{}", complaint(&served));
    assert_eq!(before.terminate(), Some(0));
    let done = farthing(&copy);
    assert!(done.status.success(), "{}", complaint(&done));
    let again = farthing(&copy);
    assert!(
        !again.status.success() && complaint(&again).contains("empty"),
        "{}",
        complaint(&again)
    );

    let ours = farthing(&["books", "--json", "--data", &from]);
    let ours: Value = serde_json::from_slice(&ours.stdout).unwrap();
    std::fs::copy(data.join("simulator.db"), folder.path().join("simulator.db")).unwrap();
    assert_eq!(audit(folder.path(), &url), ours, "the same counts, the same totals");

    // What was answered there is answered here.
    let after = Server::shared(folder.path(), &url);
    assert_eq!(after.client(DEV_KEY).pay("k1").unwrap(), (200, first));
    assert_eq!(after.client(DEV_KEY).pay("k3").unwrap().0, 200);
}

#[test]
fn a_database_wants_its_root_key() {
    let (folder, database) = (folder(), Database::new());
    let url = database.url();
    let book = folder.path().join("simulator.db");
    let serve = |more: &[&str]| {
        let book = book.to_str().unwrap();
        let place = ["serve", "--listen", "127.0.0.1:0", "--database-url", &url];
        let output = farthing(&[&place[..], &["--simulator-book", book], more].concat());
        (output.status.code(), complaint(&output))
    };
    let (code, said) = serve(&["--dev"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("root key must be given"), "{said}");
    let (code, said) = serve(&["--root-key", ROOT_KEY]);
    assert_eq!(code, Some(2));
    assert!(said.contains("farthing init"), "{said}");
    let init = ["init", "--database-url", &url, "--root-key", ROOT_KEY];
    assert!(farthing(&init).status.success());
    assert_eq!(serve(&["--dev", "--root-key", ROOT_KEY]).0, Some(2), "it is no development store");
    let other = "ff".repeat(32);
    let (code, said) = serve(&["--root-key", &other]);
    assert_eq!(code, Some(2), "{said}");
    let nowhere = ["books", "--database-url", "postgres://farthing@%2Fnowhere/x"];
    assert_eq!(farthing(&nowhere).status.code(), Some(2));
}
