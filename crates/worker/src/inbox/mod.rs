//! The inbox of a source: what was verified is stored before it is acknowledged, once, and handed on
//! until somebody took it or the schedule is over.
//!
//! A source is spread over a fixed set of Durable Objects, so that neither one object has to take
//! every event nor every payment gets an object of its own. An event goes to the shard of the
//! object it is about, and so does its every copy: the shard's own unique index is the whole of
//! the de-duplication, and no two shards ever have to agree.
//!
//! Here: the object (`object`), its table (`shelf`), the call to the origin (`forward`), and the
//! Worker's side (`client`). Which events are taken and what follows a try is core's `inbox`.

mod client;
mod forward;
mod frame;
mod object;
mod shelf;

use serde::{Deserialize, Serialize};

pub(crate) use client::{accept, ask_all};
pub use object::Inbox;

/// Rows in one answer of the inbox.
pub(crate) const ROWS_MAX: u32 = 500;

/// A verified event on its way to the shelf, without its body.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The source it came from.
    pub(crate) source: String,
    /// What the sender signed and repeats on every copy.
    pub(crate) id: String,
    /// The event's type, if its body names one.
    pub(crate) kind: Option<String>,
    /// The object it is about, if its body names one.
    pub(crate) object: Option<String>,
    /// When it happened, in seconds since the epoch, if its body says so.
    pub(crate) created_s: Option<i64>,
    /// Its number among the events of its object, from senders that count.
    pub(crate) sequence: Option<i64>,
    /// The number before it that was due here.
    pub(crate) previous_sequence: Option<i64>,
    /// The headers the origin may want: content type and original signature.
    pub(crate) headers: Vec<(String, String)>,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Accepted {
    New,
    Duplicate,
}

/// Counts of one shard, or of a source.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Different events ever stored.
    pub(crate) accepted: u64,
    /// Further copies of them.
    pub(crate) duplicates: u64,
    /// Taken by the origin.
    pub(crate) forwarded: u64,
    /// On their way to it.
    pub(crate) waiting: u64,
    /// Given up on after the whole schedule, and kept.
    pub(crate) parked: u64,
    /// Kept without being forwarded, because the source has no `forward`.
    pub(crate) stored: u64,
}

impl Counts {
    /// The sum of two shards.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            accepted: self.accepted.saturating_add(other.accepted),
            duplicates: self.duplicates.saturating_add(other.duplicates),
            forwarded: self.forwarded.saturating_add(other.forwarded),
            waiting: self.waiting.saturating_add(other.waiting),
            parked: self.parked.saturating_add(other.parked),
            stored: self.stored.saturating_add(other.stored),
        }
    }
}

/// One row as the inbox shows it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Row {
    /// The row's place in its shard.
    pub(crate) seq: i64,
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) object: Option<String>,
    pub(crate) amount: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) sequence: Option<i64>,
    pub(crate) previous_sequence: Option<i64>,
    /// Milliseconds since the epoch.
    pub(crate) received_at: i64,
    pub(crate) state: String,
    pub(crate) tries: u32,
    /// The origin's last status; zero when it gave no answer.
    pub(crate) answer: Option<u16>,
    /// The body as it came; null when it is not text.
    pub(crate) body: Option<String>,
}

/// A shard's answer to "what came after".
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    pub(crate) has_more: bool,
}
