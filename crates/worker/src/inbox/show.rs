//! What a shard shows of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts of one shard, or of a source.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Different events ever stored.
    pub(crate) accepted: u64,
    /// Further copies of them.
    pub(crate) duplicates: u64,
    /// Taken by whom they were for; by pull, laid out for reading.
    pub(crate) handed_on: u64,
    /// On their way.
    pub(crate) waiting: u64,
    /// Given up on, and kept until somebody has them tried again.
    pub(crate) parked: u64,
    /// Too late for their object, and not handed on because the source says so.
    pub(crate) dropped: u64,
    /// The age of the oldest event on its way, in milliseconds; 0 when none is.
    pub(crate) lag_ms: u64,
    /// Missing events.
    pub(crate) gaps: Gaps,
    /// Requests that were refused, by reason. What an isolate counted since it last said so is not
    /// in it.
    pub(crate) rejected: BTreeMap<String, u64>,
    /// Messages besides the events: fulfilment and alerts.
    pub(crate) errands: Errands,
}

/// Counts of gaps.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Gaps {
    /// Being waited for.
    pub(crate) open: u64,
    /// Not waited for any longer.
    pub(crate) given_up: u64,
    /// Closed by the event that was missing, in time or late.
    pub(crate) filled: u64,
}

/// Counts of errands.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Errands {
    pub(crate) waiting: u64,
    pub(crate) parked: u64,
}

impl Counts {
    /// The sum of two shards.
    pub(crate) fn plus(mut self, other: Self) -> Self {
        for (mine, theirs) in [
            (&mut self.accepted, other.accepted),
            (&mut self.duplicates, other.duplicates),
            (&mut self.handed_on, other.handed_on),
            (&mut self.waiting, other.waiting),
            (&mut self.parked, other.parked),
            (&mut self.dropped, other.dropped),
            (&mut self.gaps.open, other.gaps.open),
            (&mut self.gaps.given_up, other.gaps.given_up),
            (&mut self.gaps.filled, other.gaps.filled),
            (&mut self.errands.waiting, other.errands.waiting),
            (&mut self.errands.parked, other.errands.parked),
        ] {
            *mine = mine.saturating_add(theirs);
        }
        self.lag_ms = self.lag_ms.max(other.lag_ms);
        for (reason, count) in other.rejected {
            let sum = self.rejected.entry(reason).or_default();
            *sum = sum.saturating_add(count);
        }
        self
    }
}

/// One row as the inbox shows it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Row {
    /// The row's place in what it was read from: the cursor goes by it.
    pub(crate) place: i64,
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) object: Option<String>,
    pub(crate) created: Option<i64>,
    pub(crate) sequence: Option<i64>,
    pub(crate) previous_sequence: Option<i64>,
    /// Milliseconds since the epoch.
    pub(crate) received_at: i64,
    pub(crate) state: String,
    /// What its receiver is told of its place: `gap`, `after-unsent`, `stale`, `late`.
    pub(crate) marks: Vec<String>,
    /// The numbers that were missing before it, as `from-to`.
    pub(crate) missing: Option<String>,
    pub(crate) tries: u32,
    /// The origin's last status; zero when it gave no answer.
    pub(crate) answer: Option<u16>,
    /// When it is tried next, in milliseconds since the epoch.
    pub(crate) due_at: Option<i64>,
    /// The body as it came, where it is text that has not been purged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// The body as it came, in base64, where it is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body_base64: Option<String>,
}

/// A shard's answer to "what came after".
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    pub(crate) has_more: bool,
}

/// A gap as the inbox shows it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct GapRow {
    pub(crate) object: String,
    /// The first number that may be missing.
    pub(crate) from: i64,
    /// The last, which is.
    pub(crate) to: i64,
    /// Milliseconds since the epoch.
    pub(crate) opened_at: i64,
    /// `open`, `given_up` or `filled`.
    pub(crate) state: String,
}
