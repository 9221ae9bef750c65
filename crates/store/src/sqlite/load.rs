//! Rows by key, sets, and whole tables.

use farthing_domain::ledger::transfer::Entry;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row, View};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::error::StoreError;
use crate::row::Stored;
use crate::row::fields::{Columns, Fields, Values};
use crate::row::ledger::{ENTRIES, decode_entry};
use crate::sql::Rows;
use crate::sql::keys::{Kind, key_values, kind, set};
use crate::sqlite::failed;

/// Puts what is stored under these keys into the view.
pub(crate) fn load(
    connection: &Connection,
    view: &mut View,
    keys: &[Key],
) -> Result<(), StoreError> {
    for key in keys {
        let (kind, values) = (kind(key), key_values(key));
        if let Some(condition) = set(key) {
            let sql = format!("{} {condition}", kind.table.sql().select);
            view.keep_set(*key, rows(connection, kind, (&sql, values))?);
        } else {
            let found = rows(connection, kind, (&kind.table.sql().one, values))?;
            view.keep(*key, found.into_iter().next());
        }
    }
    Ok(())
}

fn rows(
    connection: &Connection,
    kind: Kind,
    (sql, values): (&str, Values),
) -> Result<Vec<Row>, StoreError> {
    let mut found = Vec::new();
    query(connection, sql, values, |row| {
        let mut row = (kind.decode)(&mut Fields::new(kind.table, Columns::Sqlite(row)))?;
        if let Row::Transfer(transfer) = &mut row {
            transfer.entries = entries(connection, transfer.tenant, transfer.number)?;
        }
        found.push(row);
        Ok(())
    })?;
    Ok(found)
}

impl Rows for Connection {
    fn some<T: Stored>(&self, condition: &str, values: Values) -> Result<Vec<Row>, StoreError> {
        let sql = format!("{} {condition}", T::TABLE.sql().select);
        let mut rows = Vec::new();
        query(self, &sql, values, |row| {
            rows.push(decode::<T>(self, row)?.into_row());
            Ok(())
        })?;
        Ok(rows)
    }

    fn lines(&self, sql: &str, values: Values) -> Result<Vec<Vec<Value>>, StoreError> {
        let mut lines = Vec::new();
        query(self, sql, values, |row| {
            let count = row.as_ref().column_count();
            let line = (0..count).map(|place| row.get(place)).collect::<Result<_, _>>();
            lines.push(line.map_err(|error| failed(&error))?);
            Ok(())
        })?;
        Ok(lines)
    }
}

/// Every row of a table, in key order.
pub(crate) fn each<T: Stored>(
    connection: &Connection,
    visit: &mut impl FnMut(T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = format!("{} ORDER BY {}", T::TABLE.sql().select, T::TABLE.sql().order);
    query(connection, &sql, Values::default(), |row| visit(decode(connection, row)?))
}

fn decode<T: Stored>(connection: &Connection, row: &rusqlite::Row<'_>) -> Result<T, StoreError> {
    let mut own = T::decode(&mut Fields::new(T::TABLE, Columns::Sqlite(row)))?;
    own.complete(&mut |tenant, number| entries(connection, tenant, number))?;
    Ok(own)
}

/// The entries of one transfer.
fn entries(
    connection: &Connection,
    tenant: TenantId,
    transfer: i64,
) -> Result<Vec<Entry>, StoreError> {
    let sql =
        format!("{} WHERE tenant = ?1 AND transfer = ?2 ORDER BY place", ENTRIES.sql().select);
    let mut entries = Vec::new();
    let values = Values::default().tenant(tenant).int(transfer);
    query(connection, &sql, values, |row| {
        let (_, entry) = decode_entry(&mut Fields::new(&ENTRIES, Columns::Sqlite(row)))?;
        entries.push(entry);
        Ok(())
    })?;
    Ok(entries)
}

/// Runs a query and visits its rows.
fn query(
    connection: &Connection,
    sql: &str,
    values: Values,
    mut visit: impl FnMut(&rusqlite::Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| failed(&error))?;
    let values: Vec<Value> = values.0;
    let mut rows = statement.query(params_from_iter(values)).map_err(|error| failed(&error))?;
    while let Some(row) = rows.next().map_err(|error| failed(&error))? {
        visit(row)?;
    }
    Ok(())
}
