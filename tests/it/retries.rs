//! Whether a retry is safe: for each call, and for each way in which it can fail. Calls are those of
//! the walk that the official clients take, each sent twice under one key; failures are the table of
//! errors. The page in `crates/RETRIES.md` is what was seen; `FARTHING_CODEGEN=1` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use farthing_server::error::Problem;
use farthing_server::error::table::{self, Row};
use farthing_server::gate::Class;
use farthing_server::wire::render::{network_refused, unresolved};

use crate::http::errors::all_problems;
use crate::openapi::walk;
use crate::support::{Ask, Server};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/RETRIES.md");

/// What a call was seen to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// Its answer was kept, and a repetition got the same bytes and did nothing.
    kept: bool,
    /// It asked the network for something.
    asks_network: bool,
    /// What a repetition was answered where nothing was kept.
    again: u16,
}

#[test]
fn a_retry_is_as_safe_as_the_page_says() {
    let mut page = String::from(HEAD);
    for (route, seen) in calls() {
        let (method, path) = route.split_once(' ').unwrap();
        let class = Class::of(&method.parse().unwrap(), path).name();
        let (done, unknown, retry) = columns(method, seen);
        writeln!(page, "| `{route}` | {class} | {done} | {unknown} | {retry} |").unwrap();
    }
    page.push_str(MIDDLE);
    for (name, row) in failures() {
        let status = row.status;
        let code = row.code.as_deref().unwrap_or("");
        let retry = row.retry.map_or("", |retry| if retry { "true" } else { "false" });
        let (safe, gets, asks) = advice(&name, &row);
        let kind = row.kind;
        writeln!(
            page,
            "| {name} | {status} | {kind} `{code}` | {retry} | {safe} | {gets} | {asks} |"
        )
        .unwrap();
    }
    let page = page.replace(" `` |", " |");
    #[expect(clippy::disallowed_methods, reason = "the way to make the page anew")]
    if std::env::var_os("FARTHING_CODEGEN").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let kept = std::fs::read_to_string(PAGE).unwrap_or_default();
    let differs = page.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
    assert!(page == kept, "`cargo xtask codegen` makes crates/RETRIES.md anew: {differs:?}");
}

/// Every route of the walk, sent twice: under one key where it is a POST. A kept answer is repeated
/// byte for byte, and a repetition of it writes nothing and asks the network nothing.
fn calls() -> BTreeMap<String, Seen> {
    let server = Server::memory();
    let mut calls: BTreeMap<String, Seen> = BTreeMap::new();
    let mut number = 0;
    walk::each(&server, |route, ask| {
        number += 1;
        let ask: Ask = if route.starts_with("POST ") && !ask.has("idempotency-key") {
            ask.idempotent(&format!("walk-{number}"))
        } else {
            ask
        };
        let calls_before = server.calls();
        let first = server.send(ask.clone());
        let seen = calls.entry(route.to_owned()).or_default();
        seen.asks_network |= server.calls() > calls_before;
        if route.starts_with("GET ") || first.status != 200 {
            return first;
        }
        let status = first.header("idempotency-status").unwrap_or_default().to_owned();
        if status == "ignored" && route.starts_with("POST ") {
            return first; // Sent again it may do it again; the page says so.
        }
        let (rows, calls_made) = (server.rows(), server.calls());
        let again = server.send(ask);
        seen.again = again.status;
        if route.starts_with("POST ") {
            assert!(matches!(status.as_str(), "stored" | "replayed"), "{route}: {status}");
            assert_eq!(again.header("idempotency-status"), Some("replayed"), "{route}");
            assert_eq!(again.body, first.body, "{route}: the same bytes");
            seen.kept = true;
        }
        assert_eq!(server.rows(), rows, "{route}: a repetition wrote something");
        assert_eq!(server.calls(), calls_made, "{route}: a repetition asked the network");
        first
    });
    calls
}

/// What the page says of a call: after it was done, while its outcome is unknown, and whether a retry
/// is safe.
fn columns(method: &str, seen: Seen) -> (String, &'static str, &'static str) {
    match (method, seen.kept) {
        ("GET", _) => ("what is there then".to_owned(), "-", "safe"),
        ("DELETE", _) if seen.again == 0 => ("the same refusal".to_owned(), "-", "safe"),
        ("DELETE", _) => (format!("{}: it is gone", seen.again), "-", "safe"),
        (_, true) if seen.asks_network => (
            "the same bytes".to_owned(),
            "409 until it is known, then the answer, once",
            "safe with the same key",
        ),
        (_, true) => ("the same bytes".to_owned(), "-", "safe with the same key"),
        (_, false) => (
            "done again, or refused as on the first time".to_owned(),
            "-",
            "not protected: look first",
        ),
    }
}

fn failures() -> Vec<(String, Row)> {
    let mut rows: Vec<(String, Row)> = all_problems()
        .iter()
        .map(|problem: &Problem| (crate::http::errors::name(problem), table::row(problem)))
        .collect();
    rows.push(("NetworkRefused".to_owned(), network_refused()));
    rows.push(("Unresolved".to_owned(), unresolved()));
    rows.dedup_by(|one, two| one.0 == two.0);
    rows
}

/// Whether a request that failed so may be sent again with the same key, and what it then gets: of a
/// call that asks the network for nothing, and of one that does. A refusal is never kept, and what
/// the network said always is. From the moment that the network may have been asked, whatever fails
/// of ours is an unknown outcome: `failures` acts it out.
fn advice(name: &str, row: &Row) -> (&'static str, &'static str, &'static str) {
    let (again, unasked) = ("its own answer: nothing was done", "its own answer: nobody was asked");
    match (row.status, row.retry) {
        (402, _) if name == "NetworkRefused" => {
            ("yes, with the same key", "-", "the same answer; another try needs another key")
        }
        (409, _) => ("yes, with the same key", "-", "409 until it is known, then the final answer"),
        (500, Some(true)) => (
            "yes, with the same key alone",
            "what was done, or its own answer",
            "409 until it is known, then the final answer",
        ),
        (429 | 503 | 408 | 500.., _) => ("yes, with the same key", again, unasked),
        (_, Some(true)) => ("yes", "its own answer, once the cause is gone", "the same"),
        _ => {
            ("yes", "the same refusal, until the cause is mended; the key is as it was", "the same")
        }
    }
}

const HEAD: &str = "# Retries

Whether a request may be sent again, and what it gets. This page is made by the test `retries::a_retry_is_as_safe_as_the_page_says` (`cargo xtask codegen`): it sends every call of the walk of the official clients twice under one key, holds the answers against each other, and sees to it that the second writes nothing and asks the network nothing. [FAILURES.md](FAILURES.md) acts out what fails on the way to the network.

With a key, every call below is safe to repeat until an answer comes: what was done is not done twice, and what was refused left the key as it was. `Idempotency-Status` says of each answer whether it is kept.

## Calls

*Class* is the order in which requests are turned away when there are too many: lists, reads, creates, money. *Done* is what a repetition gets once the call was carried out, *unknown* what it gets while the network's answer is.

| call | class | done | unknown | a retry is |
| --- | --- | --- | --- | --- |
";

const MIDDLE: &str = "
## Failures

Every line of the table of errors. Any call can fail as requests as such do, with its key, for want of rights, or because of us; parameters and refusals are those of the call. A payment that the card's bank declines is 402, and is kept. The last column is of the calls that ask the network for something (those of the table above with *unknown* filled in): what fails before it is asked leaves everything as it was, and whatever fails from then on, of the network or of ours, is an outcome that is not known. Nobody is told *nothing was done* once a card may have been charged; [FAILURES.md](FAILURES.md) acts that out.

| failure | status | type and code | `Stripe-Should-Retry` | the same request again | gets | gets, of a call that asks the network |
| --- | --- | --- | --- | --- | --- | --- |
";
