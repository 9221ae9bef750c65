//! The holder comes back from the issuer's challenge.

use farthing_core::id::{IntentId, PaymentMethodId};

use super::confirm::{Authorizing, begin, unlocked, wrong_state};
use super::draft::Draft;
use super::fit;
use crate::change::Decision;
use crate::command::{AnswerChallenge, Meta};
use crate::event::EventKind;
use crate::intent::{Intent, IntentState, PaymentError};
use crate::method::PaymentMethod;
use crate::network::Decline;
use crate::object::ObjectRef;
use crate::refusal::{Action, Refusal};
use crate::reply::Reply;
use crate::view::{Key, Row, View};

pub(super) fn answer(view: &View, meta: &Meta, ask: &AnswerChallenge) -> Result<Decision, Refusal> {
    let intent = unlocked(view, meta, ask.id)?;
    match &intent.state {
        IntentState::RequiresAction { .. } => {}
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::Processing
        | IntentState::RequiresCapture { .. }
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => return Err(wrong_state(intent, Action::AnswerChallenge)),
    }
    // Since then the amount or the card may be another one: nobody has agreed to those.
    if ask.confirmation != intent.confirmations {
        return Err(Refusal::ChallengeReplaced { intent: intent.id });
    }
    if fit::outstanding(view, intent).is_some() {
        // A voucher is paid at the network, not here.
        return Err(wrong_state(intent, Action::AnswerChallenge));
    }
    let id = intent.method.expect("an intent that waits for the holder has a card");
    let method = view.method(meta.tenant, id).expect("an intent's card is on file");
    Ok(if ask.passed {
        passed(view, meta, intent, method)
    } else {
        failed(view, meta, intent, method)
    })
}

fn passed(view: &View, meta: &Meta, intent: &Intent, method: &PaymentMethod) -> Decision {
    let mut draft = Draft::new(view, meta);
    let mut intent = intent.clone();
    let authorizing = Authorizing::again(&intent, method.clone());
    let attempt = begin(&mut draft, &mut intent, &authorizing);
    draft.update(Row::Intent(intent));
    draft.begun(attempt, Some(authorizing.method))
}

fn failed(view: &View, meta: &Meta, intent: &Intent, method: &PaymentMethod) -> Decision {
    let mut draft = Draft::new(view, meta);
    let object = ObjectRef::Intent(intent.id);
    let decline = Decline::with_code("payment_intent_authentication_failure");
    refused(&mut draft, intent, (decline, method.id));
    draft.finish(Reply::Object(object))
}

/// The payer did not act in time. While something is in flight the timer stays, and is looked at
/// again; a confirmation that another one has taken the place of is not the timer's any more.
pub(super) fn lapse(
    view: &View,
    meta: &Meta,
    (id, confirmation, timer): (IntentId, u32, Key),
) -> Result<Decision, Refusal> {
    let intent = view.intent(meta.tenant, id).expect("a timer's intent is on file");
    if intent.open.is_some() {
        return Err(Refusal::Locked { intent: id });
    }
    let mut draft = Draft::new(view, meta);
    draft.delete(timer);
    let waits = matches!(intent.state, IntentState::RequiresAction { .. });
    if waits && intent.confirmations == confirmation {
        let method = intent.method.expect("an intent that waits for its payer has a method");
        let decline = Decline::with_code("payment_intent_payment_attempt_expired");
        refused(&mut draft, intent, (decline, method));
    }
    Ok(draft.unkept(Reply::Done))
}

fn refused(draft: &mut Draft<'_>, intent: &Intent, (decline, method): (Decline, PaymentMethodId)) {
    let last_error = Some(PaymentError { decline, charge: None, method });
    let state = IntentState::RequiresPaymentMethod { last_error };
    let mut intent = Intent { state, method: None, ..intent.clone() };
    let object = ObjectRef::Intent(intent.id);
    draft.emit(EventKind::IntentPaymentFailed, object, &mut intent.trail);
    draft.update(Row::Intent(intent));
}
