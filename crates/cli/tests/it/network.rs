//! The simulated network as a process of its own: shared by servers, killed under them, one of two.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use farthing_acquirer::BookView;

use crate::cluster::Database;
use crate::postgres::{Sent, audit, load, settled};
use crate::process::{DEV_KEY, Server, complaint, farthing, folder, pause};

/// What a network does that hides nothing for long.
const FAULTS: &str = "seed=3,duplicate=0.3,slow=0.5,slow_ms=1..10";

#[test]
fn servers_share_a_network_and_one_that_is_killed_takes_nothing_with_it() {
    let (folder, database) = (folder(), Database::new());
    let url = database.url();
    let network = Server::simulator(&folder.path().join("simulator.db"), FAULTS);
    let acquirer = network.url();
    let serve = || Server::asking(folder.path(), &url, &acquirer);
    let sent = Sent::default();
    let mut other = serve();
    for round in 0..2_u64 {
        let mut dying = serve();
        let stop = Arc::new(AtomicBool::new(false));
        let doomed = load(&dying.client(DEV_KEY), &format!("{round}-a"), (&sent, &stop));
        let living = load(&other.client(DEV_KEY), &format!("{round}-b"), (&sent, &stop));
        pause(400 + 70 * round);
        dying.kill();
        for client in doomed {
            client.join().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        for client in living {
            client.join().unwrap();
        }
        std::mem::swap(&mut dying, &mut other);
        other = serve();
        dying.kill();
    }
    // Every key has its answer, and the network's book has charged each of them once.
    let paid = settled(&other.client(DEV_KEY), &sent, folder.path());
    assert!(paid > 0);
    audit(folder.path(), &url);
    println!("4 kills, {paid} payments");
    assert_eq!(other.terminate(), Some(0));
    assert_eq!(network.terminate(), Some(0));
}

#[test]
fn one_of_two_networks_is_killed_and_nobody_is_charged_twice() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    // What is lost is looked up, and what was never seen is barred before the other is asked.
    let mut first = Server::simulator(&at("a.db"), "at=2:lost_before,at=3:lost_after");
    let second = Server::simulator(&at("b.db"), "seed=1");
    let data = at("data");
    let (a, b) = (format!("a={}", first.url()), format!("b={}", second.url()));
    let server = Server::dev(&data, &["--acquirer", &a, "--acquirer", &b]);
    let client = server.client(DEV_KEY);
    let pay = |key: &str| {
        let (status, body) = client.pay(key).unwrap();
        assert_eq!(status, 200, "{body}");
        let path = format!("/v1/payment_intents/{}", body["id"].as_str().unwrap());
        client.until(&path, |intent| intent["status"] == "succeeded");
        body["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(pay("k1"), "succeeded"); // At the first.
    assert_eq!(pay("k2"), "processing"); // Lost on the way there, so made by the second.
    assert_eq!(pay("k3"), "processing"); // Its answer was lost: it stays with the first.
    first.kill();
    // Nobody is there, so the second is asked at once.
    assert_eq!([pay("k4"), pay("k5")], ["succeeded", "succeeded"]);
    let charges = |name: &str| -> u64 {
        let book = BookView::open(&at(name)).unwrap();
        book.totals().unwrap().iter().map(|each| each.charges).sum()
    };
    assert_eq!((charges("a.db"), charges("b.db")), (2, 3));
    assert_eq!(server.terminate(), Some(0));

    let data = data.to_str().unwrap();
    let books = format!("a={},b={}", at("a.db").display(), at("b.db").display());
    let audit = |books: &str| farthing(&["books", "--data", data, "--simulator-book", books]);
    let whole = audit(&books);
    let said = String::from_utf8_lossy(&whole.stdout).into_owned();
    assert!(whole.status.success() && said.contains("own book agrees"), "{said}");
    // Each is held against what was made there, not only their sum against the ledger.
    let swapped = audit(&format!("a={},b={}", at("b.db").display(), at("empty.db").display()));
    let said = String::from_utf8_lossy(&swapped.stdout).into_owned();
    assert!(!swapped.status.success() && said.contains("network a, its own"), "{said}");
    let part = audit(&format!("a={},b={}", at("a.db").display(), at("empty.db").display()));
    let said = String::from_utf8_lossy(&part.stdout).into_owned();
    assert!(part.status.success() && said.contains("that are here agree: a"), "{said}");

    // What is open at an acquirer must be found out: it cannot be forgotten.
    let serve = ["serve", "--dev", "--listen", "127.0.0.1:0", "--data", data, "--acquirer"];
    let alone = farthing(&[&serve[..], &[a.as_str()]].concat());
    assert_eq!(alone.status.code(), Some(2));
    assert!(complaint(&alone).contains("`b`"), "{}", complaint(&alone));
    let elsewhere = farthing(&[&serve[..], &["c=http://192.0.2.1:80"]].concat());
    assert_eq!(elsewhere.status.code(), Some(2));
    assert_eq!(second.terminate(), Some(0));
}
