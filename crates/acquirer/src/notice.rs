//! News from the network: what happened there without our asking.

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::call::Reference;

/// One piece of news. Its number is unique, and later news has a higher one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number, from 1; the cursor of the feed.
    pub id: u64,
    /// When it happened at the network.
    pub at: TimestampMs,
    /// What happened.
    pub kind: NoticeKind,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// A refund that was pending is done.
    RefundSucceeded {
        /// The refund.
        refund: Reference,
        /// How much of it.
        amount: Money,
    },
    /// A refund came back; the funds are with the merchant again.
    RefundFailed {
        /// The refund.
        refund: Reference,
        /// How much of it.
        amount: Money,
        /// Why.
        reason: RefundFailure,
    },
    /// The funds of a payment that was on its way came. Nothing that is heard of it later says otherwise.
    PaymentSettled {
        /// The payment.
        payment: Reference,
        /// How much.
        amount: Money,
    },
    /// The funds of a payment that was on its way will not come, whatever the payer does now.
    PaymentFailed {
        /// The payment.
        payment: Reference,
        /// How much it was.
        amount: Money,
        /// Why.
        reason: PaymentFailure,
    },
    /// The holder disputes a charge.
    Disputed {
        /// The reference of the charge's authorization, however its funds were taken.
        authorization: Reference,
        /// How much of it is disputed.
        amount: Money,
        /// Why.
        reason: DisputeReason,
        /// Whether funds moved.
        stage: DisputeStage,
    },
    /// A question about a charge became a chargeback: the funds were taken back.
    DisputeEscalated(DisputeName),
    /// A dispute is over.
    DisputeClosed {
        /// Which.
        dispute: DisputeName,
        /// For whom. What was taken back is the merchant's again if they won.
        won: bool,
    },
    /// A payout is at the bank; of one that takes back, its funds are here.
    PayoutPaid {
        /// The payout.
        payout: Reference,
        /// How much.
        amount: Money,
    },
    /// A payout did not get to the bank, or came back from there.
    PayoutFailed {
        /// The payout.
        payout: Reference,
        /// How much.
        amount: Money,
        /// Why.
        reason: PayoutFailure,
    },
    /// The issuer believes a charge to be fraud; nothing moved.
    FraudWarning {
        /// The reference of the charge's authorization.
        authorization: Reference,
        /// How much was charged.
        amount: Money,
    },
}

/// A dispute as later news names it. The three belong together: the number alone is unique too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisputeName {
    /// The number of the notice that told of it.
    pub number: u64,
    /// When that was.
    pub opened: TimestampMs,
    /// The reference of the charge's authorization.
    pub authorization: Reference,
    /// How much is disputed.
    pub amount: Money,
}

/// Why the funds of a payment did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentFailure {
    /// The payer's bank gives no reason.
    Declined,
    /// Nobody paid in time.
    Expired,
    /// The account is closed.
    AccountClosed,
    /// There is no such account.
    NoAccount,
    /// There is too little in it.
    InsufficientFunds,
    /// Its owner has not allowed it, or not any more.
    NotAuthorized,
    /// Its bank wants its owner to be asked.
    ReferToCustomer,
    /// More than may be taken at once.
    AboveLimit,
    /// More than may be taken in a week.
    AboveWeeklyLimit,
}

impl PaymentFailure {
    /// Every reason there is.
    pub(crate) const ALL: [Self; 9] = [
        Self::Declined,
        Self::Expired,
        Self::AccountClosed,
        Self::NoAccount,
        Self::InsufficientFunds,
        Self::NotAuthorized,
        Self::ReferToCustomer,
        Self::AboveLimit,
        Self::AboveWeeklyLimit,
    ];

    /// The name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Declined => "payment_intent_payment_attempt_failed",
            Self::Expired => "payment_intent_payment_attempt_expired",
            Self::AccountClosed => "account_closed",
            Self::NoAccount => "no_account",
            Self::InsufficientFunds => "insufficient_funds",
            Self::NotAuthorized => "debit_not_authorized",
            Self::ReferToCustomer => "refer_to_customer",
            Self::AboveLimit => "charge_exceeds_source_limit",
            Self::AboveWeeklyLimit => "charge_exceeds_weekly_limit",
        }
    }
}

/// Why a refund came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundFailure {
    /// The issuer gives no reason.
    Unknown,
    /// The card was lost or stolen.
    LostOrStolenCard,
    /// The card was replaced or closed.
    ExpiredOrCanceledCard,
}

impl RefundFailure {
    /// The name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::LostOrStolenCard => "lost_or_stolen_card",
            Self::ExpiredOrCanceledCard => "expired_or_canceled_card",
        }
    }
}

/// Why a payout failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutFailure {
    /// There is no such account.
    NoAccount,
    /// The account was closed.
    AccountClosed,
    /// There is too little in it to be taken back.
    InsufficientFunds,
    /// The bank does not let anybody take from it.
    DebitNotAuthorized,
    /// It is kept in another currency.
    InvalidCurrency,
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

impl DisputeReason {
    /// The name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Fraudulent => "fraudulent",
            Self::ProductNotReceived => "product_not_received",
            Self::DebitNotAuthorized => "debit_not_authorized",
        }
    }

    /// The card networks' own number for it; none for what is no card's.
    pub fn network_reason_code(self) -> Option<&'static str> {
        match self {
            Self::Fraudulent => Some("10.4"),
            Self::ProductNotReceived => Some("13.1"),
            Self::DebitNotAuthorized => None,
        }
    }
}

/// How far a dispute has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeStage {
    /// A question; no funds moved.
    Inquiry,
    /// The funds were taken back.
    Chargeback,
}
