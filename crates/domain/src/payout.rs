//! Payouts: what is available goes to the merchant's bank.
//!
//! The funds leave available in the commit that makes the payout, so nothing is promised twice. The
//! network is told when the payout leaves, as often as it takes and under one name, so that it is
//! sent once: [`Payout::untold`] is that it has still to hear.

use alloc::string::String;

use farthing_core::id::{BalanceTransactionId, BankAccountId, PayoutId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::network::Reference;
use crate::object::{Metadata, Trail};
use crate::tenant::TenantId;

/// One payout, or the reversal of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Its id.
    pub id: PayoutId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it was made.
    pub created: TimestampMs,
    /// How much; a reversal takes as much back.
    pub amount: Money,
    /// When it is to be at the bank.
    pub arrival: TimestampMs,
    /// Where to.
    pub destination: BankAccountId,
    /// How fast.
    pub method: PayoutMethod,
    /// Made by the schedule, of the funds that became available after this moment.
    pub automatic: Option<TimestampMs>,
    /// The payout that this one reverses.
    pub original: Option<PayoutId>,
    /// The payout that reverses this one.
    pub reversed_by: Option<PayoutId>,
    /// What is true of it now.
    pub state: PayoutState,
    /// The network has still to be told.
    pub untold: bool,
    /// Why it failed.
    pub failure: Option<PayoutFailure>,
    /// The line that took the funds; of a reversal, the one that brought them back.
    pub balance_transaction: Option<BalanceTransactionId>,
    /// The line that returned the funds, if it failed or was canceled.
    pub returned: Option<BalanceTransactionId>,
    /// The caller's note.
    pub description: Option<String>,
    /// What the bank's statement says.
    pub statement_descriptor: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Its events so far.
    pub trail: Trail,
}

/// What is true of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutState {
    /// It has not left.
    Pending,
    /// It is on its way.
    InTransit,
    /// It is at the bank.
    Paid,
    /// It did not get there, or came back.
    Failed,
    /// It was given up before it left.
    Canceled,
}

/// How fast a payout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutMethod {
    /// Within days.
    Standard,
    /// Within the hour.
    Instant,
}

/// Why a payout failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutFailure {
    /// There is no such account.
    NoAccount,
    /// The account was closed.
    AccountClosed,
    /// There is too little in the account to be taken back.
    InsufficientFunds,
    /// The bank does not let anybody take from the account.
    DebitNotAuthorized,
    /// The account is kept in another currency.
    InvalidCurrency,
    /// The network would not take the payout.
    CouldNotProcess,
}

impl Payout {
    /// Its name at the network.
    pub fn reference(&self) -> Reference {
        Reference::of(self.tenant, self.id.bytes())
    }

    /// Whether its funds left available and are neither at the bank nor back.
    pub fn in_transit(&self) -> bool {
        self.original.is_none() && self.state.open()
    }
}

impl PayoutState {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::InTransit, Self::Paid, Self::Failed, Self::Canceled];

    /// The wire's `status`.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Whether it has not ended.
    pub fn open(self) -> bool {
        match self {
            Self::Pending | Self::InTransit => true,
            Self::Paid | Self::Failed | Self::Canceled => false,
        }
    }
}

impl PayoutMethod {
    /// The wire's `method`.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Instant => "instant",
        }
    }
}

impl PayoutFailure {
    /// The wire's `failure_code`.
    pub fn wire(self) -> &'static str {
        match self {
            Self::NoAccount => "no_account",
            Self::AccountClosed => "account_closed",
            Self::InsufficientFunds => "insufficient_funds",
            Self::DebitNotAuthorized => "debit_not_authorized",
            Self::InvalidCurrency => "invalid_currency",
            Self::CouldNotProcess => "could_not_process",
        }
    }
}

/// Why a payout cannot be reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Irreversible {
    /// It is in this state, and not paid.
    State(&'static str),
    /// It was reversed, or is itself a reversal.
    Reversed,
    /// Banks of its country do not let anybody take back.
    Country,
}
