//! Timers: what is due at a time of its tenant's clock (decision 14).
//!
//! A timer is a row, written with what will be due and removed by the command that does it. It is a
//! reason to look, never a promise: what it finds changed meanwhile it leaves alone.

use farthing_core::currency::Currency;
use farthing_core::id::{IntentId, PayoutId};
use farthing_core::time::TimestampMs;

use crate::tenant::TenantId;

/// One timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Whose.
    pub tenant: TenantId,
    /// When, by the tenant's clock.
    pub at: TimestampMs,
    /// What.
    pub due: Due,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Due {
    /// The hold of an intent lapses.
    HoldLapses(IntentId),
    /// The payer has not acted on this confirmation of an intent in time.
    ActionLapses(IntentId, u32),
    /// Funds that were pending are available. Before the payout of the same moment.
    Ripens(Currency),
    /// The schedule of this number sends what is available to the bank.
    PaysOut(u32),
    /// A payout goes to the bank.
    PayoutLeaves(PayoutId),
}
