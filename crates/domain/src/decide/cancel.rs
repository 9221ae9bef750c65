//! Canceling: at once, or by releasing held funds first.

use super::confirm::{attempt, unlocked, wrong_state};
use super::draft::Draft;
use crate::attempt::Call;
use crate::change::Decision;
use crate::command::{CancelIntent, Meta};
use crate::event::EventKind;
use crate::intent::{Intent, IntentState, Verb};
use crate::object::ObjectRef;
use crate::refusal::{Action, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

pub(super) fn cancel(view: &View, meta: &Meta, ask: &CancelIntent) -> Result<Decision, Refusal> {
    let intent = unlocked(view, meta, ask.id)?;
    match &intent.state {
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. } => Ok(at_once(view, meta, ask, intent)),
        IntentState::RequiresCapture { .. } => Ok(release(view, meta, ask, intent)),
        IntentState::Processing | IntentState::Succeeded { .. } | IntentState::Canceled { .. } => {
            Err(wrong_state(intent, Action::Cancel))
        }
    }
}

fn at_once(view: &View, meta: &Meta, ask: &CancelIntent, intent: &Intent) -> Decision {
    let mut draft = Draft::new(view, meta);
    let state = IntentState::Canceled { at: meta.now, reason: ask.reason };
    let mut intent = Intent { state, ..intent.clone() };
    let object = ObjectRef::Intent(intent.id);
    draft.emit(EventKind::IntentCanceled, object, &mut intent.trail);
    draft.update(Row::Intent(intent));
    draft.finish(Reply::Object(object))
}

fn release(view: &View, meta: &Meta, ask: &CancelIntent, intent: &Intent) -> Decision {
    let id = intent.latest_charge.expect("an intent with held funds has a charge");
    let charge = view.charge(meta.tenant, id).expect("an intent's charge is on file");
    let mut draft = Draft::new(view, meta);
    let mut intent = intent.clone();
    let call = Call::Void { charge: id, of: charge.reference, reason: ask.reason };
    let attempt = attempt(&mut draft, &mut intent, Verb::Cancel, call);
    draft.update(Row::Intent(intent));
    draft.begun(attempt, None)
}
