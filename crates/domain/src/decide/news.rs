//! News from the network, of what it had already answered.
//!
//! News may come twice, or late: each changes a refund only from the state it follows, so hearing it
//! again changes nothing.

use alloc::boxed::Box;

use farthing_core::id::RefundId;

use super::book;
use super::draft::Draft;
use crate::change::Decision;
use crate::charge::Charge;
use crate::command::{Meta, RefundNews};
use crate::event::EventKind;
use crate::object::ObjectRef;
use crate::refund::{Failure, FailureReason, Refund, RefundState};
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

/// News of what is not there: not ours, or never heard of. It is no answer to somebody, but a person
/// is to look at it.
pub(super) fn unknown(what: ObjectRef) -> Reply {
    Reply::Refused(Box::new(Refusal::Missing { what, named: Named::Path }))
}

pub(super) fn refund(view: &View, meta: &Meta, id: RefundId, news: RefundNews) -> Decision {
    let Some(refund) = view.refund(meta.tenant, id) else {
        return Decision::only(unknown(ObjectRef::Refund(id)));
    };
    if refund.balance_transaction.is_none() && refund.state == RefundState::Pending {
        // Its own answer is not settled yet: that comes first, and this news again.
        let intent = refund.intent;
        return Decision::only(Reply::Refused(Box::new(Refusal::Locked { intent })));
    }
    match (refund.state, news) {
        (RefundState::Pending, RefundNews::Succeeded) => done(view, meta, refund),
        (RefundState::Pending | RefundState::Succeeded, RefundNews::Failed(reason)) => {
            came_back(view, meta, refund, reason)
        }
        (RefundState::Succeeded | RefundState::Failed, RefundNews::Succeeded)
        | (RefundState::Failed, RefundNews::Failed(_)) => Decision::only(Reply::Done),
    }
}

fn done(view: &View, meta: &Meta, refund: &Refund) -> Decision {
    let mut draft = Draft::new(view, meta);
    let mut refund = Refund { state: RefundState::Succeeded, ..refund.clone() };
    let object = ObjectRef::Refund(refund.id);
    draft.emit_changed(EventKind::RefundUpdated, object, &mut refund.trail);
    draft.emit_changed(EventKind::ChargeRefundUpdated, object, &mut refund.trail);
    draft.update(Row::Refund(refund));
    draft.unkept(Reply::Done)
}

/// The charge may be refunded again by the same amount; the funds go to available.
fn came_back(view: &View, meta: &Meta, refund: &Refund, reason: FailureReason) -> Decision {
    let charge = view.charge(meta.tenant, refund.charge).expect("a refund's charge is on file");
    let mut draft = Draft::new(view, meta);
    let mut refund = Refund { state: RefundState::Failed, ..refund.clone() };
    let object = ObjectRef::Refund(refund.id);
    let refunded = charge.refunded.minus(refund.amount).expect("what came back was given");
    let note = Some("REFUND FAILURE".into());
    let charge = Charge { refunded, ..charge.clone() };
    let line = book::refund_failure(&mut draft, object, (&charge, refund.amount), note);
    refund.failure = Some(Failure { reason, balance_transaction: Some(line) });
    draft.emit(EventKind::RefundFailed, object, &mut refund.trail);
    draft.emit_changed(EventKind::ChargeRefundUpdated, object, &mut refund.trail);
    draft.update(Row::Charge(charge));
    draft.update(Row::Refund(refund));
    draft.unkept(Reply::Done)
}
