//! Payments whose funds come later, or not: taken on, paid, failed, given up.
//!
//! What must stay true: nothing is posted before the funds came; a charge that is on its way ends
//! once, and what is heard of it afterwards changes nothing.

use alloc::boxed::Box;

use farthing_core::id::ChargeId;
use farthing_core::money::Money;
use farthing_core::planted;
use farthing_core::time::TimestampMs;

use super::attach;
use super::book::{self, Taking};
use super::draft::Draft;
use super::news::unknown;
use super::settle::{availability, declined, new_charge};
use crate::attempt::Attempt;
use crate::change::Decision;
use crate::charge::{Charge, ChargeState, Rest};
use crate::command::{Meta, PaymentNews};
use crate::event::EventKind;
use crate::intent::{CancelReason, CaptureMethod, Intent, IntentState};
use crate::method_type::{Flow, MethodType};
use crate::network::{Approval, Decline};
use crate::object::ObjectRef;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::timer::{Due, Timer};
use crate::view::{Row, View};

/// The network has taken a payment on and will say how it ends. A voucher waits for its payer, who
/// must act; a debit needs nobody any more.
pub(super) fn taken_on(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    mut intent: Intent,
    approval: &Approval,
) -> Reply {
    let state = ChargeState::Pending { approval: approval.clone() };
    let mut charge = new_charge(draft, attempt, &intent, state);
    let kind = kind_of(draft.view, &charge);
    let object = ObjectRef::Intent(intent.id);
    attach::paid_with(draft, &intent, approval);
    intent.latest_charge = Some(charge.id);
    draft.emit(EventKind::ChargePending, ObjectRef::Charge(charge.id), &mut charge.trail);
    if kind.flow == Flow::Voucher {
        // No timer of ours: whether it was paid in time is for the network to say.
        let expires_at = expiry(kind, draft.meta.now);
        intent.state = IntentState::RequiresAction { return_url: None, expires_at };
        draft.emit(EventKind::IntentRequiresAction, object, &mut intent.trail);
    } else {
        intent.state = IntentState::Processing;
        draft.emit(EventKind::IntentProcessing, object, &mut intent.trail);
    }
    draft.insert(Row::Charge(charge));
    draft.update(Row::Intent(intent));
    Reply::Object(object)
}

/// Posts a charge that was captured in one step, and writes it. With asynchronous capture the
/// wire shows the balance transaction only to later reads (decision 15).
pub(super) fn take(
    draft: &mut Draft<'_>,
    charge: Charge,
    (amount, approval, how): (Money, &Approval, CaptureMethod),
) {
    let taking = Taking {
        before: Money::zero(amount.currency()),
        amount,
        part: 0,
        when: availability(approval),
    };
    if planted!("posted_twice") {
        book::charge(draft, &charge, taking);
    }
    let line = book::charge(draft, &charge, taking);
    let posted = Charge { balance_transaction: Some(line), ..charge.clone() };
    match how {
        CaptureMethod::AutomaticAsync => {
            draft.insert(Row::Charge(charge));
            draft.update_afterwards(Row::Charge(posted));
        }
        CaptureMethod::Automatic | CaptureMethod::Manual => draft.insert(Row::Charge(posted)),
    }
}

/// Until when the payer of an intent can act, with the timer for it; none where nobody counts.
pub(super) fn lapses(draft: &mut Draft<'_>, intent: &Intent) -> Option<TimestampMs> {
    let id = intent.method.expect("an intent that waits for its payer has a method");
    let method = draft.view.method(intent.tenant, id).expect("an intent's method is on file");
    let at = expiry(method.kind, draft.meta.now)?;
    let due = Due::ActionLapses(intent.id, intent.confirmations);
    draft.insert(Row::Timer(Timer { tenant: intent.tenant, at, due }));
    Some(at)
}

/// News of a charge that was on its way.
pub(super) fn hear(view: &View, meta: &Meta, id: ChargeId, news: &PaymentNews) -> Decision {
    let Some(charge) = view.charge(meta.tenant, id) else {
        return Decision::only(unknown(ObjectRef::Charge(id)));
    };
    let ChargeState::Pending { approval } = &charge.state else {
        return Decision::only(Reply::Done);
    };
    let intent = view.intent(meta.tenant, charge.intent).expect("a charge has an intent");
    if intent.open.is_some() {
        // What is in flight is settled first, and then this news again.
        let intent = intent.id;
        return Decision::only(Reply::Refused(Box::new(Refusal::Locked { intent })));
    }
    let mut draft = Draft::new(view, meta);
    match news {
        PaymentNews::Settled => paid(&mut draft, intent.clone(), (charge.clone(), approval)),
        PaymentNews::Failed(decline) => {
            let method = charge.method;
            let mut charge = charge.clone();
            fail(&mut draft, &mut charge, decline.clone());
            let id = Some(charge.id);
            draft.update(Row::Charge(charge));
            declined(&mut draft, intent.clone(), (decline.clone(), id, method));
        }
    }
    draft.unkept(Reply::Done)
}

fn paid(draft: &mut Draft<'_>, mut intent: Intent, (mut charge, approval): (Charge, &Approval)) {
    let object = ObjectRef::Charge(charge.id);
    charge.state = ChargeState::Captured {
        approval: Approval { payment_pending: false, ..approval.clone() },
        amount: charge.amount,
        reference: charge.reference,
        held_until: None,
        captures: 1,
        rest: Rest::Released,
    };
    intent.state = IntentState::Succeeded { received: charge.amount };
    draft.emit(EventKind::ChargeSucceeded, object, &mut charge.trail);
    draft.emit(EventKind::IntentSucceeded, ObjectRef::Intent(intent.id), &mut intent.trail);
    let taking = Taking {
        before: Money::zero(charge.amount.currency()),
        amount: charge.amount,
        part: 0,
        when: availability(approval),
    };
    charge.balance_transaction = Some(book::charge(draft, &charge, taking));
    draft.update(Row::Charge(charge));
    draft.update(Row::Intent(intent));
}

/// A voucher was withdrawn before it was paid, because its intent is given up.
pub(super) fn withdrawn(
    draft: &mut Draft<'_>,
    (mut intent, mut charge): (Intent, Charge),
    reason: Option<CancelReason>,
) -> Reply {
    let object = ObjectRef::Intent(intent.id);
    let decline = Decline::with_code("payment_intent_payment_attempt_failed");
    fail(draft, &mut charge, decline);
    intent.state = IntentState::Canceled { at: draft.meta.now, reason };
    draft.emit(EventKind::IntentCanceled, object, &mut intent.trail);
    draft.update(Row::Charge(charge));
    draft.update(Row::Intent(intent));
    Reply::Object(object)
}

fn fail(draft: &mut Draft<'_>, charge: &mut Charge, decline: Decline) {
    charge.state = ChargeState::Failed { decline };
    draft.emit(EventKind::ChargeFailed, ObjectRef::Charge(charge.id), &mut charge.trail);
}

fn kind_of(view: &View, charge: &Charge) -> MethodType {
    view.method(charge.tenant, charge.method).expect("a charge's method is on file").kind
}

fn expiry(kind: MethodType, now: TimestampMs) -> Option<TimestampMs> {
    let minutes = i64::from(kind.lapses_minutes);
    (minutes > 0).then(|| now.plus_ms(minutes.saturating_mul(60_000)))
}
