//! Real crashes, many of them: kill -9 at a random moment under load, restart, and compare three
//! accounts of what happened: our books, the network's own book, and what the clients were answered.
//!
//! `cargo xtask crash --cycles 1000` runs more of them than a test run does, and
//! `--database-url` runs them against another engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use farthing_acquirer::BookView;
use serde_json::Value;

use crate::process::{Client, DEV_KEY, Server, farthing, folder, pause};

/// Enough of them to meet every step of a payment now and then, few enough for every test run.
const CYCLES: usize = 20;
const CLIENTS: usize = 6;
/// A cut-off call is looked up within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is asked under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Order {
    Pay { minor: i64 },
    Hold { minor: i64 },
    Capture { intent: String, minor: i64 },
    Refund { intent: String, minor: i64 },
}

impl Order {
    fn call(&self) -> (String, String) {
        let create = |minor: &i64, more: &str| {
            format!(
                "amount={minor}&currency=usd&confirm=true&payment_method=pm_card_visa\
                 &payment_method_types[]=card{more}"
            )
        };
        let intents = "/v1/payment_intents";
        match self {
            Self::Pay { minor } => (intents.to_owned(), create(minor, "")),
            Self::Hold { minor } => (intents.to_owned(), create(minor, "&capture_method=manual")),
            Self::Capture { intent, minor } => {
                (format!("{intents}/{intent}/capture"), format!("amount_to_capture={minor}"))
            }
            Self::Refund { intent, minor } => {
                ("/v1/refunds".to_owned(), format!("payment_intent={intent}&amount={minor}"))
            }
        }
    }
}

/// What the clients know: every key that was ever sent, and its answer where there was one.
#[derive(Default)]
struct Ledger {
    keys: BTreeMap<String, (Order, Option<(u16, Value)>)>,
}

/// What the answers add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    charges: u64,
    captured: i64,
    refunded: i64,
}

impl Ledger {
    fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for (order, answer) in self.keys.values() {
            let (status, body) = answer.as_ref().expect("every key has its answer by now");
            if *status != 200 {
                continue;
            }
            match order {
                // What is held and not taken is no charge yet, in the network's book either.
                Order::Hold { .. } => {}
                Order::Pay { minor } | Order::Capture { minor, .. } => {
                    sums.charges += 1;
                    sums.captured += minor;
                }
                // One that never reached the network was withdrawn there, and has failed.
                Order::Refund { minor, .. } => match body["status"].as_str() {
                    Some("succeeded") => sums.refunded += minor,
                    Some("failed") => {}
                    _ => panic!("{body}"),
                },
            }
        }
        sums
    }
}

/// Where the data is: a folder, or a database, with the simulator's book in a folder.
struct Place {
    folder: PathBuf,
    url: Option<String>,
}

impl Place {
    fn serve(&self) -> Server {
        match &self.url {
            Some(url) => Server::shared(&self.folder, url),
            None => Server::dev(&self.folder, &[]),
        }
    }

    fn network(&self) -> Sums {
        let book = BookView::open(&self.folder.join("simulator.db")).unwrap();
        let mut sums = Sums::default();
        for each in book.totals().unwrap() {
            sums.charges += each.charges;
            sums.captured += each.captured.minor();
            sums.refunded += each.refunded.minor();
        }
        sums
    }

    /// The books alone, or compared with the network's where nothing moves.
    fn audit(&self) -> Value {
        let folder = self.folder.to_str().unwrap();
        let book = format!("{folder}/simulator.db");
        let mut arguments = vec!["books", "--json"];
        match &self.url {
            Some(url) => arguments.extend(["--database-url", url, "--simulator-book", &book]),
            None => arguments.extend(["--data", folder]),
        }
        let books = farthing(&arguments);
        let said = String::from_utf8_lossy(&books.stdout).into_owned();
        assert!(books.status.success(), "{said}{}", String::from_utf8_lossy(&books.stderr));
        serde_json::from_str(&said).unwrap()
    }
}

/// The same moments for the same seed, as far as the machine is the same.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[expect(clippy::disallowed_methods, reason = "a drill measures how long it took")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "how often, as it was asked for")]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[test]
fn every_death_leaves_books_that_agree_with_the_answers() {
    let cycles = asked("FARTHING_CRASH_CYCLES").map_or(CYCLES, |text| text.parse().unwrap());
    let seed = asked("FARTHING_CRASH_SEED").map_or(0x5eed, |text| text.parse().unwrap());
    let kept = folder();
    let place =
        Place { folder: kept.path().join("data"), url: asked("FARTHING_CRASH_DATABASE_URL") };
    std::fs::create_dir(&place.folder).unwrap();
    let mut draw = Draw(seed);
    let mut ledger = Ledger::default();
    let mut restarts = Vec::new();
    for cycle in 0..cycles {
        let mut server = place.serve();
        let deaths = load(&server, (cycle, draw.below(u64::MAX)));
        pause(20 + draw.below(280));
        server.kill();
        for client in deaths {
            ledger.keys.extend(client.join().unwrap());
        }
        // What a crash leaves is whole by itself, before anything has looked at it.
        place.audit();
        let before = now();
        let server = place.serve();
        let client = server.client(DEV_KEY);
        client.until("/v1/payment_intents?limit=1", |list| list["object"] == "list");
        restarts.push(before.elapsed());
        settle(&client, &mut ledger, cycle);
        assert_eq!(place.network(), ledger.sums(), "cycle {cycle}, seed {seed}");
        let audit = place.audit();
        assert_eq!(audit["network"]["state"], "agrees", "cycle {cycle}, seed {seed}: {audit}");
    }
    let sent = ledger.keys.len();
    assert!(sent > cycles * CLIENTS, "{sent} keys are no load");
    restarts.sort();
    println!(
        "{cycles} cycles (seed {seed}), {sent} keys, {:?}; restart to first good answer: median {:?}, max {:?}",
        ledger.sums(),
        restarts[cycles / 2],
        restarts[cycles - 1],
    );
}

type Told = Vec<(String, (Order, Option<(u16, Value)>))>;

/// Clients that ask until the server is gone.
fn load(server: &Server, (cycle, seed): (usize, u64)) -> Vec<std::thread::JoinHandle<Told>> {
    (0..CLIENTS)
        .map(|number| {
            let client = server.client(DEV_KEY);
            let name = format!("{cycle}-{number}");
            let draw = Draw(seed.wrapping_add(u64::try_from(number).unwrap() + 1) | 1);
            std::thread::spawn(move || one(&client, &name, draw))
        })
        .collect()
}

/// One client: pays, gives some of it back, holds, takes what it held.
fn one(client: &Client, name: &str, mut draw: Draw) -> Told {
    let mut told: Told = Vec::new();
    let mut next = None;
    for count in 0.. {
        let minor = 100 + i64::try_from(draw.below(10_000)).unwrap();
        let order = next.take().unwrap_or(match draw.below(3) {
            0 => Order::Hold { minor },
            _ => Order::Pay { minor },
        });
        let key = format!("{name}-{count}");
        let (path, form) = order.call();
        let answer = client.post(&path, &key, &form);
        if let Some((200, body)) = &answer {
            let intent = body["id"].as_str().unwrap().to_owned();
            next = match &order {
                Order::Hold { minor } => Some(Order::Capture { intent, minor: *minor }),
                Order::Pay { minor } if draw.below(2) == 0 => {
                    Some(Order::Refund { intent, minor: 1 + minor / 3 })
                }
                Order::Pay { .. } | Order::Capture { .. } | Order::Refund { .. } => None,
            };
        }
        let gone = answer.is_none();
        told.push((key, (order, answer)));
        if gone {
            break;
        }
    }
    told
}

/// What was cut off is asked again under its key until it has an answer; what was answered is answered
/// the same.
fn settle(client: &Client, ledger: &mut Ledger, cycle: usize) {
    let latest = format!("{cycle}-");
    for (key, (order, answer)) in &mut ledger.keys {
        if answer.is_some() && !key.starts_with(&latest) {
            continue;
        }
        let (path, form) = order.call();
        let again = final_answer(client, key, (&path, &form));
        match answer {
            Some(before) => assert_eq!(&again, before, "{key}: another answer than before"),
            None => *answer = Some(again),
        }
    }
}

fn final_answer(client: &Client, key: &str, (path, form): (&str, &str)) -> (u16, Value) {
    let begun = now();
    loop {
        match client.post(path, key, form) {
            // A call that never reached the network is declined, and charged to nobody.
            Some((status @ (200 | 402), body)) => return (status, body),
            // In progress, locked, or a capture or refund whose outcome is being found out.
            Some((409 | 429 | 500 | 503, _)) if begun.elapsed() < PATIENCE => pause(30),
            other => panic!("{key} {path}: {other:?}"),
        }
    }
}

/// For the drill's own reader: the data is where it says.
#[test]
fn the_drill_counts_what_the_network_counts() {
    let kept = folder();
    let place = Place { folder: kept.path().join("data"), url: None };
    let server = place.serve();
    let client = server.client(DEV_KEY);
    let mut ledger = Ledger::default();
    let pay = Order::Pay { minor: 500 };
    let (path, form) = pay.call();
    let answer = client.post(&path, "k", &form).unwrap();
    let intent = answer.1["id"].as_str().unwrap().to_owned();
    ledger.keys.insert("k".to_owned(), (pay, Some(answer)));
    let refund = Order::Refund { intent, minor: 200 };
    let (path, form) = refund.call();
    let answer = client.post(&path, "r", &form);
    ledger.keys.insert("r".to_owned(), (refund, answer));
    assert_eq!(ledger.sums(), Sums { charges: 1, captured: 500, refunded: 200 });
    assert_eq!(place.network(), ledger.sums());
    assert!(Path::new(&place.folder).join("simulator.db").is_file());
}
