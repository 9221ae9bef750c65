//! Lines: the events of one object, one after the other.

use farthing_core::inbox::{Line, Place, Waiting};
use farthing_core::time::TimestampMs;

use super::events::before;
use super::value::{
    Columns, count, integer, maybe, maybe_string, maybe_text, maybe_whole, string, text, whole,
};
use super::{Shelf, Target};
use crate::host::{Fault, Result};

/// Events of one object that are looked at together, and may hold back those after them.
const WAITING_MAX: i64 = 64;
/// Later than anything is due.
const ALWAYS_MS: i64 = 1 << 52;

/// What is known of one line, and what waits in it.
#[derive(Debug)]
pub(in crate::inbox) struct Queue {
    pub(in crate::inbox) line: Line,
    pub(in crate::inbox) waiting: Vec<Waiting>,
    pub(in crate::inbox) candidates: Vec<Candidate>,
    /// When the first of those is due that are not looked at, because they are tried later and hold
    /// back nobody any more.
    pub(in crate::inbox) later: Option<i64>,
}

/// What core's rule does not ask about a waiting event.
#[derive(Clone, Copy, Debug)]
pub(in crate::inbox) struct Candidate {
    pub(in crate::inbox) seq: i64,
    pub(in crate::inbox) tries: u32,
    pub(in crate::inbox) target: Target,
}

impl Shelf {
    /// When the next line is to be looked at.
    pub(in crate::inbox) fn earliest(&self) -> Result<Option<i64>> {
        let sql = "SELECT min(wake_at) FROM line WHERE wake_at IS NOT NULL";
        let rows = self.query(sql, vec![])?;
        rows.first().map_or(Ok(None), |row| maybe_whole(row, 0))
    }

    /// The lines to be looked at now, the longest due first.
    pub(in crate::inbox) fn due_lines(&self, now: i64, limit: usize) -> Result<Vec<String>> {
        let sql = "SELECT name FROM line WHERE wake_at <= ? ORDER BY wake_at LIMIT ?";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query(sql, vec![integer(now), integer(limit)])?;
        rows.iter().map(|row| string(row, 0)).collect()
    }

    /// A line and what waits in it, in its order. Where that is too much, without those that are due
    /// later and were first tried `hold_ms` ago: those after them need not wait for them.
    pub(in crate::inbox) fn queue(&self, name: &str, hold_ms: i64, now: i64) -> Result<Queue> {
        let sql = "SELECT seq, id, sequence, created_s, before, received_at, due_at, first_try_at,
                       redriven, tries, target
                   FROM event WHERE line = ?1 AND state = 'waiting'
                       AND (due_at <= ?3 OR first_try_at > ?4 OR first_try_at IS NULL)
                   ORDER BY sequence, created_s, id LIMIT ?2";
        let rows = |now, held| {
            self.query(sql, vec![text(name), integer(WAITING_MAX), integer(now), integer(held)])
        };
        let mut line = self.line(name, now)?;
        let mut later = None;
        let mut rows_now = rows(ALWAYS_MS, 0)?;
        if i64::try_from(rows_now.len()).is_ok_and(|count| count == WAITING_MAX) {
            let held = now.saturating_sub(hold_ms);
            let sql = "SELECT min(due_at), max(sequence) FROM event WHERE line = ?1
                           AND state = 'waiting' AND due_at > ?2 AND first_try_at <= ?3";
            let passed = self.query(sql, vec![text(name), integer(now), integer(held)])?;
            if let Some(row) = passed.first() {
                later = maybe_whole(row, 0)?;
                line.accounted = line.accounted.max(number(maybe_whole(row, 1)?));
                line.parked = line.parked || later.is_some(); // As good as parked, to those after them.
            }
            rows_now = rows(now, held)?;
        }
        Ok(Queue {
            line,
            waiting: rows_now.iter().map(waiting).collect::<Result<_>>()?,
            candidates: rows_now.iter().map(candidate).collect::<Result<_>>()?,
            later,
        })
    }

    /// What is known of a line.
    pub(in crate::inbox) fn line(&self, name: &str, now: i64) -> Result<Line> {
        let sql = "SELECT first_seen, handed_id, handed_sequence, handed_created, accounted, parked
                   FROM line WHERE name = ?";
        let rows = self.query(sql, vec![text(name)])?;
        let Some(row) = rows.first() else { return Ok(Line::new(TimestampMs::from_ms(now))) };
        let handed = maybe_string(row, 1)?.map(|id| {
            Ok::<_, Fault>(Place {
                sequence: number(maybe_whole(row, 2)?),
                created_s: maybe_whole(row, 3)?.unwrap_or(0),
                id,
            })
        });
        Ok(Line {
            first_seen: TimestampMs::from_ms(whole(row, 0)?),
            handed: handed.transpose()?,
            accounted: number(maybe_whole(row, 4)?),
            parked: whole(row, 5)? != 0,
        })
    }

    /// Writes what is known of a line, and when it is to be looked at again.
    pub(in crate::inbox) fn keep_line(
        &self,
        name: &str,
        line: &Line,
        wake: Option<i64>,
        now: i64,
    ) -> Result<()> {
        let sql = "INSERT INTO line (name, first_seen, handed_sequence, handed_created, handed_id,
                       accounted, parked, wake_at, active_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                   ON CONFLICT (name) DO UPDATE SET handed_sequence = ?3, handed_created = ?4,
                       handed_id = ?5, accounted = ?6, parked = ?7, wake_at = ?8, active_at = ?9";
        let handed = line.handed.as_ref();
        let signed = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
        let values = vec![
            text(name),
            integer(line.first_seen.ms()),
            maybe(signed(handed.and_then(|place| place.sequence))),
            maybe(handed.map(|place| place.created_s)),
            maybe_text(handed.map(|place| place.id.as_str())),
            maybe(signed(line.accounted)),
            integer(i64::from(line.parked)),
            maybe(wake),
            integer(now),
        ];
        self.run(sql, values)
    }

    /// Lets a line sleep until a moment, or until something arrives.
    pub(in crate::inbox) fn sleep(&self, name: &str, until: Option<i64>) -> Result<()> {
        let sql = "UPDATE line SET wake_at = ?2 WHERE name = ?1";
        self.run(sql, vec![text(name), maybe(until)])
    }

    /// Forgets a line of which nothing need be remembered.
    pub(in crate::inbox) fn forget_line(&self, name: &str) -> Result<()> {
        self.run("DELETE FROM line WHERE name = ?", vec![text(name)])
    }

    /// Whether one of a line's events is parked.
    pub(in crate::inbox) fn has_parked(&self, name: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM event WHERE state = 'parked' AND line = ? LIMIT 1";
        Ok(!self.query(sql, vec![text(name)])?.is_empty())
    }

    /// Parked rows wait again, as if they had just come: all of them, or one. Answers how many.
    pub(in crate::inbox) fn redrive(&self, id: Option<&str>, now: i64) -> Result<u64> {
        let sql = "SELECT count(*) FROM event WHERE state = 'parked' AND (?1 IS NULL OR id = ?1)";
        let rows = self.query(sql, vec![maybe_text(id)])?;
        let found = rows.first().map_or(Ok(0), |row| count(row, 0))?;
        let sql = "INSERT INTO line (name, first_seen, wake_at, active_at)
                       SELECT DISTINCT line, ?1, ?1, ?1 FROM event
                       WHERE state = 'parked' AND (?2 IS NULL OR id = ?2)
                   ON CONFLICT (name) DO UPDATE SET wake_at = ?1,
                       parked = CASE WHEN ?2 IS NULL THEN 0 ELSE EXISTS (SELECT 1 FROM event
                           WHERE event.line = line.name AND state = 'parked' AND id != ?2) END";
        self.run(sql, vec![integer(now), maybe_text(id)])?;
        let sql = "UPDATE event SET state = 'waiting', due_at = ?1, tries = 0, redriven = 1
                   WHERE state = 'parked' AND (?2 IS NULL OR id = ?2)";
        self.run(sql, vec![integer(now), maybe_text(id)])?;
        Ok(found)
    }
}

fn number(value: Option<i64>) -> Option<u64> {
    value.and_then(|value| u64::try_from(value).ok())
}

fn waiting(row: &Columns) -> Result<Waiting> {
    let place = Place {
        id: string(row, 1)?,
        sequence: number(maybe_whole(row, 2)?),
        created_s: maybe_whole(row, 3)?.unwrap_or(0),
    };
    let before = before(maybe_whole(row, 4)?);
    Ok(Waiting {
        place,
        before,
        arrived: TimestampMs::from_ms(whole(row, 5)?),
        due: TimestampMs::from_ms(whole(row, 6)?),
        first_try: maybe_whole(row, 7)?.map(TimestampMs::from_ms),
        redriven: whole(row, 8)? != 0,
    })
}

fn candidate(row: &Columns) -> Result<Candidate> {
    Ok(Candidate {
        seq: whole(row, 0)?,
        tries: u32::try_from(whole(row, 9)?).unwrap_or(u32::MAX),
        target: Target::parse(&string(row, 10)?),
    })
}
