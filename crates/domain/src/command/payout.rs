//! What is asked of payouts and bank accounts, and what is heard of payouts.

use alloc::string::String;

use farthing_core::id::{BankAccountId, PayoutId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::bank::BankDetails;
use crate::object::Metadata;
use crate::payout::{PayoutFailure, PayoutMethod};
use crate::tenant::Interval;

/// Send funds to the bank.
#[derive(Clone, Debug)]
pub struct CreatePayout {
    /// How much, at least 1.
    pub amount: Money,
    /// Where to; the default of the currency when absent.
    pub destination: Option<BankAccountId>,
    /// How fast.
    pub method: PayoutMethod,
    /// Out of which funds.
    pub funds: Funds,
    /// The caller's note.
    pub description: Option<String>,
    /// What the bank's statement says.
    pub statement_descriptor: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// Where funds came from. All there are came from payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funds {
    /// From payments.
    Card,
    /// From elsewhere: there never are any.
    Elsewhere,
}

/// Take back what was paid out.
#[derive(Clone, Debug)]
pub struct ReversePayout {
    /// Which.
    pub id: PayoutId,
    /// The caller's own pairs, of the payout that reverses it.
    pub metadata: Metadata,
}

/// What the network said when it was told of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutTold {
    /// It has taken it.
    Taken,
    /// It never will.
    Refused,
}

/// What became of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutNews {
    /// It is at the bank.
    Paid,
    /// It did not get there, or came back.
    Failed(PayoutFailure),
}

/// News of a payout.
#[derive(Clone, Copy, Debug)]
pub struct HearPayout {
    /// Which.
    pub id: PayoutId,
    /// What.
    pub news: PayoutNews,
    /// When it happened at the network, by the tenant's clock.
    pub at: TimestampMs,
}

/// A bank account to be added.
#[derive(Clone, Debug)]
pub struct AddBankAccount {
    /// Given before, because the number is sealed with the id as its context. If it is there
    /// already, nothing is done.
    pub id: BankAccountId,
    /// What is known of it.
    pub details: BankDetails,
    /// Whether it becomes the default of its currency; the first one always does.
    pub make_default: bool,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// Changes to when funds become available and are paid out.
#[derive(Clone, Copy, Debug)]
pub struct UpdatePayoutSettings {
    /// Days until funds of charges from now on are available.
    pub delay_days: Option<u32>,
    /// When what is available is paid out.
    pub interval: Option<Interval>,
}
