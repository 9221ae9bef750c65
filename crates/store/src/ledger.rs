//! Balances at a moment and accounts over a period, for all engines; here the reference engine's,
//! which adds up every entry there is.

use std::collections::BTreeMap;

use farthing_core::currency::Currency;
use farthing_core::time::TimestampMs;
use farthing_domain::ledger::account::Account;
use farthing_domain::ledger::sheet::{Sheet, SheetQuery};
use farthing_domain::ledger::transfer::Transfer;
use farthing_domain::tenant::TenantId;

use crate::error::StoreError;
use crate::memory::Rows;
use crate::row::Stored;
use crate::snapshot::Snapshot;
use crate::sql;

/// Sums by ledger account, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums(pub(crate) BTreeMap<(Account, Currency), i64>);

impl Sums {
    /// One more entry.
    ///
    /// # Errors
    /// [`StoreError::Bug`] past 64 bits, which no balance that was stored can reach.
    pub(crate) fn add(&mut self, to: (Account, Currency), minor: i64) -> Result<(), StoreError> {
        let sum = self.0.entry(to).or_default();
        *sum = sum.checked_add(minor).ok_or(StoreError::Bug)?;
        Ok(())
    }

    pub(crate) fn of(&self, which: (Account, Currency)) -> i64 {
        self.0.get(&which).copied().unwrap_or_default()
    }
}

/// A tenant's balances at the end of a moment; accounts that never moved are not among them.
pub(crate) fn balances_at(
    snapshot: &Snapshot<'_>,
    tenant: TenantId,
    at: TimestampMs,
) -> Result<Sums, StoreError> {
    match snapshot {
        Snapshot::Sqlite(connection) => sql::ledger::balances_at(*connection, tenant, at),
        Snapshot::Postgres(link) => sql::ledger::balances_at(*link, tenant, at),
        Snapshot::Memory(rows) => {
            let mut sums = Sums::default();
            for transfer in transfers(rows, tenant) {
                for entry in &transfer.entries {
                    // What came later makes its account known, as it does where balances are rows.
                    let minor = if transfer.created <= at { entry.amount.minor() } else { 0 };
                    sums.add((entry.account, entry.amount.currency()), minor)?;
                }
            }
            Ok(sums)
        }
    }
}

/// An account over a period.
pub(crate) fn sheet(snapshot: &Snapshot<'_>, asked: &SheetQuery) -> Result<Sheet, StoreError> {
    let rows = match snapshot {
        Snapshot::Sqlite(connection) => return sql::ledger::sheet(*connection, asked),
        Snapshot::Postgres(link) => return sql::ledger::sheet(*link, asked),
        Snapshot::Memory(rows) => rows,
    };
    let own = (asked.account, asked.currency);
    let opening = balances_at(snapshot, asked.tenant, asked.from.plus_ms(-1))?.of(own);
    let closing = balances_at(snapshot, asked.tenant, asked.to)?.of(own);
    let mut within: Vec<&Transfer> = transfers(rows, asked.tenant)
        .filter(|one| asked.from <= one.created && one.created <= asked.to)
        .filter(|one| {
            let mut entries = one.entries.iter();
            entries.any(|entry| (entry.account, entry.amount.currency()) == own)
        })
        .collect();
    within.sort_by_key(|one| (one.created, one.number));
    let place =
        |one: &&Transfer| asked.after.is_some_and(|after| (one.created, one.number) <= after);
    let (passed, rest): (Vec<&Transfer>, Vec<&Transfer>) = within.into_iter().partition(place);
    let moved = |one: &&Transfer| one.moves(asked.account, asked.currency);
    let before = passed.iter().map(moved).fold(opening, i64::saturating_add);
    Ok(Sheet {
        opening,
        closing,
        before,
        has_more: rest.len() > asked.limit,
        transfers: rest.into_iter().take(asked.limit).cloned().collect(),
    })
}

fn transfers(rows: &Rows, tenant: TenantId) -> impl Iterator<Item = &Transfer> {
    rows.each().filter_map(Transfer::of).filter(move |one| one.tenant == tenant)
}
