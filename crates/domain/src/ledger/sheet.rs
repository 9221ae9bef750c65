//! A look at one ledger account over a period: what was there before, each movement, what is there
//! after. Opening and movements sum to closing, exactly.

use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::time::TimestampMs;

use super::account::Account;
use super::transfer::Transfer;
use crate::tenant::TenantId;

/// Which account, and which period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetQuery {
    /// Whose.
    pub tenant: TenantId,
    /// Which account.
    pub account: Account,
    /// In which currency.
    pub currency: Currency,
    /// The first moment of the period.
    pub from: TimestampMs,
    /// The last moment of the period.
    pub to: TimestampMs,
    /// Only movements behind this one, in their order: by time, then by number.
    pub after: Option<(TimestampMs, i64)>,
    /// How many movements.
    pub limit: usize,
}

/// An account over a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The balance before the period, in minor units.
    pub opening: i64,
    /// The balance at its end.
    pub closing: i64,
    /// The balance before the first of these movements.
    pub before: i64,
    /// Transfers with an entry in the account, oldest first.
    pub transfers: Vec<Transfer>,
    /// More follow within the period.
    pub has_more: bool,
}

impl Transfer {
    /// What it moves into an account (negative: out of it), in minor units.
    pub fn moves(&self, account: Account, currency: Currency) -> i64 {
        let entries = self.entries.iter();
        let own =
            entries.filter(|entry| entry.account == account && entry.amount.currency() == currency);
        own.fold(0, |sum: i64, entry| sum.saturating_add(entry.amount.minor()))
    }
}
