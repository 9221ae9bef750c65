//! A CVC leaves no trace: the same run with another CVC leaves the same bytes.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use farthing_core::time::TimestampMs;
use farthing_domain::view::Row;
use farthing_server::rehearsal;
use tracing::Level;
use tracing::subscriber::with_default;

use crate::support::{Ask, Engine, PUBLISHABLE, Server};

/// Everything a run leaves behind: answers, log lines, rows, and the network's own book.
struct Traces {
    bodies: String,
    log: String,
    dump: String,
    book: String,
}

/// A log kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Pays, is refused, mistypes, retries; `note` is written into the metadata of every intent.
fn run(engine: Engine, cvc: &str, note: &str) -> Traces {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .without_time()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    with_default(subscriber, || {
        rehearsal::begin(7, TimestampMs::from_seconds(1_800_000_000));
        let server = Server::new(engine);
        let bodies = orders(cvc, note).into_iter().fold(String::new(), |mut bodies, ask| {
            let answer = server.send(ask);
            writeln!(bodies, "{} {:?}\n{}", answer.status, answer.headers, answer.body).unwrap();
            bodies
        });
        let dump = server.rows().iter().fold(String::new(), |mut dump, row| {
            writeln!(dump, "{row:?}").unwrap();
            if let Row::Body(body) = row {
                // Packed on disk, so no search of the file sees into it: as text here.
                writeln!(dump, "{}", String::from_utf8_lossy(&body.bytes)).unwrap();
            }
            dump
        });
        let entries = server.book(|book| book.entries(0, 10_000).unwrap());
        drop(server);
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        Traces { bodies, log, dump, book: format!("{entries:#?}") }
    })
}

fn orders(cvc: &str, note: &str) -> Vec<Ask> {
    let card = |number: &str, prefix: &str| {
        format!(
            "{prefix}[number]={number}&{prefix}[exp_month]=12&{prefix}[exp_year]=2031&{prefix}[cvc]={cvc}"
        )
    };
    let pay = |number: &str| {
        let card = card(number, "payment_method_data[card]");
        format!(
            "amount=2000&currency=usd&confirm=true&return_url=https://example.com&metadata[note]={note}&payment_method_data[type]=card&{card}"
        )
    };
    let (good, declined, wrong_cvc) = ("4242424242424242", "4000000000000002", "4000000000000127");
    vec![
        Ask::post("/v1/payment_intents", &pay(good)).idempotent("order-1"),
        Ask::post("/v1/payment_intents", &pay(good)).idempotent("order-1"),
        Ask::post("/v1/payment_intents", &format!("{}&description=other", pay(good)))
            .idempotent("order-1"),
        Ask::post("/v1/payment_intents", &pay(declined)).idempotent("order-2"),
        Ask::post("/v1/payment_intents", &pay(wrong_cvc)),
        Ask::post("/v1/payment_intents", &format!("{}&nope=1", pay(good))),
        Ask::post("/v1/payment_methods", &format!("type=card&{}", card(good, "card")))
            .by(PUBLISHABLE)
            .in_frame(),
        Ask::post("/v1/payment_methods", &format!("type=card&{}", card(good, "card")))
            .by(PUBLISHABLE),
        Ask::post(
            "/v1/payment_methods",
            &format!("type=card&{}", card("4242424242424241", "card")),
        ),
        Ask::get("/v1/charges"),
        Ask::get("/v1/events"),
    ]
}

fn assert_same(left: &Traces, right: &Traces) {
    assert_eq!(left.bodies, right.bodies, "the answers");
    assert_eq!(left.log, right.log, "the log");
    assert_eq!(left.dump, right.dump, "the rows");
    assert_eq!(left.book, right.book, "the network's own book");
}

#[test]
fn another_cvc_leaves_the_same_bytes() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let (one, other) = (run(engine, "123", "x"), run(engine, "987", "x"));
        assert!(!one.log.is_empty(), "the log is listened to");
        let paid = one.bodies.matches(r#""status": "succeeded""#).count();
        assert!(paid >= 2, "the run pays: {}", one.bodies);
        assert_same(&one, &other);
    }
}

#[test]
fn a_planted_leak_is_seen() {
    let (one, other) = (run(Engine::Memory, "123", "123"), run(Engine::Memory, "987", "987"));
    assert_ne!(one.bodies, other.bodies);
    assert_ne!(one.dump, other.dump);
}

#[test]
fn no_answer_and_no_row_holds_a_card_number() {
    let traces = run(Engine::Sqlite, "123", "x");
    for number in ["4242424242424242", "4000000000000002", "4000000000000127"] {
        for text in [&traces.bodies, &traces.log, &traces.dump, &traces.book] {
            assert!(!text.contains(number), "a card number is in the clear");
        }
    }
}
