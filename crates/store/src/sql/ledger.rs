//! Balances at a moment, and accounts over a period.
//!
//! Balances as they are now are rows; at an earlier moment they are summed from the nearer end of
//! the history: from its beginning, or back from now. Transfers are found by their times.

use farthing_core::currency::Currency;
use farthing_core::time::TimestampMs;
use farthing_domain::ledger::account::{Account, Balance};
use farthing_domain::ledger::sheet::{Sheet, SheetQuery};
use farthing_domain::ledger::transfer::Transfer;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::ledger::Sums;
use crate::row::Stored;
use crate::row::fields::Values;
use crate::row::number::Numbered;
use crate::sql::Rows;

/// A tenant's balances at the end of a moment.
pub(crate) fn balances_at(
    from: &impl Rows,
    tenant: TenantId,
    at: TimestampMs,
) -> Result<Sums, StoreError> {
    let from_start = nearer_to_start(from, tenant, at)?;
    let mut sums = Sums::default();
    let condition = "WHERE tenant = ?1 ORDER BY account, currency";
    for row in from.some::<Balance>(condition, Values::default().tenant(tenant))? {
        if let Row::Balance(Balance { account, currency, minor, .. }) = row {
            sums.add((account, currency), if from_start { 0 } else { minor })?;
        }
    }
    let (side, sign) = if from_start { ("<=", 1) } else { (">", -1) };
    let sql = format!(
        "SELECT account, currency, CAST(sum(minor) AS bigint) \
         FROM transfers INDEXED BY transfers_created JOIN entries ON entries.tenant = transfers.tenant AND transfer = number \
         WHERE transfers.tenant = ?1 AND created {side} ?2 GROUP BY account, currency"
    );
    for line in from.lines(&sql, Values::default().tenant(tenant).time(at))? {
        let corrupt = |column| StoreError::Corrupt { table: "entries", column };
        let [account, currency, minor] = line.as_slice() else { return Err(StoreError::Bug) };
        let account = int(account).and_then(Account::from_number);
        let account = account.ok_or_else(|| corrupt("account"))?;
        let currency = text(currency).and_then(|code| Currency::parse(code).ok());
        let currency = currency.ok_or_else(|| corrupt("currency"))?;
        let minor = int(minor).ok_or_else(|| corrupt("minor"))?;
        sums.add((account, currency), minor.saturating_mul(sign))?;
    }
    Ok(sums)
}

/// Whether fewer transfers are before a moment than after it, as far as their times tell.
fn nearer_to_start(
    from: &impl Rows,
    tenant: TenantId,
    at: TimestampMs,
) -> Result<bool, StoreError> {
    let end = |which: &str| -> Result<Option<i64>, StoreError> {
        let sql = format!("SELECT {which}(created) FROM transfers WHERE tenant = ?1");
        let lines = from.lines(&sql, Values::default().tenant(tenant))?;
        Ok(lines.first().and_then(|line| line.first()).and_then(int))
    };
    let (Some(first), Some(last)) = (end("min")?, end("max")?) else { return Ok(true) };
    Ok(at.ms().saturating_sub(first) < last.saturating_sub(at.ms()))
}

/// An account over a period.
pub(crate) fn sheet(from: &impl Rows, asked: &SheetQuery) -> Result<Sheet, StoreError> {
    let own = (asked.account, asked.currency);
    let opening = balances_at(from, asked.tenant, asked.from.plus_ms(-1))?.of(own);
    let closing = balances_at(from, asked.tenant, asked.to)?.of(own);
    let before = opening.saturating_add(passed(from, asked)?);
    let (time, number) = asked.after.unwrap_or((asked.from, i64::MIN));
    let rows = i64::try_from(asked.limit).unwrap_or(i64::MAX).saturating_add(1);
    let values = touching(asked).time(time).int(number).int(rows);
    let mut transfers: Vec<Transfer> = from
        .some::<Transfer>(
            "INDEXED BY transfers_created WHERE tenant = ?1 AND created >= ?2 AND created <= ?3 \
         AND EXISTS (SELECT 1 FROM entries WHERE entries.tenant = ?1 AND transfer = number \
         AND account = ?4 AND currency = ?5) \
         AND (created, number) > (?6, ?7) ORDER BY created, number LIMIT ?8",
            values,
        )?
        .iter()
        .filter_map(Transfer::of)
        .cloned()
        .collect();
    let has_more = transfers.len() > asked.limit;
    transfers.truncate(asked.limit);
    Ok(Sheet { opening, closing, before, transfers, has_more })
}

/// What moved within the period up to where the page begins.
fn passed(from: &impl Rows, asked: &SheetQuery) -> Result<i64, StoreError> {
    let Some((time, number)) = asked.after else { return Ok(0) };
    let sql = "SELECT CAST(coalesce(sum(minor), 0) AS bigint) FROM transfers INDEXED BY transfers_created \
         JOIN entries ON entries.tenant = transfers.tenant AND transfer = number \
         WHERE transfers.tenant = ?1 AND created >= ?2 AND created <= ?3 \
         AND account = ?4 AND currency = ?5 AND (created, number) <= (?6, ?7)";
    let lines = from.lines(sql, touching(asked).time(time).int(number))?;
    let sum = lines.first().and_then(|line| line.first()).and_then(int);
    sum.ok_or(StoreError::Corrupt { table: "entries", column: "minor" })
}

fn touching(asked: &SheetQuery) -> Values {
    Values::default()
        .tenant(asked.tenant)
        .time(asked.from)
        .time(asked.to)
        .int(Numbered::number(asked.account))
        .text(asked.currency.code())
}

fn int(value: &Value) -> Option<i64> {
    if let Value::Integer(number) = value { Some(*number) } else { None }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}
