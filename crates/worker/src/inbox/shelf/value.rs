//! Values of SQLite, to and from Rust's, and the way there.
//!
//! Straight to the runtime's own `exec`: the values of the crate `worker` are made anew for every
//! column, of whatever kind it turns out to be. Here whoever reads a column says its kind.

use farthing_core::print::Digits;
use worker::js_sys::{Array, Iterator, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};

use crate::host::{Fault, Result, Sql};

/// A value as the runtime takes it.
pub(crate) type Value = JsValue;
/// A row as the runtime gives it.
pub(crate) type Columns = Array;

/// Whole numbers up to here are exact as the runtime's numbers.
const EXACT_MAX: i64 = (1 << 53) - 1;

/// Runs a statement. Its rows come as they are asked for, and it is over when there are no more.
///
/// # Errors
/// The runtime's error.
pub(super) fn run(sql: &Sql, statement: &str, values: Vec<Value>) -> Result<Iterator> {
    let array = Array::new();
    for value in values {
        array.push(&value);
    }
    sql.rows(statement, &array)
}

/// The next row of a statement.
///
/// # Errors
/// The runtime's error.
pub(super) fn next(rows: &Iterator) -> Result<Option<Columns>> {
    let next = rows.next()?;
    Ok(if next.done() { None } else { Some(next.value().unchecked_into()) })
}

/// All rows of a statement.
///
/// # Errors
/// The runtime's error.
pub(crate) fn all(sql: &Sql, statement: &str, values: Vec<Value>) -> Result<Vec<Columns>> {
    let cursor = run(sql, statement, values)?;
    let mut rows = Vec::new();
    while let Some(row) = next(&cursor)? {
        rows.push(row);
    }
    Ok(rows)
}

pub(crate) fn text(value: &str) -> Value {
    Value::from_str(value)
}

pub(super) fn maybe_text(value: Option<&str>) -> Value {
    value.map_or(Value::NULL, text)
}

pub(crate) fn integer(value: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "none of ours is past EXACT_MAX")]
    Value::from_f64(value as f64)
}

pub(super) fn maybe(value: Option<i64>) -> Value {
    value.map_or(Value::NULL, integer)
}

pub(super) fn blob(value: &[u8]) -> Value {
    Uint8Array::from(value).into()
}

pub(super) fn whole(row: &Columns, column: u32) -> Result<i64> {
    let value = row.get(column).as_f64().ok_or_else(|| corrupt(column))?;
    #[expect(clippy::cast_possible_truncation, reason = "what is not exact is refused")]
    let whole = value as i64;
    if (-EXACT_MAX..=EXACT_MAX).contains(&whole) { Ok(whole) } else { Err(corrupt(column)) }
}

/// A number that may be absent.
pub(super) fn maybe_whole(row: &Columns, column: u32) -> Result<Option<i64>> {
    if row.get(column).is_null() { Ok(None) } else { whole(row, column).map(Some) }
}

pub(crate) fn count(row: &Columns, column: u32) -> Result<u64> {
    u64::try_from(whole(row, column)?).map_err(|_| corrupt(column))
}

pub(crate) fn string(row: &Columns, column: u32) -> Result<String> {
    row.get(column).as_string().ok_or_else(|| corrupt(column))
}

pub(super) fn maybe_string(row: &Columns, column: u32) -> Result<Option<String>> {
    let value = row.get(column);
    if value.is_null() {
        Ok(None)
    } else {
        value.as_string().map(Some).ok_or_else(|| corrupt(column))
    }
}

pub(super) fn maybe_bytes(row: &Columns, column: u32) -> Result<Option<Vec<u8>>> {
    let value = row.get(column);
    if value.is_null() {
        Ok(None)
    } else if value.is_object() {
        Ok(Some(Uint8Array::new(&value).to_vec()))
    } else {
        Err(corrupt(column))
    }
}

pub(super) fn corrupt(column: u32) -> Fault {
    let column = Digits::of(column.into());
    Fault::new(&["the shard holds something unexpected in column ", column.as_str()].concat())
}
