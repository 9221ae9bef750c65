//! What must hold after every step: the promises, asked of what the step wrote and of the rows as
//! they are then.

use std::collections::BTreeMap;

use farthing_core::currency::Currency;
use farthing_domain::attempt::{Attempt, Call};
use farthing_domain::books::{Books, Flaw, Line, Payment};
use farthing_domain::charge::{Charge, ChargeState};
use farthing_domain::command::{Ask, FailOver, Postpone};
use farthing_domain::decide::batch::Write;
use farthing_domain::event::Event;
use farthing_domain::idempotency::{Claim, RecordState};
use farthing_domain::intent::CaptureMethod;
use farthing_domain::ledger::account::Account;
use farthing_domain::ledger::transfer::{BalanceTransaction, Transfer};
use farthing_domain::object::ObjectRef;
use farthing_domain::reply::Reply;
use farthing_domain::view::{Key, Row};

use super::NOW;
use super::machine::{is_silent, place, seq, trail};
use super::state::{State, Step, claim};
use super::walk::SAME;
use crate::world::{Shelf as _, approved, create, declined, tenant, usd};

/// A promise that was not kept, in a sentence.
pub(crate) type Kept = Result<(), String>;

macro_rules! holds {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err(format!($($words)+));
        }
    };
}

/// The promises about one step.
pub(crate) fn after_step(before: &State, ask: &Ask, step: &Step) -> Kept {
    if let Reply::Refused(refusal) = &step.submitted.reply {
        holds!(step.writes.is_empty(), "a refusal ({}) wrote something", refusal.code());
    }
    if let Ask::Settle(id, _) | Ask::FailOver(FailOver { attempt: id, .. }) = ask {
        holds!(step.after.attempt(*id).is_none(), "an answer left its attempt open");
    }
    if let Ask::FailOver(ask) = ask {
        one_for_one(before, ask, step)?;
    }
    if let Reply::Begun(begun) = &step.submitted.reply {
        gives_what_is_left(before, &begun.attempt)?;
    }
    if step.writes.is_empty() {
        return Ok(());
    }
    places_without_holes(before, step)?;
    events_for_changes(before, step)?;
    ends_are_ends(before, step)?;
    entries(before, step)
}

/// Another acquirer is asked for the very same thing, under another name.
fn one_for_one(before: &State, ask: &FailOver, step: &Step) -> Kept {
    let (Some(was), Reply::Begun(begun)) = (before.attempt(ask.attempt), &step.submitted.reply)
    else {
        return Ok(());
    };
    let is = &begun.attempt;
    holds!(is.reference.acquirer() == ask.to, "it went to {}", is.reference.acquirer());
    holds!(was.reference.acquirer() != ask.to, "it was there before");
    holds!(is.reference.parts() != was.reference.parts(), "a name was used twice");
    let same = (&is.call, is.claim, is.intent) == (&was.call, was.claim, was.intent);
    holds!(same, "something else is asked: {is:?}");
    Ok(())
}

/// A refund that is begun leaves alone what went back before, by whatever way.
fn gives_what_is_left(before: &State, attempt: &Attempt) -> Kept {
    let Call::Refund { amount, charge, .. } = &attempt.call else { return Ok(()) };
    let Some(Row::Charge(charge)) = before.one(&Key::Charge(tenant(), *charge)) else {
        return Err("a refund of nothing is begun".to_owned());
    };
    let gone = [charge.refunded, charge.refund_reserved, charge.disputed];
    let gone: i64 = gone.iter().map(|amount| amount.minor()).sum();
    let left = taken(charge) - gone;
    holds!(amount.minor() <= left, "a refund of {} is begun, with {left} left", amount.minor());
    Ok(())
}

/// Every listed row has a place of its own in its tenant's lists, and none is left out.
fn places_without_holes(before: &State, step: &Step) -> Kept {
    let next = |state: &State| match state.one(&Key::Tenant(tenant())) {
        Some(Row::Tenant(row)) => (row.next_seq, row.next_transfer),
        _ => unreachable!("there is a tenant"),
    };
    let inserted = || step.writes.iter().filter_map(|(_, write)| inserted(write));
    let mut places: Vec<i64> = inserted().filter_map(seq).collect();
    places.sort_unstable();
    let due: Vec<i64> = (next(before).0..next(&step.after).0).collect();
    holds!(places == due, "places {places:?} of lists were given for {due:?}");
    let mut numbers: Vec<i64> = inserted()
        .filter_map(|row| if let Row::Transfer(row) = row { Some(row.number) } else { None })
        .collect();
    numbers.sort_unstable();
    let due: Vec<i64> = (next(before).1..next(&step.after).1).collect();
    holds!(numbers == due, "transfers are numbered {numbers:?}, not {due:?}");
    Ok(())
}

/// A change of state is told by an event of its object; an object's events are counted without a
/// hole, and each is due to whoever listens.
fn events_for_changes(before: &State, step: &Step) -> Kept {
    let events: Vec<&Event> = step
        .writes
        .iter()
        .filter_map(|(_, write)| match inserted(write) {
            Some(Row::Event(event)) => Some(event),
            _ => None,
        })
        .collect();
    for (key, write) in step.writes.iter() {
        let (Write::Insert(row) | Write::Update(row)) = write else { continue };
        let was = before.one(key);
        if let Some(now) = place(row) {
            let was = was.and_then(place);
            let changed = was.as_ref().is_none_or(|was| was.state != now.state);
            let told = events.iter().any(|event| tells_of(event.object, now.object));
            holds!(
                !changed || told || is_silent(was.as_ref(), &now),
                "no event tells that a {} is {}, which was {:?}",
                now.machine,
                now.state,
                was.map(|was| was.state)
            );
        }
        if let Some((object, trail)) = trail(row) {
            let first = was.and_then(self::trail).map_or(0, |(_, trail)| trail.sequence) + 1;
            let mut numbers: Vec<u32> = events
                .iter()
                .filter(|event| event.object == object)
                .map(|event| event.sequence)
                .collect();
            numbers.sort_unstable();
            let due: Vec<u32> = (first..=trail.sequence).collect();
            holds!(numbers == due, "events of {object:?} are numbered {numbers:?}, not {due:?}");
        }
    }
    deliveries(&events, step)
}

/// What goes back from a charge is told of its refund or its dispute.
fn tells_of(told: ObjectRef, changed: ObjectRef) -> bool {
    let back = matches!(told, ObjectRef::Refund(_) | ObjectRef::Dispute(_));
    told == changed || (back && matches!(changed, ObjectRef::Charge(_)))
}

/// The one endpoint wants everything: each event is due to it, after the one before.
fn deliveries(events: &[&Event], step: &Step) -> Kept {
    for event in events {
        let mut due = step.writes.iter().filter_map(|(_, write)| match inserted(write) {
            Some(Row::Delivery(row)) if row.event == event.id => Some(row.previous_sequence),
            _ => None,
        });
        let first = due.next();
        // A method or a customer may have had events before the endpoint was there; none here has.
        holds!(
            first == event.sequence.checked_sub(1) && due.next().is_none(),
            "event {} of {:?} has the delivery {first:?}",
            event.sequence,
            event.object
        );
    }
    Ok(())
}

/// What is over stays as it is.
fn ends_are_ends(before: &State, step: &Step) -> Kept {
    for (key, write) in step.writes.iter() {
        let Some(was) = before.one(key).and_then(place).filter(|was| was.terminal) else {
            continue;
        };
        let now = match write {
            Write::Insert(row) | Write::Update(row) => place(row).map(|now| now.state),
            Write::Delete => None,
        };
        let same = now.as_deref() == Some(&*was.state);
        holds!(same, "a {} that was {} became {now:?}", was.machine, was.state);
    }
    Ok(())
}

/// Transfers sum to zero, and move balances by exactly what their entries say.
fn entries(before: &State, step: &Step) -> Kept {
    let mut moved: BTreeMap<(Account, Currency), i64> = BTreeMap::new();
    for (_, write) in step.writes.iter() {
        match write {
            Write::Insert(Row::Transfer(transfer)) => {
                let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
                if transfer.needs_cover() {
                    covered(&step.after, transfer)?;
                }
                for entry in &transfer.entries {
                    let (currency, minor) = (entry.amount.currency(), entry.amount.minor());
                    *sums.entry(currency).or_default() += minor;
                    *moved.entry((entry.account, currency)).or_default() += minor;
                }
                holds!(sums.values().all(|sum| *sum == 0), "a transfer does not sum to zero");
            }
            Write::Update(Row::Transfer(_)) => return Err("a transfer was changed".to_owned()),
            _ => {}
        }
    }
    for (key, write) in step.writes.iter() {
        if let Write::Insert(Row::Balance(now)) | Write::Update(Row::Balance(now)) = write {
            let was = match before.one(key) {
                Some(Row::Balance(was)) => was.minor,
                _ => 0,
            };
            let by = moved.remove(&(now.account, now.currency)).unwrap_or(0);
            holds!(now.minor - was == by, "{} moved against its entries", now.account.name());
        }
    }
    moved.retain(|_, by| *by != 0);
    holds!(moved.is_empty(), "entries without a balance: {moved:?}");
    Ok(())
}

/// Only named causes take available funds below zero.
fn covered(after: &State, transfer: &Transfer) -> Kept {
    for entry in transfer.entries.iter().filter(|entry| entry.account == Account::Available) {
        let key = Key::Balance(transfer.tenant, entry.account, entry.amount.currency());
        let left = match after.one(&key) {
            Some(Row::Balance(balance)) => balance.minor,
            _ => 0,
        };
        holds!(left >= 0, "{:?} left {left} available", transfer.reason);
    }
    Ok(())
}

fn inserted(write: &Write) -> Option<&Row> {
    match write {
        Write::Insert(row) => Some(row),
        Write::Update(_) | Write::Delete => None,
    }
}

/// The promises about the state that a step leads to.
pub(crate) fn of_state(step: &Step) -> Kept {
    let state = &step.after;
    caps(state)?;
    open_calls(state)?;
    networks_book(state)?;
    books(state)?;
    keys(step)?;
    late_answer(state)
}

/// Nobody takes more than was authorized, or gives back more than was taken.
fn caps(state: &State) -> Kept {
    for row in state.all() {
        let Row::Charge(charge) = row else { continue };
        let taken = taken(charge);
        holds!(taken <= charge.amount.minor(), "{taken} was captured of {}", charge.amount.minor());
        let back = charge.refunded.minor() + charge.disputed.minor();
        holds!(back <= taken, "{back} went back of {taken}");
        let given = charge.refunded.minor() + charge.refund_reserved.minor();
        holds!(given <= taken, "{given} is refunded or reserved of {taken}");
    }
    Ok(())
}

fn taken(charge: &Charge) -> i64 {
    match &charge.state {
        ChargeState::Captured { amount, .. } => amount.minor(),
        _ => 0,
    }
}

/// A call whose outcome nobody has called unknown yet is the one that its intent waits for.
fn open_calls(state: &State) -> Kept {
    for row in state.all() {
        let Row::Attempt(attempt) = row else { continue };
        if let Some(setup) = attempt.call.setup() {
            let setup = state.one(&Key::Setup(tenant(), setup));
            let waits = matches!(setup, Some(Row::Setup(it)) if it.open == Some(attempt.id));
            holds!(waits, "a verification is open, and its set-up knows nothing of it");
            continue;
        }
        let waits = match state.one(&Key::Intent(tenant(), attempt.intent)) {
            Some(Row::Intent(intent)) => intent.open.is_some_and(|open| open.id == attempt.id),
            _ => false,
        };
        holds!(waits || attempt.announced, "a call is open, and its intent knows nothing of it");
    }
    Ok(())
}

/// What the network says it moved is what our books say it moved.
fn networks_book(state: &State) -> Kept {
    let ours: i64 = state
        .all()
        .map(|row| match row {
            Row::Balance(row) if row.account == Account::Network => -row.minor,
            _ => 0,
        })
        .sum();
    holds!(ours == state.moved, "the network moved {}, our books say {ours}", state.moved);
    Ok(())
}

macro_rules! rows {
    ($state:expr, $variant:ident, $($filter:tt)+) => {
        $state
            .all()
            .filter_map(|row| match row {
                Row::$variant(row) if ($($filter)+)(row) => Some(row.clone()),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
}

/// The run through the books that an operator makes, over every row but the events.
fn books(state: &State) -> Kept {
    let mut books = Books::default();
    for row in state.all() {
        if let Row::Transfer(transfer) = row {
            books.transfer(transfer);
        }
    }
    let transfers = rows!(state, Transfer, |_: &_| true);
    for row in state.all() {
        if let Row::Balance(balance) = row {
            books.balance(balance);
        }
    }
    let own = |source: ObjectRef| -> Vec<Line> {
        let lines = rows!(state, BalanceTransaction, |it: &BalanceTransaction| it.source == source);
        let with = |line: BalanceTransaction| {
            let mut own = transfers.iter().filter(|one| one.number == line.transfer);
            Line { transfer: own.next().cloned(), line }
        };
        lines.into_iter().map(with).collect()
    };
    for row in state.all() {
        match row {
            Row::Intent(intent) => {
                let lines = rows!(state, BalanceTransaction, |_: &_| true);
                let lines: Vec<Line> = lines
                    .into_iter()
                    .map(|line| {
                        let mut own = transfers.iter().filter(|one| one.number == line.transfer);
                        Line { transfer: own.next().cloned(), line }
                    })
                    .collect();
                books.payment(&Payment {
                    intent,
                    charges: &rows!(state, Charge, |row: &Charge| row.intent == intent.id),
                    refunds: &rows!(state, Refund, |row: &farthing_domain::refund::Refund| row
                        .intent
                        == intent.id),
                    disputes: &rows!(state, Dispute, |row: &farthing_domain::dispute::Dispute| row
                        .intent
                        == intent.id),
                    lines: &lines,
                    attempts: &rows!(state, Attempt, |row: &Attempt| row.intent == intent.id),
                });
            }
            Row::Attempt(attempt) if attempt.call.setup().is_none() => {
                let intent = match state.one(&Key::Intent(tenant(), attempt.intent)) {
                    Some(Row::Intent(intent)) => Some(intent),
                    _ => None,
                };
                let record =
                    match attempt.claim.and_then(|key| state.one(&Key::Record(tenant(), key))) {
                        Some(Row::Record(record)) => Some(record),
                        _ => None,
                    };
                books.attempt(attempt, (intent, record));
            }
            Row::Payout(payout) => books.payout(payout, &own(ObjectRef::Payout(payout.id))),
            Row::Balance(balance) if balance.account == Account::Reserve => {
                books.reserve(balance, &own(ObjectRef::Balance(balance.currency)));
            }
            _ => {}
        }
    }
    // Events are counted step by step, and not kept.
    match books.finish().first_bad.filter(|bad| bad.what != Flaw::EventsMissing) {
        None => Ok(()),
        Some(bad) => Err(format!("the books: {} {}: {}", bad.table, bad.id, bad.what)),
    }
}

/// One key is one effect: used again it waits for the answer or gets the one that was kept, and
/// writes nothing; with another request it is refused. Asked of the first key and of those that the
/// step was about: what is said of a key follows from its record alone.
fn keys(step: &Step) -> Kept {
    let state = &step.after;
    let again = create(usd(500), CaptureMethod::Automatic, None);
    let first = state.all().filter(|row| matches!(row, Row::Record(_))).take(1);
    let written = step.writes.iter().filter_map(|(_, write)| match write {
        Write::Insert(row) | Write::Update(row) => Some(row),
        Write::Delete => None,
    });
    for row in first.chain(written) {
        let Row::Record(record) = row else { continue };
        let same = Claim { key: record.key, ..claim(0, SAME) };
        let step = state.step(&again, Some(same.clone()));
        let told = match (&record.state, &step.submitted.reply) {
            (RecordState::InProgress { .. }, Reply::Refused(no)) => no.code() == "key_in_use",
            (RecordState::Done { body, .. }, Reply::Replay(_)) => {
                let kept = match state.one(&Key::Body(record.tenant, *body)) {
                    Some(Row::Body(body)) => Some(&body.bytes),
                    _ => None,
                };
                kept == step.submitted.answer.as_ref().map(|answer| &answer.body)
            }
            _ => false,
        };
        holds!(told, "a used key was answered {:?}", step.submitted.reply);
        holds!(step.writes.is_empty(), "a used key wrote something");
        let other = Claim { fingerprint: [SAME + 1; 32], ..same };
        let step = state.step(&again, Some(other));
        let refused =
            matches!(&step.submitted.reply, Reply::Refused(no) if no.code() == "key_reused");
        holds!(refused && step.writes.is_empty(), "a key was used for another request");
    }
    Ok(())
}

/// An answer to what was settled already changes nothing, whatever it says.
fn late_answer(state: &State) -> Kept {
    let Some(id) = state.settled else { return Ok(()) };
    let lookup_at = NOW;
    let late = [
        Ask::Settle(id, approved()),
        Ask::Settle(id, declined()),
        Ask::Postpone(Postpone { attempt: id, lookup_at }),
    ];
    for ask in late {
        let step = state.step(&ask, None);
        let done = matches!(step.submitted.reply, Reply::Done);
        holds!(done && step.writes.is_empty(), "a late answer changed something");
    }
    Ok(())
}
