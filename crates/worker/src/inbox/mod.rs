//! The inbox of a source: what was verified is stored before it is acknowledged, once, and handed on
//! until somebody took it or the schedule is over.
//!
//! A source is spread over a fixed set of Durable Objects, so that neither one object has to take
//! every event nor every payment gets an object of its own. An event goes to the shard of the
//! object it is about, and so does its every copy: the shard's own unique index is the whole of
//! the de-duplication, and no two shards ever have to agree.
//!
//! Here: the object of the runtime (`object`), its tables (`shelf`), what it does for one line of
//! events at a time (`drive`), the ways on (`hand_on`), what it fetches when events are missing
//! (`missing`), what it sends besides (`errand`), and the Worker's side (`client`). Whose turn it is
//! and what follows from an answer is core's `inbox`.

mod bell;
mod client;
mod drive;
mod errand;
mod frame;
mod hand_on;
mod missing;
mod object;
mod shelf;
mod show;

use farthing_core::inbox::{Before, Identity};

use crate::json::{Json, List, Map};

pub(crate) use client::{Rejected, accept, ask_all, ask_one, broken, spread, wake_all};
pub use object::Inbox;
pub(crate) use shelf::value as sql;
pub(crate) use show::{Page, merged, sum};

/// Rows in one answer of the inbox.
pub(crate) const ROWS_MAX: u32 = 500;

/// A verified event on its way to the shelf, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The source it came from.
    pub(crate) source: String,
    /// What the sender signed and repeats on every copy.
    pub(crate) id: String,
    /// The event's type, if its body names one.
    pub(crate) kind: Option<String>,
    /// The object it is about, if its body names one and says enough to order by.
    pub(crate) object: Option<String>,
    /// When it happened, in seconds since the epoch, if its body says so.
    pub(crate) created_s: Option<i64>,
    /// Its number among the events of its object, from senders that count.
    pub(crate) sequence: Option<i64>,
    /// The number before it that was due here: 0 for none, nothing where the sender does not say.
    pub(crate) before: Option<i64>,
    /// The headers the origin may want: content type and labels.
    pub(crate) headers: Vec<(String, String)>,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    New,
    Duplicate,
}

impl Arrival {
    /// What is known of an event, with the headers that go on.
    pub(crate) fn of(source: &str, identity: Identity, headers: Vec<(String, String)>) -> Self {
        // Core reads numbers of 53 bits, so that none is lost here.
        let number = |number: u64| i64::try_from(number).ok();
        Self {
            source: source.to_owned(),
            id: identity.id,
            kind: identity.kind,
            object: identity.object_id,
            created_s: identity.created_s,
            sequence: identity.sequence.and_then(number),
            before: match identity.before {
                Before::Unsaid => None,
                Before::Nothing => Some(0),
                Before::Sequence(before) => number(before),
            },
            headers,
        }
    }

    fn to_json(&self) -> String {
        Map::new()
            .text("source", &self.source)
            .text("id", &self.id)
            .maybe_text("kind", self.kind.as_deref())
            .maybe_text("object", self.object.as_deref())
            .maybe_whole("created_s", self.created_s)
            .maybe_whole("sequence", self.sequence)
            .maybe_whole("before", self.before)
            .raw("headers", &headers_to_json(&self.headers))
            .end()
    }

    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            source: json.text_of("source")?,
            id: json.text_of("id")?,
            kind: json.text_of("kind"),
            object: json.text_of("object"),
            created_s: json.whole_of("created_s"),
            sequence: json.whole_of("sequence"),
            before: json.whole_of("before"),
            headers: headers_from_json(json.field("headers")?)?,
        })
    }
}

/// Headers as a list of pairs: a name may come twice.
fn headers_to_json(headers: &[(String, String)]) -> String {
    List::of(headers, |(name, value)| List::new().text(name).text(value).end())
}

fn headers_from_json(json: &Json) -> Option<Vec<(String, String)>> {
    json.each(|pair| match pair.items()? {
        [Json::Text(name), Json::Text(value)] => Some((name.clone(), value.clone())),
        _ => None,
    })
}

impl Accepted {
    fn to_json(self) -> &'static str {
        match self {
            Self::New => "\"new\"",
            Self::Duplicate => "\"duplicate\"",
        }
    }

    fn from_json(json: &Json) -> Option<Self> {
        match json.text()? {
            "new" => Some(Self::New),
            "duplicate" => Some(Self::Duplicate),
            _ => None,
        }
    }
}
