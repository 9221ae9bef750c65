//! What is asked of intents.

use alloc::boxed::Box;
use alloc::string::String;

use farthing_core::currency::Currency;
use farthing_core::id::{CustomerId, IntentId, PaymentMethodId};
use farthing_core::money::Money;

use crate::attempt::Presence;
use crate::charge::Rest;
use crate::intent::{
    CancelReason, CaptureMethod, CardRequests, ConfirmationMethod, FutureUsage, Intent,
    MethodChoice,
};
use crate::method_type::MethodSet;
use crate::object::{Metadata, Shipping};

use super::{CreateMethod, MetadataPatch, Patch, UseToken};

/// A new intent.
#[derive(Clone, Debug)]
pub struct CreateIntent {
    /// How much.
    pub amount: Money,
    /// When funds are taken.
    pub capture: CaptureMethod,
    /// Who confirms after the holder acted.
    pub confirmation: ConfirmationMethod,
    /// How methods are chosen.
    pub methods: MethodChoice,
    /// What is asked of a card beyond an ordinary payment.
    pub requests: CardRequests,
    /// Who pays.
    pub customer: Option<CustomerId>,
    /// The card.
    pub method: Option<MethodSource>,
    /// Confirm at once.
    pub confirm: Option<Confirm>,
    /// The caller's note.
    pub description: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Where a receipt would go.
    pub receipt_email: Option<String>,
    /// Where the goods go.
    pub shipping: Option<Shipping>,
    /// The card is to be used again.
    pub setup_future_usage: Option<FutureUsage>,
    /// Added to the statement's descriptor.
    pub statement_descriptor_suffix: Option<String>,
    /// The caller's group.
    pub transfer_group: Option<String>,
    /// What else is set.
    pub extras: Extras,
}

/// What may be set on an intent beside what a verb is about.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// Kinds that it may not be paid with, instead of those of before.
    pub excluded: Option<MethodSet>,
    /// What it is called in the customer's papers.
    pub customer_reference: Patch<String>,
    /// What it is called in the merchant's.
    pub order_reference: Patch<String>,
}

impl Extras {
    /// Puts them into effect.
    pub(crate) fn apply(&self, intent: &mut Intent) {
        intent.excluded = self.excluded.unwrap_or(intent.excluded);
        self.customer_reference.clone().apply(&mut intent.references.customer);
        self.order_reference.clone().apply(&mut intent.references.order);
    }
}

/// The card a command names: one on file, or a new one stored in the same commit.
#[derive(Clone, Debug)]
pub enum MethodSource {
    /// On file.
    Stored(PaymentMethodId),
    /// New; stored only if the command is not refused.
    New(Box<CreateMethod>),
    /// What a token becomes; used up only if the command is not refused.
    Token(Box<UseToken>),
}

/// How to confirm.
#[derive(Clone, Debug, Default)]
pub struct Confirm {
    /// Nobody is at the checkout.
    pub off_session: bool,
    /// Where to send the holder after a challenge.
    pub return_url: Option<String>,
    /// Fail rather than wait for the holder.
    pub error_on_requires_action: bool,
    /// The payer has agreed to be debited.
    pub mandate: bool,
}

/// Changes to an intent.
#[derive(Clone, Debug)]
pub struct UpdateIntent {
    /// Which.
    pub id: IntentId,
    /// Another number of minor units, at least 1.
    pub amount_minor: Option<i64>,
    /// Another currency; without an amount the number of minor units stays.
    pub currency: Option<Currency>,
    /// Another customer.
    pub customer: Option<CustomerId>,
    /// Another card.
    pub method: Option<MethodSource>,
    /// Another list of kinds of methods.
    pub types: Option<MethodSet>,
    /// When funds are taken.
    pub capture: Option<CaptureMethod>,
    /// What is asked of a card beyond an ordinary payment.
    pub requests: Option<CardRequests>,
    /// The caller's note.
    pub description: Patch<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
    /// Where a receipt would go.
    pub receipt_email: Patch<String>,
    /// Where the goods go.
    pub shipping: Patch<Shipping>,
    /// The card is to be used again.
    pub setup_future_usage: Patch<FutureUsage>,
    /// Added to the statement's descriptor.
    pub statement_descriptor_suffix: Patch<String>,
    /// The caller's group.
    pub transfer_group: Patch<String>,
    /// What else is set.
    pub extras: Extras,
}

/// Begin to get the money.
#[derive(Clone, Debug)]
pub struct ConfirmIntent {
    /// Of which intent.
    pub id: IntentId,
    /// The card, if another than the intent's.
    pub method: Option<MethodSource>,
    /// Another list of kinds of methods.
    pub types: Option<MethodSet>,
    /// How.
    pub confirm: Confirm,
    /// Set before confirming.
    pub receipt_email: Patch<String>,
    /// Set before confirming.
    pub shipping: Patch<Shipping>,
    /// Set before confirming.
    pub setup_future_usage: Patch<FutureUsage>,
    /// Set before confirming.
    pub capture: Option<CaptureMethod>,
    /// Set before confirming.
    pub requests: Option<CardRequests>,
    /// Set before confirming.
    pub extras: Extras,
}

/// Begin to take held funds.
#[derive(Clone, Debug)]
pub struct CaptureIntent {
    /// Of which intent.
    pub id: IntentId,
    /// Minor units in the intent's currency; all of it when absent. Zero releases what is left after
    /// other captures.
    pub amount_minor: Option<i64>,
    /// What becomes of what is not taken.
    pub rest: Rest,
    /// The end of what statements say, of what is taken from now on.
    pub statement_descriptor_suffix: Patch<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
}

/// Begin to hold more.
#[derive(Clone, Debug)]
pub struct IncrementIntent {
    /// For which intent.
    pub id: IntentId,
    /// The new total, in minor units of the intent's currency.
    pub amount_minor: i64,
    /// The caller's note, from then on.
    pub description: Option<String>,
    /// What statements say, from then on.
    pub statement_descriptor: Option<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
}

/// Give an intent up.
#[derive(Clone, Debug)]
pub struct CancelIntent {
    /// Which.
    pub id: IntentId,
    /// Why.
    pub reason: Option<CancelReason>,
}

/// The holder came back.
#[derive(Clone, Debug)]
pub struct AnswerChallenge {
    /// To which intent.
    pub id: IntentId,
    /// Which of its confirmations the holder was asked about: what
    /// [`Intent::confirmations`](crate::intent::Intent::confirmations) was when the question was shown.
    pub confirmation: u32,
    /// Whether the issuer is satisfied.
    pub passed: bool,
}

/// Whether an attempt's holder is at hand, from the way it was confirmed.
impl Confirm {
    /// As the attempt carries it.
    pub fn presence(&self) -> Presence {
        if self.off_session { Presence::OffSession } else { Presence::OnSession }
    }
}
