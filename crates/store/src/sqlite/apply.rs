//! A batch's net effect as statements.

use farthing_domain::decide::batch::{Write, WriteSet};
use farthing_domain::ledger::transfer::Transfer;
use farthing_domain::view::{Key, Row};
use rusqlite::{Connection, params_from_iter};

use crate::error::StoreError;
use crate::row::Table;
use crate::row::fields::Values;
use crate::row::ledger::{ENTRIES, encode_entry};
use crate::sql::keys::{encode, key_values, kind};
use crate::sql::quarters;
use crate::sqlite::failed;

/// Writes all of it, within the commit that is open. What is deleted goes first: it may make room,
/// under a unique index, for what is new. The entries of transfers that must be covered come last, the
/// newest first: what guards them looks at balances less what came later.
pub(crate) fn apply(connection: &Connection, writes: &WriteSet) -> Result<(), StoreError> {
    let mut covered: Vec<&Transfer> = Vec::new();
    for (key, write) in writes.iter() {
        if matches!(write, Write::Delete) {
            delete(connection, key)?;
        }
    }
    for (_, write) in writes.iter() {
        match write {
            Write::Insert(row) => {
                insert(connection, row)?;
                if let Row::Transfer(transfer) = row {
                    if transfer.needs_cover() {
                        covered.push(transfer);
                    } else {
                        insert_entries(connection, transfer)?;
                    }
                }
            }
            Write::Update(row) => update(connection, row)?,
            Write::Delete => {}
        }
    }
    covered.iter().rev().try_for_each(|transfer| insert_entries(connection, transfer))?;
    widen(connection, writes)
}

/// The spans of places that the new rows are in.
fn widen(connection: &Connection, writes: &WriteSet) -> Result<(), StoreError> {
    let sql = "INSERT INTO quarters (tenant, quarter, first, last) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (tenant, quarter) DO UPDATE SET \
               first = min(first, excluded.first), last = max(last, excluded.last)";
    let mut statement = connection.prepare_cached(sql).map_err(|error| failed(&error))?;
    for span in quarters::spans(writes) {
        statement.execute(params_from_iter(span)).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn insert(connection: &Connection, row: &Row) -> Result<(), StoreError> {
    let (table, values) = encode(row);
    exactly_one(connection, table, &table.sql().insert, values)
}

fn insert_entries(connection: &Connection, transfer: &Transfer) -> Result<(), StoreError> {
    for (place, entry) in (0_i64..).zip(&transfer.entries) {
        let values = encode_entry(transfer, place, entry);
        exactly_one(connection, &ENTRIES, &ENTRIES.sql().insert, values)?;
    }
    Ok(())
}

fn update(connection: &Connection, row: &Row) -> Result<(), StoreError> {
    let (table, values) = encode(row);
    exactly_one(connection, table, &table.sql().update, values)
}

fn delete(connection: &Connection, key: &Key) -> Result<(), StoreError> {
    let table = kind(key).table;
    exactly_one(connection, table, &table.sql().delete, key_values(key))
}

/// Runs a statement that has exactly one row to change; anything else is a bug of ours.
fn exactly_one(
    connection: &Connection,
    table: &'static Table,
    sql: &str,
    values: Values,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| failed(&error))?;
    let changed = statement.execute(params_from_iter(values.0)).map_err(|error| failed(&error))?;
    if changed == 1 {
        return Ok(());
    }
    tracing::error!(table = table.name, changed, "a write met another row than was decided on");
    Err(StoreError::Bug)
}
