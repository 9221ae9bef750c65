//! Transfers: two or more entries that sum to zero, and the merchant's view of one.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::BalanceTransactionId;
use farthing_core::money::{Money, SignedMoney};
use farthing_core::time::TimestampMs;

use super::account::Account;
use super::conversion::Ratio;
use crate::object::ObjectRef;
use crate::tenant::TenantId;

/// One movement. Append-only: a mistake is corrected by another transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Whose.
    pub tenant: TenantId,
    /// Its number within the tenant, from 1.
    pub number: i64,
    /// When.
    pub created: TimestampMs,
    /// Why.
    pub reason: Reason,
    /// The charge, refund, dispute or payout it belongs to, or the balance.
    pub source: ObjectRef,
    /// Its entries, at least two.
    pub entries: Vec<Entry>,
    /// Until when what it holds can be taken; of an authorization alone. What is left then goes by a
    /// release.
    pub expires: Option<TimestampMs>,
}

impl Transfer {
    /// Whether it takes out of available, and must leave it at zero or more.
    pub fn needs_cover(&self) -> bool {
        let takes = |entry: &Entry| entry.account == Account::Available && entry.amount.minor() < 0;
        !self.reason.may_overdraw() && self.entries.iter().any(takes)
    }
}

/// One side of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which account.
    pub account: Account,
    /// Positive into it, negative out of it; never zero.
    pub amount: SignedMoney,
}

/// Why funds moved. Numbers are stored: never changed or reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Funds were taken from a card; the fee is in the same transfer.
    Charge,
    /// Funds were given back.
    Refund,
    /// A refund that the network had taken came back.
    RefundFailure,
    /// A chargeback took funds back; its fee is in the same transfer.
    Dispute,
    /// A chargeback was won.
    DisputeReversal,
    /// Pending funds became available. No line: nothing of the merchant's came or went.
    Availability,
    /// Funds are on their way to the merchant's bank.
    Payout,
    /// They are there. No line: the merchant's balance was less already.
    PayoutPaid,
    /// They did not get there, or came back.
    PayoutFailure,
    /// The merchant gave a payout up before it left.
    PayoutCancel,
    /// What had been paid out was taken back from the bank.
    PayoutReversal,
    /// The operator keeps back what was available.
    Reserve,
    /// What was kept back is available again.
    ReserveRelease,
    /// Funds were held, or more of them. No line: they are nobody's but the holder's.
    Authorization,
    /// Held funds were let go: canceled, lapsed, or left by the last capture. No line.
    Release,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Charge,
        Self::Refund,
        Self::RefundFailure,
        Self::Dispute,
        Self::DisputeReversal,
        Self::Availability,
        Self::Payout,
        Self::PayoutPaid,
        Self::PayoutFailure,
        Self::PayoutCancel,
        Self::PayoutReversal,
        Self::Reserve,
        Self::ReserveRelease,
        Self::Authorization,
        Self::Release,
    ];

    /// As stored.
    pub fn number(self) -> i64 {
        match self {
            Self::Charge => 1,
            Self::Refund => 2,
            Self::RefundFailure => 3,
            Self::Dispute => 4,
            Self::DisputeReversal => 5,
            Self::Availability => 10,
            Self::Payout => 11,
            Self::PayoutPaid => 12,
            Self::PayoutFailure => 13,
            Self::PayoutCancel => 14,
            Self::PayoutReversal => 15,
            Self::Reserve => 20,
            Self::ReserveRelease => 21,
            Self::Authorization => 40,
            Self::Release => 41,
        }
    }

    /// From a stored column.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    /// Whether it may take available funds below zero (decision 15 of the design). What the design
    /// names besides, the reversal of a payment and the residue of a failed conversion, does not
    /// happen yet: whoever adds it decides here.
    pub fn may_overdraw(self) -> bool {
        match self {
            // With the fee that is kept on the one, and the other's own.
            Self::Refund | Self::Dispute => true,
            Self::Charge
            | Self::RefundFailure
            | Self::DisputeReversal
            | Self::Availability
            | Self::Payout
            | Self::PayoutPaid
            | Self::PayoutFailure
            | Self::PayoutCancel
            | Self::PayoutReversal
            | Self::Reserve
            | Self::ReserveRelease
            | Self::Authorization
            | Self::Release => false,
        }
    }

    /// Whether the merchant sees a line of it; the others move what is theirs already, or not theirs
    /// any more.
    pub fn has_line(self) -> bool {
        match self {
            Self::Charge
            | Self::Refund
            | Self::RefundFailure
            | Self::Dispute
            | Self::DisputeReversal
            | Self::Payout
            | Self::PayoutFailure
            | Self::PayoutCancel
            | Self::PayoutReversal
            | Self::Reserve
            | Self::ReserveRelease => true,
            Self::Availability | Self::PayoutPaid | Self::Authorization | Self::Release => false,
        }
    }

    /// The wire's `type` of the balance transaction.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::RefundFailure => "refund_failure",
            Self::Dispute | Self::DisputeReversal => "adjustment",
            Self::Payout | Self::PayoutPaid | Self::PayoutReversal => "payout",
            Self::PayoutFailure => "payout_failure",
            Self::PayoutCancel => "payout_cancel",
            Self::Availability => "availability",
            Self::Reserve => "reserve_hold",
            Self::ReserveRelease => "reserve_release",
            Self::Authorization => "authorization",
            Self::Release => "release",
        }
    }

    /// The wire's `reporting_category`.
    pub fn category(self) -> &'static str {
        match self {
            Self::Charge
            | Self::Refund
            | Self::RefundFailure
            | Self::Availability
            | Self::Authorization
            | Self::Release => self.wire(),
            Self::Dispute => "dispute",
            Self::DisputeReversal => "dispute_reversal",
            Self::Reserve | Self::ReserveRelease => "risk_reserved_funds",
            Self::Payout | Self::PayoutPaid => "payout",
            Self::PayoutFailure | Self::PayoutCancel | Self::PayoutReversal => "payout_reversal",
        }
    }
}

/// Which of a source's movements for one reason a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A charge's captures are counted from 0; what moves once is 0.
    Nth(u32),
    /// The source moves funds time and again, as the balance does for the reserve: the transfer tells
    /// them apart.
    OfTransfer,
}

impl Turn {
    /// Of what moves funds once for a reason.
    pub const ONLY: Self = Self::Nth(0);
}

/// The merchant's view of a transfer: one line of their balance's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceTransaction {
    /// Its id.
    pub id: BalanceTransactionId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When.
    pub created: TimestampMs,
    /// Why.
    pub reason: Reason,
    /// The charge, refund, dispute or payout it belongs to, or the balance.
    pub source: ObjectRef,
    /// The transfer it shows.
    pub transfer: i64,
    /// Which of its source's movements for this reason it is. A source moves funds once for a reason
    /// and a turn.
    pub turn: Turn,
    /// Gross: positive in, negative out.
    pub amount: SignedMoney,
    /// At what it was converted; none where it settles in the currency that was paid.
    pub ratio: Option<Ratio>,
    /// Kept of it; net is amount less fee.
    pub fee: Money,
    /// When the net can be paid out.
    pub available_on: TimestampMs,
    /// Shown to the merchant.
    pub description: Option<String>,
}
