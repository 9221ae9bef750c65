//! What the two SQL engines share: pages, ranges and ledger sheets as statements, keys as columns.
//!
//! The statements are written once, in the words that both understand; places are `?1`, `?2` …, and
//! an index may be named: the PostgreSQL engine writes the former its own way and plans the latter
//! itself. What differs (how rows are looked up, how a batch is written) is in the engines.

pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod page;
#[cfg(test)]
mod plans;
pub(crate) mod quarters;
pub(crate) mod scan;
pub(crate) mod trail;

use farthing_domain::view::Row;
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::row::Stored;
use crate::row::fields::Values;

/// A connection of an engine that speaks SQL, within the snapshot or the commit that is open.
pub(crate) trait Rows {
    /// Rows of a table under a condition, which may begin with `INDEXED BY`.
    fn some<T: Stored>(&self, condition: &str, values: Values) -> Result<Vec<Row>, StoreError>;

    /// The lines that a query answers, where they are no stored rows.
    fn lines(&self, sql: &str, values: Values) -> Result<Vec<Vec<Value>>, StoreError>;
}
