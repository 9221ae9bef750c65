//! What is asked of refunds and disputes, and what is heard of them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::{ChargeId, CustomerId, DisputeId, IntentId};
use farthing_core::money::Money;

use crate::charge::UserReport;
use crate::dispute::{DisputeReason, DisputeStage};
use crate::network::Decline;
use crate::object::{Metadata, Shipping};
use crate::refund::{FailureReason, RefundReason};

use super::{MetadataPatch, Patch};

/// What became of a refund after the network had taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundNews {
    /// It is done.
    Succeeded,
    /// It came back: the funds are the merchant's again.
    Failed(FailureReason),
}

/// What became of a charge whose funds were on their way. It is final: a network that has said one
/// never says the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentNews {
    /// The funds came.
    Settled,
    /// They will not come.
    Failed(Decline),
}

/// News that a charge is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenDispute {
    /// Its id, see [`id_of`](crate::dispute::id_of).
    pub id: DisputeId,
    /// Which charge.
    pub charge: ChargeId,
    /// How much of it.
    pub amount: Money,
    /// Why.
    pub reason: DisputeReason,
    /// Whether funds moved.
    pub stage: DisputeStage,
}

/// Change a charge's own fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateCharge {
    /// Which.
    pub id: ChargeId,
    /// Whose payment it was; of a charge that has no customer.
    pub customer: Option<CustomerId>,
    /// The caller's note.
    pub description: Patch<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
    /// Where a receipt would go.
    pub receipt_email: Patch<String>,
    /// What the merchant says of the payer's honesty.
    pub report: Patch<UserReport>,
    /// Where the goods go.
    pub shipping: Patch<Shipping>,
    /// The caller's group; of a charge that has none.
    pub transfer_group: Option<Box<str>>,
}

/// What became of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeNews {
    /// An inquiry became a chargeback.
    Escalated,
    /// It is over, for the merchant.
    Won,
    /// It is over, for the holder.
    Lost,
}

/// Changes to a dispute.
#[derive(Clone, Debug)]
pub struct UpdateDispute {
    /// Which.
    pub id: DisputeId,
    /// Evidence by its name: to set, or with none to remove.
    pub evidence: Vec<(&'static str, Option<String>)>,
    /// Whether to submit; without a word, what was given now or gathered before.
    pub submit: Option<bool>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
}

/// Begin to give funds back.
#[derive(Clone, Debug)]
pub struct CreateRefund {
    /// Of which payment.
    pub of: RefundOf,
    /// Minor units in the charge's currency, at least 1; all that is left when absent.
    pub amount_minor: Option<i64>,
    /// Why.
    pub reason: Option<RefundReason>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// What a refund was asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundOf {
    /// A charge.
    Charge(ChargeId),
    /// An intent's newest charge.
    Intent(IntentId),
}
