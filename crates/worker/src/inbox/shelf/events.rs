//! Events and errands: stored once, and what became of each.

use farthing_core::inbox::{Before, Mark, Place, Waiting};
use farthing_core::time::TimestampMs;

use super::Shelf;
use super::value::{
    Value, blob, corrupt, integer, maybe, maybe_bytes, maybe_string, maybe_text, string, text,
    whole,
};
use crate::host::Result;
use crate::inbox::{headers_from_json, headers_to_json};
use crate::json::Json;

/// Whom a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::inbox) enum Target {
    /// Whoever the source's events go on to.
    HandOn,
    /// The source's fulfilment hook.
    Fulfil,
    /// Whoever is told when something needs a person.
    Alert,
}

/// A row to be.
#[derive(Debug)]
pub(in crate::inbox) struct New<'a> {
    pub(in crate::inbox) id: &'a str,
    pub(in crate::inbox) target: Target,
    pub(in crate::inbox) line: &'a str,
    pub(in crate::inbox) kind: Option<&'a str>,
    pub(in crate::inbox) object: Option<&'a str>,
    pub(in crate::inbox) created_s: Option<i64>,
    pub(in crate::inbox) sequence: Option<i64>,
    pub(in crate::inbox) before: Option<i64>,
    pub(in crate::inbox) headers: &'a [(String, String)],
    pub(in crate::inbox) body: &'a [u8],
}

/// What is handed on of a row.
#[derive(Debug)]
pub(in crate::inbox) struct Body {
    pub(in crate::inbox) id: String,
    pub(in crate::inbox) kind: Option<String>,
    pub(in crate::inbox) object: Option<String>,
    pub(in crate::inbox) sequence: Option<i64>,
    pub(in crate::inbox) headers: Vec<(String, String)>,
    pub(in crate::inbox) bytes: Vec<u8>,
    pub(in crate::inbox) received_at: i64,
    pub(in crate::inbox) marks: String,
    pub(in crate::inbox) missing: Option<String>,
}

impl New<'_> {
    /// The event as core's rule sees it.
    pub(in crate::inbox) fn as_waiting(&self, now: i64) -> Waiting {
        let number = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok());
        Waiting {
            place: Place {
                sequence: number(self.sequence),
                created_s: self.created_s.unwrap_or(0),
                id: self.id.to_owned(),
            },
            before: before(self.before),
            arrived: TimestampMs::from_ms(now),
            due: TimestampMs::from_ms(now),
            first_try: None,
            redriven: false,
        }
    }
}

/// What a sender said came before, as it is stored.
pub(super) fn before(number: Option<i64>) -> Before {
    match number.map(u64::try_from) {
        None | Some(Err(_)) => Before::Unsaid,
        Some(Ok(0)) => Before::Nothing,
        Some(Ok(number)) => Before::Sequence(number),
    }
}

impl Target {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HandOn => "hand_on",
            Self::Fulfil => "fulfil",
            Self::Alert => "alert",
        }
    }

    pub(super) fn parse(name: &str) -> Self {
        match name {
            "fulfil" => Self::Fulfil,
            "alert" => Self::Alert,
            _ => Self::HandOn,
        }
    }
}

impl Shelf {
    /// Stores a row that waits for its turn, once; its line wakes. One statement: it happens whole
    /// or not at all. Answers whether it was new.
    pub(in crate::inbox) fn put(&self, new: &New<'_>, now: i64) -> Result<bool> {
        let sql = "INSERT INTO event (id, target, line, kind, object, created_s, sequence, before,
                       headers, body, received_at, state, due_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'waiting', ?11)
                   ON CONFLICT (id) DO NOTHING RETURNING seq";
        Ok(!self.query(sql, columns(new, now))?.is_empty())
    }

    /// Stores a row that waits for nobody, once, as handed on: it is there to be read, and its line is
    /// as far. Only for an event that is not behind its line.
    pub(in crate::inbox) fn put_handed(&self, new: &New<'_>, now: i64) -> Result<bool> {
        let sql = "INSERT INTO event (id, target, line, kind, object, created_s, sequence, before,
                       headers, body, received_at, state, place, done_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'handed',
                       1 + coalesce((SELECT max(place) FROM event WHERE place IS NOT NULL), 0), ?11)
                   ON CONFLICT (id) DO NOTHING RETURNING seq";
        Ok(!self.query(sql, columns(new, now))?.is_empty())
    }

    /// Counts one more copy of something already stored.
    pub(in crate::inbox) fn count_duplicate(&self) -> Result<()> {
        self.add("duplicates", 1)
    }

    /// What is handed on of a row, if it still has a body.
    pub(in crate::inbox) fn body(&self, seq: i64) -> Result<Option<Body>> {
        let sql = "SELECT id, kind, object, sequence, headers, body, received_at, marks, missing
                   FROM event WHERE seq = ?";
        let rows = self.query(sql, vec![integer(seq)])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let Some(bytes) = maybe_bytes(row, 5)? else { return Ok(None) };
        Ok(Some(Body {
            id: string(row, 0)?,
            kind: maybe_string(row, 1)?,
            object: maybe_string(row, 2)?,
            sequence: super::value::maybe_whole(row, 3)?,
            headers: headers(&string(row, 4)?).ok_or_else(|| corrupt(4))?,
            bytes,
            received_at: whole(row, 6)?,
            marks: string(row, 7)?,
            missing: maybe_string(row, 8)?,
        }))
    }

    /// Writes what a row's receiver is told of its place. A mark once given stays.
    pub(in crate::inbox) fn mark(
        &self,
        seq: i64,
        marks: [Option<Mark>; 2],
        missing: Option<&str>,
    ) -> Result<()> {
        for mark in marks.into_iter().flatten() {
            let sql = "UPDATE event SET marks = trim(marks || ' ' || ?2) WHERE seq = ?1
                       AND instr(' ' || marks || ' ', ' ' || ?2 || ' ') = 0";
            self.run(sql, vec![integer(seq), text(mark_name(mark))])?;
        }
        if let Some(missing) = missing {
            let sql = "UPDATE event SET missing = ?2 WHERE seq = ?1";
            self.run(sql, vec![integer(seq), text(missing)])?;
        }
        Ok(())
    }

    /// It was handed on, or, when the source does not want what comes too late, dropped.
    pub(in crate::inbox) fn finish(&self, seq: i64, answer: Option<u16>, now: i64) -> Result<()> {
        self.settle(seq, "handed", answer, now)
    }

    /// It came too late and is not handed on.
    pub(in crate::inbox) fn drop_stale(&self, seq: i64, now: i64) -> Result<()> {
        self.settle(seq, "dropped", None, now)?;
        self.add("dropped", 1)
    }

    /// It is an errand that nobody needs any longer.
    pub(in crate::inbox) fn drop_errand(&self, seq: i64, now: i64) -> Result<()> {
        self.settle(seq, "dropped", None, now)
    }

    /// Whether something waits in a line whose name begins so, and goes on with a space.
    pub(in crate::inbox) fn waits_in(&self, beginning: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM event WHERE state = 'waiting' AND line > ?1 || ' '
                   AND line < ?1 || '!' LIMIT 1";
        Ok(!self.query(sql, vec![text(beginning)])?.is_empty())
    }

    /// It is tried again.
    pub(in crate::inbox) fn postpone(
        &self,
        seq: i64,
        due: i64,
        answer: Option<u16>,
        started: i64,
    ) -> Result<()> {
        let sql = "UPDATE event SET due_at = ?2, tries = tries + 1, answer = ?3,
                       first_try_at = coalesce(first_try_at, ?4)
                   WHERE seq = ?1 AND state = 'waiting'";
        self.run(sql, vec![integer(seq), integer(due), status(answer), integer(started)])
    }

    /// Nobody tries it again until somebody asks.
    pub(in crate::inbox) fn park(&self, seq: i64, answer: Option<u16>, started: i64) -> Result<()> {
        let sql =
            "UPDATE event SET state = 'parked', due_at = NULL, tries = tries + 1, answer = ?2,
                       first_try_at = coalesce(first_try_at, ?3)
                   WHERE seq = ?1 AND state = 'waiting'";
        self.run(sql, vec![integer(seq), status(answer), integer(started)])
    }

    fn settle(&self, seq: i64, state: &str, answer: Option<u16>, now: i64) -> Result<()> {
        let sql = "UPDATE event SET state = ?2, due_at = NULL, tries = tries + (?3 IS NOT NULL),
                       answer = ?3, place = 1 + coalesce((SELECT max(place) FROM event WHERE place IS NOT NULL), 0),
                       done_at = ?4
                   WHERE seq = ?1 AND place IS NULL";
        let answer = answer.map_or(Value::NULL, |status| integer(i64::from(status)));
        self.run(sql, vec![integer(seq), text(state), answer, integer(now)])
    }
}

fn headers(json: &str) -> Option<Vec<(String, String)>> {
    headers_from_json(&Json::parse(json.as_bytes()).ok()?)
}

/// The status of a try; zero stands for no answer.
fn status(answer: Option<u16>) -> Value {
    integer(i64::from(answer.unwrap_or(0)))
}

fn mark_name(mark: Mark) -> &'static str {
    match mark {
        Mark::Gap => "gap",
        Mark::AfterUnsent => "after-unsent",
        Mark::Stale => "stale",
        Mark::Late => "late",
    }
}

fn columns(new: &New<'_>, now: i64) -> Vec<Value> {
    vec![
        text(new.id),
        text(new.target.name()),
        text(new.line),
        maybe_text(new.kind),
        maybe_text(new.object),
        maybe(new.created_s),
        maybe(new.sequence),
        maybe(new.before),
        text(&headers_to_json(new.headers)),
        blob(new.body),
        integer(now),
    ]
}
