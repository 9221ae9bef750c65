//! Disputes: the holder of a card objects to a charge, and the network decides.
//!
//! The network's word is final. What the merchant says is written down first and told to the network
//! afterwards, as often as it takes: [`Dispute::untold`] is what it has still to hear.

use alloc::collections::BTreeMap;
use alloc::string::String;

use farthing_core::id::{BalanceTransactionId, ChargeId, DisputeId, IntentId, PaymentMethodId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::acquirer::Acquirer;
use crate::limits::DISPUTE_DAYS;
use crate::object::{Metadata, Trail};
use crate::tenant::TenantId;

/// One dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Its id; the network's own number is part of it, see [`id_of`].
    pub id: DisputeId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When we heard of it.
    pub created: TimestampMs,
    /// Of which charge.
    pub charge: ChargeId,
    /// Of which intent.
    pub intent: IntentId,
    /// Paid with which card.
    pub method: PaymentMethodId,
    /// How much of the charge.
    pub amount: Money,
    /// Why.
    pub reason: DisputeReason,
    /// What is true of it now.
    pub state: DisputeState,
    /// Until when the merchant may answer.
    pub due_by: TimestampMs,
    /// What the merchant has gathered, submitted or not.
    pub evidence: Evidence,
    /// How often evidence was submitted.
    pub submissions: u32,
    /// What the network has still to be told.
    pub untold: Option<DisputeAnswer>,
    /// The line that took the funds and the fee; none for an inquiry.
    pub withdrawn: Option<BalanceTransactionId>,
    /// The line that brought the funds back.
    pub reinstated: Option<BalanceTransactionId>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Its events so far.
    pub trail: Trail,
}

/// What the merchant has gathered, by the wire's names.
pub type Evidence = BTreeMap<&'static str, String>;

/// The names evidence can have.
pub const EVIDENCE: [&str; 27] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

/// A name of evidence, if it is one.
pub fn evidence_name(text: &str) -> Option<&'static str> {
    EVIDENCE.into_iter().find(|name| *name == text)
}

/// Why a charge is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeReason {
    /// The holder did not make it.
    Fraudulent,
    /// What was paid for did not come.
    ProductNotReceived,
    /// The owner of the account did not allow the debit.
    DebitNotAuthorized,
}

/// How far a dispute has gone when it is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeStage {
    /// A question; no funds moved.
    Inquiry,
    /// The funds were taken back.
    Chargeback,
}

/// The states of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DisputeState {
    /// A question that waits for the merchant.
    InquiryOpen,
    /// A question that was answered.
    InquiryAnswered,
    /// A question that is settled. Terminal.
    InquiryClosed,
    /// The funds were taken back, and the merchant may object.
    Open,
    /// The merchant has objected.
    Answered,
    /// The funds are the merchant's again. Terminal.
    Won,
    /// The holder keeps the funds. Terminal, unless the network changes its mind.
    Lost,
}

impl DisputeState {
    /// The wire's `status`.
    pub fn wire(self) -> &'static str {
        match self {
            Self::InquiryOpen => "warning_needs_response",
            Self::InquiryAnswered => "warning_under_review",
            Self::InquiryClosed => "warning_closed",
            Self::Open => "needs_response",
            Self::Answered => "under_review",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// Nothing more can be said.
    pub fn closed(self) -> bool {
        match self {
            Self::InquiryClosed | Self::Won | Self::Lost => true,
            Self::InquiryOpen | Self::InquiryAnswered | Self::Open | Self::Answered => false,
        }
    }

    /// The merchant has to answer.
    pub fn waits(self) -> bool {
        match self {
            Self::InquiryOpen | Self::Open => true,
            Self::InquiryAnswered
            | Self::InquiryClosed
            | Self::Answered
            | Self::Won
            | Self::Lost => false,
        }
    }

    /// Funds are with the holder.
    pub fn withdrawn(self) -> bool {
        match self {
            Self::Open | Self::Answered | Self::Lost => true,
            Self::InquiryOpen | Self::InquiryAnswered | Self::InquiryClosed | Self::Won => false,
        }
    }

    /// After evidence was submitted.
    pub(crate) fn answered(self) -> Self {
        match self {
            Self::InquiryOpen | Self::InquiryAnswered => Self::InquiryAnswered,
            Self::Open | Self::Answered => Self::Answered,
            Self::InquiryClosed | Self::Won | Self::Lost => self,
        }
    }

    /// After the merchant gave in, or said nothing in time.
    pub(crate) fn given_up(self) -> Self {
        match self {
            Self::InquiryOpen | Self::InquiryAnswered | Self::InquiryClosed => Self::InquiryClosed,
            Self::Open | Self::Answered | Self::Lost => Self::Lost,
            Self::Won => Self::Won,
        }
    }
}

/// What the network has still to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeAnswer {
    /// It is contested.
    Contest,
    /// It is accepted.
    Accept,
}

impl Dispute {
    /// The acquirer that told of it.
    pub fn acquirer(&self) -> Acquirer {
        Acquirer::untag(self.tagged()).0
    }

    /// That acquirer's number for it.
    pub fn number(&self) -> u64 {
        Acquirer::untag(self.tagged()).1
    }

    fn tagged(&self) -> u64 {
        let bytes = self.id.bytes();
        bytes.iter().skip(6).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }
}

/// The id of a dispute that the network told of under this number, [tagged](Acquirer::tag) with who
/// told, at this moment. It follows from both, so that the same news heard twice is the same dispute.
pub fn id_of(opened: TimestampMs, number: u64) -> DisputeId {
    let [_, _, six @ ..] = number.to_be_bytes();
    DisputeId::new(opened, six)
}

/// The last second of the day on which a dispute must have been answered.
pub(crate) fn due_by(now: TimestampMs) -> TimestampMs {
    let day_after = now.utc_day().saturating_add(DISPUTE_DAYS).saturating_add(1);
    TimestampMs::start_of_utc_day(day_after).plus_ms(-1_000)
}
