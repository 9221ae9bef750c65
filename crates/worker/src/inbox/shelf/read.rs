//! What a shard shows.

use farthing_core::webhook::to_base64;
use worker::Result;

use super::Shelf;
use super::value::{
    self, Columns, Value, count, integer, maybe_bytes, maybe_string, maybe_whole, string, text,
    whole,
};
use crate::inbox::{Counts, Page, Row};

/// Bodies of one page. The Worker has those of up to 64 shards in memory at once, as they came and
/// as they go on; a larger body comes alone.
const PAGE_BYTES: usize = 1 << 18;
/// What a page selects, in the order that [`shown`] reads.
const COLUMNS: &str = "id, kind, object, created_s, sequence, before, received_at, state, marks,
                       missing, tries, answer, due_at, body";

impl Shelf {
    /// The shard's counts. Only what is unfinished is counted row by row: the places tell the rest.
    pub(in crate::inbox) fn counts(&self, now: i64) -> Result<Counts> {
        let mut counts = Counts::default();
        let stored = self.one("SELECT coalesce(max(seq), 0) FROM event")?;
        // The states are spelt out: only so do the partial indexes serve.
        let unfinished = |state: &str| {
            let sql = format!(
                "SELECT target = 'hand_on', count(*), min(received_at) FROM event
                 WHERE state = '{state}' GROUP BY 1"
            );
            self.query(&sql, vec![])
        };
        for row in unfinished("waiting")? {
            let number = count(&row, 1)?;
            if whole(&row, 0)? == 0 {
                counts.errands.waiting = number;
            } else {
                counts.waiting = number;
                counts.lag_ms = natural(now.saturating_sub(whole(&row, 2)?));
            }
        }
        for row in unfinished("parked")? {
            let number = count(&row, 1)?;
            let place = match whole(&row, 0)? {
                0 => &mut counts.errands.parked,
                _ => &mut counts.parked,
            };
            *place = number;
        }
        let number = |name| Ok::<_, worker::Error>(natural(self.number(name)?.unwrap_or(0)));
        counts.duplicates = number("duplicates")?;
        counts.dropped = number("dropped")?;
        counts.gaps.filled = number("filled")?;
        counts.gaps.given_up = number("given_up")?;
        counts.gaps.open = self.one("SELECT count(*) FROM gap WHERE state = 'open'")?;
        counts.accepted = stored.saturating_sub(number("errands")?);
        let unfinished = counts.waiting.saturating_add(counts.parked);
        counts.handed_on =
            counts.accepted.saturating_sub(unfinished).saturating_sub(counts.dropped);
        for row in self.query("SELECT reason, count FROM rejected", vec![])? {
            counts.rejected.insert(string(&row, 0)?, count(&row, 1)?);
        }
        Ok(counts)
    }

    /// Adds to the counts of refused requests.
    pub(in crate::inbox) fn reject(&self, reason: &str, more: i64) -> Result<()> {
        let sql = "INSERT INTO rejected (reason, count) VALUES (?1, ?2)
                   ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count";
        self.run(sql, vec![text(reason), integer(more)])
    }

    /// Events that were handed on, after a place, in the order in which they were.
    pub(in crate::inbox) fn handed(&self, after: i64, limit: u32) -> Result<Page> {
        let sql = format!(
            "SELECT place, {COLUMNS} FROM event
             WHERE place > ? AND state = 'handed' AND target = 'hand_on' ORDER BY place LIMIT ?"
        );
        self.page(&sql, vec![integer(after)], limit)
    }

    /// Events and errands of a state, after a place, in the order of their arrival.
    pub(in crate::inbox) fn in_state(&self, state: &str, after: i64, limit: u32) -> Result<Page> {
        // Spelt out, as above, so that the index of what is parked serves.
        let sql = format!(
            "SELECT seq, {COLUMNS} FROM event WHERE seq > ? AND state = '{state}'
             ORDER BY seq LIMIT ?"
        );
        self.page(&sql, vec![integer(after)], limit)
    }

    /// All events, after a place, in the order of their arrival.
    pub(in crate::inbox) fn arrived(&self, after: i64, limit: u32) -> Result<Page> {
        let sql = format!(
            "SELECT seq, {COLUMNS} FROM event WHERE seq > ? AND target = 'hand_on'
             ORDER BY seq LIMIT ?"
        );
        self.page(&sql, vec![integer(after)], limit)
    }

    /// One event.
    pub(in crate::inbox) fn event(&self, id: &str) -> Result<Option<Row>> {
        let sql = format!("SELECT seq, {COLUMNS} FROM event WHERE id = ?");
        self.query(&sql, vec![text(id)])?.first().map(shown).transpose()
    }

    fn page(&self, sql: &str, mut values: Vec<Value>, limit: u32) -> Result<Page> {
        values.push(integer(i64::from(limit).saturating_add(1)));
        let mut page = Page::default();
        let mut bytes = 0_usize;
        let cursor = value::run(&self.sql, sql, values)?;
        while let Some(row) = value::next(&cursor)? {
            let row = shown(&row)?;
            let size = row.body.as_ref().or(row.body_base64.as_ref()).map_or(0, String::len);
            let full = u32::try_from(page.rows.len()).is_ok_and(|length| length >= limit);
            if full || (bytes > 0 && bytes.saturating_add(size) > PAGE_BYTES) {
                page.has_more = true;
                break;
            }
            bytes = bytes.saturating_add(size);
            page.rows.push(row);
        }
        Ok(page)
    }

    fn one(&self, sql: &str) -> Result<u64> {
        self.query(sql, vec![])?.first().map_or(Ok(0), |row| count(row, 0))
    }
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn shown(row: &Columns) -> Result<Row> {
    let bytes = maybe_bytes(row, 14)?;
    let (body, body_base64) = match bytes.map(String::from_utf8) {
        None => (None, None),
        Some(Ok(text)) => (Some(text), None),
        Some(Err(error)) => (None, Some(to_base64(error.as_bytes()))),
    };
    Ok(Row {
        place: whole(row, 0)?,
        id: string(row, 1)?,
        kind: maybe_string(row, 2)?,
        object: maybe_string(row, 3)?,
        created: maybe_whole(row, 4)?,
        sequence: maybe_whole(row, 5)?,
        previous_sequence: maybe_whole(row, 6)?,
        received_at: whole(row, 7)?,
        state: string(row, 8)?,
        marks: string(row, 9)?.split_ascii_whitespace().map(str::to_owned).collect(),
        missing: maybe_string(row, 10)?,
        tries: u32::try_from(whole(row, 11)?).unwrap_or(u32::MAX),
        answer: maybe_whole(row, 12)?.and_then(|status| u16::try_from(status).ok()),
        due_at: maybe_whole(row, 13)?,
        body,
        body_base64,
    })
}
