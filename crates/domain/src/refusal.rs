//! Every way the domain says no. A refusal is the caller's news: it changes nothing.

mod fault;

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{
    AttemptId, ChargeId, CustomerId, DisputeId, IntentId, PaymentMethodId, PayoutId, SetupIntentId,
    TokenId,
};
use farthing_core::money::{ChargeAmountError, Money, MoneyError};
use farthing_core::time::TimestampMs;

use crate::key::CapBreach;
use crate::method_type::{MethodType, Unfit};
use crate::network::Decline;
use crate::object::ObjectRef;
use crate::payout::Irreversible;

pub use fault::{CaptureFault, IncrementFault};

/// Why a command was refused. Fields, never text; the server chooses status, words and param.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The key is in use by a request that has no final answer yet.
    KeyInUse {
        /// Its attempt, for whoever wants to hurry the look-up.
        attempt: AttemptId,
    },
    /// The key was used with another request.
    KeyReused {
        /// Top-level parameters that differ; empty if method or path do.
        differing: Vec<String>,
    },
    /// No such object for this tenant.
    Missing {
        /// Which was asked for.
        what: ObjectRef,
        /// Where it was named.
        named: Named,
    },
    /// Another attempt of this intent is in flight; come back.
    Locked {
        /// Which intent.
        intent: IntentId,
    },
    /// The intent's state does not allow it.
    IntentState {
        /// Which intent.
        intent: IntentId,
        /// What was asked.
        action: Action,
        /// The state's wire name.
        state: &'static str,
    },
    /// What was held has lapsed, so nothing can be taken of it.
    HoldLapsed {
        /// Which intent.
        intent: IntentId,
    },
    /// The answer is to a challenge that another one has taken the place of.
    ChallengeReplaced {
        /// Which intent.
        intent: IntentId,
    },
    /// Confirming without a card.
    MethodMissing {
        /// Which intent; none when it would have been created by the same command.
        intent: Option<IntentId>,
        /// Its customer, if it has one.
        customer: Option<CustomerId>,
    },
    /// The card is a customer's, and no customer was named.
    CustomerMissing {
        /// For which intent; none when it would have been created by the same command.
        intent: Option<IntentId>,
        /// Which card.
        method: PaymentMethodId,
    },
    /// The card is another customer's.
    MethodForeign {
        /// For which intent; none when it would have been created by the same command.
        intent: Option<IntentId>,
        /// Which card.
        method: PaymentMethodId,
    },
    /// The card was used without a customer, or detached from one.
    MethodSpent {
        /// For which intent, if for one.
        intent: Option<IntentId>,
        /// Which card.
        method: PaymentMethodId,
    },
    /// The card is another customer's already.
    MethodAttached {
        /// Which card.
        method: PaymentMethodId,
    },
    /// The card is no customer's.
    MethodUnattached {
        /// Which card.
        method: PaymentMethodId,
    },
    /// The token has become a payment method already.
    TokenUsed {
        /// Which.
        token: TokenId,
    },
    /// Another attempt of this set-up intent is in flight; come back.
    SetupLocked {
        /// Which set-up intent.
        setup: SetupIntentId,
    },
    /// The set-up intent's state does not allow it.
    SetupState {
        /// Which set-up intent.
        setup: SetupIntentId,
        /// What was asked.
        action: SetupAction,
        /// The state's wire name.
        state: &'static str,
    },
    /// Confirming a set-up without a card.
    SetupMethodMissing {
        /// Which set-up intent; none when it would have been created by the same command.
        setup: Option<SetupIntentId>,
    },
    /// Nothing about this intent is verified by small deposits.
    NoMicrodeposits {
        /// Which set-up intent.
        setup: SetupIntentId,
    },
    /// A customer's own card must be attached to it.
    DefaultUnattached {
        /// Which card.
        method: PaymentMethodId,
    },
    /// A payment cannot be made, or taken back, with this kind of method.
    MethodUnfit {
        /// Which kind.
        kind: MethodType,
        /// Why not.
        why: Unfit,
    },
    /// The network does not take the card.
    CardRefused(Decline),
    /// The amount is not chargeable.
    Amount(ChargeAmountError),
    /// More than can be captured.
    CaptureAboveHold {
        /// Which intent.
        intent: IntentId,
        /// How much is held.
        capturable: Money,
        /// How much was asked.
        asked: Money,
    },
    /// It cannot be captured so.
    CaptureRefused {
        /// Which intent.
        intent: IntentId,
        /// Why not.
        why: CaptureFault,
    },
    /// What is held cannot be raised so.
    IncrementRefused {
        /// Which intent.
        intent: IntentId,
        /// Why not.
        why: IncrementFault,
    },
    /// The charge holds funds but has not taken them.
    RefundUncaptured {
        /// Which charge.
        charge: ChargeId,
    },
    /// Nothing was ever taken.
    RefundWithoutCharge {
        /// Which intent.
        intent: IntentId,
    },
    /// Nothing is left.
    AlreadyRefunded {
        /// Which charge.
        charge: ChargeId,
    },
    /// More than is left.
    RefundAboveLeft {
        /// How much was asked.
        asked: Money,
        /// How much is left.
        left: Money,
    },
    /// A field of the charge that is given once has been given.
    ChargeFixed {
        /// Which charge.
        charge: ChargeId,
        /// Which field.
        field: &'static str,
    },
    /// The funds were taken back from the merchant by a chargeback.
    ChargeDisputed {
        /// Which charge.
        charge: ChargeId,
    },
    /// The dispute is over.
    DisputeClosed {
        /// Which.
        dispute: DisputeId,
    },
    /// More evidence than one dispute may have.
    EvidenceLong {
        /// How many characters it would be.
        chars: usize,
    },
    /// More than can be paid out.
    BalanceInsufficient {
        /// How much was asked.
        asked: Money,
    },
    /// There is no bank account in this currency.
    BankAccountMissing {
        /// Which currency.
        currency: Currency,
    },
    /// The bank account is kept in another currency.
    BankAccountCurrency {
        /// Which currency.
        kept_in: Currency,
    },
    /// The tenant has all the bank accounts it may have.
    BankAccountsFull,
    /// The bank account is the default of its currency, and there are others.
    BankAccountDefault,
    /// The payout's state does not allow it to be canceled.
    PayoutNotCancelable {
        /// Which.
        payout: PayoutId,
        /// Whether it was made by the schedule.
        automatic: bool,
        /// Its state's wire name.
        state: &'static str,
    },
    /// The payout cannot be reversed.
    PayoutNotReversible {
        /// Which.
        payout: PayoutId,
        /// Why.
        why: Irreversible,
    },
    /// Too many metadata pairs after the change.
    MetadataFull,
    /// The tenant has all the endpoints it may have.
    EndpointsFull,
    /// The endpoint is not delivered to.
    EndpointDisabled,
    /// The number of a merchant is taken.
    MerchantExists,
    /// There is no merchant of this number.
    MerchantMissing,
    /// More quotes than one merchant may have.
    QuotesFull {
        /// How many there would be.
        count: usize,
    },
    /// There is no such API key.
    KeyMissing,
    /// The API key has ended already.
    KeyEnded,
    /// The tenant has all the API keys it may have.
    KeysFull,
    /// Only restricted keys have scopes and caps.
    KeyNotRestricted,
    /// A restricted key that would open nothing.
    KeyWithoutScopes,
    /// The key that asks may not spend as much.
    KeyCap(CapBreach),
    /// Only publishable keys are used from pages.
    KeyNotForPages,
    /// More origins than one key may have.
    OriginsFull {
        /// How many were asked for.
        count: usize,
    },
    /// The origins of all of a merchant's publishable keys of one mode are too long together.
    OriginsLong {
        /// How many bytes they would be.
        bytes: usize,
    },
    /// In live mode no page may hold card numbers.
    ScriptsInLiveMode,
    /// A test clock in live mode.
    ClockInLiveMode,
    /// A clock only goes forward.
    ClockBackward {
        /// What it shows.
        now: TimestampMs,
    },
    /// Further ahead of wall time than [`CLOCK_OFFSET_MAX_MS`](crate::limits::CLOCK_OFFSET_MAX_MS).
    ClockTooFar,
    /// Arithmetic out of range, or two currencies.
    Money(MoneyError),
}

/// What was asked of an intent in the wrong state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Confirm it.
    Confirm,
    /// Capture it.
    Capture,
    /// Hold more for it.
    Increment,
    /// Cancel it.
    Cancel,
    /// Change its amount.
    UpdateAmount,
    /// Change its card or how it is captured.
    UpdateMethod,
    /// Answer its challenge.
    AnswerChallenge,
}

/// What was asked of a set-up intent in the wrong state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupAction {
    /// Confirm it.
    Confirm,
    /// Cancel it.
    Cancel,
    /// Change its card or its customer.
    Update,
    /// Answer its challenge.
    AnswerChallenge,
}

/// Where a missing object was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// In the path.
    Path,
    /// In the body or query, under this parameter.
    Param(&'static str),
}

impl Refusal {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyInUse { .. } => "key_in_use",
            Self::KeyReused { .. } => "key_reused",
            Self::Missing { .. } => "missing",
            Self::Locked { .. } => "locked",
            Self::IntentState { .. } => "intent_state",
            Self::HoldLapsed { .. } => "hold_lapsed",
            Self::ChallengeReplaced { .. } => "challenge_replaced",
            Self::MethodMissing { .. } => "method_missing",
            Self::CustomerMissing { .. } => "customer_missing",
            Self::MethodForeign { .. } => "method_foreign",
            Self::MethodSpent { .. } => "method_spent",
            Self::MethodAttached { .. } => "method_attached",
            Self::MethodUnattached { .. } => "method_unattached",
            Self::TokenUsed { .. } => "token_used",
            Self::SetupLocked { .. } => "setup_locked",
            Self::SetupState { .. } => "setup_state",
            Self::SetupMethodMissing { .. } => "setup_method_missing",
            Self::NoMicrodeposits { .. } => "no_microdeposits",
            Self::DefaultUnattached { .. } => "default_unattached",
            Self::MethodUnfit { .. } => "method_unfit",
            Self::CardRefused(_) => "card_refused",
            Self::Amount(_) => "amount",
            Self::CaptureAboveHold { .. } => "capture_above_hold",
            Self::CaptureRefused { why, .. } => why.code(),
            Self::IncrementRefused { why, .. } => why.code(),
            Self::RefundUncaptured { .. } => "refund_uncaptured",
            Self::RefundWithoutCharge { .. } => "refund_without_charge",
            Self::AlreadyRefunded { .. } => "already_refunded",
            Self::RefundAboveLeft { .. } => "refund_above_left",
            Self::ChargeFixed { .. } => "charge_fixed",
            Self::ChargeDisputed { .. } => "charge_disputed",
            Self::DisputeClosed { .. } => "dispute_closed",
            Self::EvidenceLong { .. } => "evidence_long",
            Self::BalanceInsufficient { .. } => "balance_insufficient",
            Self::BankAccountMissing { .. } => "bank_account_missing",
            Self::BankAccountCurrency { .. } => "bank_account_currency",
            Self::BankAccountsFull => "bank_accounts_full",
            Self::BankAccountDefault => "bank_account_default",
            Self::PayoutNotCancelable { .. } => "payout_not_cancelable",
            Self::PayoutNotReversible { .. } => "payout_not_reversible",
            Self::MetadataFull => "metadata_full",
            Self::EndpointsFull => "endpoints_full",
            Self::EndpointDisabled => "endpoint_disabled",
            Self::MerchantExists => "merchant_exists",
            Self::MerchantMissing => "merchant_missing",
            Self::QuotesFull { .. } => "quotes_full",
            Self::KeyMissing => "key_missing",
            Self::KeyEnded => "key_ended",
            Self::KeysFull => "keys_full",
            Self::KeyNotRestricted => "key_not_restricted",
            Self::KeyWithoutScopes => "key_without_scopes",
            Self::KeyCap(_) => "key_cap",
            Self::KeyNotForPages => "key_not_for_pages",
            Self::OriginsFull { .. } => "origins_full",
            Self::OriginsLong { .. } => "origins_long",
            Self::ScriptsInLiveMode => "scripts_in_live_mode",
            Self::ClockInLiveMode => "clock_in_live_mode",
            Self::ClockBackward { .. } => "clock_backward",
            Self::ClockTooFar => "clock_too_far",
            Self::Money(_) => "money",
        }
    }

    /// Whether the same command may be accepted later without anybody changing it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::KeyInUse { .. } | Self::Locked { .. } | Self::SetupLocked { .. } => true,
            Self::KeyReused { .. }
            | Self::Missing { .. }
            | Self::IntentState { .. }
            | Self::HoldLapsed { .. }
            | Self::ChallengeReplaced { .. }
            | Self::MethodMissing { .. }
            | Self::CustomerMissing { .. }
            | Self::MethodForeign { .. }
            | Self::MethodSpent { .. }
            | Self::MethodAttached { .. }
            | Self::MethodUnattached { .. }
            | Self::TokenUsed { .. }
            | Self::SetupState { .. }
            | Self::SetupMethodMissing { .. }
            | Self::NoMicrodeposits { .. }
            | Self::DefaultUnattached { .. }
            | Self::MethodUnfit { .. }
            | Self::CardRefused(_)
            | Self::Amount(_)
            | Self::CaptureAboveHold { .. }
            | Self::CaptureRefused { .. }
            | Self::IncrementRefused { .. }
            | Self::RefundUncaptured { .. }
            | Self::RefundWithoutCharge { .. }
            | Self::AlreadyRefunded { .. }
            | Self::RefundAboveLeft { .. }
            | Self::ChargeFixed { .. }
            | Self::ChargeDisputed { .. }
            | Self::DisputeClosed { .. }
            | Self::EvidenceLong { .. }
            | Self::BalanceInsufficient { .. }
            | Self::BankAccountMissing { .. }
            | Self::BankAccountCurrency { .. }
            | Self::BankAccountsFull
            | Self::BankAccountDefault
            | Self::PayoutNotCancelable { .. }
            | Self::PayoutNotReversible { .. }
            | Self::MetadataFull
            | Self::EndpointsFull
            | Self::EndpointDisabled
            | Self::MerchantExists
            | Self::MerchantMissing
            | Self::QuotesFull { .. }
            | Self::KeyMissing
            | Self::KeyEnded
            | Self::KeysFull
            | Self::KeyNotRestricted
            | Self::KeyWithoutScopes
            | Self::KeyCap(_)
            | Self::KeyNotForPages
            | Self::OriginsFull { .. }
            | Self::OriginsLong { .. }
            | Self::ScriptsInLiveMode
            | Self::ClockInLiveMode
            | Self::ClockBackward { .. }
            | Self::ClockTooFar
            | Self::Money(_) => false,
        }
    }
}
