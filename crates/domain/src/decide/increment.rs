//! Raising what is held: ask the holder's bank for more under the authorization that there is.
//!
//! Every try counts, refused ones too. A refusal changes nothing else: what was held before can be
//! captured all the same.

use alloc::boxed::Box;

use farthing_core::money::Money;

use super::book;
use super::confirm::{attempt, unlocked, wrong_state};
use super::draft::Draft;
use super::update::patched;
use crate::attempt::{Attempt, Call};
use crate::change::Decision;
use crate::charge::Charge;
use crate::command::{IncrementIntent, Meta};
use crate::event::EventKind;
use crate::intent::{Intent, IntentState, Verb};
use crate::limits::INCREMENTS_PER_INTENT;
use crate::network::Outcome;
use crate::object::ObjectRef;
use crate::refusal::{Action, IncrementFault, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

pub(super) fn increment(
    view: &View,
    meta: &Meta,
    ask: &IncrementIntent,
) -> Result<Decision, Refusal> {
    let intent = unlocked(view, meta, ask.id)?;
    let received = match &intent.state {
        IntentState::RequiresCapture { received, .. } => *received,
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. }
        | IntentState::Processing
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => return Err(wrong_state(intent, Action::Increment)),
    };
    let id = intent.latest_charge.expect("an intent with held funds has a charge");
    let charge = view.charge(meta.tenant, id).expect("an intent's charge is on file");
    let amount = Money::new(ask.amount_minor, intent.amount.currency()).map_err(Refusal::Money)?;
    may(intent, charge, received, amount)?;
    amount.check_charge().map_err(Refusal::Amount)?;
    let metadata = patched(&intent.metadata, &ask.metadata)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut intent = intent.clone();
    intent.increments = intent.increments.saturating_add(1);
    let call = Call::Increment {
        amount,
        charge: id,
        of: charge.reference,
        description: ask.description.clone(),
        statement_descriptor: ask.statement_descriptor.clone(),
        metadata: (metadata != intent.metadata).then_some(metadata),
    };
    let attempt = attempt(&mut draft, &mut intent, Verb::Increment, call);
    draft.update(Row::Intent(intent));
    Ok(draft.begun(attempt, None))
}

fn may(intent: &Intent, charge: &Charge, received: Money, asked: Money) -> Result<(), Refusal> {
    let held = charge.amount;
    let why = if !charge.offers.incremental {
        IncrementFault::NotOffered
    } else if !received.is_zero() {
        IncrementFault::Captured
    } else if intent.increments >= INCREMENTS_PER_INTENT {
        IncrementFault::Spent
    } else if held.covers(asked).map_err(Refusal::Money)? {
        IncrementFault::NotAbove { held, asked }
    } else {
        return Ok(());
    };
    Err(Refusal::IncrementRefused { intent: intent.id, why })
}

/// The network's answer to a raise.
pub(super) fn incremented(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    (intent, charge): (Intent, Charge),
    outcome: &Outcome,
) -> Reply {
    let id = intent.id;
    let reply = match outcome {
        Outcome::Approved(_) => return raised(draft, attempt, (intent, charge)),
        Outcome::Declined(decline) => Reply::IncrementDeclined(id, Box::new(decline.clone())),
        Outcome::ActionRequired | Outcome::Absent => Reply::NetworkRefused(id),
    };
    draft.update(Row::Intent(intent));
    reply
}

fn raised(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    (mut intent, mut charge): (Intent, Charge),
) -> Reply {
    let Call::Increment { amount, description, statement_descriptor, metadata, .. } = &attempt.call
    else {
        unreachable!("only a raise is settled as one")
    };
    assert_eq!(Some(charge.id), intent.latest_charge, "the charge that holds the funds");
    let more = amount.minus(charge.amount).expect("a raise is of more");
    book::hold(draft, (&charge, more));
    charge.amount = *amount;
    intent.amount = *amount;
    let received = Money::zero(amount.currency());
    intent.state = IntentState::RequiresCapture { capturable: *amount, received };
    if let Some(description) = description {
        intent.description = Some(description.clone());
    }
    if let Some(descriptor) = statement_descriptor {
        intent.statement_descriptor = Some(descriptor.clone());
    }
    if let Some(metadata) = metadata {
        intent.metadata.clone_from(metadata);
    }
    let object = ObjectRef::Intent(intent.id);
    draft.emit(EventKind::IntentCapturable, object, &mut intent.trail);
    draft.update(Row::Charge(charge));
    draft.update(Row::Intent(intent));
    Reply::Object(object)
}
