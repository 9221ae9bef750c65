//! Events: what happened, immutable, written in the commit that caused it.

use alloc::vec::Vec;

use farthing_core::id::EventId;
use farthing_core::time::TimestampMs;

use crate::command::RequestMark;
use crate::object::ObjectRef;
use crate::tenant::TenantId;

/// A stored body's number within its tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BodyId(pub i64);

/// Bytes that were rendered once and are never rendered again (decision 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Whose.
    pub tenant: TenantId,
    /// Its number.
    pub id: BodyId,
    /// Compact JSON.
    pub bytes: Vec<u8>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it happened.
    pub created: TimestampMs,
    /// What happened.
    pub kind: EventKind,
    /// To which object.
    pub object: ObjectRef,
    /// Its place among that object's events, from 1.
    pub sequence: u32,
    /// The object as it was then.
    pub body: BodyId,
    /// What of the object was otherwise before, where the wire tells.
    pub previous: Option<BodyId>,
    /// The request that caused it; none for what happens by itself.
    pub request: Option<RequestMark>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal $wire:literal),+ $(,)?) => {
        /// What can happen. Numbers are stored: they are never changed or reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind { $($(#[$doc])* $name),+ }

        impl EventKind {
            /// Every kind this release sends.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The wire's `type`.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$name => $wire),+ }
            }

            /// As stored.
            pub fn number(self) -> i64 {
                match self { $(Self::$name => $number),+ }
            }

            /// From a stored column.
            pub fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$name),)+ _ => None }
            }

            /// From the wire's name.
            pub fn parse(wire: &str) -> Option<Self> {
                match wire { $($wire => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// An intent was created.
    IntentCreated = 1 "payment_intent.created",
    /// An intent was paid.
    IntentSucceeded = 2 "payment_intent.succeeded",
    /// An attempt to pay it was refused.
    IntentPaymentFailed = 3 "payment_intent.payment_failed",
    /// The outcome of an attempt is not known yet.
    IntentProcessing = 4 "payment_intent.processing",
    /// The holder must act.
    IntentRequiresAction = 5 "payment_intent.requires_action",
    /// Funds are held and can be captured.
    IntentCapturable = 6 "payment_intent.amount_capturable_updated",
    /// An intent was given up.
    IntentCanceled = 7 "payment_intent.canceled",
    /// The network approved.
    ChargeSucceeded = 8 "charge.succeeded",
    /// The network refused.
    ChargeFailed = 9 "charge.failed",
    /// Held funds were taken.
    ChargeCaptured = 10 "charge.captured",
    /// Funds were given back.
    ChargeRefunded = 11 "charge.refunded",
    /// A charge's own fields changed.
    ChargeUpdated = 12 "charge.updated",
    /// A charge is disputed.
    DisputeCreated = 70 "charge.dispute.created",
    /// What was disputed, and the fee, were taken.
    DisputeFundsWithdrawn = 71 "charge.dispute.funds_withdrawn",
    /// A dispute changed.
    DisputeUpdated = 72 "charge.dispute.updated",
    /// A dispute is over.
    DisputeClosed = 73 "charge.dispute.closed",
    /// What was disputed is the merchant's again.
    DisputeFundsReinstated = 74 "charge.dispute.funds_reinstated",
    /// A refund was made.
    RefundCreated = 13 "refund.created",
    /// A refund changed.
    RefundUpdated = 14 "refund.updated",
    /// A refund could not be made.
    RefundFailed = 15 "refund.failed",
    /// A refund changed, under its older name.
    ChargeRefundUpdated = 16 "charge.refund.updated",
    /// A customer was made.
    CustomerCreated = 60 "customer.created",
    /// A customer was deleted.
    CustomerDeleted = 61 "customer.deleted",
    /// A customer changed.
    CustomerUpdated = 62 "customer.updated",
    /// A method was attached to a customer.
    MethodAttached = 63 "payment_method.attached",
    /// A method was detached from its customer.
    MethodDetached = 64 "payment_method.detached",
    /// A method changed.
    MethodUpdated = 65 "payment_method.updated",
    /// A set-up intent was created.
    SetupCreated = 120 "setup_intent.created",
    /// The holder must act before a card is set up.
    SetupRequiresAction = 121 "setup_intent.requires_action",
    /// A try to set a card up was refused.
    SetupFailed = 122 "setup_intent.setup_failed",
    /// A card is set up.
    SetupSucceeded = 123 "setup_intent.succeeded",
    /// A set-up intent was given up.
    SetupCanceled = 124 "setup_intent.canceled",
    /// An issuer believes a charge to be fraud.
    FraudWarned = 125 "radar.early_fraud_warning.created",
    /// A payout was made.
    PayoutCreated = 80 "payout.created",
    /// A payout changed.
    PayoutUpdated = 81 "payout.updated",
    /// A payout is at the bank.
    PayoutPaid = 82 "payout.paid",
    /// A payout did not get there, or came back.
    PayoutFailed = 83 "payout.failed",
    /// A payout was given up before it left.
    PayoutCanceled = 84 "payout.canceled",
    /// The lines of an automatic payout can be listed.
    PayoutReconciled = 85 "payout.reconciliation_completed",
    /// Funds have become available.
    BalanceAvailable = 89 "balance.available",
    /// The network has taken a charge on and will say whether the funds came.
    ChargePending = 110 "charge.pending",
    /// A hold lapsed before its funds were taken.
    ChargeExpired = 90 "charge.expired",
}
