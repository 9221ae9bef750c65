//! Gaps: numbers of an object that have not come.

use farthing_core::inbox::{Before, Gap};
use worker::Result;

use super::Shelf;
use super::value::{integer, maybe_whole, string, text, whole};
use crate::inbox::GapRow;

/// Gaps in one answer.
const GAPS_MAX: i64 = 500;

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

    /// A gap is not waited for any longer. Answers whether it had been open until now.
    pub(in crate::inbox) fn give_up(&self, line: &str, gap: Gap, now: i64) -> Result<bool> {
        self.open_gap(line, gap, now)?;
        let sql = "UPDATE gap SET state = 'given_up' WHERE line = ?1 AND to_number = ?2
                   AND state = 'open' RETURNING to_number";
        let rows = self.query(sql, vec![text(line), integer(numbers(gap).1)])?;
        if rows.is_empty() {
            return Ok(false);
        }
        self.add("given_up", 1)?;
        Ok(true)
    }

    /// An event has come: a gap that ends with it closes, or ends earlier.
    pub(in crate::inbox) fn fill(&self, line: &str, sequence: u64, before: Before) -> Result<()> {
        let signed = i64::try_from(sequence).unwrap_or(i64::MAX);
        let sql = "SELECT from_number, to_number, state FROM gap WHERE line = ?1 AND to_number = ?2
                   AND state != 'filled'";
        let rows = self.query(sql, vec![text(line), integer(signed)])?;
        let Some(row) = rows.first() else { return Ok(()) };
        let whole_gap = Gap { from: unsigned(whole(row, 0)?), to: unsigned(whole(row, 1)?) };
        let given_up = string(row, 2)? == "given_up";
        match whole_gap.without(sequence, before) {
            Some(rest) if rest.to != whole_gap.to => {
                let sql =
                    "UPDATE OR REPLACE gap SET to_number = ?3 WHERE line = ?1 AND to_number = ?2";
                self.run(sql, vec![text(line), integer(signed), integer(numbers(rest).1)])
            }
            Some(_) => Ok(()),
            None => {
                let sql = "UPDATE gap SET state = 'filled' WHERE line = ?1 AND to_number = ?2";
                self.run(sql, vec![text(line), integer(signed)])?;
                if given_up {
                    self.add("given_up", -1)?;
                }
                self.add("filled", 1)
            }
        }
    }

    /// Gaps, the newest first.
    pub(in crate::inbox) fn gaps(&self) -> Result<Vec<GapRow>> {
        let sql = "SELECT line, from_number, to_number, opened_at, state FROM gap
                   ORDER BY opened_at DESC LIMIT ?";
        let shown = |row: &Vec<_>| {
            let line = string(row, 0)?;
            Ok(GapRow {
                object: line.strip_prefix("o:").unwrap_or(&line).to_owned(),
                from: whole(row, 1)?,
                to: whole(row, 2)?,
                opened_at: whole(row, 3)?,
                state: string(row, 4)?,
            })
        };
        self.query(sql, vec![integer(GAPS_MAX)])?.iter().map(shown).collect()
    }
}

fn numbers(gap: Gap) -> (i64, i64) {
    let signed = |number| i64::try_from(number).unwrap_or(i64::MAX);
    (signed(gap.from), signed(gap.to))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
