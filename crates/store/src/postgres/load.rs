//! Rows by key, sets, pages and whole tables.

use std::collections::BTreeMap;

use farthing_domain::ledger::transfer::{Entry, Transfer};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row, View};
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::limits::ROWS_AT_ONCE;
use crate::postgres::link::{Ask, Link, Told};
use crate::postgres::statements::translated;
use crate::postgres::values::line;
use crate::row::fields::{Columns, Fields, Values};
use crate::row::ledger::{ENTRIES, decode_entry};
use crate::row::{Stored, Table};
use crate::sql::Rows;
use crate::sql::keys::{Kind, key_values, kind, set, tenant_of};

/// Puts what is stored under these keys into the view.
pub(crate) fn load(link: &Link, view: &mut View, keys: &[Key]) -> Result<(), StoreError> {
    read(link, view, keys, None).map(drop)
}

/// As [`load`], within a batch: the tenants of these keys are locked first, so that what is loaded
/// stays as it is until the commit.
pub(crate) fn load_locked(link: &Link, view: &mut View, keys: &[Key]) -> Result<(), StoreError> {
    let rows = read(link, view, keys, link.lock(keys.iter().filter_map(tenant_of)))?;
    // A key that names no tenant may have found a row of one that was not locked yet.
    let strays: Vec<TenantId> =
        rows.into_iter().filter(|tenant| !link.has_locked(*tenant)).collect();
    if strays.is_empty() {
        return Ok(());
    }
    read(link, view, keys, link.lock(strays.into_iter())).map(drop)
}

/// One round: the lock, where there is one, and all keys. Answers whose the rows were that were found
/// by a key without a tenant.
fn read(
    link: &Link,
    view: &mut View,
    keys: &[Key],
    lock: Option<Ask>,
) -> Result<Vec<TenantId>, StoreError> {
    let skipped = usize::from(lock.is_some());
    let mut asks: Vec<Ask> = lock.into_iter().collect();
    let sets: Vec<(Key, Kind)> =
        keys.iter().filter(|key| set(key).is_some()).map(|key| (*key, kind(key))).collect();
    for (key, kind) in &sets {
        let condition = set(key).unwrap_or_default();
        let sql = translated(&format!("{} {condition}", kind.table.sql().select));
        asks.push(Ask::new(sql, key_values(key).0));
    }
    let mut groups: BTreeMap<&'static str, (Kind, Vec<Key>)> = BTreeMap::new();
    for key in keys.iter().filter(|key| set(key).is_none()) {
        let kind = kind(key);
        groups.entry(kind.table.name).or_insert_with(|| (kind, Vec::new())).1.push(*key);
    }
    for (kind, keys) in groups.values() {
        let values = keys.iter().map(|key| key_values(key).0).collect();
        asks.push(Ask::many(link.statements(kind.table).load.clone(), values));
    }
    if asks.is_empty() {
        return Ok(Vec::new());
    }
    let mut told = link.round(&asks)?.into_iter().skip(skipped);
    for (key, kind) in sets {
        let rows = decoded(link, kind, &told.next().ok_or(StoreError::Bug)?)?;
        view.keep_set(key, rows);
    }
    let mut free = Vec::new();
    for (kind, keys) in groups.into_values() {
        let rows = decoded(link, kind, &told.next().ok_or(StoreError::Bug)?)?;
        let mut found: BTreeMap<Key, Row> = rows.into_iter().map(|row| (row.key(), row)).collect();
        for key in keys {
            let row = found.remove(&key);
            if tenant_of(&key).is_none() {
                free.extend(row.as_ref().and_then(whose));
            }
            view.keep(key, row);
        }
    }
    Ok(free)
}

/// Whose a row is that is found by a key without a tenant.
fn whose(row: &Row) -> Option<TenantId> {
    match row {
        Row::Attempt(attempt) => Some(attempt.tenant),
        Row::ApiKey(key) => Some(key.tenant),
        // Their keys begin with the tenant.
        Row::Tenant(_)
        | Row::Intent(_)
        | Row::Customer(_)
        | Row::Method(_)
        | Row::Setup(_)
        | Row::SetupAttempt(_)
        | Row::Token(_)
        | Row::Warning(_)
        | Row::Charge(_)
        | Row::Refund(_)
        | Row::Dispute(_)
        | Row::Payout(_)
        | Row::BankAccount(_)
        | Row::BalanceTransaction(_)
        | Row::Balance(_)
        | Row::Transfer(_)
        | Row::Record(_)
        | Row::Event(_)
        | Row::Body(_)
        | Row::Delivery(_)
        | Row::Endpoint(_)
        | Row::Timer(_)
        | Row::Allowance(_)
        | Row::Spend(_) => None,
    }
}

fn decoded(link: &Link, kind: Kind, told: &Told) -> Result<Vec<Row>, StoreError> {
    let rows = told.rows.iter();
    let mut rows = rows
        .map(|row| (kind.decode)(&mut Fields::new(kind.table, Columns::Postgres(row))))
        .collect::<Result<Vec<Row>, _>>()?;
    let transfers = rows.iter().filter_map(Transfer::of).map(|one| (one.tenant, one.number));
    let mut entries = entries(link, &transfers.collect::<Vec<_>>())?;
    for row in &mut rows {
        if let Row::Transfer(transfer) = row {
            let key = (transfer.tenant, transfer.number);
            transfer.entries = entries.remove(&key).unwrap_or_default();
        }
    }
    Ok(rows)
}

/// The entries of transfers, each in its order.
fn entries(
    link: &Link,
    transfers: &[(TenantId, i64)],
) -> Result<BTreeMap<(TenantId, i64), Vec<Entry>>, StoreError> {
    let mut found: BTreeMap<_, Vec<Entry>> = BTreeMap::new();
    if transfers.is_empty() {
        return Ok(found);
    }
    let columns: Vec<String> =
        ENTRIES.columns().map(|column| format!("entries.{column}")).collect();
    let sql = format!(
        "SELECT {} FROM unnest($1::bigint[], $2::bigint[]) AS u(c1, c2) \
         JOIN entries ON entries.tenant = u.c1 AND entries.transfer = u.c2 \
         ORDER BY entries.tenant, entries.transfer, entries.place",
        columns.join(", ")
    );
    let keys = transfers
        .iter()
        .map(|(tenant, number)| vec![Value::Integer(tenant.raw()), Value::Integer(*number)])
        .collect();
    for told in link.round(&[Ask::many(sql, keys)])? {
        for row in &told.rows {
            let mut fields = Fields::new(&ENTRIES, Columns::Postgres(row));
            let tenant = Fields::new(&ENTRIES, Columns::Postgres(row)).tenant()?;
            let (number, entry) = decode_entry(&mut fields)?;
            found.entry((tenant, number)).or_default().push(entry);
        }
    }
    Ok(found)
}

fn decode<T: Stored>(link: &Link, told: &Told) -> Result<Vec<T>, StoreError> {
    let decode = |row| T::decode(&mut Fields::new(T::TABLE, Columns::Postgres(row)));
    let mut rows = told.rows.iter().map(decode).collect::<Result<Vec<T>, _>>()?;
    if T::TABLE.name != "transfers" {
        return Ok(rows);
    }
    let mut keys = Vec::with_capacity(rows.len());
    for row in &mut rows {
        row.complete(&mut |tenant, number| {
            keys.push((tenant, number));
            Ok(Vec::new())
        })?;
    }
    let mut entries = entries(link, &keys)?;
    for row in &mut rows {
        row.complete(&mut |tenant, number| {
            Ok(entries.remove(&(tenant, number)).unwrap_or_default())
        })?;
    }
    Ok(rows)
}

impl Rows for Link {
    fn some<T: Stored>(&self, condition: &str, values: Values) -> Result<Vec<Row>, StoreError> {
        let sql = translated(&format!("{} {condition}", T::TABLE.sql().select));
        let told = self.round(&[Ask::new(sql, values.0)])?.pop().ok_or(StoreError::Bug)?;
        Ok(decode::<T>(self, &told)?.into_iter().map(T::into_row).collect())
    }

    fn lines(&self, sql: &str, values: Values) -> Result<Vec<Vec<Value>>, StoreError> {
        let told = self.round(&[Ask::new(translated(sql), values.0)])?;
        let rows = told.iter().flat_map(|told| &told.rows);
        rows.map(line).collect::<Option<_>>().ok_or(StoreError::Bug)
    }
}

/// Every row of a table, in key order, a stretch at a time: a table of any size fits.
pub(crate) fn each<T: Stored>(
    link: &Link,
    visit: &mut impl FnMut(T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let statements = link.statements(T::TABLE);
    let limit = Value::Integer(i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX));
    let mut ask = Ask::new(statements.first.clone(), vec![limit.clone()]);
    loop {
        let told = link.round(&[ask])?.pop().ok_or(StoreError::Bug)?;
        let rows = decode::<T>(link, &told)?;
        let (count, last) = (rows.len(), rows.last().map(key_of));
        rows.into_iter().try_for_each(&mut *visit)?;
        match last {
            Some(mut after) if count == ROWS_AT_ONCE => {
                after.push(limit.clone());
                ask = Ask::new(statements.next.clone(), after);
            }
            Some(_) | None => return Ok(()),
        }
    }
}

/// A row's key columns.
fn key_of<T: Stored>(row: &T) -> Vec<Value> {
    let table: &Table = T::TABLE;
    let mut values = row.encode().0;
    values.truncate(table.key.len());
    values
}
