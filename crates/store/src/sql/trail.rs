//! The trail's rows: added, read, and nothing else.

use farthing_core::time::TimestampMs;
use farthing_domain::audit::{Kept, Line};
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::row::fields::Values;
use crate::sql::Rows;

/// Adds a line in the place after the last one. Two writers must not do so at one time.
pub(crate) const ADD: &str = "INSERT INTO audit \
    (place, at, actor, action, request, status, count) \
    SELECT coalesce(max(place), 0) + 1, CAST(?1 AS bigint), CAST(?2 AS text), CAST(?3 AS text), \
    CAST(?4 AS text), CAST(?5 AS bigint), CAST(?6 AS bigint) FROM audit";

/// The values of [`ADD`].
pub(crate) fn values(line: &Line) -> Vec<Value> {
    let Line { at, actor, action, request, status, count } = line;
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
    vec![
        Value::Integer(at.ms()),
        Value::Text(actor.clone()),
        Value::Text(action.clone()),
        request.clone().map_or(Value::Null, Value::Text),
        number(status.map(i64::from)),
        number(*count),
    ]
}

/// Newest first, older than a place.
pub(crate) fn page(
    from: &impl Rows,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Kept>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = Values::default().int(before.unwrap_or(i64::MAX)).int(limit);
    let sql = "SELECT place, at, actor, action, request, status, count FROM audit \
               WHERE place < ?1 ORDER BY place DESC LIMIT ?2";
    from.lines(sql, values)?.into_iter().map(kept).collect()
}

const CORRUPT: StoreError = StoreError::Corrupt { table: "audit", column: "place" };

fn kept(line: Vec<Value>) -> Result<Kept, StoreError> {
    let line = <[Value; 7]>::try_from(line).map_err(|_| CORRUPT)?;
    let [place, at, actor, action, request, status, count] = line;
    let status = number(&status)?.map(u16::try_from).transpose();
    let line = Line {
        at: TimestampMs::from_ms(number(&at)?.ok_or(CORRUPT)?),
        actor: text(actor)?.ok_or(CORRUPT)?,
        action: text(action)?.ok_or(CORRUPT)?,
        request: text(request)?,
        status: status.map_err(|_| CORRUPT)?,
        count: number(&count)?,
    };
    Ok(Kept { place: number(&place)?.ok_or(CORRUPT)?, line })
}

fn number(value: &Value) -> Result<Option<i64>, StoreError> {
    match value {
        Value::Null => Ok(None),
        Value::Integer(number) => Ok(Some(*number)),
        Value::Real(_) | Value::Text(_) | Value::Blob(_) => Err(CORRUPT),
    }
}

fn text(value: Value) -> Result<Option<String>, StoreError> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        Value::Integer(_) | Value::Real(_) | Value::Blob(_) => Err(CORRUPT),
    }
}
