//! The failure matrix: what fails at which step of which operation, what the client sees, what the
//! books and the network's book say. Each line is acted out, and the page in `crates/FAILURES.md` is
//! what was seen; `FARTHING_CODEGEN=1` writes it anew.

mod commit;

use std::cell::Cell;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use farthing_core::time::TimestampMs;
use farthing_domain::attempt::Attempt;
use farthing_domain::view::Row;
use farthing_server::acquirers::Way;
use farthing_server::breaker::{Answered, Operation, Settings};
use farthing_server::config::Config;
use farthing_server::rehearsal;
use serde_json::Value;

use crate::support::{Answer, Ask, Engine, Server, id};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/FAILURES.md");
const PI: &str = "/v1/payment_intents";
const KEY: &str = "order-6735";

/// What fails.
const FAULTS: [(&str, &str); 5] = [
    ("refused", "the network refuses the call"),
    ("lost_before", "the network is down: the call does not arrive"),
    ("lost_after", "the network does it, and its answer is lost"),
    ("late", "the call times out, and arrives afterwards"),
    ("breaker", "the breaker is open: the call is not made"),
];

/// What is asked: its name, the form of the payment before it, and the number of its own call.
const OPERATIONS: [(&str, &str, u32); 5] = [
    ("pay", "", 1),
    ("hold", "", 1),
    ("capture", "capture_method=manual", 2),
    ("cancel a hold", "capture_method=manual", 2),
    ("refund", "", 2),
];

struct Seen {
    first: String,
    meanwhile: String,
    after: String,
    object: String,
    network: String,
}

#[test]
fn every_failure_at_every_step_ends_well() {
    let mut page = String::from(HEAD);
    for (fault, what) in FAULTS {
        for (operation, before, number) in OPERATIONS {
            let seen = act_with(Acquirers::One, fault, (operation, before, number));
            let Seen { first, meanwhile, after, object, network } = seen;
            writeln!(
                page,
                "| {what} | {operation} | {first} | {meanwhile} | {after} | {object} | {network} |"
            )
            .unwrap();
        }
    }
    page.push_str(SECOND);
    for (fault, what) in FAULTS {
        for operation in OPERATIONS {
            let seen = act_with(Acquirers::Two, fault, operation);
            let Seen { first, meanwhile, after, object, network } = seen;
            let operation = operation.0;
            writeln!(
                page,
                "| {what} | {operation} | {first} | {meanwhile} | {after} | {object} | {network} |"
            )
            .unwrap();
        }
    }
    page.push_str(COMMIT);
    page.push_str(&commit::lines());
    page.push_str(FOOT);
    #[expect(clippy::disallowed_methods, reason = "the way to make the page anew")]
    if std::env::var_os("FARTHING_CODEGEN").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let kept = std::fs::read_to_string(PAGE).unwrap_or_default();
    let differs = page.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
    assert!(page == kept, "FARTHING_CODEGEN=1 makes crates/FAILURES.md anew: {differs:?}");
}

/// An assertion of ours fires at one step after another of a payment: at each reading of its clock.
/// Who was charged is never answered that nothing was done, and the key tells the end: paid, or not
/// charged and never to be.
#[test]
fn whoever_panics_where_a_card_may_be_charged() {
    let pay = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true";
    let mut charged_and_unknown = 0;
    for reading in 1_u64.. {
        rehearsal::begin(reading, TimestampMs::from_seconds(1_800_000_000));
        let server = Server::new(Engine::Memory);
        let left = Rc::new(Cell::new(reading));
        let (hands, start) = (Rc::clone(&left), TimestampMs::from_seconds(1_800_000_100));
        rehearsal::tell_time(move || {
            let now = hands.get();
            hands.set(now.saturating_sub(1));
            assert!(now != 1, "planted");
            start
        });
        let send = || server.send(Ask::post(PI, pay).idempotent(KEY));
        // Where it is the connection's own task, the connection ends without an answer.
        let first = catch_unwind(AssertUnwindSafe(send)).ok();
        if left.replace(0) > 0 {
            break; // It is not read so often.
        }
        if let Some(first) = &first
            && server.charges_in_the_book() > 0
        {
            let unknown = (first.status, first.header("stripe-should-retry"));
            assert!(first.status == 200 || unknown == (500, Some("true")), "{}", first.body);
            charged_and_unknown += usize::from(first.status == 500);
        }
        server.recover();
        let after = send();
        let end = (after.status, server.charges_in_the_book());
        assert!(matches!(end, (200, 1) | (402, 0)), "{end:?}: {}", after.body);
    }
    assert!(charged_and_unknown > 0, "the clock is read after the call");
}

/// How many acquirers there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Acquirers {
    One,
    Two,
}

/// Acts one line out, and holds it against what must be true whatever fails.
fn act_with(
    acquirers: Acquirers,
    fault: &str,
    (operation, before, number): (&str, &str, u32),
) -> Seen {
    let faults = match fault {
        "breaker" => String::new(),
        "late" => format!("at={number}:late,slow_ms=120..121"),
        fault => format!("at={number}:{fault}"),
    };
    let config = Config {
        network_timeout: Duration::from_millis(60),
        breaker: Settings { failures: 1, open_ms: 3_600_000 },
        ..Config::dev()
    };
    // A slow network is for the late call alone; what comes before it is given time.
    let config = if fault == "late" {
        Config { network_timeout: Duration::from_millis(150), ..config }
    } else {
        config
    };
    let faults = faults.parse().unwrap();
    let server = match acquirers {
        Acquirers::One => Server::with(Engine::Memory, config, faults),
        Acquirers::Two => Server::with_two(config, faults),
    };
    let ask = prepare(&server, (operation, before));
    if fault == "breaker" {
        let now = server.app.clock.now();
        for operation in Operation::ALL {
            server.app.acquirers.principal().breakers.heard(operation, Answered::No, now);
        }
    }
    let send = || server.send(ask.clone().idempotent(KEY));
    let first = send();
    let open = server.rows().iter().any(|row| matches!(row, Row::Attempt(Attempt { .. })));
    let meanwhile = if open { said(&send()) } else { "the same".to_owned() };
    server.recover();
    let late = Duration::from_millis(if fault == "late" { 250 } else { 0 });
    server.block_on(async move { tokio::time::sleep(late).await });
    server.recover();
    server.hear_news();
    let after = send();
    let stays = server.rows().iter().any(|row| matches!(row, Row::Attempt(Attempt { .. })));
    assert!(!stays, "{fault} {operation}: the attempt is closed");
    let again = send();
    assert_eq!((again.status, &again.body), (after.status, &after.body), "{fault} {operation}");
    let books = server.app.store.books().unwrap();
    assert!(books.first_bad.is_none(), "{fault} {operation}: {:?}", books.first_bad);
    assert!(server.charges_in_the_book() <= 1, "{fault} {operation}: charged twice");
    Seen {
        first: said(&first),
        meanwhile,
        after: if after.body == first.body { "the same".to_owned() } else { said(&after) },
        object: object(&server, operation),
        network: network(&server),
    }
}

/// What comes before, without a fault; and the request whose call fails.
fn prepare(server: &Server, (operation, before): (&str, &str)) -> Ask {
    let pay = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true";
    match operation {
        "pay" => return Ask::post(PI, pay),
        "hold" => return Ask::post(PI, &format!("{pay}&capture_method=manual")),
        _ => {}
    }
    let made = server.made(PI, &format!("{pay}&{before}"));
    let intent = id(&made);
    match operation {
        "capture" => Ask::post(&format!("{PI}/{intent}/capture"), ""),
        "cancel a hold" => Ask::post(&format!("{PI}/{intent}/cancel"), ""),
        "refund" => Ask::post("/v1/refunds", &format!("payment_intent={intent}&amount=400")),
        other => panic!("{other}"),
    }
}

fn said(answer: &Answer) -> String {
    let error = &answer.json["error"];
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let what = word(&error["decline_code"])
        .or_else(|| word(&error["code"]))
        .or_else(|| word(&error["type"]))
        .or_else(|| word(&answer.json["status"]))
        .unwrap_or_default();
    let retry = match answer.header("stripe-should-retry") {
        Some("true") => ", retry",
        _ => "",
    };
    let kept = answer.header("idempotency-status").unwrap_or_default();
    format!("{} `{what}` ({kept}{retry})", answer.status)
}

/// What the books have in the end.
fn object(server: &Server, operation: &str) -> String {
    let list = server.get(PI).json;
    let intent = &list["data"][0];
    let status = intent["status"].as_str().unwrap_or("none");
    let received = intent["amount_received"].as_i64().unwrap_or_default();
    if operation != "refund" {
        return format!("`{status}`, received {received}");
    }
    let refunds = server.get("/v1/refunds").json;
    let refund = &refunds["data"][0];
    let refund = refund["status"].as_str().unwrap_or("none");
    let charges = server.get("/v1/charges").json;
    let refunded = charges["data"][0]["amount_refunded"].as_i64().unwrap_or_default();
    format!("refund `{refund}`, refunded {refunded}")
}

/// What the network's own book has in the end.
fn network(server: &Server) -> String {
    let books: Vec<String> = server.app.acquirers.iter().map(book_of).collect();
    books.join("; then ")
}

fn book_of(way: &Way) -> String {
    let entries = way.network.book(|book| book.entries(0, 100).unwrap());
    let word = |text: String| text.to_lowercase();
    let mut parts: Vec<String> = entries
        .iter()
        .map(|entry| {
            let (kind, state) =
                (word(format!("{:?}", entry.kind)), word(format!("{:?}", entry.state)));
            format!("{kind} {state}")
        })
        .collect();
    if parts.is_empty() {
        parts.push("nothing".to_owned());
    }
    parts.join(", ")
}

const HEAD: &str = "# The failure matrix

Every line is acted out by the test `failures::every_failure_at_every_step_ends_well`, which writes this page (`cargo xtask codegen`). Each request has an idempotency key. *At once* is its answer; *meanwhile* is the answer to the same request before the outcome is known; *in the end* is the answer after it was found out. In brackets: the answer's `Idempotency-Status`, and `retry` where `Stripe-Should-Retry` says so. On every line the attempt is closed in the end, the same request is answered with the same bytes from then on, `farthing books` finds nothing, and the network's own book has one charge at the most.

| what fails | of what | at once | meanwhile | in the end | the books | the network's book |
| --- | --- | --- | --- | --- | --- | --- |
";

const SECOND: &str = "
## With a second acquirer

The same failures, of the first of two. A new charge goes to the second when the first is known not to have made it and never to make it; whatever concerns a charge goes to who has it. The last column has both books, and together they have one charge at the most.

| what fails | of what | at once | meanwhile | in the end | the books | the two networks' books |
| --- | --- | --- | --- | --- | --- | --- |
";

const COMMIT: &str = "
## When the commit after the call fails

The network has answered, and the books cannot say so: the database refuses, is gone, or goes while it commits. Each line is acted out on SQLite and on PostgreSQL. Nobody is told that nothing was done: the answer is 500 with `Stripe-Should-Retry: true`, and the same key finds out. *Shows* is what a shop sees that looks at once.

| what fails | of what | at once | shows | meanwhile | in the end | the books | the network's book |
| --- | --- | --- | --- | --- | --- | --- | --- |
";

const FOOT: &str = "
## What the table cannot act out

| what fails | what the client sees | the books | test |
| --- | --- | --- | --- |
| the process, before the call is made or while it is | the connection ends; the same key: 409 until it is known, then the answer | the attempt is looked up at the next start, and reversed if the network never saw it | `recover::a_lost_call_is_barred_and_declined` (server) |
| the process, between the network's answer and its commit | as above, and the answer is the network's | one charge, found by its reference | `crash` (cli) |
| the network, for long | `processing`, `pending`, or 409; an alert after some twenty seconds | the attempt stays open and is looked up for ever | `recover::nothing_is_closed_while_the_network_is_silent` (server) |
| the client, which hangs up | nothing | as if it had stayed | `gate::payments_that_wait_for_the_network_fill_it` |
| the commit of the request, half-way | 500, retry with the same key | what is on disk is what a restart finds | `failing` (store) |
| an assertion of ours, before the call | 500 | nothing is written; the others of the batch are decided again, one by one | `failing` (store) |
| an assertion of ours, from the call on | 500, retry with the same key | the attempt is looked up | `failures::whoever_panics_where_a_card_may_be_charged` |
";
