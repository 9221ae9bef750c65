//! Rows as columns: what each table's columns are, and how a row becomes them and comes back.
//!
//! Columns are portable: 64-bit integers, text and bytes. Times are milliseconds, ids twelve bytes,
//! states small numbers that are never changed or reused. What is neither asked for nor constrained
//! sits in one compact column `detail`, null where there is none of it.
//!
//! A table's columns come in three parts: its key; what is written once (an update asserts that it
//! is still the same); what may change.

pub(crate) mod attempt;
pub(crate) mod bank;
pub(crate) mod charge;
pub(crate) mod customer;
pub(crate) mod delivery;
pub(crate) mod detail;
pub(crate) mod dispute;
pub(crate) mod endpoint;
pub(crate) mod event;
pub(crate) mod fields;
pub(crate) mod intent;
pub(crate) mod key;
pub(crate) mod ledger;
pub(crate) mod method;
pub(crate) mod number;
pub(crate) mod payout;
pub(crate) mod record;
pub(crate) mod refund;
pub(crate) mod setup;
pub(crate) mod tenant;
pub(crate) mod timer;
pub(crate) mod token;
pub(crate) mod warning;

use std::fmt::Write as _;
use std::sync::OnceLock;

use farthing_domain::ledger::transfer::Entry;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};

/// Looks up the entries of a transfer.
pub(crate) type EntriesOf<'a> = dyn FnMut(TenantId, i64) -> Result<Vec<Entry>, StoreError> + 'a;

/// A row that has a table.
pub(crate) trait Stored: Clone {
    /// Its table.
    const TABLE: &'static Table;

    /// Its columns' values, in the table's order.
    fn encode(&self) -> Values;

    /// From its columns.
    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError>;

    /// What a row has in a second table.
    fn complete(&mut self, _entries: &mut EntriesOf<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    /// As one of all rows.
    fn into_row(self) -> Row;

    /// Of all rows, if it is of this table.
    fn of(row: &Row) -> Option<&Self>;
}

/// A table: its name and its columns.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) key: &'static [&'static str],
    pub(crate) fixed: &'static [&'static str],
    pub(crate) loose: &'static [&'static str],
    sql: OnceLock<Sql>,
}

/// The statements that every table has.
pub(crate) struct Sql {
    /// `SELECT … FROM …`, to be continued.
    pub(crate) select: String,
    /// The key's columns, for `ORDER BY`.
    pub(crate) order: String,
    /// One row by its key.
    pub(crate) one: String,
    /// A new row.
    pub(crate) insert: String,
    /// A row's changed columns, asserting the unchanged ones.
    pub(crate) update: String,
    /// Without a row, by its key.
    pub(crate) delete: String,
}

impl Table {
    pub(crate) const fn new(
        name: &'static str,
        key: &'static [&'static str],
        fixed: &'static [&'static str],
        loose: &'static [&'static str],
    ) -> Self {
        Self { name, key, fixed, loose, sql: OnceLock::new() }
    }

    /// The name of a column by its place.
    pub(crate) fn column(&self, place: usize) -> &'static str {
        self.columns().nth(place).unwrap_or("?")
    }

    pub(crate) fn sql(&self) -> &Sql {
        self.sql.get_or_init(|| self.write_sql())
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.key.iter().chain(self.fixed).chain(self.loose).copied()
    }

    fn write_sql(&self) -> Sql {
        let name = self.name;
        let columns: Vec<&str> = self.columns().collect();
        let listed = columns.join(", ");
        let numbered: Vec<(usize, &str)> = (1..).zip(self.columns()).collect();
        let places: Vec<String> = numbered.iter().map(|(place, _)| format!("?{place}")).collect();
        let keys = self.key.len();
        let kept = keys.saturating_add(self.fixed.len());
        let by_key = condition(&numbered, keys);
        let as_before = [by_key.clone()]
            .into_iter()
            .chain(numbered.iter().take(kept).skip(keys).map(|(place, column)| {
                format!("{column} IS ?{place}") // It may be null.
            }))
            .collect::<Vec<_>>()
            .join(" AND ");
        let mut sets = String::new();
        for (place, column) in numbered.iter().skip(kept) {
            let comma = if sets.is_empty() { "" } else { ", " };
            write!(sets, "{comma}{column} = ?{place}").expect("writing to a String cannot fail");
        }
        Sql {
            select: format!("SELECT {listed} FROM {name}"),
            order: self.key.join(", "),
            one: format!("SELECT {listed} FROM {name} WHERE {by_key}"),
            insert: format!("INSERT INTO {name} ({listed}) VALUES ({})", places.join(", ")),
            update: format!("UPDATE {name} SET {sets} WHERE {as_before}"),
            delete: format!("DELETE FROM {name} WHERE {by_key}"),
        }
    }
}

/// `a = ?1 AND b = ?2 …`
fn condition(numbered: &[(usize, &str)], count: usize) -> String {
    let parts: Vec<String> =
        numbered.iter().take(count).map(|(place, column)| format!("{column} = ?{place}")).collect();
    parts.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_follow_from_the_columns() {
        let table = Table::new("coins", &["tenant", "id"], &["made"], &["side", "worth"]);
        let sql = table.sql();
        assert_eq!(
            sql.one,
            "SELECT tenant, id, made, side, worth FROM coins WHERE tenant = ?1 AND id = ?2"
        );
        assert_eq!(
            sql.insert,
            "INSERT INTO coins (tenant, id, made, side, worth) VALUES (?1, ?2, ?3, ?4, ?5)"
        );
        assert_eq!(
            sql.update,
            "UPDATE coins SET side = ?4, worth = ?5 WHERE tenant = ?1 AND id = ?2 AND made IS ?3"
        );
        assert_eq!(sql.delete, "DELETE FROM coins WHERE tenant = ?1 AND id = ?2");
    }
}
