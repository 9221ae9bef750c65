//! What is forgotten, and when: bodies first, ids later, what is parked or waiting never.

use super::Shelf;
use super::value::{integer, string, text, whole};
use crate::host::Result;

/// Rows that one sweep touches, of each sort: a sweep is short, and there is another in a minute.
const BATCH: i64 = 500;

impl Shelf {
    /// Forgets the bodies of what was done before a time. Rows are done in the order of their
    /// places, so that a sweep begins where the last one ended; and up to the first that is not
    /// old enough, which a clock that was set back may have put before older ones.
    pub(in crate::inbox) fn purge_bodies(&self, before: i64) -> Result<()> {
        let from = self.number("bodies_purged")?.unwrap_or(0);
        let sql = "UPDATE event SET body = NULL, headers = '[]' WHERE place IN (
                       SELECT place FROM event WHERE place > ?1 ORDER BY place LIMIT ?3)
                   AND place < coalesce((SELECT min(place) FROM (
                       SELECT place, done_at FROM event WHERE place > ?1 ORDER BY place LIMIT ?3)
                       WHERE done_at >= ?2), place + 1) RETURNING place";
        let rows = self.query(sql, vec![integer(from), integer(before), integer(BATCH)])?;
        let mut furthest = from;
        for row in &rows {
            furthest = furthest.max(whole(row, 0)?);
        }
        if furthest > from { self.set_number("bodies_purged", furthest) } else { Ok(()) }
    }

    /// Forgets what was done before a time altogether: a later copy would be taken for a new event.
    /// The newest row and the last place stay, so that neither number is ever given twice.
    pub(in crate::inbox) fn purge_ids(&self, before: i64) -> Result<()> {
        let sql = "DELETE FROM event WHERE seq IN (
                       SELECT seq FROM event WHERE place < (SELECT max(place) FROM event WHERE place IS NOT NULL)
                       ORDER BY place LIMIT ?2)
                   AND done_at < ?1 AND seq < (SELECT max(seq) FROM event)";
        self.run(sql, vec![integer(before), integer(BATCH)])?;
        self.forget_lines(before)?;
        let sql = "DELETE FROM gap WHERE (line, to_number) IN (
                       SELECT line, to_number FROM gap WHERE opened_at < ?1 AND state != 'open'
                       LIMIT ?2)";
        self.run(sql, vec![integer(before), integer(BATCH)])
    }

    /// Forgets lines in which nothing has happened since a time. Each sweep looks at the next few, so
    /// that no index has to be kept for it.
    fn forget_lines(&self, before: i64) -> Result<()> {
        let from = self.text("lines_swept")?.unwrap_or_default();
        let sql = "SELECT name, active_at < ?2 AND wake_at IS NULL AND parked = 0 FROM line
                   WHERE name > ?1 ORDER BY name LIMIT ?3";
        let rows = self.query(sql, vec![text(&from), integer(before), integer(BATCH)])?;
        for row in &rows {
            if whole(row, 1)? == 1 {
                self.forget_line(&string(row, 0)?)?;
            }
        }
        // A sweep that comes to the end begins anew; one that sees all of them at once writes nothing.
        let more = i64::try_from(rows.len()).is_ok_and(|count| count == BATCH);
        let last = match rows.last().filter(|_| more) {
            Some(row) => string(row, 0)?,
            None => String::new(),
        };
        if last == from { Ok(()) } else { self.set_text("lines_swept", &last) }
    }

    /// Wakes the lines in which something waits and that would not wake by themselves. `waits` is what
    /// the waits of this life go by. Where that of the last life was another, every line is woken
    /// that has something waiting: it may have gone to sleep for longer than is wanted now. A shard
    /// has a new life every minute, and writes nothing here while its settings stay.
    pub(in crate::inbox) fn wake_waiting(&self, waits: Option<&str>, now: i64) -> Result<()> {
        let known = self.text("waits")?;
        let other = waits.filter(|waits| known.as_deref() != Some(waits));
        let sql = "INSERT INTO line (name, first_seen, wake_at, active_at)
                       SELECT DISTINCT event.line, ?1, ?1, ?1
                       FROM event LEFT JOIN line ON line.name = event.line
                       WHERE event.state = 'waiting' AND (?2 OR line.wake_at IS NULL)
                   ON CONFLICT (name) DO UPDATE SET wake_at = min(coalesce(wake_at, ?1), ?1)";
        self.run(sql, vec![integer(now), integer(i64::from(other.is_some()))])?;
        other.map_or(Ok(()), |waits| self.set_text("waits", waits))
    }
}
