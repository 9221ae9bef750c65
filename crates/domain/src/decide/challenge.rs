//! The holder comes back from the issuer's challenge.

use super::confirm::{Authorizing, begin, unlocked, wrong_state};
use super::draft::Draft;
use crate::change::Decision;
use crate::command::{AnswerChallenge, Meta};
use crate::event::EventKind;
use crate::intent::{Intent, IntentState, PaymentError};
use crate::method::PaymentMethod;
use crate::network::{Decline, Risk};
use crate::object::ObjectRef;
use crate::refusal::{Action, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

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
    let decline = Decline {
        code: "payment_intent_authentication_failure".into(),
        decline_code: None,
        network_decline_code: None,
        advice_code: None,
        blocked: false,
        risk: Risk::Normal,
    };
    let last_error = Some(PaymentError { decline, charge: None, method: method.id });
    let state = IntentState::RequiresPaymentMethod { last_error };
    let mut intent = Intent { state, method: None, ..intent.clone() };
    let object = ObjectRef::Intent(intent.id);
    draft.emit(EventKind::IntentPaymentFailed, object, &mut intent.trail);
    draft.update(Row::Intent(intent));
    draft.finish(Reply::Object(object))
}
