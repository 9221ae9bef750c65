//! Values of SQLite, to and from Rust's.

use worker::{Error, Result, SqlStorageValue as Value};

/// A row as the runtime gives it.
pub(super) type Columns = Vec<Value>;

pub(super) fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

pub(super) fn integer(value: i64) -> Value {
    Value::Integer(value)
}

pub(super) fn maybe(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Integer)
}

pub(super) fn whole(row: &[Value], column: usize) -> Result<i64> {
    match row.get(column) {
        Some(Value::Integer(value)) => Ok(*value),
        _ => Err(corrupt(column)),
    }
}

/// A number that may be absent.
pub(super) fn maybe_whole(row: &[Value], column: usize) -> Result<Option<i64>> {
    match row.get(column) {
        Some(Value::Null) => Ok(None),
        _ => whole(row, column).map(Some),
    }
}

pub(super) fn count(row: &[Value], column: usize) -> Result<u64> {
    u64::try_from(whole(row, column)?).map_err(|_| corrupt(column))
}

pub(super) fn string(row: &[Value], column: usize) -> Result<String> {
    match row.get(column) {
        Some(Value::String(value)) => Ok(value.clone()),
        _ => Err(corrupt(column)),
    }
}

pub(super) fn maybe_string(row: &[Value], column: usize) -> Result<Option<String>> {
    match row.get(column) {
        Some(Value::Null) => Ok(None),
        _ => string(row, column).map(Some),
    }
}

pub(super) fn maybe_bytes(row: &[Value], column: usize) -> Result<Option<Vec<u8>>> {
    match row.get(column) {
        Some(Value::Null) => Ok(None),
        Some(Value::Blob(value)) => Ok(Some(value.clone())),
        _ => Err(corrupt(column)),
    }
}

pub(super) fn corrupt(column: usize) -> Error {
    Error::RustError(format!("the shard holds something unexpected in column {column}"))
}
