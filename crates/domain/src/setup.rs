//! Set-up intents: a card that a merchant asked to be able to charge later, and how far that has
//! come. Nothing is charged: the network is asked whether the card is good.

use alloc::string::String;

use farthing_core::id::{AttemptId, CustomerId, PaymentMethodId, SetupAttemptId, SetupIntentId};
use farthing_core::time::TimestampMs;

use crate::intent::MethodChoice;
use crate::network::{Check, Decline};
use crate::object::{Metadata, Trail};
use crate::tenant::TenantId;

/// One set-up intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupIntent {
    /// Its id.
    pub id: SetupIntentId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it was made.
    pub created: TimestampMs,
    /// The part of the client secret after `_secret_`: 25 characters.
    pub secret: String,
    /// What is true of it now.
    pub state: SetupState,
    /// The attempt in flight. While there is one, every other command that would change the state
    /// is told to come back (decision 5).
    pub open: Option<AttemptId>,
    /// Whose card it will be, where the merchant said.
    pub customer: Option<CustomerId>,
    /// The card.
    pub method: Option<PaymentMethodId>,
    /// The newest try, failed ones included.
    pub latest_attempt: Option<SetupAttemptId>,
    /// Confirmations so far.
    pub confirmations: u32,
    /// How methods are chosen.
    pub methods: MethodChoice,
    /// The caller's note.
    pub description: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Its events so far.
    pub trail: Trail,
}

/// The states of a set-up intent, each with exactly what is true in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupState {
    /// No card, or the last one was refused.
    RequiresPaymentMethod {
        /// The last refusal.
        last_error: Option<SetupError>,
    },
    /// A card, but nobody has said go; or an attempt is in flight.
    RequiresConfirmation,
    /// The holder must authenticate.
    RequiresAction {
        /// Where to send the holder afterwards, if the caller said.
        return_url: Option<String>,
    },
    /// The outcome of an attempt is not known yet.
    Processing,
    /// The card is set up. Terminal.
    Succeeded,
    /// Given up. Terminal.
    Canceled {
        /// When.
        at: TimestampMs,
        /// Why.
        reason: Option<SetupCancelReason>,
    },
}

impl SetupState {
    /// The wire's `status`.
    pub fn wire(&self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod { .. } => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction { .. } => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled { .. } => "canceled",
        }
    }

    /// Whether its card can still be chosen, confirmed, or given up.
    pub fn open(&self) -> bool {
        match self {
            Self::RequiresPaymentMethod { .. }
            | Self::RequiresConfirmation
            | Self::RequiresAction { .. } => true,
            Self::Processing | Self::Succeeded | Self::Canceled { .. } => false,
        }
    }
}

/// Why the last try was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupError {
    /// The network's word.
    pub decline: Decline,
    /// The card that was refused.
    pub method: PaymentMethodId,
}

/// Why a set-up intent was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupCancelReason {
    /// The customer went away.
    Abandoned,
    /// Asked for twice.
    Duplicate,
    /// The customer asked.
    RequestedByCustomer,
}

impl SetupCancelReason {
    /// The wire's name.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Abandoned => "abandoned",
            Self::Duplicate => "duplicate",
            Self::RequestedByCustomer => "requested_by_customer",
        }
    }
}

/// One try to set a card up, from the moment the network has said something to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupAttempt {
    /// Its id.
    pub id: SetupAttemptId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When the network answered.
    pub created: TimestampMs,
    /// Of which set-up intent.
    pub setup: SetupIntentId,
    /// Copied from the set-up intent when it was made.
    pub customer: Option<CustomerId>,
    /// With which card.
    pub method: PaymentMethodId,
    /// What became of it.
    pub state: TryState,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TryState {
    /// The holder must authenticate.
    RequiresAction,
    /// The card is set up.
    Succeeded {
        /// The holder authenticated for it.
        authenticated: bool,
        /// What the issuer said of the card's code.
        cvc_check: Check,
        /// What it said of the postal code.
        postal_check: Check,
        /// What it said of the address's first line.
        line1_check: Check,
    },
    /// The card was refused.
    Failed(Decline),
    /// Nobody came back to it.
    Abandoned,
}

impl TryState {
    /// The wire's `status`.
    pub fn wire(&self) -> &'static str {
        match self {
            Self::RequiresAction => "requires_action",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed(_) => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}
