//! Disputes: opened by the network, answered by the merchant, ended by the network or by time.
//!
//! News may come twice, or late: each piece changes a dispute only from the states it can follow, so
//! hearing it again changes nothing.

use alloc::boxed::Box;
use alloc::format;

use farthing_core::id::DisputeId;
use farthing_core::money::{Money, MoneyError};

use super::book;
use super::draft::Draft;
use super::news::unknown;
use super::update::patched;
use crate::change::Decision;
use crate::charge::{Charge, ChargeState};
use crate::command::{DisputeNews, Meta, OpenDispute, UpdateDispute};
use crate::dispute::{Dispute, DisputeAnswer, DisputeStage, DisputeState, Evidence, due_by};
use crate::event::EventKind;
use crate::limits::EVIDENCE_CHARS_TOTAL;
use crate::object::{Metadata, ObjectRef, Trail};
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

/// The network says that a charge is disputed.
pub(super) fn open(view: &View, meta: &Meta, ask: &OpenDispute) -> Decision {
    if view.dispute(meta.tenant, ask.id).is_some() {
        return Decision::only(Reply::Done);
    }
    let Some(charge) = view.charge(meta.tenant, ask.charge) else {
        return Decision::only(unknown(ObjectRef::Charge(ask.charge)));
    };
    let intent = view.intent(meta.tenant, charge.intent).expect("a charge has an intent");
    if !matches!(charge.state, ChargeState::Captured { .. }) {
        return Decision::only(match intent.open {
            // Its capture is not settled yet: that comes first, and this news again.
            Some(_) => refused(Refusal::Locked { intent: intent.id }),
            // The network took back what it had never given.
            None => refused(Refusal::RefundUncaptured { charge: charge.id }),
        });
    }
    if let Err(refusal) = fits(charge, (ask.stage, ask.amount)) {
        return Decision::only(Reply::Refused(Box::new(refusal)));
    }
    let mut draft = Draft::new(view, meta);
    let mut charge = charge.clone();
    charge.dispute = Some(ask.id);
    let mut dispute = new_dispute(&mut draft, &charge, ask);
    draft.emit(EventKind::DisputeCreated, ObjectRef::Dispute(ask.id), &mut dispute.trail);
    match ask.stage {
        DisputeStage::Inquiry => {}
        DisputeStage::Chargeback => withdraw(&mut draft, &mut charge, &mut dispute),
    }
    draft.update(Row::Charge(charge));
    draft.insert(Row::Dispute(dispute));
    draft.unkept(Reply::Done)
}

fn refused(refusal: Refusal) -> Reply {
    Reply::Refused(Box::new(refusal))
}

/// Whether so much of a charge can be asked about, or taken back. The network's word is not proof:
/// what cannot be is refused, so that it is put aside and a person looks at it.
///
/// # Errors
/// A [`Refusal`] in order of precedence: another currency, or more than was taken; more than is left
/// of it; more than is left if the refund that is in flight is done. The last is for a while: the
/// refund is settled first, and then this is heard again.
fn fits(charge: &Charge, (stage, amount): (DisputeStage, Money)) -> Result<(), Refusal> {
    charge.amount.minus(amount).map_err(Refusal::Money)?;
    if amount.is_zero() {
        return Err(Refusal::Money(MoneyError::Below));
    }
    match stage {
        // It moves nothing: a charge that was refunded can be asked about.
        DisputeStage::Inquiry => Ok(()),
        DisputeStage::Chargeback => {
            let left = charge.left().and_then(|left| left.minus(amount));
            let left = left.map_err(Refusal::Money)?;
            if left.covers(charge.refund_reserved).map_err(Refusal::Money)? {
                Ok(())
            } else {
                Err(Refusal::Locked { intent: charge.intent })
            }
        }
    }
}

/// The network says what became of a dispute.
pub(super) fn hear(view: &View, meta: &Meta, id: DisputeId, news: DisputeNews) -> Decision {
    let Some(dispute) = view.dispute(meta.tenant, id) else {
        return Decision::only(unknown(ObjectRef::Dispute(id)));
    };
    let charge = view.charge(meta.tenant, dispute.charge).expect("a dispute's charge is on file");
    let mut draft = Draft::new(view, meta);
    let (mut dispute, mut charge) = (dispute.clone(), charge.clone());
    let object = ObjectRef::Dispute(id);
    match (news, dispute.state) {
        (DisputeNews::Escalated, DisputeState::InquiryOpen | DisputeState::InquiryAnswered) => {
            if let Err(refusal) = fits(&charge, (DisputeStage::Chargeback, dispute.amount)) {
                return Decision::only(Reply::Refused(Box::new(refusal)));
            }
            dispute.state = DisputeState::Open;
            dispute.due_by = due_by(meta.now);
            draft.emit_changed(EventKind::DisputeUpdated, object, &mut dispute.trail);
            withdraw(&mut draft, &mut charge, &mut dispute);
        }
        // A merchant who gave in has said so too late: the network's word is final.
        (DisputeNews::Won, DisputeState::Open | DisputeState::Answered | DisputeState::Lost) => {
            reinstate(&mut draft, &mut charge, &mut dispute);
            draft.emit(EventKind::DisputeClosed, object, &mut dispute.trail);
        }
        (DisputeNews::Lost, DisputeState::Open | DisputeState::Answered)
        | (
            DisputeNews::Won | DisputeNews::Lost,
            DisputeState::InquiryOpen | DisputeState::InquiryAnswered,
        ) => {
            dispute.state = dispute.state.given_up();
            draft.emit(EventKind::DisputeClosed, object, &mut dispute.trail);
        }
        (DisputeNews::Escalated | DisputeNews::Won | DisputeNews::Lost, _) => {
            return Decision::only(Reply::Done);
        }
    }
    draft.update(Row::Charge(charge));
    draft.update(Row::Dispute(dispute));
    draft.unkept(Reply::Done)
}

/// The merchant gathers evidence, and perhaps submits it.
pub(super) fn update(view: &View, meta: &Meta, ask: &UpdateDispute) -> Result<Decision, Refusal> {
    let dispute = named(view, meta, ask.id)?;
    let gives = !ask.evidence.is_empty();
    if dispute.state.closed() && (gives || ask.submit == Some(true)) {
        return Err(Refusal::DisputeClosed { dispute: ask.id });
    }
    let evidence = gathered(&dispute.evidence, ask)?;
    let metadata = patched(&dispute.metadata, &ask.metadata)?;
    // Who does not say submits, and with it what was gathered before; but an answer without a word of
    // evidence, or the same one again, is given by those alone who ask for it.
    let staged = dispute.state.waits() && !evidence.is_empty();
    let submits = ask.submit.unwrap_or(gives || staged);

    // Nothing below can fail.
    let object = ObjectRef::Dispute(ask.id);
    let mut draft = Draft::new(view, meta);
    if !submits && evidence == dispute.evidence && metadata == dispute.metadata {
        return Ok(draft.finish(Reply::Object(object)));
    }
    let mut dispute = Dispute { evidence, metadata, ..dispute.clone() };
    if submits {
        dispute.submissions = dispute.submissions.saturating_add(1);
        dispute.state = dispute.state.answered();
        dispute.untold = Some(DisputeAnswer::Contest);
    }
    draft.emit_changed(EventKind::DisputeUpdated, object, &mut dispute.trail);
    draft.update(Row::Dispute(dispute));
    Ok(draft.finish(Reply::Object(object)))
}

/// The merchant gives in.
pub(super) fn close(view: &View, meta: &Meta, id: DisputeId) -> Result<Decision, Refusal> {
    let dispute = named(view, meta, id)?;
    if dispute.state.closed() {
        return Err(Refusal::DisputeClosed { dispute: id });
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    give_up(&mut draft, dispute);
    Ok(draft.finish(Reply::Object(ObjectRef::Dispute(id))))
}

/// The time to answer is up, unless it is not, or the merchant has answered.
pub(super) fn due(view: &View, meta: &Meta, id: DisputeId) -> Decision {
    let Some(dispute) = view.dispute(meta.tenant, id) else { return Decision::only(Reply::Done) };
    if !dispute.state.waits() || meta.now <= dispute.due_by {
        return Decision::only(Reply::Done);
    }
    let mut draft = Draft::new(view, meta);
    give_up(&mut draft, dispute);
    draft.unkept(Reply::Done)
}

/// The network has heard an answer: nothing is left to tell, unless there was another since.
pub(super) fn told(
    view: &View,
    meta: &Meta,
    id: DisputeId,
    (answer, submissions): (DisputeAnswer, u32),
) -> Decision {
    let Some(dispute) = view.dispute(meta.tenant, id) else { return Decision::only(Reply::Done) };
    if (dispute.untold, dispute.submissions) != (Some(answer), submissions) {
        return Decision::only(Reply::Done);
    }
    let mut draft = Draft::new(view, meta);
    draft.update(Row::Dispute(Dispute { untold: None, ..dispute.clone() }));
    draft.unkept(Reply::Done)
}

fn give_up(draft: &mut Draft<'_>, dispute: &Dispute) {
    let mut dispute = dispute.clone();
    dispute.state = dispute.state.given_up();
    dispute.untold = Some(DisputeAnswer::Accept);
    let object = ObjectRef::Dispute(dispute.id);
    draft.emit(EventKind::DisputeClosed, object, &mut dispute.trail);
    draft.update(Row::Dispute(dispute));
}

fn withdraw(draft: &mut Draft<'_>, charge: &mut Charge, dispute: &mut Dispute) {
    let object = ObjectRef::Dispute(dispute.id);
    charge.disputed =
        charge.disputed.plus(dispute.amount).expect("it was checked that so much is left");
    let note = format!("Chargeback withdrawal for {}", charge.id);
    dispute.withdrawn = Some(book::dispute(draft, object, (charge, dispute.amount), Some(note)));
    draft.emit(EventKind::DisputeFundsWithdrawn, object, &mut dispute.trail);
}

fn reinstate(draft: &mut Draft<'_>, charge: &mut Charge, dispute: &mut Dispute) {
    let object = ObjectRef::Dispute(dispute.id);
    dispute.state = DisputeState::Won;
    charge.disputed = charge.disputed.minus(dispute.amount).expect("it was taken back");
    let note = format!("Chargeback reversal for {}", charge.id);
    dispute.reinstated =
        Some(book::dispute_reversal(draft, object, (charge, dispute.amount), Some(note)));
    draft.emit(EventKind::DisputeFundsReinstated, object, &mut dispute.trail);
}

fn new_dispute(draft: &mut Draft<'_>, charge: &Charge, ask: &OpenDispute) -> Dispute {
    let state = match ask.stage {
        DisputeStage::Inquiry => DisputeState::InquiryOpen,
        DisputeStage::Chargeback => DisputeState::Open,
    };
    Dispute {
        id: ask.id,
        tenant: charge.tenant,
        seq: draft.seq(),
        created: draft.meta.now,
        charge: charge.id,
        intent: charge.intent,
        method: charge.method,
        amount: ask.amount,
        reason: ask.reason,
        state,
        due_by: due_by(draft.meta.now),
        evidence: Evidence::new(),
        submissions: 0,
        untold: None,
        withdrawn: None,
        reinstated: None,
        metadata: Metadata::new(),
        trail: Trail::default(),
    }
}

fn gathered(before: &Evidence, ask: &UpdateDispute) -> Result<Evidence, Refusal> {
    let mut after = before.clone();
    for (name, text) in &ask.evidence {
        match text {
            Some(text) => after.insert(name, text.clone()),
            None => after.remove(name),
        };
    }
    let chars = after.values().map(|text| text.chars().count()).sum();
    if chars > EVIDENCE_CHARS_TOTAL { Err(Refusal::EvidenceLong { chars }) } else { Ok(after) }
}

fn named<'v>(view: &'v View, meta: &Meta, id: DisputeId) -> Result<&'v Dispute, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Dispute(id), named: Named::Path };
    view.dispute(meta.tenant, id).ok_or(missing)
}
