//! The table of one shard. The only SQL of the Worker.
//!
//! Every statement runs to its end without waiting for anything, so a shard needs no lock: between
//! two awaits nobody else runs. What must stay true: `id` is unique for as long as its row is kept,
//! and a row leaves only by `prune`, which takes forwarded ones alone.

use std::collections::BTreeMap;

use farthing_core::inbox::{Item, State};
use farthing_core::time::TimestampMs;
use worker::{Error, Result, SqlStorage, SqlStorageValue as Value};

use super::{Arrival, Counts, Page, Row};

/// The newest shape of the table. Older ones are brought up to it, one step at a time.
const STEPS: [&str; 1] = ["
    CREATE TABLE item (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT,
        object TEXT,
        created_s INTEGER,
        sequence INTEGER,
        previous_sequence INTEGER,
        headers TEXT NOT NULL,
        body BLOB NOT NULL,
        received_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'forwarded', 'parked', 'stored')),
        due_at INTEGER CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
        tries INTEGER NOT NULL DEFAULT 0,
        answer INTEGER,
        changed_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX item_due ON item (due_at, seq) WHERE state = 'waiting';
    CREATE INDEX item_state ON item (state, changed_at);
    INSERT INTO meta (name, value) VALUES ('duplicates', 0), ('pruned', 0);
"];
/// Bodies of one page, so that an answer fits in memory whatever the rows hold.
const PAGE_BYTES: usize = 1 << 20;
/// Rows one sweep removes.
const PRUNE_MAX: i64 = 1_000;

/// One shard's rows.
#[derive(Debug)]
pub(super) struct Shelf {
    sql: SqlStorage,
}

/// A row whose time has come.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) received_at: i64,
    pub(super) item: Item,
    /// Sequence, then time of creation: the order of events of one object.
    order: (i64, i64),
}

impl Shelf {
    pub(super) fn new(sql: SqlStorage) -> Self {
        Self { sql }
    }

    /// Brings the table up to the newest shape. Cheap when it is.
    pub(super) fn migrate(&self) -> Result<()> {
        self.run(
            "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value ANY) STRICT",
            vec![],
        )?;
        let rows = self.query("SELECT value FROM meta WHERE name = 'schema'", vec![])?;
        let done = rows.first().map_or(Ok(0), |row| whole(row, 0))?;
        let done = usize::try_from(done).map_err(|_| corrupt("schema"))?;
        if done > STEPS.len() {
            return Err(Error::RustError("the shard was written by a newer Worker".into()));
        }
        for (index, step) in STEPS.iter().enumerate().skip(done) {
            self.run(step, vec![])?;
            let version = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
            let sql = "INSERT INTO meta (name, value) VALUES ('schema', ?)
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            self.run(sql, vec![integer(version)])?;
        }
        Ok(())
    }

    /// Stores an arrival once. Answers whether it was new.
    pub(super) fn put(
        &self,
        arrival: &Arrival,
        body: &[u8],
        now: i64,
        due: Option<i64>,
    ) -> Result<bool> {
        let state = if due.is_some() { "waiting" } else { "stored" };
        let headers = serde_json::to_string(&arrival.headers)?;
        let sql = "INSERT INTO item (id, kind, object, created_s, sequence, previous_sequence,
                       headers, body, received_at, state, due_at, changed_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?9)
                   ON CONFLICT (id) DO NOTHING RETURNING seq";
        let values = vec![
            text(&arrival.id),
            arrival.kind.as_deref().into(),
            arrival.object.as_deref().into(),
            arrival.created_s.into(),
            arrival.sequence.into(),
            arrival.previous_sequence.into(),
            text(&headers),
            Value::Blob(body.to_vec()),
            integer(now),
            text(state),
            due.map_or(Value::Null, integer),
        ];
        Ok(!self.query(sql, values)?.is_empty())
    }

    /// Counts one more copy of something already stored.
    pub(super) fn count_duplicate(&self) -> Result<()> {
        self.run("UPDATE meta SET value = value + 1 WHERE name = 'duplicates'", vec![])
    }

    /// The source this shard belongs to; written once.
    pub(super) fn name_source(&self, source: &str) -> Result<()> {
        let sql =
            "INSERT INTO meta (name, value) VALUES ('source', ?) ON CONFLICT (name) DO NOTHING";
        self.run(sql, vec![text(source)])
    }

    /// The source, once something arrived.
    pub(super) fn source(&self) -> Result<Option<String>> {
        let rows = self.query("SELECT value FROM meta WHERE name = 'source'", vec![])?;
        rows.first().map(|row| string(row, 0)).transpose()
    }

    /// When the next row is due.
    pub(super) fn earliest(&self) -> Result<Option<i64>> {
        let sql = "SELECT due_at FROM item WHERE state = 'waiting' ORDER BY due_at, seq LIMIT 1";
        self.query(sql, vec![])?.first().map(|row| whole(row, 0)).transpose()
    }

    /// Rows due by now, the longest due of them: those of one object together, in its order.
    pub(super) fn due(&self, now: i64, limit: i64) -> Result<Vec<Vec<Due>>> {
        let sql =
            "SELECT seq, id, headers, body, received_at, due_at, tries, object, sequence, created_s
                   FROM item WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, seq LIMIT ?";
        let mut lines = BTreeMap::<String, Vec<Due>>::new();
        for row in self.query(sql, vec![integer(now), integer(limit)])? {
            let due = due_row(&row)?;
            let about = string(&row, 7).unwrap_or_else(|_| due.id.clone());
            lines.entry(about).or_default().push(due);
        }
        for line in lines.values_mut() {
            line.sort_by_key(|due| (due.order, due.seq));
        }
        Ok(lines.into_values().collect())
    }

    /// Writes what a try came to.
    pub(super) fn settle(&self, seq: i64, item: Item, answer: u16, now: i64) -> Result<()> {
        let (state, due) = match item.state {
            State::Waiting { due } => ("waiting", Some(due.ms())),
            State::Sent => ("forwarded", None),
            State::Parked => ("parked", None),
        };
        let sql = "UPDATE item SET state = ?, due_at = ?, tries = ?, answer = ?, changed_at = ? WHERE seq = ?";
        let values = vec![
            text(state),
            due.map_or(Value::Null, integer),
            integer(i64::from(item.tries)),
            integer(i64::from(answer)),
            integer(now),
            integer(seq),
        ];
        self.run(sql, values)
    }

    /// Gives every parked row its schedule again, from now on. Answers how many there were.
    pub(super) fn unpark(&self, now: i64) -> Result<usize> {
        let sql = "UPDATE item SET state = 'waiting', due_at = ?1, tries = 0, changed_at = ?1
                   WHERE state = 'parked' RETURNING seq";
        Ok(self.query(sql, vec![integer(now)])?.len())
    }

    /// Forgets what was forwarded, or stored for reading only, before a time. The newest row stays,
    /// so that no place is ever given twice.
    pub(super) fn prune(&self, before: i64) -> Result<()> {
        let sql = "DELETE FROM item WHERE seq IN (
                       SELECT seq FROM item WHERE state IN ('forwarded', 'stored') AND changed_at < ?
                       AND seq < (SELECT max(seq) FROM item) LIMIT ?) RETURNING state";
        let rows = self.query(sql, vec![integer(before), integer(PRUNE_MAX)])?;
        if rows.is_empty() {
            return Ok(());
        }
        let forwarded =
            rows.iter().filter(|row| string(row, 0).is_ok_and(|s| s == "forwarded")).count();
        for (name, count) in [("pruned", rows.len()), ("pruned_forwarded", forwarded)] {
            let sql = "INSERT INTO meta (name, value) VALUES (?, ?)
                       ON CONFLICT (name) DO UPDATE SET value = value + excluded.value";
            self.run(sql, vec![text(name), integer(i64::try_from(count).unwrap_or(0))])?;
        }
        Ok(())
    }

    /// The shard's counts.
    pub(super) fn counts(&self) -> Result<Counts> {
        let mut counts = Counts::default();
        for row in self.query("SELECT state, count(*) FROM item GROUP BY state", vec![])? {
            let number = count(&row, 1)?;
            counts.accepted = counts.accepted.saturating_add(number);
            match string(&row, 0)?.as_str() {
                "waiting" => counts.waiting = number,
                "forwarded" => counts.forwarded = number,
                "parked" => counts.parked = number,
                _ => counts.stored = number,
            }
        }
        let sql = "SELECT name, value FROM meta WHERE name IN ('duplicates', 'pruned', 'pruned_forwarded')";
        for row in self.query(sql, vec![])? {
            let number = count(&row, 1)?;
            let place = match string(&row, 0)?.as_str() {
                "duplicates" => &mut counts.duplicates,
                "pruned" => &mut counts.accepted,
                _ => &mut counts.forwarded,
            };
            *place = place.saturating_add(number);
        }
        Ok(counts)
    }

    /// Rows after a place, in order.
    pub(super) fn page(&self, after: i64, limit: u32) -> Result<Page> {
        let sql = "SELECT seq, id, kind, object, received_at, state, tries, answer, body, sequence,
                       previous_sequence FROM item
                   WHERE seq > ? ORDER BY seq LIMIT ?";
        let asked = i64::from(limit).saturating_add(1);
        let cursor = self.sql.exec(sql, vec![integer(after), integer(asked)])?;
        let mut page = Page::default();
        let mut bytes = 0_usize;
        for row in cursor.raw() {
            let row = shown_row(&row?)?;
            let size = row.body.as_ref().map_or(0, String::len);
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

    fn run(&self, sql: &str, values: Vec<Value>) -> Result<()> {
        self.query(sql, values).map(|_| ())
    }

    fn query(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        self.sql.exec(sql, values)?.raw().collect()
    }
}

fn due_row(row: &[Value]) -> Result<Due> {
    let due = TimestampMs::from_ms(whole(row, 5)?);
    let tries = u32::try_from(whole(row, 6)?).map_err(|_| corrupt("tries"))?;
    Ok(Due {
        seq: whole(row, 0)?,
        id: string(row, 1)?,
        headers: serde_json::from_str(&string(row, 2)?)?,
        body: bytes(row, 3)?,
        received_at: whole(row, 4)?,
        item: Item { state: State::Waiting { due }, tries },
        order: (whole(row, 8).unwrap_or(0), whole(row, 9).unwrap_or(0)),
    })
}

fn shown_row(row: &[Value]) -> Result<Row> {
    let body = String::from_utf8(bytes(row, 8)?).ok();
    let event: serde_json::Value =
        body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    let object = &event["data"]["object"];
    Ok(Row {
        seq: whole(row, 0)?,
        id: string(row, 1)?,
        kind: string(row, 2).ok(),
        object: string(row, 3).ok(),
        amount: object["amount"].as_i64(),
        currency: object["currency"].as_str().map(str::to_owned),
        sequence: whole(row, 9).ok(),
        previous_sequence: whole(row, 10).ok(),
        received_at: whole(row, 4)?,
        state: string(row, 5)?,
        tries: u32::try_from(whole(row, 6)?).map_err(|_| corrupt("tries"))?,
        answer: whole(row, 7).ok().and_then(|status| u16::try_from(status).ok()),
        body,
    })
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn integer(value: i64) -> Value {
    Value::Integer(value)
}

fn whole(row: &[Value], column: usize) -> Result<i64> {
    match row.get(column) {
        Some(Value::Integer(value)) => Ok(*value),
        _ => Err(corrupt("an integer column")),
    }
}

fn count(row: &[Value], column: usize) -> Result<u64> {
    u64::try_from(whole(row, column)?).map_err(|_| corrupt("a count"))
}

fn string(row: &[Value], column: usize) -> Result<String> {
    match row.get(column) {
        Some(Value::String(value)) => Ok(value.clone()),
        _ => Err(corrupt("a text column")),
    }
}

fn bytes(row: &[Value], column: usize) -> Result<Vec<u8>> {
    match row.get(column) {
        Some(Value::Blob(value)) => Ok(value.clone()),
        _ => Err(corrupt("a bytes column")),
    }
}

fn corrupt(what: &str) -> Error {
    Error::RustError(format!("the shard holds something else than {what}"))
}
