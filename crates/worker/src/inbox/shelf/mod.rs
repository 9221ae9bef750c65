//! The tables of one shard. The only SQL of the Worker but for the limiter's one table.
//!
//! Every statement runs to its end without waiting for anything, so a shard needs no lock: between
//! two awaits nobody else runs. What must stay true: an event's `id` is unique for as long as its
//! row is kept; a row that has not been handed on has its body; and whatever waits has a line that
//! wakes for it, since storing the one sets the other in the same statement.

mod events;
mod gaps;
mod keep;
mod lines;
mod read;
mod schema;
pub(crate) mod value;

use crate::host::{Fault, Result, Sql};
pub(super) use events::{Body, New, Target};
pub(super) use lines::Queue;
use value::{Columns, Value, integer, text, whole};

/// One shard's rows.
#[derive(Debug)]
pub(super) struct Shelf {
    sql: Sql,
}

impl Shelf {
    pub(super) fn new(sql: Sql) -> Self {
        Self { sql }
    }

    /// Brings the tables up to the newest shape. Cheap when they are.
    pub(super) fn migrate(&self) -> Result<()> {
        self.run(
            "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value ANY) STRICT",
            vec![],
        )?;
        let done = self.number("schema")?.unwrap_or(0);
        let done = usize::try_from(done).unwrap_or(usize::MAX);
        if done > schema::STEPS.len() {
            return Err(Fault::new("the shard was written by a newer Worker"));
        }
        for (index, step) in schema::STEPS.iter().enumerate().skip(done) {
            self.run(step, vec![])?;
            self.set_number("schema", i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1))?;
        }
        Ok(())
    }

    /// The source this shard belongs to; written once.
    pub(super) fn name_source(&self, source: &str) -> Result<()> {
        let sql =
            "INSERT INTO meta (name, value) VALUES ('source', ?) ON CONFLICT (name) DO NOTHING";
        self.run(sql, vec![text(source)])
    }

    /// The source, once something arrived.
    pub(super) fn source(&self) -> Result<Option<String>> {
        self.text("source")
    }

    /// How many shards the source has, settled by the first who asks.
    pub(super) fn spread(&self, wanted: i64) -> Result<i64> {
        if let Some(spread) = self.number("spread")? {
            return Ok(spread);
        }
        self.set_number("spread", wanted)?;
        Ok(wanted)
    }

    fn number(&self, name: &str) -> Result<Option<i64>> {
        let rows = self.query("SELECT value FROM meta WHERE name = ?", vec![text(name)])?;
        rows.first().map(|row| whole(row, 0)).transpose()
    }

    fn text(&self, name: &str) -> Result<Option<String>> {
        let rows = self.query("SELECT value FROM meta WHERE name = ?", vec![text(name)])?;
        rows.first().map(|row| value::string(row, 0)).transpose()
    }

    fn set_text(&self, name: &str, value: &str) -> Result<()> {
        let sql = "INSERT INTO meta (name, value) VALUES (?, ?)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.run(sql, vec![text(name), text(value)])
    }

    fn set_number(&self, name: &str, number: i64) -> Result<()> {
        let sql = "INSERT INTO meta (name, value) VALUES (?, ?)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.run(sql, vec![text(name), integer(number)])
    }

    /// Adds to one of the counters that the tables themselves do not tell.
    fn add(&self, name: &str, count: i64) -> Result<()> {
        let sql = "INSERT INTO meta (name, value) VALUES (?, ?)
                   ON CONFLICT (name) DO UPDATE SET value = value + excluded.value";
        self.run(sql, vec![text(name), integer(count)])
    }

    fn run(&self, sql: &str, values: Vec<Value>) -> Result<()> {
        self.query(sql, values).map(|_| ())
    }

    fn query(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Columns>> {
        value::all(&self.sql, sql, values)
    }
}
