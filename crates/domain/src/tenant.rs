//! Who owns a row: a merchant in one mode, and the keys that speak for it.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{ApiKeyId, MerchantId};
use farthing_core::origin::Origin;
use farthing_core::time::TimestampMs;

use crate::key::Rights;
use crate::ledger::conversion::{Rate, Ratio};
use crate::limits::AVAILABLE_AFTER_DAYS;

/// A merchant in one mode: the owner of every row. Odd numbers are live, even ones test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(i64);

/// Test and live rows never see each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// No real funds move.
    Test,
    /// Real funds.
    Live,
}

impl TenantId {
    /// The tenant of a merchant's number (1 and up) in a mode.
    pub fn of(merchant: i64, mode: Mode) -> Self {
        let live = match mode {
            Mode::Test => 0,
            Mode::Live => 1,
        };
        Self(merchant.saturating_mul(2).saturating_add(live))
    }

    /// From a stored column.
    pub const fn from_raw(raw: i64) -> Self {
        Self(raw)
    }

    /// As stored.
    pub fn raw(self) -> i64 {
        self.0
    }

    /// The merchant's number.
    pub fn merchant(self) -> i64 {
        self.0 >> 1
    }

    /// The mode its rows live in.
    pub fn mode(self) -> Mode {
        if self.0 & 1 == 1 { Mode::Live } else { Mode::Test }
    }
}

/// One tenant's own row: its counters and its clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its number.
    pub id: TenantId,
    /// The merchant's public account id.
    pub account: MerchantId,
    /// The merchant's display name.
    pub name: String,
    /// When it was opened.
    pub created: TimestampMs,
    /// The place of the next listed object; given in commit order, never reused.
    pub next_seq: i64,
    /// The number of the next ledger transfer.
    pub next_transfer: i64,
    /// The number of the next stored body.
    pub next_body: i64,
    /// What the test clock adds to wall time, in milliseconds, zero or more; always zero in live mode.
    pub clock_offset_ms: i64,
    /// What the platform keeps of each charge.
    pub fee: FeeSchedule,
    /// In which currency charges settle.
    pub settlement: Settlement,
    /// The number of the merchant that may act for this one (`Stripe-Account`), if there is one.
    pub platform: Option<i64>,
    /// One of its keys was made with caps, so that payments look for what they were counted on.
    pub has_caps: bool,
    /// When its funds become available, and when they are paid out.
    pub payouts: PayoutSettings,
}

/// In which currency a tenant's charges settle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The currency that others are converted into; none: every charge settles in its own.
    pub currency: Option<Currency>,
    /// What one of another currency is, in order of currency; at most
    /// [`QUOTES_PER_TENANT`](crate::limits::QUOTES_PER_TENANT). A currency without a quote settles in
    /// itself.
    pub quotes: Vec<(Currency, Ratio)>,
}

impl Settlement {
    /// At what a charge in this currency is converted; none where it is not.
    pub fn rate(&self, of: Currency) -> Option<Rate> {
        let to = self.currency.filter(|to| *to != of)?;
        let quote = self.quotes.iter().find(|(currency, _)| *currency == of)?;
        Some(Rate { to, ratio: quote.1 })
    }
}

/// When a tenant's funds become available and are paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutSettings {
    /// Days until a charge's funds are available: 1 to
    /// [`AVAILABLE_AFTER_DAYS_MAX`](crate::limits::AVAILABLE_AFTER_DAYS_MAX).
    pub delay_days: u32,
    /// When what is available is paid out.
    pub interval: Interval,
    /// Counts the changes of the interval: a timer of an earlier one does nothing.
    pub schedule: u32,
}

impl Default for PayoutSettings {
    /// Available after two days, and paid out when the merchant says so.
    fn default() -> Self {
        Self { delay_days: AVAILABLE_AFTER_DAYS, interval: Interval::Manual, schedule: 0 }
    }
}

/// When what is available is paid out, at the start of a UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// When the merchant says so.
    Manual,
    /// Every day.
    Daily,
    /// On one day of the week, counted from Monday as 0.
    Weekly(u8),
    /// On one day of the month, 1 to 31, or on the last of a month that is too short.
    Monthly(u8),
}

impl Interval {
    /// The first day of it after another, both counted from the epoch; none if it has none.
    pub fn next_after(self, day: i64) -> Option<i64> {
        match self {
            Self::Manual => None,
            Self::Daily => day.checked_add(1),
            // The epoch was a Thursday.
            Self::Weekly(weekday) => days_after(day)
                .find(|day| day.saturating_add(3).rem_euclid(7) == i64::from(weekday)),
            Self::Monthly(of_month) => days_after(day).find(|day| {
                let (own, next) = (day_of_month(*day), day_of_month(day.saturating_add(1)));
                own == of_month || (own < of_month && next == 1)
            }),
        }
    }
}

/// Two months of days: any interval has one of them.
fn days_after(day: i64) -> impl Iterator<Item = i64> {
    (1..=62).map(move |ahead| day.saturating_add(ahead))
}

fn day_of_month(day: i64) -> u8 {
    let month = |day| TimestampMs::start_of_utc_day(day).year_month();
    let own = month(day);
    (1..=31).find(|back| month(day.saturating_sub(i64::from(*back))) != own).unwrap_or(31)
}

/// What is kept of a charge: a share and a fixed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeSchedule {
    /// The share, in hundredths of a percent.
    pub basis_points: u32,
    /// The fixed part, in hundredths of the major unit (30 is 0.30 USD, and 0 JPY after rounding).
    pub fixed_hundredths: u32,
}

impl Default for FeeSchedule {
    /// 2.9 % and 0.30: the published price most integrations were tested with.
    fn default() -> Self {
        Self { basis_points: 290, fixed_hundredths: 30 }
    }
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyClass {
    /// Everything of one tenant.
    Secret,
    /// From a browser: make payment methods, read and confirm one intent by its client secret.
    Publishable,
    /// Opens merchants and keys; owns no payment.
    Operator,
    /// What its scopes allow, of one tenant, and within its caps.
    Restricted,
}

/// A key at rest: its hash and what it speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Keyed hash of the whole key text.
    pub hash: [u8; 32],
    /// What it may do.
    pub class: KeyClass,
    /// Whose it is; an operator's key belongs to tenant zero.
    pub tenant: TenantId,
    /// Its last four characters, to tell keys apart in lists.
    pub hint: String,
    /// When it was made.
    pub created: TimestampMs,
    /// What pages may do with it; all of it empty for other keys than publishable ones.
    pub pages: Pages,
    /// What it may do besides, and until when.
    pub rights: Rights,
    /// When it was last used, as far as that was written down: up to a minute behind.
    pub last_used: Option<TimestampMs>,
}

impl ApiKey {
    /// The name it goes by once its text was shown.
    pub fn id(&self) -> ApiKeyId {
        key_id(self.hash)
    }

    /// The key that this one was rolled from, or its own name: what both spend is counted as one.
    pub fn family(&self) -> ApiKeyId {
        self.rights.family.unwrap_or(self.id())
    }

    /// Whether it opens nothing any more.
    pub fn expired(&self, now: TimestampMs) -> bool {
        self.rights.expires_at.is_some_and(|at| at <= now)
    }
}

/// The name of the key with this hash. The hash is under a secret of the server and the name is a
/// part of it, so neither says anything about the key.
pub fn key_id(hash: [u8; 32]) -> ApiKeyId {
    let mut name = [0; 12];
    name.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    ApiKeyId::from_bytes(name)
}

/// What a publishable key says about the pages that use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Who may embed the card frame and the challenge page; no other site can.
    pub origins: Vec<Origin>,
    /// Card numbers are taken from scripts too, and not from the card frame alone. Never in live
    /// mode: a page that holds card numbers is what the frame is there to prevent.
    pub allow_scripts: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_intervals() {
        // 2026-01-30 was a Friday; February has 28 days.
        let friday = 20_483;
        for (interval, after, next) in [
            (Interval::Manual, 0, None),
            (Interval::Daily, 0, Some(1)),
            (Interval::Weekly(4), 0, Some(7)),
            (Interval::Weekly(5), 0, Some(1)),
            (Interval::Weekly(0), 6, Some(10)),
            (Interval::Monthly(31), 0, Some(1)),
            (Interval::Monthly(31), 1, Some(29)),
            (Interval::Monthly(30), 0, Some(29)),
            (Interval::Monthly(1), 0, Some(2)),
            (Interval::Monthly(1), 2, Some(30)),
        ] {
            let found = interval.next_after(friday + after);
            assert_eq!(found, next.map(|days: i64| friday + days), "{interval:?} after {after}");
        }
    }
}
