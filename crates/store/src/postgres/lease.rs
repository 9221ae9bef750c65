//! Leases: rows of `settings` whose value is until when, as eight bytes that sort as numbers do, and
//! then who holds it. The database's clock decides, so processes need not agree about the time.

use rusqlite::types::Value;

use crate::error::StoreError;
use crate::postgres::link::{Ask, Link};
use crate::postgres::values::line;
use crate::store::Lease;

/// Milliseconds by the database's clock.
const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
/// A lease that ran out so long ago is forgotten: most are of processes that will not come back.
const FORGOTTEN_MS: i64 = 60_000;

/// Takes or keeps a lease, if nobody else holds it; a negative time gives it up.
pub(crate) fn lease(
    link: &Link,
    name: &str,
    (holder, ms): ([u8; 16], i64),
) -> Result<bool, StoreError> {
    let told = link.round(&[ask(name, holder, ms)])?;
    Ok(told.first().is_some_and(|told| told.count == 1))
}

/// The same for several, and then those of everybody.
pub(crate) fn leases(
    link: &Link,
    holder: [u8; 16],
    asks: &[(String, i64)],
) -> Result<Vec<Lease>, StoreError> {
    let mut asks = asks.to_vec();
    asks.sort(); // Everybody locks in one order.
    let mut round: Vec<Ask> = asks.iter().map(|(name, ms)| ask(name, holder, *ms)).collect();
    round.push(Ask::new(
        format!(
            "DELETE FROM settings WHERE name >= 'lease:' AND name < 'lease;' \
             AND substring(value FROM 1 FOR 8) < int8send({NOW} - $1::bigint)"
        ),
        vec![Value::Integer(FORGOTTEN_MS)],
    ));
    round.push(Ask::new(
        format!(
            "SELECT name, value, {NOW} FROM settings WHERE name >= 'lease:' AND name < 'lease;'"
        ),
        Vec::new(),
    ));
    let told = link.round(&round)?;
    let rows = told.last().map(|told| told.rows.as_slice()).unwrap_or_default();
    rows.iter().map(|row| read(&line(row).ok_or(StoreError::Bug)?)).collect()
}

fn ask(name: &str, holder: [u8; 16], ms: i64) -> Ask {
    let sql = format!(
        "INSERT INTO settings (name, value) \
         SELECT $1::text, int8send({NOW} + $3::bigint) || $2::bytea \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value \
         WHERE substring(settings.value FROM 9) = $2::bytea \
         OR substring(settings.value FROM 1 FOR 8) < int8send({NOW})"
    );
    let values =
        vec![Value::Text(name.to_owned()), Value::Blob(holder.to_vec()), Value::Integer(ms)];
    Ask::new(sql, values)
}

fn read(line: &[Value]) -> Result<Lease, StoreError> {
    let corrupt = StoreError::Corrupt { table: "settings", column: "value" };
    let [Value::Text(name), Value::Blob(value), Value::Integer(now)] = line else {
        return Err(corrupt);
    };
    let Some((until, holder)) = value.split_first_chunk::<8>() else { return Err(corrupt) };
    let holder = <[u8; 16]>::try_from(holder).map_err(|_| corrupt)?;
    let left_ms = i64::from_be_bytes(*until).saturating_sub(*now);
    Ok(Lease { name: name.clone(), holder, left_ms })
}
