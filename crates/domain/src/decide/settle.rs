//! Settling: the network has answered, or is known not to have acted.
//!
//! An attempt is settled once. The second settle of one attempt, by a recovery that raced with
//! the caller's own task, finds no row and changes nothing.

use alloc::string::String;

use farthing_core::id::{AttemptId, ChargeId};
use farthing_core::money::Money;
use farthing_core::planted;

use super::attach;
use super::book::{self, Taking};
use super::draft::Draft;
use super::hold::{self, Hold};
use super::increment::incremented;
use super::payment;
use super::setup_settle;
use crate::attempt::{Attempt, Call};
use crate::change::Decision;
use crate::charge::{Charge, ChargeState, Offers, Rest};
use crate::command::{Meta, Postpone};
use crate::event::EventKind;
use crate::intent::{CancelReason, Intent, IntentState, PaymentError};
use crate::ledger::posting::Availability;
use crate::limits::AUTHORIZATION_MS;
use crate::method_type::MethodType;
use crate::network::{Approval, Decline, Outcome};
use crate::object::{ObjectRef, Trail};
use crate::refund::{Failure, FailureReason, Refund, RefundState};
use crate::reply::Reply;
use crate::timer::{Due, Timer};
use crate::view::{Row, View};

pub(super) fn settle(view: &View, meta: &Meta, id: AttemptId, outcome: &Outcome) -> Decision {
    let Some(attempt) = view.attempt(id) else { return Decision::only(Reply::Done) };
    let mut draft = Draft::new(view, meta);
    draft.trace_to(attempt.request.clone());
    if attempt.call.setup().is_some() {
        let reply = setup_settle::settled(&mut draft, attempt, outcome);
        return draft.settled(attempt, reply);
    }
    let mut intent = intent_of(view, attempt);
    if intent.open.is_some_and(|open| open.id == id) {
        intent.open = None;
    }
    let reply = match &attempt.call {
        Call::Authorize { .. } => authorized(&mut draft, attempt, intent, outcome),
        Call::Capture { .. } => captured(&mut draft, attempt, intent, outcome),
        Call::Increment { charge, .. } => {
            let charge = charge_of(view, attempt, *charge);
            incremented(&mut draft, attempt, (intent, charge), outcome)
        }
        Call::Void { charge, reason, .. } => {
            released(&mut draft, attempt, intent, (*charge, *reason, outcome))
        }
        Call::Refund { .. } => refunded(&mut draft, attempt, intent, outcome),
        Call::Verify { .. } => unreachable!("settled above"),
    };
    draft.settled(attempt, reply)
}

/// No answer in time: the first time this is announced, and every time the next look-up is set.
/// The answer is not kept: the same key will tell the end (decision 4).
pub(super) fn postpone(view: &View, meta: &Meta, ask: Postpone) -> Decision {
    let Some(attempt) = view.attempt(ask.attempt) else { return Decision::only(Reply::Done) };
    let mut draft = Draft::new(view, meta);
    draft.trace_to(attempt.request.clone());
    let reply = if attempt.call.setup().is_some() {
        setup_settle::postponed(&mut draft, attempt)
    } else {
        announced(&mut draft, attempt)
    };
    draft.update(Row::Attempt(Attempt {
        announced: true,
        lookups: attempt.lookups.saturating_add(1),
        lookup_at: ask.lookup_at,
        ..attempt.clone()
    }));
    draft.unkept(reply)
}

/// Says, the first time, that the outcome is not known.
fn announced(draft: &mut Draft<'_>, attempt: &Attempt) -> Reply {
    let first = !attempt.announced;
    let mut intent = intent_of(draft.view, attempt);
    match &attempt.call {
        Call::Verify { .. } => unreachable!("announced by itself"),
        Call::Authorize { .. } => {
            let object = ObjectRef::Intent(intent.id);
            if first {
                intent.state = IntentState::Processing;
                draft.emit(EventKind::IntentProcessing, object, &mut intent.trail);
                draft.update(Row::Intent(intent));
            }
            Reply::Object(object)
        }
        Call::Capture { .. } | Call::Increment { .. } | Call::Void { .. } => {
            Reply::Unresolved(intent.id)
        }
        Call::Refund { refund, .. } => {
            let object = ObjectRef::Refund(*refund);
            if first {
                // The amount stays reserved; the intent may take other refunds meanwhile.
                intent.open = None;
                draft.update(Row::Intent(intent));
                let mut refund = new_refund(draft, attempt, RefundState::Pending);
                draft.emit(EventKind::RefundCreated, object, &mut refund.trail);
                draft.insert(Row::Refund(refund));
            }
            Reply::Object(object)
        }
    }
}

fn authorized(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    intent: Intent,
    outcome: &Outcome,
) -> Reply {
    let Call::Authorize { fail_on_action, return_url, method, .. } = &attempt.call else {
        unreachable!("only an authorization is settled as one")
    };
    match outcome {
        Outcome::Approved(approval) => approved(draft, attempt, intent, approval),
        Outcome::Declined(decline) => {
            let charge = failed_charge(draft, attempt, &intent, decline);
            declined(draft, intent, (decline.clone(), Some(charge), *method))
        }
        Outcome::ActionRequired if *fail_on_action => {
            declined(draft, intent, (authentication_required(), None, *method))
        }
        Outcome::ActionRequired => {
            let mut intent = intent;
            let expires_at = payment::lapses(draft, &intent);
            intent.state =
                IntentState::RequiresAction { return_url: return_url.clone(), expires_at };
            let object = ObjectRef::Intent(intent.id);
            draft.emit(EventKind::IntentRequiresAction, object, &mut intent.trail);
            draft.update(Row::Intent(intent));
            Reply::Object(object)
        }
        Outcome::Absent => declined(draft, intent, (Decline::processing_error(), None, *method)),
    }
}

fn approved(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    mut intent: Intent,
    approval: &Approval,
) -> Reply {
    let Call::Authorize { amount, capture, .. } = &attempt.call else {
        unreachable!("only an authorization is approved as one")
    };
    if approval.payment_pending {
        return payment::taken_on(draft, attempt, intent, approval);
    }
    let state = if *capture {
        ChargeState::Captured {
            approval: approval.clone(),
            amount: *amount,
            reference: attempt.reference,
            held_until: None,
            captures: 1,
            rest: Rest::Released,
        }
    } else {
        let capture_before = draft.meta.now.plus_ms(AUTHORIZATION_MS);
        ChargeState::Held { approval: approval.clone(), capture_before }
    };
    let mut charge = new_charge(draft, attempt, &intent, state);
    let (charge_ref, intent_ref) = (ObjectRef::Charge(charge.id), ObjectRef::Intent(intent.id));
    attach::paid_with(draft, &intent, approval);
    intent.latest_charge = Some(charge.id);
    intent.state = if *capture {
        IntentState::Succeeded { received: *amount }
    } else {
        let received = Money::zero(amount.currency());
        IntentState::RequiresCapture { capturable: *amount, received }
    };
    draft.emit(EventKind::ChargeSucceeded, charge_ref, &mut charge.trail);
    let kind = if *capture { EventKind::IntentSucceeded } else { EventKind::IntentCapturable };
    draft.emit(kind, intent_ref, &mut intent.trail);
    if *capture {
        payment::take(draft, charge, (*amount, approval, intent.capture));
    } else {
        let (tenant, due) = (attempt.tenant, Due::HoldLapses(intent.id));
        let at = draft.meta.now.plus_ms(AUTHORIZATION_MS);
        if !planted!("no_timer") {
            draft.insert(Row::Timer(Timer { tenant, at, due }));
        }
        book::hold(draft, (&charge, *amount));
        draft.insert(Row::Charge(charge));
    }
    draft.update(Row::Intent(intent));
    Reply::Object(intent_ref)
}

pub(super) fn declined(
    draft: &mut Draft<'_>,
    mut intent: Intent,
    (decline, charge, method): (Decline, Option<ChargeId>, farthing_core::id::PaymentMethodId),
) -> Reply {
    intent.latest_charge = charge.or(intent.latest_charge);
    intent.method = None;
    let last_error = Some(PaymentError { decline, charge, method });
    intent.state = IntentState::RequiresPaymentMethod { last_error };
    let object = ObjectRef::Intent(intent.id);
    draft.emit(EventKind::IntentPaymentFailed, object, &mut intent.trail);
    let reply = Reply::Declined(intent.id);
    draft.update(Row::Intent(intent));
    reply
}

fn failed_charge(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    intent: &Intent,
    decline: &Decline,
) -> ChargeId {
    let state = ChargeState::Failed { decline: decline.clone() };
    let mut charge = new_charge(draft, attempt, intent, state);
    let id = charge.id;
    draft.emit(EventKind::ChargeFailed, ObjectRef::Charge(id), &mut charge.trail);
    draft.insert(Row::Charge(charge));
    id
}

fn captured(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    mut intent: Intent,
    outcome: &Outcome,
) -> Reply {
    let Call::Capture { amount, rest, charge: id, .. } = &attempt.call else {
        unreachable!("only a capture is settled as one")
    };
    let intent_ref = ObjectRef::Intent(intent.id);
    if !done(outcome) {
        let reply = Reply::NetworkRefused(intent.id);
        draft.update(Row::Intent(intent));
        return reply;
    }
    let before = charge_of(draft.view, attempt, *id);
    let (mut charge, hold) = (before.clone(), Hold::of(&before));
    let received = hold.taken.plus(*amount).expect("captures stay within what is held");
    let left = charge.amount.minus(received).expect("captures stay within what is held");
    let taking = Taking {
        before: hold.taken,
        amount: *amount,
        part: hold.captures,
        when: availability(&hold.approval),
    };
    charge.statement_descriptor_suffix.clone_from(&intent.statement_descriptor_suffix);
    charge.state = ChargeState::Captured {
        approval: hold.approval,
        amount: received,
        reference: attempt.reference,
        held_until: Some(hold.capture_before),
        captures: hold.captures.saturating_add(1),
        rest: *rest,
    };
    draft.emit(EventKind::ChargeCaptured, ObjectRef::Charge(*id), &mut charge.trail);
    let kind = match rest {
        Rest::Released => {
            intent.state = IntentState::Succeeded { received };
            EventKind::IntentSucceeded
        }
        Rest::Held => {
            intent.state = IntentState::RequiresCapture { capturable: left, received };
            EventKind::IntentCapturable
        }
    };
    draft.emit(kind, intent_ref, &mut intent.trail);
    let line = book::charge(draft, &charge, taking);
    charge.balance_transaction = Some(line);
    if *rest == Rest::Released {
        hold::over(draft, &before);
        book::release(draft, (&charge, left));
    }
    draft.update(Row::Charge(charge));
    draft.update(Row::Intent(intent));
    Reply::Object(intent_ref)
}

fn released(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    mut intent: Intent,
    (id, reason, outcome): (ChargeId, Option<CancelReason>, &Outcome),
) -> Reply {
    let intent_ref = ObjectRef::Intent(intent.id);
    // A hold past its term is gone whatever the network says to its release.
    let lapsed = reason == Some(CancelReason::Automatic);
    if !done(outcome) && !lapsed {
        let reply = Reply::NetworkRefused(intent.id);
        draft.update(Row::Intent(intent));
        return reply;
    }
    let mut charge = charge_of(draft.view, attempt, id);
    if let ChargeState::Pending { .. } = charge.state {
        return payment::withdrawn(draft, (intent, charge), reason);
    }
    let hold = Hold::of(&charge);
    hold::over(draft, &charge);
    let left = charge.amount.minus(hold.taken).expect("captures stay within what is held");
    book::release(draft, (&charge, left));
    if let ChargeState::Captured { rest, .. } = &mut charge.state {
        // What was taken stays taken: the intent is paid, by less than was held.
        *rest = Rest::Released;
        intent.state = IntentState::Succeeded { received: hold.taken };
        draft.emit(EventKind::IntentSucceeded, intent_ref, &mut intent.trail);
    } else {
        let at = if lapsed { hold.capture_before } else { draft.meta.now };
        if lapsed {
            draft.emit(EventKind::ChargeExpired, ObjectRef::Charge(id), &mut charge.trail);
        }
        charge.state = ChargeState::Released { approval: hold.approval };
        intent.state = IntentState::Canceled { at, reason };
        draft.emit(EventKind::IntentCanceled, intent_ref, &mut intent.trail);
    }
    draft.update(Row::Charge(charge));
    draft.update(Row::Intent(intent));
    Reply::Object(intent_ref)
}

fn refunded(draft: &mut Draft<'_>, attempt: &Attempt, intent: Intent, outcome: &Outcome) -> Reply {
    let Call::Refund { amount, charge, refund: id, .. } = &attempt.call else {
        unreachable!("only a refund is settled as one")
    };
    draft.update(Row::Intent(intent));
    let mut charge = charge_of(draft.view, attempt, *charge);
    let reserved = planted!("no_reservation") || planted!("no_release");
    let reserved = if reserved { Money::zero(amount.currency()) } else { *amount };
    charge.refund_reserved =
        charge.refund_reserved.minus(reserved).expect("its amount was reserved when it began");
    let announced = draft.view.refund(attempt.tenant, *id).cloned();
    let known = announced.is_some();
    let mut refund = match announced {
        Some(refund) => refund,
        None => new_refund(draft, attempt, RefundState::Pending),
    };
    let object = ObjectRef::Refund(*id);
    if !known {
        draft.emit(EventKind::RefundCreated, object, &mut refund.trail);
    }
    if let Outcome::Approved(approval) = outcome {
        refund.state =
            if approval.refund_pending { RefundState::Pending } else { RefundState::Succeeded };
        charge.refunded = charge.refunded.plus(*amount).expect("refunds stay below the charge");
        let note = charge.description.as_deref().map_or_else(
            || "REFUND FOR CHARGE".into(),
            |description| alloc::format!("REFUND FOR CHARGE ({description})"),
        );
        refund.balance_transaction =
            Some(book::refund(draft, object, (&charge, *amount), Some(note)));
        if known {
            draft.emit_changed(EventKind::RefundUpdated, object, &mut refund.trail);
            draft.emit_changed(EventKind::ChargeRefundUpdated, object, &mut refund.trail);
        }
        draft.emit(EventKind::ChargeRefunded, ObjectRef::Charge(charge.id), &mut charge.trail);
    } else {
        refund.state = RefundState::Failed;
        let reason = FailureReason::Unknown;
        refund.failure = Some(Failure { reason, balance_transaction: None });
        draft.emit(EventKind::RefundFailed, object, &mut refund.trail);
    }
    draft.update(Row::Charge(charge));
    if known {
        draft.update(Row::Refund(refund));
    } else {
        draft.insert(Row::Refund(refund));
    }
    Reply::Object(object)
}

pub(super) fn new_charge(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    intent: &Intent,
    state: ChargeState,
) -> Charge {
    let Call::Authorize { amount, method, .. } = &attempt.call else {
        unreachable!("only an authorization makes a charge")
    };
    let card = draft.view.method(attempt.tenant, *method).expect("an attempt's card is on file");
    let nothing = Money::zero(amount.currency());
    let offers = match &state {
        ChargeState::Held { .. } if card.kind == MethodType::CARD => {
            Offers::of(intent.requests, card.card.brand)
        }
        ChargeState::Held { .. }
        | ChargeState::Pending { .. }
        | ChargeState::Captured { .. }
        | ChargeState::Released { .. }
        | ChargeState::Failed { .. } => Offers::default(),
    };
    let entropy = draft.six();
    Charge {
        id: ChargeId::new(draft.meta.now, entropy),
        tenant: attempt.tenant,
        seq: draft.seq(),
        created: draft.meta.now,
        intent: intent.id,
        customer: intent.customer,
        method: *method,
        amount: *amount,
        offers,
        rate: draft.tenant().settlement.rate(amount.currency()),
        reference: attempt.reference,
        state,
        refunded: nothing,
        refund_reserved: nothing,
        disputed: nothing,
        dispute: None,
        balance_transaction: None,
        description: intent.description.clone(),
        metadata: intent.metadata.clone(),
        receipt_email: intent.receipt_email.clone(),
        shipping: intent.shipping.clone(),
        statement_descriptor_suffix: intent.statement_descriptor_suffix.clone(),
        transfer_group: intent.transfer_group.clone().map(String::into_boxed_str),
        report: None,
        billing: card.billing.clone(),
        trail: Trail::default(),
    }
}

fn new_refund(draft: &mut Draft<'_>, attempt: &Attempt, state: RefundState) -> Refund {
    let Call::Refund { amount, charge, refund, reason, metadata, .. } = &attempt.call else {
        unreachable!("only a refund makes a refund")
    };
    let refunded = charge_of(draft.view, attempt, *charge);
    Refund {
        id: *refund,
        tenant: attempt.tenant,
        seq: draft.seq(),
        created: draft.meta.now,
        amount: *amount,
        charge: *charge,
        intent: attempt.intent,
        customer: refunded.customer,
        method: refunded.method,
        reason: *reason,
        state,
        reference: attempt.reference,
        balance_transaction: None,
        failure: None,
        metadata: metadata.clone(),
        trail: Trail::default(),
    }
}

fn intent_of(view: &View, attempt: &Attempt) -> Intent {
    view.intent(attempt.tenant, attempt.intent).expect("an attempt has an intent").clone()
}

fn charge_of(view: &View, attempt: &Attempt, id: ChargeId) -> Charge {
    view.charge(attempt.tenant, id).expect("an attempt's charge is on file").clone()
}

/// Whether the network did what it was asked.
fn done(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Approved(_) => true,
        Outcome::Declined(_) | Outcome::ActionRequired | Outcome::Absent => false,
    }
}

pub(super) fn availability(approval: &Approval) -> Availability {
    if approval.bypass_pending { Availability::AtOnce } else { Availability::Later }
}

pub(super) fn authentication_required() -> Decline {
    let code = "authentication_required";
    Decline { decline_code: Some(code.into()), ..Decline::with_code(code) }
}
