//! What a shard sends besides the events: the fulfilment hook's calls, and alerts. Each is a row of
//! its own with an id of its own, stored once and tried like an event, so that a payment is
//! fulfilled once and a person is told once, however often its cause is looked at. There is a space
//! in each of these ids, and in no id of a sender's: neither can take the other's place.

use farthing_core::print::Digits;

use super::Arrival;
use super::shelf::{New, Shelf, Target};
use crate::config::{Config, Source};
use crate::host::Result;
use crate::json::Map;

/// The event that a payment's money is there.
const PAID: &str = "payment_intent.succeeded";
/// How the ids of alerts of failed signatures begin.
const FAILURES: &str = "alert failures";

/// Why a person is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cause<'a> {
    /// An event was given up on.
    Parked { event: &'a str },
    /// Events are missing, and were waited for in vain.
    Gap { line: &'a str, missing: &'a str },
    /// More signatures failed in a minute than are to be expected.
    Failures { count: u64, minute: i64 },
}

/// Stores the call of the source's fulfilment hook, if the event is one to fulfil. It belongs to the
/// payment, not to the event: a second event of the same payment does not call again.
pub(super) fn fulfil(
    shelf: &Shelf,
    source: &Source,
    arrival: &Arrival,
    body: &[u8],
    now: i64,
) -> Result<bool> {
    let (Some(_), Some(PAID), Some(object)) =
        (&source.fulfil, arrival.kind.as_deref(), arrival.object.as_deref())
    else {
        return Ok(false);
    };
    let id = ["fulfil ", object].concat();
    let headers = [
        ("content-type".to_owned(), "application/json".to_owned()),
        ("idempotency-key".to_owned(), object.to_owned()),
    ];
    put(shelf, (Target::Fulfil, &id, Some(object)), (&headers, body), now)
}

/// Stores an alert, if there is somebody to tell.
pub(super) fn alert(
    shelf: &Shelf,
    config: &Config,
    source: &str,
    cause: Cause<'_>,
    now: i64,
) -> Result<bool> {
    if config.alert.is_none() {
        return Ok(false);
    }
    // Who has not been told yet is told once, however many minutes it goes on.
    if matches!(cause, Cause::Failures { .. }) && shelf.waits_in(FAILURES)? {
        return Ok(false);
    }
    let map = |kind| Map::new().text("type", kind).text("source", source);
    let (id, body) = match cause {
        Cause::Parked { event } => {
            (["alert parked ", event].concat(), map("inbox.event_parked").text("event", event))
        }
        Cause::Gap { line, missing } => {
            let object = line.strip_prefix("o:").unwrap_or(line);
            (
                ["alert gap ", line, " ", missing].concat(),
                map("inbox.gap_open").text("object", object).text("missing", missing),
            )
        }
        Cause::Failures { count, minute } => (
            [FAILURES, " ", Digits::signed(minute).as_str()].concat(),
            map("inbox.signatures_failing").count("count", count),
        ),
    };
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    let body = body.whole("at", now).end();
    put(shelf, (Target::Alert, &id, None), (&headers, body.as_bytes()), now)
}

fn put(
    shelf: &Shelf,
    (target, id, object): (Target, &str, Option<&str>),
    (headers, body): (&[(String, String)], &[u8]),
    now: i64,
) -> Result<bool> {
    let new = New {
        id,
        target,
        line: id,
        kind: None,
        object,
        created_s: None,
        sequence: None,
        before: Some(0), // It waits for nobody.
        headers,
        body,
    };
    shelf.put(&new, now)
}
