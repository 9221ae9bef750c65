//! Capturing: begin to take held funds, all at once or in parts.

use farthing_core::money::{ChargeAmountError, Money};
use farthing_core::planted;

use super::cancel::release;
use super::confirm::{attempt, unlocked, wrong_state};
use super::draft::Draft;
use super::update::patched;
use crate::attempt::Call;
use crate::change::Decision;
use crate::charge::{Charge, ChargeState, Rest};
use crate::command::{CaptureIntent, Meta};
use crate::intent::{Intent, IntentState, Verb};
use crate::limits::CAPTURES_PER_CHARGE;
use crate::refusal::{Action, CaptureFault, Refusal};
use crate::view::{Row, View};

pub(super) fn capture(view: &View, meta: &Meta, ask: &CaptureIntent) -> Result<Decision, Refusal> {
    let intent = unlocked(view, meta, ask.id)?;
    let (capturable, received) = match &intent.state {
        IntentState::RequiresCapture { capturable, received } => (*capturable, *received),
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. }
        | IntentState::Processing
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => return Err(not_held(view, intent)),
    };
    let id = intent.latest_charge.expect("an intent with held funds has a charge");
    let charge = view.charge(meta.tenant, id).expect("an intent's charge is on file");
    several(intent, charge, ask.rest)?;
    let amount = amount_of(intent, capturable, ask.amount_minor)?;
    if amount.is_zero() && (received.is_zero() || ask.rest == Rest::Held) {
        let why = CaptureFault::Nothing;
        return Err(Refusal::CaptureRefused { intent: intent.id, why });
    }
    let metadata = patched(&intent.metadata, &ask.metadata)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut intent = Intent { metadata, ..intent.clone() };
    ask.statement_descriptor_suffix.clone().apply(&mut intent.statement_descriptor_suffix);
    if amount.is_zero() {
        return Ok(release(draft, &intent, None));
    }
    // What takes all of it leaves nothing to hold.
    let rest = if amount == capturable { Rest::Released } else { ask.rest };
    let call = Call::Capture { amount, rest, charge: id, of: charge.reference };
    let attempt = attempt(&mut draft, &mut intent, Verb::Capture, call);
    draft.update(Row::Intent(intent));
    Ok(draft.begun(attempt, None))
}

/// Why nothing can be captured: the hold has lapsed, or there is none.
fn not_held(view: &View, intent: &Intent) -> Refusal {
    let charge = intent.latest_charge.and_then(|id| view.charge(intent.tenant, id));
    if charge.is_some_and(|charge| charge.lapsed(intent)) {
        return Refusal::HoldLapsed { intent: intent.id };
    }
    wrong_state(intent, Action::Capture)
}

/// Leaving something for another capture needs a charge that offers it, and a capture after this one.
fn several(intent: &Intent, charge: &Charge, rest: Rest) -> Result<(), Refusal> {
    let why = match rest {
        Rest::Held if !charge.offers.multicapture => CaptureFault::Once,
        Rest::Held if captures(charge).saturating_add(1) >= CAPTURES_PER_CHARGE => {
            CaptureFault::Last
        }
        Rest::Released | Rest::Held => return Ok(()),
    };
    Err(Refusal::CaptureRefused { intent: intent.id, why })
}

fn captures(charge: &Charge) -> u32 {
    match &charge.state {
        ChargeState::Captured { captures, .. } => *captures,
        ChargeState::Held { .. }
        | ChargeState::Pending { .. }
        | ChargeState::Released { .. }
        | ChargeState::Failed { .. } => 0,
    }
}

fn amount_of(intent: &Intent, capturable: Money, asked: Option<i64>) -> Result<Money, Refusal> {
    let Some(minor) = asked.filter(|_| !planted!("capture_all")) else { return Ok(capturable) };
    let asked = Money::new(minor, capturable.currency()).map_err(Refusal::Money)?;
    if !capturable.covers(asked).map_err(Refusal::Money)? && !planted!("capture_above") {
        return Err(Refusal::CaptureAboveHold { intent: intent.id, capturable, asked });
    }
    let quantum = asked.currency().quantum();
    if asked.minor().checked_rem(quantum) == Some(0) {
        Ok(asked)
    } else {
        Err(Refusal::Amount(ChargeAmountError::NotMultiple { quantum }))
    }
}
