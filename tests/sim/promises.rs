//! What must be true after a run: the promises, checked against the rows, the network's own book,
//! what the clients were told, and what the endpoints took.

use std::collections::BTreeMap;

use farthing_acquirer::{Entry, Kind, Simulator, State};
use farthing_core::money::Money;
use farthing_core::retry::Schedule;
use farthing_domain::change::Change;
use farthing_domain::charge::{Charge, ChargeState};
use farthing_domain::delivery::DeliveryState;
use farthing_domain::intent::{CancelReason, Intent, IntentState};
use farthing_domain::ledger::transfer::Reason;
use farthing_domain::refund::{Refund, RefundState};
use farthing_domain::view::Row;
use serde_json::Value;

use super::world::{Told, World};

/// The rows that promises are about.
#[derive(Default)]
struct Rows {
    intents: BTreeMap<String, Intent>,
    charges: Vec<Charge>,
    refunds: Vec<Refund>,
}

/// Checks every promise; what is broken is noted in the world.
pub(crate) fn check(world: &World) {
    let all = world.store().dump().expect("the rows can be read");
    let mut rows = Rows::default();
    for row in &all {
        match row {
            Row::Intent(row) => drop(rows.intents.insert(row.id.to_string(), row.clone())),
            Row::Charge(row) => rows.charges.push(row.clone()),
            Row::Refund(row) => rows.refunds.push(row.clone()),
            Row::Attempt(row) => world.flaw(format!("still open at the end: {row:?}")),
            _ => {}
        }
    }
    books(world);
    network(world, &rows);
    once(world, &rows);
    answers(world, &rows);
    reversals(world, &rows);
    terms(world, &rows, &all);
    events(world, &all);
    unique(world, &all);
}

/// Promise 3: the books.
pub(crate) fn books(world: &World) {
    let report = world.store().books().expect("the books can be read");
    if let Some(bad) = &report.first_bad {
        world.flaw(format!("the books: {bad:?}"));
    }
}

/// Promises 1, 2 and 4 by the network's own book, or those of several together: each charge is there once, with the same amounts,
/// and there is nothing else.
fn network(world: &World, rows: &Rows) {
    let book = |one: &Simulator| one.book(|book| book.entries(0, usize::MAX >> 1).unwrap());
    let entries: Vec<Entry> = world.networks.iter().flat_map(book).collect();
    let second = |entry: &&Entry| entry.reference.0[0] >> 6 > 0;
    world.count("network calls to a second", entries.iter().filter(second).count() as u64);
    let by_reference: BTreeMap<[u8; 16], &Entry> =
        entries.iter().map(|entry| (entry.reference.0, entry)).collect();
    world.count("network calls", entries.len() as u64);
    limits(world, &entries, &by_reference);
    let mut moved = 0;
    for charge in &rows.charges {
        let entry = by_reference.get(&charge.reference.0);
        let agrees =
            entry.is_some_and(|entry| agrees(charge, entry) || lapsed(rows, charge, entry));
        let never_asked = entry.is_none() && matches!(charge.state, ChargeState::Failed { .. });
        if !agrees && !never_asked {
            world.flaw(format!("a charge and the network differ: {charge:?} {entry:?}"));
        }
        moved += u64::from(!matches!(charge.state, ChargeState::Failed { .. }));
    }
    let charged = |entry: &&Entry| {
        entry.kind == Kind::Authorize
            && matches!(entry.state, State::Held | State::Taken | State::Released | State::Awaited)
    };
    let theirs = entries.iter().filter(charged).count() as u64;
    if theirs != moved {
        world.flaw(format!("the network charged {theirs} times, the rows say {moved}"));
    }
    for refund in &rows.refunds {
        let entry = by_reference.get(&refund.reference.0);
        let done = entry.is_some_and(|entry| matches!(entry.state, State::Done | State::Pending));
        if done != matches!(refund.state, RefundState::Succeeded | RefundState::Pending) {
            world.flaw(format!("a refund and the network differ: {refund:?} {entry:?}"));
        }
    }
    let refunds = entries.iter().filter(|entry| {
        entry.kind == Kind::Refund && matches!(entry.state, State::Done | State::Pending)
    });
    let refunded = rows
        .refunds
        .iter()
        .filter(|refund| matches!(refund.state, RefundState::Succeeded | RefundState::Pending));
    let (theirs, ours) = (refunds.count(), refunded.count());
    if theirs != ours {
        world.flaw(format!("the network gave back {theirs} times, the rows say {ours}"));
    }
}

/// A hold past its term is gone, whatever the network's book says of it: the release is a courtesy.
fn lapsed(rows: &Rows, charge: &Charge, entry: &Entry) -> bool {
    let intent = rows.intents.get(&charge.intent.to_string());
    let by_itself = intent.is_some_and(|intent| {
        matches!(intent.state, IntentState::Canceled { reason: Some(CancelReason::Automatic), .. })
    });
    by_itself
        && matches!(charge.state, ChargeState::Released { .. })
        && entry.state == State::Held
        && entry.captured == 0
}

fn agrees(charge: &Charge, entry: &Entry) -> bool {
    let same_amount = entry.amount == Some(charge.amount);
    let refunded = entry.refunded == charge.refunded.minor();
    match &charge.state {
        ChargeState::Held { .. } => entry.state == State::Held && same_amount,
        ChargeState::Pending { .. } => entry.state == State::Awaited && same_amount,
        ChargeState::Captured { amount, .. } => {
            let taken = matches!(entry.state, State::Taken | State::Held);
            taken && same_amount && refunded && entry.captured == amount.minor()
        }
        ChargeState::Released { .. } => entry.state == State::Released && entry.captured == 0,
        ChargeState::Failed { .. } => {
            !matches!(entry.state, State::Held | State::Taken | State::Released | State::Awaited)
        }
    }
}

/// Promise 4 by the network's book: nobody even asks it for more than there is.
fn limits(world: &World, entries: &[Entry], by_reference: &BTreeMap<[u8; 16], &Entry>) {
    for entry in entries {
        let Some(of) = entry.parent.and_then(|parent| by_reference.get(&parent.0)) else {
            continue;
        };
        let minor = |entry: &Entry| entry.amount.map_or(0, Money::minor);
        let most = match entry.kind {
            Kind::Capture => minor(of),
            Kind::Refund => of.captured,
            _ => continue,
        };
        if minor(entry) > most {
            world
                .flaw(format!("the network was asked for more than there is: {entry:?} of {of:?}"));
        }
    }
}

/// Promise 4 by the rows: nothing is given back that was not taken, nor more than that.
fn reversals(world: &World, rows: &Rows) {
    for charge in &rows.charges {
        let mut refunds: Vec<&Refund> =
            rows.refunds.iter().filter(|refund| refund.charge == charge.id).collect();
        refunds.sort_by_key(|refund| refund.seq);
        let taken = match &charge.state {
            ChargeState::Captured { amount, .. } => amount.minor(),
            _ => 0,
        };
        let mut given = 0;
        for refund in refunds {
            if given + refund.amount.minor() > taken {
                world.flaw(format!("more was to be given back than was taken: {refund:?}"));
            }
            if refund.state != RefundState::Failed {
                given += refund.amount.minor();
            }
        }
    }
}

/// Holds end in time, and what is kept of a charge is the published price, computed here by itself.
fn terms(world: &World, rows: &Rows, all: &[Row]) {
    for charge in &rows.charges {
        if let ChargeState::Held { capture_before, .. } = &charge.state
            && capture_before.plus_ms(60_000) < world.now()
        {
            world.flaw(format!("a hold did not lapse: {charge:?}"));
        }
    }
    for row in all {
        let Row::BalanceTransaction(line) = row else { continue };
        if line.reason != Reason::Charge {
            continue;
        }
        let amount = line.amount.minor();
        let fixed = if line.fee.currency().exponent() == 2 { 30 } else { 0 };
        let fee = ((amount * 290 + 5_000) / 10_000 + fixed).min(amount);
        if line.fee.minor() != fee {
            world.flaw(format!("of {amount} a fee of {fee} is kept, not {}", line.fee.minor()));
        }
    }
}

/// What is stored is not overwritten by what is new.
fn unique(world: &World, all: &[Row]) {
    let stored = all.iter().find(|row| matches!(row, Row::Intent(_)));
    if let Some(row) = stored
        && world.store().write(vec![Change::Insert(row.clone())]).is_ok()
    {
        world.flaw("a stored row was overwritten by a new one".to_owned());
    }
}

/// How many pieces of a signature are compared, wherever the first difference is.
#[cfg(feature = "planted")]
pub(crate) fn comparisons() -> Vec<String> {
    let counts = farthing_core::webhook::comparisons();
    let even = counts.iter().all(|count| *count == counts[0]);
    if even { Vec::new() } else { vec![format!("a comparison ends early: {counts:?}")] }
}

/// Promise 1: one key, one effect.
fn once(world: &World, rows: &Rows) {
    let mut orders: BTreeMap<&str, &str> = BTreeMap::new();
    for (id, intent) in &rows.intents {
        let Some((_, order)) = intent.metadata.iter().find(|(name, _)| *name == "order") else {
            continue;
        };
        if let Some(other) = orders.insert(order, id) {
            world.flaw(format!("order {order} was made twice: {other} and {id}"));
        }
    }
    let mut refunds: BTreeMap<&str, &Refund> = BTreeMap::new();
    for refund in &rows.refunds {
        let Some((_, of)) = refund.metadata.iter().find(|(name, _)| *name == "of") else {
            continue;
        };
        if refunds.insert(of, refund).is_some() {
            world.flaw(format!("refund {of} was made twice"));
        }
    }
    world.count("payments", rows.intents.len() as u64);
    world.count("refunds", rows.refunds.len() as u64);
    world.count("charges", rows.charges.len() as u64);
}

/// Promises 1 and 2: what a client was told is what there is, and under one key always the same.
fn answers(world: &World, rows: &Rows) {
    let mut first: BTreeMap<(&str, &str), &Told> = BTreeMap::new();
    let told = world.told();
    for each in told.iter() {
        let json: Value = serde_json::from_str(&each.body).unwrap_or(Value::Null);
        let object = if each.status == 402 { &json["error"]["payment_intent"] } else { &json };
        if matches!(each.status, 200 | 402) {
            is_there(world, rows, each, object);
        }
        let open = |each: &Told| {
            each.status >= 400 && each.status != 402
                || each.body.contains("\"status\":\"processing\"")
                || each.body.contains("\"status\": \"processing\"")
                || each.body.contains("pending")
        };
        if open(each) {
            continue;
        }
        if let Some(before) = first.insert((&each.key, &each.path), each)
            && (before.status, &before.body) != (each.status, &each.body)
        {
            world.flaw(format!(
                "two answers under {}: {} {} and {} {}",
                each.key, before.status, before.body, each.status, each.body
            ));
        }
    }
}

fn is_there(world: &World, rows: &Rows, told: &Told, object: &Value) {
    let id = object["id"].as_str().unwrap_or_default();
    let good = match object["object"].as_str() {
        Some("payment_intent") => rows.intents.get(id).is_some_and(|intent| {
            let paid = rows.charges.iter().any(|charge| {
                charge.intent == intent.id && matches!(charge.state, ChargeState::Captured { .. })
            });
            object["status"] != "succeeded" || paid
        }),
        Some("refund") => rows.refunds.iter().any(|refund| {
            refund.id.to_string() == id && object["amount"].as_i64() == Some(refund.amount.minor())
        }),
        _ => true,
    };
    if !good {
        world.flaw(format!("an answer is not true: {told:?}"));
    }
}

/// Promise 5: whatever was due was taken by its endpoint, or visibly given up.
fn events(world: &World, all: &[Row]) {
    let hosts = world.hooks.hosts();
    let tries = Schedule::deliveries().tries();
    let mut events = 0_u64;
    let mut due = 0_u64;
    let endpoints: BTreeMap<_, _> = all
        .iter()
        .filter_map(|row| match row {
            Row::Endpoint(row) => Some((row.id, host_of(&row.url))),
            _ => None,
        })
        .collect();
    for row in all {
        match row {
            Row::Event(_) => events += 1,
            Row::Delivery(row) => {
                due += 1;
                let host = &endpoints[&row.endpoint];
                let taken = world.hooks.taken(host, &row.event.to_string());
                match row.state {
                    DeliveryState::Delivered { .. } if taken > 0 => {}
                    DeliveryState::GivenUp { .. } if row.tries >= tries => {
                        world.count("given up", 1);
                    }
                    _ => world.flaw(format!("an event was not delivered: {row:?}, taken {taken}")),
                }
            }
            _ => {}
        }
    }
    if due < events * hosts.len() as u64 {
        world.flaw(format!("{events} events, {} endpoints, {due} deliveries", hosts.len()));
    }
    world.count("events", events);
    world.count("deliveries", due);
}

fn host_of(url: &str) -> String {
    url.trim_start_matches("https://").split('/').next().unwrap_or_default().to_owned()
}
