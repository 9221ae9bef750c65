//! Capturing: begin to take held funds.

use farthing_core::money::{ChargeAmountError, Money};

use super::confirm::{attempt, unlocked, wrong_state};
use super::draft::Draft;
use super::update::patched;
use crate::attempt::Call;
use crate::change::Decision;
use crate::command::{CaptureIntent, Meta};
use crate::intent::{Intent, IntentState, Verb};
use crate::refusal::{Action, Refusal};
use crate::view::{Row, View};

pub(super) fn capture(view: &View, meta: &Meta, ask: &CaptureIntent) -> Result<Decision, Refusal> {
    let intent = unlocked(view, meta, ask.id)?;
    let capturable = match &intent.state {
        IntentState::RequiresCapture { capturable } => *capturable,
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. }
        | IntentState::Processing
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => return Err(wrong_state(intent, Action::Capture)),
    };
    let amount = amount_of(intent, capturable, ask.amount_minor)?;
    let metadata = patched(&intent.metadata, &ask.metadata)?;
    let id = intent.latest_charge.expect("an intent with held funds has a charge");
    let charge = view.charge(meta.tenant, id).expect("an intent's charge is on file");

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut intent = Intent { metadata, ..intent.clone() };
    let call = Call::Capture { amount, charge: id, of: charge.reference };
    let attempt = attempt(&mut draft, &mut intent, Verb::Capture, call);
    draft.update(Row::Intent(intent));
    Ok(draft.begun(attempt, None))
}

fn amount_of(intent: &Intent, capturable: Money, asked: Option<i64>) -> Result<Money, Refusal> {
    let Some(minor) = asked else { return Ok(capturable) };
    let asked = Money::new(minor, capturable.currency()).map_err(Refusal::Money)?;
    if !capturable.covers(asked).map_err(Refusal::Money)? {
        return Err(Refusal::CaptureAboveHold { intent: intent.id, capturable, asked });
    }
    let quantum = asked.currency().quantum();
    if asked.minor().checked_rem(quantum) == Some(0) {
        Ok(asked)
    } else {
        Err(Refusal::Amount(ChargeAmountError::NotMultiple { quantum }))
    }
}
