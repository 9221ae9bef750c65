//! Refunds: funds on their way back.

use farthing_core::id::{
    BalanceTransactionId, ChargeId, CustomerId, IntentId, PaymentMethodId, RefundId,
};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::network::Reference;
use crate::object::{Metadata, Trail};
use crate::tenant::TenantId;

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it was made.
    pub created: TimestampMs,
    /// How much.
    pub amount: Money,
    /// From which charge.
    pub charge: ChargeId,
    /// Of which intent.
    pub intent: IntentId,
    /// Whose payment it was. Copied from the charge when it was made.
    pub customer: Option<CustomerId>,
    /// To which card.
    pub method: PaymentMethodId,
    /// Why.
    pub reason: Option<RefundReason>,
    /// What is true of it now.
    pub state: RefundState,
    /// Our reference at the network.
    pub reference: Reference,
    /// The balance transaction that moved the funds; none while the outcome is unknown.
    pub balance_transaction: Option<BalanceTransactionId>,
    /// How it failed; none unless it did.
    pub failure: Option<Failure>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Its events so far.
    pub trail: Trail,
}

/// The states of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// Its outcome is unknown, or the network has taken it but not finished.
    Pending,
    /// Given back.
    Succeeded,
    /// The network would not; the amount may be refunded again.
    Failed,
}

/// How a refund failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub reason: FailureReason,
    /// The balance transaction that brought the funds back; none if they never moved.
    pub balance_transaction: Option<BalanceTransactionId>,
}

/// Why a refund failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// The issuer, or the network, gives no reason.
    Unknown,
    /// The card was lost or stolen.
    LostOrStolenCard,
    /// The card was replaced or closed.
    ExpiredOrCanceledCard,
}

impl FailureReason {
    /// The wire's `failure_reason`.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::LostOrStolenCard => "lost_or_stolen_card",
            Self::ExpiredOrCanceledCard => "expired_or_canceled_card",
        }
    }
}

/// Why the merchant gives funds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundReason {
    /// Charged twice.
    Duplicate,
    /// Not the holder's doing.
    Fraudulent,
    /// The customer asked.
    RequestedByCustomer,
}
