//! What is wrong with the disk: full, read-only, damaged. A clear error, no half effect, and service
//! again when the cause is gone.

use std::fs;
use std::path::Path;

use farthing_acquirer::BookView;
use serde_json::Value;

use crate::process::{Client, DEV_KEY, Server, complaint, farthing, folder, pause};

fn charges(data: &Path) -> u64 {
    let book = BookView::open(&data.join("simulator.db")).unwrap();
    book.totals().unwrap().iter().map(|each| each.charges).sum()
}

fn books(data: &Path) -> Value {
    let books = farthing(&["books", "--json", "--data", data.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&books.stdout).into_owned();
    assert!(books.status.success(), "{said}{}", complaint(&books));
    serde_json::from_str(&said).unwrap()
}

/// Starting is refused with code 2 and a sentence.
fn refused(data: &Path, sentence: &str) {
    let folder = data.to_str().unwrap();
    let output = farthing(&["serve", "--listen", "127.0.0.1:0", "--dev", "--data", folder]);
    let said = complaint(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.lines().last().unwrap().contains(sentence), "{said}");
}

/// A folder with one payment in it, and nobody serving it.
fn paid(data: &Path) {
    let server = Server::dev(data, &[]);
    assert_eq!(server.client(DEV_KEY).pay("k").unwrap().0, 200);
    assert_eq!(server.terminate(), Some(0));
}

/// It works as if nothing had been.
fn works(data: &Path, key: &str) {
    let server = Server::dev(data, &[]);
    let client = server.client(DEV_KEY);
    assert_eq!(client.pay("k").unwrap().0, 200, "the answer of before");
    assert_eq!(client.pay(key).unwrap().0, 200);
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(books(data)["network"]["state"], "agrees");
}

fn answered(client: &Client, key: &str) -> u16 {
    for _ in 0..1_200 {
        match client.pay(key) {
            Some((409 | 429 | 500 | 503, _)) => pause(50),
            Some((status, _)) => return status,
            None => panic!("{key}: the server is gone"),
        }
    }
    panic!("{key} has no answer")
}

#[test]
fn a_disk_that_fills_up_and_has_room_again() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::confined(&data, 3_072);
    let client = server.client(DEV_KEY);
    let mut keys = Vec::new();
    let mut refused = 0;
    // The first that is not taken, and some more: none of them may do half of anything.
    while refused < 10 {
        let key = format!("k{}", keys.len());
        let (status, body) = client.pay(&key).expect("an answer, whatever it is");
        if status != 200 {
            assert!(matches!(status, 500 | 503), "{status} {body}");
            assert_eq!(body["error"]["type"], "api_error", "{body}");
            refused += 1;
        }
        keys.push(key);
        assert!(keys.len() < 5_000, "it never filled up");
    }
    assert!(keys.len() > refused, "nothing could be paid at all");
    // What was written can be read, and is whole.
    let (status, list) = client.get("/v1/payment_intents?limit=1").unwrap();
    assert_eq!((status, list["data"][0]["object"].as_str()), (200, Some("payment_intent")));
    books(&data);
    // Room again: the same process, and the same keys.
    server.unconfine();
    let succeeded = keys.iter().filter(|key| answered(&client, key) == 200).count();
    assert_eq!(
        charges(&data),
        u64::try_from(succeeded).unwrap(),
        "each key at most once, at the network too"
    );
    assert_eq!(client.pay("after").unwrap().0, 200);
    let audit = books(&data);
    assert_eq!(audit["network"]["state"], "agrees", "{audit}");
    assert!(succeeded >= keys.len() - refused, "what was answered is there");
}

/// For whoever runs this, also for one who may write everything: the version that SQLite writes into
/// the file is raised to one that is to be read only.
#[test]
fn a_file_that_cannot_be_written() {
    let folder = folder();
    let data = folder.path().join("data");
    paid(&data);
    let file = data.join("farthing.db");
    let whole = fs::read(&file).unwrap();
    let mut newer = whole.clone();
    newer[18] = 9;
    fs::write(&file, &newer).unwrap();
    refused(&data, "may be read and not written");
    assert_eq!(fs::read(&file).unwrap(), newer, "nothing was tried");
    fs::write(&file, &whole).unwrap();
    works(&data, "again");
}

#[test]
fn a_file_that_is_no_database() {
    let folder = folder();
    let data = folder.path().join("data");
    paid(&data);
    let file = data.join("farthing.db");
    let whole = fs::read(&file).unwrap();
    let mut garbled = whole.clone();
    garbled[..64].fill(0xa5);
    fs::write(&file, &garbled).unwrap();
    refused(&data, "is damaged, or is no database");
    assert_eq!(fs::read(&file).unwrap(), garbled, "nothing was tried");
    fs::write(&file, &whole).unwrap();
    works(&data, "again");
}

/// Damage further in is met when it is read: never an answer made of it, and never a second charge.
#[test]
fn a_file_that_is_damaged_within() {
    let folder = folder();
    let data = folder.path().join("data");
    paid(&data);
    let file = data.join("farthing.db");
    let whole = fs::read(&file).unwrap();
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    let mut garbled = whole.clone();
    // The roots of tables and indexes come first; everything but the schema's own pages is garbled.
    let schema = page * 12;
    garbled[schema..].fill(0xa5);
    fs::write(&file, &garbled).unwrap();
    let audit = farthing(&["books", "--data", data.to_str().unwrap()]);
    assert!(!audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    refused(&data, "is damaged, or is no database");
    assert_eq!(charges(&data), 1);
    fs::write(&file, &whole).unwrap();
    works(&data, "again");
}
