//! The inbox at the edge, as pure rules: what an arriving event is called, whether it is new, when
//! it is due at the origin, what follows from the origin's answer, and whether one is missing.
//!
//! Whoever stores the items makes each of these steps durable before acting on it.

use crate::retry::{AnswerClass, Schedule};
use crate::time::TimestampMs;

pub use self::head::{EventHead, InboxError, identity_of_stripe_event};

mod head;
mod scan;

/// Where one event is on its way to the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// To be sent, not before this moment.
    Waiting {
        /// The moment.
        due: TimestampMs,
    },
    /// The origin has it.
    Sent,
    /// Given up on; kept for somebody to look at.
    Parked,
}

/// One event on its way to the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Item {
    /// Where it is.
    pub state: State,
    /// How often it was tried.
    pub tries: u32,
}

/// Whether an arriving event is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Accept {
    /// Store it, then acknowledge it.
    New,
    /// It is stored already: acknowledge it, and do nothing else.
    Duplicate,
}

/// Sequence numbers of one object that were due here and have not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gap {
    /// The first that may be missing.
    pub from: u64,
    /// The last that is missing for certain.
    pub to: u64,
}

impl Item {
    /// An event that has just arrived: due at once.
    pub fn arrived(now: TimestampMs) -> Self {
        Self { state: State::Waiting { due: now }, tries: 0 }
    }

    /// When it is to be sent; `None` if it no longer is.
    pub fn due(self) -> Option<TimestampMs> {
        match self.state {
            State::Waiting { due } => Some(due),
            State::Sent | State::Parked => None,
        }
    }
}

/// Decides about an arriving event by what is stored under its identity. Even one that was given
/// up on is a duplicate: the sender's retry must not restart what somebody is to look at.
pub fn accept(existing: Option<State>) -> Accept {
    match existing {
        None => Accept::New,
        Some(State::Waiting { .. } | State::Sent | State::Parked) => Accept::Duplicate,
    }
}

/// The item after one try, by the schedule for forwards.
#[must_use]
pub fn after_try(item: Item, outcome: AnswerClass, now: TimestampMs, entropy: u32) -> Item {
    after_try_on(&Schedule::forwards(), item, outcome, (now, entropy))
}

/// The item after one try, by a schedule of the caller's; moment and entropy come as a pair.
///
/// A success counts whenever it is learnt of. Anything else changes only an item that was waiting,
/// so that a late failure cannot take back what the origin already has.
#[must_use]
pub fn after_try_on(
    schedule: &Schedule,
    item: Item,
    outcome: AnswerClass,
    (now, entropy): (TimestampMs, u32),
) -> Item {
    let tries = item.tries.saturating_add(1);
    let state = match (item.state, outcome) {
        (State::Sent, _) | (_, AnswerClass::Success) => State::Sent,
        (State::Parked, _) | (State::Waiting { .. }, AnswerClass::Permanent) => State::Parked,
        (State::Waiting { .. }, AnswerClass::Retry) => match schedule.delay_ms(tries, entropy) {
            Some(wait_ms) => {
                let wait_ms = i64::try_from(wait_ms).unwrap_or(i64::MAX);
                State::Waiting { due: now.plus_ms(wait_ms) }
            }
            None => State::Parked,
        },
    };
    Item { state, tries }
}

/// When the first of the items is due: the moment to set the alarm to.
pub fn next_due(items: impl IntoIterator<Item = Item>) -> Option<TimestampMs> {
    items.into_iter().filter_map(Item::due).min()
}

/// Whether events of this object are missing before this one.
///
/// Only a sender that says what it sent before can be checked: an event without a previous number
/// shows no gap, and neither does a late or repeated one.
pub fn gap(last_sequence: Option<u64>, head: &EventHead) -> Option<Gap> {
    let to = head.previous_sequence?;
    let last = last_sequence.unwrap_or(0);
    (last < to).then_some(Gap { from: last.saturating_add(1), to })
}

/// Which of so many shards a name belongs to: FNV-1a of 32 bits, modulo their number.
pub fn shard(name: &str, shards: u32) -> u32 {
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.checked_rem(shards).unwrap_or(0)
}

impl EventHead {
    /// What events of one object are ordered by: sequence where there is one, else time of
    /// creation; the id settles the rest.
    pub fn order_key(&self) -> (u64, i64, &str) {
        (self.sequence.unwrap_or(0), self.created_s, &self.id)
    }

    /// What to shard by: the object, so that its events meet; the event where there is none.
    pub fn shard_name(&self) -> &str {
        self.object_id.as_deref().unwrap_or(&self.id)
    }
}
