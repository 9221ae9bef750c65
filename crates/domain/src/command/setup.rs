//! What is asked of set-up intents and of tokens.

use alloc::string::String;

use farthing_core::id::{ChargeId, CustomerId, FraudWarningId, SetupIntentId, TokenId};

use crate::intent::MethodChoice;
use crate::method::Redisplay;
use crate::object::{Billing, Metadata};
use crate::setup::SetupCancelReason;

use super::{MetadataPatch, MethodSource, Patch};

/// A new set-up intent.
#[derive(Clone, Debug)]
pub struct CreateSetup {
    /// Whose card it will be.
    pub customer: Option<CustomerId>,
    /// The card.
    pub method: Option<MethodSource>,
    /// How methods are chosen.
    pub methods: MethodChoice,
    /// Confirm at once.
    pub confirm: Option<SetupConfirm>,
    /// The caller's note.
    pub description: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// How to confirm a set-up intent.
#[derive(Clone, Debug, Default)]
pub struct SetupConfirm {
    /// Where to send the holder after a challenge.
    pub return_url: Option<String>,
}

/// Changes to a set-up intent.
#[derive(Clone, Debug)]
pub struct UpdateSetup {
    /// Which.
    pub id: SetupIntentId,
    /// Another customer.
    pub customer: Option<CustomerId>,
    /// Another card.
    pub method: Option<MethodSource>,
    /// The caller's note.
    pub description: Patch<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
}

/// Begin to ask the network about the card.
#[derive(Clone, Debug)]
pub struct ConfirmSetup {
    /// Of which set-up intent.
    pub id: SetupIntentId,
    /// The card, if another than the set-up intent's.
    pub method: Option<MethodSource>,
    /// How.
    pub confirm: SetupConfirm,
}

/// Give a set-up intent up.
#[derive(Clone, Copy, Debug)]
pub struct CancelSetup {
    /// Which.
    pub id: SetupIntentId,
    /// Why.
    pub reason: Option<SetupCancelReason>,
}

/// The holder came back.
#[derive(Clone, Copy, Debug)]
pub struct AnswerSetup {
    /// To which set-up intent.
    pub id: SetupIntentId,
    /// Which of its confirmations the holder was asked about.
    pub confirmation: u32,
    /// Whether the issuer is satisfied.
    pub passed: bool,
}

/// The payment method that a token becomes.
#[derive(Clone, Debug)]
pub struct UseToken {
    /// Which token.
    pub token: TokenId,
    /// Whom the card belongs to, where the caller says it anew.
    pub billing: Billing,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Whether it may be shown to its customer again.
    pub redisplay: Redisplay,
}

/// An issuer's word that a charge is fraud.
#[derive(Clone, Copy, Debug)]
pub struct WarnOfFraud {
    /// Follows from the news, so that the same news heard twice is one warning.
    pub id: FraudWarningId,
    /// About which charge.
    pub charge: ChargeId,
}
