//! A batch's net effect: for each table one statement of each sort, whatever the batch's size.

use std::collections::BTreeMap;
use std::sync::Arc;

use farthing_domain::decide::batch::{Write, WriteSet};
use farthing_domain::ledger::transfer::Transfer;
use farthing_domain::view::Row;
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::postgres::link::{Ask, Link, TableSql};
use crate::row::Table;
use crate::row::ledger::{ENTRIES, encode_entry};
use crate::sql::keys::{encode, key_values, kind, tenant_of};
use crate::sql::quarters;

/// In this order: what is deleted or changed may make room, under a unique index, for what is new.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Delete,
    Update,
    Insert,
}

impl Sort {
    fn of(self, statements: &TableSql) -> Arc<str> {
        match self {
            Self::Delete => Arc::clone(&statements.delete),
            Self::Update => Arc::clone(&statements.update),
            Self::Insert => Arc::clone(&statements.insert),
        }
    }
}

/// Rows to write, by sort and table. Entries come last: what guards them looks at their transfers,
/// and at balances less what came later; so of those, what must be covered comes last, the newest
/// first.
type Groups = BTreeMap<(Sort, bool, &'static str), (&'static Table, Vec<Vec<Value>>)>;

/// Writes all of it, within the commit that is open, in one round.
pub(crate) fn apply(link: &Link, writes: &WriteSet) -> Result<(), StoreError> {
    let mut groups = Groups::new();
    let mut covered: Vec<&Transfer> = Vec::new();
    let mut add = |sort, table: &'static Table, values| {
        let last = table.name == ENTRIES.name;
        groups.entry((sort, last, table.name)).or_insert((table, Vec::new())).1.push(values);
    };
    for (key, write) in writes.iter() {
        match write {
            Write::Insert(row) => {
                let (table, values) = encode(row);
                add(Sort::Insert, table, values.0);
                if let Row::Transfer(transfer) = row {
                    if transfer.needs_cover() {
                        covered.push(transfer);
                    } else {
                        entries_of(transfer, &mut add);
                    }
                }
            }
            Write::Update(row) => {
                let (table, values) = encode(row);
                add(Sort::Update, table, values.0);
            }
            Write::Delete => add(Sort::Delete, kind(key).table, key_values(key).0),
        }
    }
    for transfer in covered.into_iter().rev() {
        entries_of(transfer, &mut add);
    }
    let lock = link.lock(writes.iter().filter_map(|(key, _)| tenant_of(key)));
    let skipped = usize::from(lock.is_some());
    let mut asks: Vec<Ask> = lock.into_iter().collect();
    let mut expected = Vec::with_capacity(groups.len());
    for ((sort, _, name), (table, rows)) in groups {
        expected.push((name, u64::try_from(rows.len()).unwrap_or(u64::MAX)));
        asks.push(Ask::many(sort.of(&link.statements(table)), rows));
    }
    asks.extend(widened(writes));
    if asks.is_empty() {
        return Ok(());
    }
    let told = link.round(&asks)?;
    for ((table, expected), told) in expected.into_iter().zip(told.iter().skip(skipped)) {
        if told.count != expected {
            let changed = told.count;
            tracing::error!(
                table,
                expected,
                changed,
                "a write met other rows than were decided on"
            );
            return Err(StoreError::Bug);
        }
    }
    Ok(())
}

/// The spans of places that the new rows are in.
fn widened(writes: &WriteSet) -> Option<Ask> {
    let sql = "INSERT INTO quarters (tenant, quarter, first, last) \
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) \
               ON CONFLICT (tenant, quarter) DO UPDATE SET \
               first = least(quarters.first, excluded.first), \
               last = greatest(quarters.last, excluded.last)";
    let spans = quarters::spans(writes);
    (!spans.is_empty()).then(|| Ask::many(sql, spans))
}

fn entries_of(transfer: &Transfer, add: &mut impl FnMut(Sort, &'static Table, Vec<Value>)) {
    for (place, entry) in (0_i64..).zip(&transfer.entries) {
        add(Sort::Insert, &ENTRIES, encode_entry(transfer, place, entry).0);
    }
}
