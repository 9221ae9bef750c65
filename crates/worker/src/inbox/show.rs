//! What a shard shows of itself.

use crate::json::{Json, List, Map};
use crate::named::Named;

/// Counts of one shard, or of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    pub(crate) rejected: Named<u64>,
    /// Messages besides the events: fulfilment and alerts.
    pub(crate) errands: Errands,
}

/// Counts of gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gaps {
    /// Being waited for.
    pub(crate) open: u64,
    /// Not waited for any longer.
    pub(crate) given_up: u64,
    /// Closed by the event that was missing, in time or late.
    pub(crate) filled: u64,
}

/// Counts of errands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Errands {
    pub(crate) waiting: u64,
    pub(crate) parked: u64,
}

impl Counts {
    /// The sum of two shards.
    pub(crate) fn plus(mut self, other: &Self) -> Self {
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
        for (reason, count) in other.rejected.iter() {
            let sum = self.rejected.entry(reason.to_owned(), 0);
            *sum = sum.saturating_add(*count);
        }
        self
    }
}

/// One row as the inbox shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// The row's place in what it was read from: the cursor goes by it.
    pub(crate) place: i64,
    pub(crate) id: String,
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
    pub(crate) body: Option<String>,
    /// The body as it came, in base64, where it is not text.
    pub(crate) body_base64: Option<String>,
}

/// A shard's answer to "what came after".
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    pub(crate) has_more: bool,
}

/// A gap as the inbox shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl Counts {
    /// The fields of a map.
    pub(crate) fn write(&self, map: Map) -> Map {
        let rejected = self.rejected.iter();
        let rejected = rejected.fold(Map::new(), |map, (reason, count)| map.count(reason, *count));
        let gaps = Map::new()
            .count("open", self.gaps.open)
            .count("given_up", self.gaps.given_up)
            .count("filled", self.gaps.filled);
        let errands =
            Map::new().count("waiting", self.errands.waiting).count("parked", self.errands.parked);
        map.count("accepted", self.accepted)
            .count("duplicates", self.duplicates)
            .count("handed_on", self.handed_on)
            .count("waiting", self.waiting)
            .count("parked", self.parked)
            .count("dropped", self.dropped)
            .count("lag_ms", self.lag_ms)
            .raw("gaps", &gaps.end())
            .raw("rejected", &rejected.end())
            .raw("errands", &errands.end())
    }

    pub(super) fn to_json(&self) -> String {
        self.write(Map::new()).end()
    }

    pub(crate) fn from_json(json: &Json) -> Option<Self> {
        let (gaps, errands) = (json.field("gaps")?, json.field("errands")?);
        let mut rejected = Named::new();
        for (reason, count) in json.field("rejected")?.fields()? {
            rejected.insert(reason.clone(), u64::try_from(count.whole()?).ok()?);
        }
        Some(Self {
            accepted: json.whole_of("accepted")?,
            duplicates: json.whole_of("duplicates")?,
            handed_on: json.whole_of("handed_on")?,
            waiting: json.whole_of("waiting")?,
            parked: json.whole_of("parked")?,
            dropped: json.whole_of("dropped")?,
            lag_ms: json.whole_of("lag_ms")?,
            gaps: Gaps {
                open: gaps.whole_of("open")?,
                given_up: gaps.whole_of("given_up")?,
                filled: gaps.whole_of("filled")?,
            },
            rejected,
            errands: Errands {
                waiting: errands.whole_of("waiting")?,
                parked: errands.whole_of("parked")?,
            },
        })
    }
}

impl Row {
    pub(crate) fn to_json(&self) -> String {
        let map = Map::new()
            .whole("place", self.place)
            .text("id", &self.id)
            .maybe_text("type", self.kind.as_deref())
            .maybe_text("object", self.object.as_deref())
            .maybe_whole("created", self.created)
            .maybe_whole("sequence", self.sequence)
            .maybe_whole("previous_sequence", self.previous_sequence)
            .whole("received_at", self.received_at)
            .text("state", &self.state)
            .raw("marks", &self.marks.iter().fold(List::new(), |list, mark| list.text(mark)).end())
            .maybe_text("missing", self.missing.as_deref())
            .count("tries", self.tries.into())
            .maybe_whole("answer", self.answer.map(i64::from))
            .maybe_whole("due_at", self.due_at);
        let map = match &self.body {
            Some(body) => map.text("body", body),
            None => map,
        };
        match &self.body_base64 {
            Some(body) => map.text("body_base64", body).end(),
            None => map.end(),
        }
    }

    pub(crate) fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            place: json.whole_of("place")?,
            id: json.text_of("id")?,
            kind: json.text_of("type"),
            object: json.text_of("object"),
            created: json.whole_of("created"),
            sequence: json.whole_of("sequence"),
            previous_sequence: json.whole_of("previous_sequence"),
            received_at: json.whole_of("received_at")?,
            state: json.text_of("state")?,
            marks: json.field("marks")?.each(|mark| mark.text().map(str::to_owned))?,
            missing: json.text_of("missing"),
            tries: json.whole_of("tries")?,
            answer: json.whole_of("answer"),
            due_at: json.whole_of("due_at"),
            body: json.text_of("body"),
            body_base64: json.text_of("body_base64"),
        })
    }
}

impl Page {
    pub(super) fn to_json(&self) -> String {
        let rows = List::of(&self.rows, Row::to_json);
        Map::new().raw("rows", &rows).flag("has_more", self.has_more).end()
    }

    pub(crate) fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            rows: json.field("rows")?.each(Row::from_json)?,
            has_more: json.field("has_more")?.flag()?,
        })
    }
}

impl GapRow {
    pub(crate) fn to_json(&self) -> String {
        Map::new()
            .text("object", &self.object)
            .whole("from", self.from)
            .whole("to", self.to)
            .whole("opened_at", self.opened_at)
            .text("state", &self.state)
            .end()
    }

    pub(crate) fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            object: json.text_of("object")?,
            from: json.whole_of("from")?,
            to: json.whole_of("to")?,
            opened_at: json.whole_of("opened_at")?,
            state: json.text_of("state")?,
        })
    }
}
