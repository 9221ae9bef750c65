//! Payment intents: what the merchant asked to be paid, and how far it has come.

use alloc::string::String;

use farthing_core::id::{AttemptId, ChargeId, CustomerId, IntentId, PaymentMethodId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::method_type::MethodSet;
use crate::network::Decline;
use crate::object::{Metadata, Shipping, Trail};
use crate::tenant::TenantId;

/// One intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Its id.
    pub id: IntentId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it was made.
    pub created: TimestampMs,
    /// How much is asked.
    pub amount: Money,
    /// When funds are taken.
    pub capture: CaptureMethod,
    /// Who may confirm after the holder acted.
    pub confirmation: ConfirmationMethod,
    /// The part of the client secret after `_secret_`: 25 characters.
    pub secret: String,
    /// What is true of it now.
    pub state: IntentState,
    /// The attempt in flight, and what it does.
    pub open: Option<OpenAttempt>,
    /// Who pays, where the merchant said.
    pub customer: Option<CustomerId>,
    /// The card it will be, or was, paid with.
    pub method: Option<PaymentMethodId>,
    /// The newest charge, failed ones included.
    pub latest_charge: Option<ChargeId>,
    /// Confirmations so far.
    pub confirmations: u32,
    /// How methods are chosen.
    pub methods: MethodChoice,
    /// Kinds that it may not be paid with, whatever allows them.
    pub excluded: MethodSet,
    /// What is asked of a card beyond an ordinary payment.
    pub requests: CardRequests,
    /// Tries to raise what is held so far, refused ones included.
    pub increments: u32,
    /// The caller's note.
    pub description: Option<String>,
    /// What it is called in other papers.
    pub references: References,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Where a receipt would go.
    pub receipt_email: Option<String>,
    /// Where the goods go.
    pub shipping: Option<Shipping>,
    /// The card is to be used again.
    pub setup_future_usage: Option<FutureUsage>,
    /// What statements say, where it was given with a raised authorization.
    pub statement_descriptor: Option<String>,
    /// Added to the statement's descriptor.
    pub statement_descriptor_suffix: Option<String>,
    /// The caller's group.
    pub transfer_group: Option<String>,
    /// Its events so far.
    pub trail: Trail,
}

/// What a payment is called in the papers of those who take part. Kept and shown; nobody acts on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// In the customer's.
    pub customer: Option<String>,
    /// In the merchant's.
    pub order: Option<String>,
}

/// The attempt in flight. While there is one, every other command that would change the intent's
/// money or state is told to come back (decision 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAttempt {
    /// Its row.
    pub id: AttemptId,
    /// What it does.
    pub verb: Verb,
}

/// What an attempt does to an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Authorizes.
    Confirm,
    /// Takes held funds.
    Capture,
    /// Releases held funds.
    Cancel,
    /// Gives funds back.
    Refund,
    /// Raises what is held.
    Increment,
}

/// The states of an intent, each with exactly what is true in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// No card, or the last one was refused.
    RequiresPaymentMethod {
        /// The last refusal.
        last_error: Option<PaymentError>,
    },
    /// A card, but nobody has said go; or an attempt is in flight.
    RequiresConfirmation,
    /// The holder must authenticate.
    RequiresAction {
        /// Where to send the holder afterwards, if the caller said.
        return_url: Option<String>,
        /// Until when they can act, where that is limited.
        expires_at: Option<TimestampMs>,
    },
    /// The outcome of an attempt is not known yet, or the funds are on their way for days.
    Processing,
    /// Funds are held.
    RequiresCapture {
        /// How much can be taken.
        capturable: Money,
        /// How much was taken so far; nothing, unless the charge can be captured several times.
        received: Money,
    },
    /// Paid. Terminal.
    Succeeded {
        /// How much was taken.
        received: Money,
    },
    /// Given up. Terminal.
    Canceled {
        /// When.
        at: TimestampMs,
        /// Why.
        reason: Option<CancelReason>,
    },
}

impl IntentState {
    /// The wire's `status`.
    pub fn wire(&self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod { .. } => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction { .. } => "requires_action",
            Self::Processing => "processing",
            Self::RequiresCapture { .. } => "requires_capture",
            Self::Succeeded { .. } => "succeeded",
            Self::Canceled { .. } => "canceled",
        }
    }

    /// Nothing but refunds and notes can follow.
    pub fn terminal(&self) -> bool {
        match self {
            Self::Succeeded { .. } | Self::Canceled { .. } => true,
            Self::RequiresPaymentMethod { .. }
            | Self::RequiresConfirmation
            | Self::RequiresAction { .. }
            | Self::Processing
            | Self::RequiresCapture { .. } => false,
        }
    }
}

/// Why the last attempt was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentError {
    /// The network's word.
    pub decline: Decline,
    /// The failed charge, where the network was asked for funds.
    pub charge: Option<ChargeId>,
    /// The card that was refused.
    pub method: PaymentMethodId,
}

/// When funds are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureMethod {
    /// At once; the reply waits for the books.
    Automatic,
    /// At once; the balance transaction shows up a moment later. The wire's default.
    AutomaticAsync,
    /// When the merchant says so.
    Manual,
}

/// Who may confirm after the holder acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationMethod {
    /// The backend goes on by itself.
    Automatic,
    /// The merchant's server confirms once more.
    Manual,
}

/// How payment methods are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodChoice {
    /// By the backend, redirects allowed or not.
    Automatic {
        /// Methods that leave the page may be used.
        redirects: bool,
    },
    /// The caller named them.
    Listed(MethodSet),
}

/// What is asked of a card beyond an ordinary payment. Each is had only where the network has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CardRequests {
    /// To hold funds for longer.
    pub extended: Option<Wish>,
    /// To raise what is held later.
    pub incremental: Option<Wish>,
    /// To take what is held in several parts.
    pub multicapture: Option<Wish>,
    /// To take more than is held.
    pub overcapture: Option<Wish>,
    /// To have the holder authenticate.
    pub three_d_secure: ThreeDSecure,
}

/// When the holder is asked to authenticate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThreeDSecure {
    /// Where the issuer wants it.
    #[default]
    Automatic,
    /// Wherever the card can.
    Any,
    /// Wherever the card can, and by a challenge.
    Challenge,
}

impl ThreeDSecure {
    /// The wire's word.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Any => "any",
            Self::Challenge => "challenge",
        }
    }
}

/// Whether something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Where it can be had.
    IfAvailable,
    /// Not even then.
    Never,
}

impl Wish {
    /// The wire's word.
    pub fn wire(self) -> &'static str {
        match self {
            Self::IfAvailable => "if_available",
            Self::Never => "never",
        }
    }
}

/// The card is to be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FutureUsage {
    /// With the holder there.
    OnSession,
    /// Without.
    OffSession,
}

/// Why an intent was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// Asked for twice.
    Duplicate,
    /// Not the holder's doing.
    Fraudulent,
    /// The customer asked.
    RequestedByCustomer,
    /// The customer went away.
    Abandoned,
    /// By the backend: too many confirmations.
    Automatic,
}

impl CancelReason {
    /// The wire's name.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Fraudulent => "fraudulent",
            Self::RequestedByCustomer => "requested_by_customer",
            Self::Abandoned => "abandoned",
            Self::Automatic => "automatic",
        }
    }
}
