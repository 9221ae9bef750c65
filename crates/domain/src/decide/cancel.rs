//! Canceling: at once, or by releasing held funds first.

use farthing_core::id::IntentId;
use farthing_core::planted;

use super::confirm::{attempt, unlocked, wrong_state};
use super::draft::Draft;
use super::fit;
use crate::attempt::Call;
use crate::change::Decision;
use crate::command::{CancelIntent, Meta};
use crate::event::EventKind;
use crate::intent::{CancelReason, Intent, IntentState, Verb};
use crate::object::ObjectRef;
use crate::refusal::{Action, Refusal};
use crate::reply::Reply;
use crate::view::{Key, Row, View};

pub(super) fn cancel(view: &View, meta: &Meta, ask: &CancelIntent) -> Result<Decision, Refusal> {
    let intent = unlocked(view, meta, ask.id)?;
    match &intent.state {
        // The network must not let the payer pay a voucher of what was given up.
        IntentState::RequiresAction { .. } if fit::outstanding(view, intent).is_some() => {
            Ok(release(Draft::new(view, meta), intent, ask.reason))
        }
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. } => Ok(at_once(view, meta, ask.reason, intent)),
        IntentState::RequiresCapture { .. } if planted!("no_void") => {
            Ok(at_once(view, meta, ask.reason, intent))
        }
        IntentState::RequiresCapture { .. } => {
            Ok(release(Draft::new(view, meta), intent, ask.reason))
        }
        IntentState::Processing | IntentState::Succeeded { .. } | IntentState::Canceled { .. } => {
            Err(wrong_state(intent, Action::Cancel))
        }
    }
}

/// A hold that was not captured in time is released. While something is in flight the timer stays,
/// and is looked at again; what became of the intent meanwhile stands.
pub(super) fn lapse(
    view: &View,
    meta: &Meta,
    (id, timer): (IntentId, Key),
) -> Result<Decision, Refusal> {
    let intent = view.intent(meta.tenant, id).expect("a timer's intent is on file");
    if intent.open.is_some() {
        return Err(Refusal::Locked { intent: id });
    }
    let reason = Some(CancelReason::Automatic);
    let mut draft = Draft::new(view, meta);
    draft.delete(timer);
    match &intent.state {
        IntentState::RequiresCapture { .. } => Ok(release(draft, intent, reason)),
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. }
        | IntentState::Processing
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => Ok(draft.unkept(Reply::Done)),
    }
}

/// Gives up an intent for which nothing is held.
pub(super) fn at_once(
    view: &View,
    meta: &Meta,
    reason: Option<CancelReason>,
    intent: &Intent,
) -> Decision {
    let mut draft = Draft::new(view, meta);
    let state = IntentState::Canceled { at: meta.now, reason };
    let mut intent = Intent { state, ..intent.clone() };
    let object = ObjectRef::Intent(intent.id);
    draft.emit(EventKind::IntentCanceled, object, &mut intent.trail);
    draft.update(Row::Intent(intent));
    draft.finish(Reply::Object(object))
}

/// Begins to release what is held: all of it, or what other captures left.
pub(super) fn release(
    mut draft: Draft<'_>,
    intent: &Intent,
    reason: Option<CancelReason>,
) -> Decision {
    let id = intent.latest_charge.expect("an intent with held funds has a charge");
    let charge = draft.view.charge(intent.tenant, id).expect("an intent's charge is on file");
    let mut intent = intent.clone();
    let call = Call::Void { charge: id, of: charge.reference, reason };
    let attempt = attempt(&mut draft, &mut intent, Verb::Cancel, call);
    draft.update(Row::Intent(intent));
    draft.begun(attempt, None)
}
