//! Gaps: numbers of an object that have not come.

use farthing_core::inbox::{Before, Gap};

use super::Shelf;
use super::value::{integer, maybe, maybe_whole, string, text, whole};
use crate::host::Result;

impl Shelf {
    /// Writes down that a gap is being waited for. Answers when it was last asked for elsewhere.
    pub(in crate::inbox) fn open_gap(&self, line: &str, gap: Gap, now: i64) -> Result<Option<i64>> {
        let sql = "INSERT INTO gap (line, from_number, to_number, opened_at, state)
                   VALUES (?1, ?2, ?3, ?4, 'open') ON CONFLICT DO UPDATE SET
                       from_number = excluded.from_number, state = 'open'
                   RETURNING asked_at";
        let (from, to) = numbers(gap);
        let rows = self.query(sql, vec![text(line), integer(from), integer(to), integer(now)])?;
        rows.first().map_or(Ok(None), |row| maybe_whole(row, 0))
    }

    /// Writes down when a gap's events were last asked for elsewhere.
    pub(in crate::inbox) fn asked_for(&self, line: &str, gap: Gap, now: i64) -> Result<()> {
        let sql = "UPDATE gap SET asked_at = ?3 WHERE line = ?1 AND to_number = ?2";
        self.run(sql, vec![text(line), integer(numbers(gap).1), integer(now)])
    }

    /// A gap is not waited for any longer. However often that is said, it is counted once.
    pub(in crate::inbox) fn give_up(&self, line: &str, gap: Gap, now: i64) -> Result<()> {
        let sql = "INSERT INTO gap (line, from_number, to_number, opened_at, state)
                   VALUES (?1, ?2, ?3, ?4, 'given_up') ON CONFLICT DO UPDATE SET
                       from_number = excluded.from_number, state = 'given_up'
                       WHERE state != 'given_up'
                   RETURNING 1";
        let (from, to) = numbers(gap);
        let rows = self.query(sql, vec![text(line), integer(from), integer(to), integer(now)])?;
        if rows.is_empty() { Ok(()) } else { self.add("given_up", 1) }
    }

    /// An event has come: the gaps that it was missing in close, or there is less in them.
    pub(in crate::inbox) fn fill(&self, line: &str, sequence: u64, before: Before) -> Result<()> {
        let signed = i64::try_from(sequence).unwrap_or(i64::MAX);
        let sql = "SELECT from_number, to_number, opened_at, state, asked_at FROM gap
                   WHERE line = ?1 AND to_number >= ?2 AND from_number <= ?2 AND state != 'filled'";
        for row in self.query(sql, vec![text(line), integer(signed)])? {
            let to = whole(&row, 1)?;
            let gap = Gap { from: unsigned(whole(&row, 0)?), to: unsigned(to) };
            let given_up = string(&row, 3)? == "given_up";
            let parts = gap.without(sequence, before);
            if parts == [None, None] {
                let sql = "UPDATE gap SET state = 'filled' WHERE line = ?1 AND to_number = ?2";
                self.run(sql, vec![text(line), integer(to)])?;
                self.add("filled", 1)?;
            } else {
                let sql = "DELETE FROM gap WHERE line = ?1 AND to_number = ?2";
                self.run(sql, vec![text(line), integer(to)])?;
            }
            let mut more = -1;
            for (from, to) in parts.into_iter().flatten().map(numbers) {
                // A smaller gap that is known already stays as it is.
                let sql =
                    "INSERT INTO gap (line, from_number, to_number, opened_at, state, asked_at)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING RETURNING 1";
                let values = vec![
                    text(line),
                    integer(from),
                    integer(to),
                    integer(whole(&row, 2)?),
                    text(&string(&row, 3)?),
                    maybe(maybe_whole(&row, 4)?),
                ];
                more = self.query(sql, values)?.iter().fold(more, |more, _| more + 1);
            }
            if given_up && more != 0 {
                self.add("given_up", more)?;
            }
        }
        Ok(())
    }
}

fn numbers(gap: Gap) -> (i64, i64) {
    let signed = |number| i64::try_from(number).unwrap_or(i64::MAX);
    (signed(gap.from), signed(gap.to))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
