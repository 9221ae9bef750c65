//! An attempt goes to another acquirer: the one it was at has done nothing, and never will.
//!
//! It ends, and another begins in the same commit, under a name of its own: whoever still speaks of
//! the first finds no row and changes nothing. What must stay true: there is one open attempt before
//! and one after, and the key, the intent and the holder wait for that one.

use farthing_core::id::AttemptId;

use super::draft::Draft;
use super::settle;
use crate::attempt::{Attempt, Call};
use crate::change::Decision;
use crate::command::{FailOver, Meta};
use crate::idempotency::{Record, RecordState};
use crate::intent::OpenAttempt;
use crate::limits::{FAIL_OVER_MS, NETWORK_TIMEOUT_MS};
use crate::method::PaymentMethod;
use crate::method_type::MethodType;
use crate::network::{Outcome, Reference};
use crate::reply::Reply;
use crate::view::{Key, Row, View};

pub(super) fn fail_over(view: &View, meta: &Meta, ask: FailOver) -> Decision {
    let Some(attempt) = view.attempt(ask.attempt) else { return Decision::only(Reply::Done) };
    let mut draft = Draft::new(view, meta);
    let since_ms = draft.wall().since(attempt.begun_at);
    let elsewhere = attempt.reference.acquirer() != ask.to;
    let Some(method) = movable(view, attempt).filter(|_| elsewhere && since_ms <= FAIL_OVER_MS)
    else {
        return settle::settle(view, meta, ask.attempt, &Outcome::Absent);
    };

    // Nothing below can fail.
    let entropy = draft.six();
    let id = AttemptId::new(meta.now, entropy);
    name(&mut draft, attempt, id);
    draft.delete(Key::Attempt(attempt.id));
    let next = Attempt {
        id,
        reference: Reference::of(attempt.tenant, id.bytes()).at(ask.to),
        lookups: 0,
        lookup_at: draft.wall().plus_ms(NETWORK_TIMEOUT_MS.saturating_mul(2)),
        ..attempt.clone()
    };
    draft.begun(next, Some(method.clone()))
}

/// The card of an attempt that any acquirer could be asked for. What concerns a charge stays with who
/// has it, and what is no card with who was shown the account.
fn movable<'a>(view: &'a View, attempt: &Attempt) -> Option<&'a PaymentMethod> {
    let id = match &attempt.call {
        Call::Authorize { method, .. } | Call::Verify { method, .. } => *method,
        Call::Capture { .. } | Call::Increment { .. } | Call::Void { .. } | Call::Refund { .. } => {
            return None;
        }
    };
    view.method(attempt.tenant, id).filter(|method| method.kind == MethodType::CARD)
}

/// Whatever named the attempt that ends names the one that begins.
fn name(draft: &mut Draft<'_>, attempt: &Attempt, id: AttemptId) {
    let view = draft.view;
    if let Some(setup) = attempt.call.setup() {
        let setup = view.setup(attempt.tenant, setup).expect("a verification has a set-up intent");
        let mut setup = setup.clone();
        setup.open = Some(id);
        draft.update(Row::Setup(setup));
    } else {
        let intent = view.intent(attempt.tenant, attempt.intent).expect("it is an intent's");
        let mut intent = intent.clone();
        intent.open = intent.open.map(|open| OpenAttempt { id, ..open });
        draft.update(Row::Intent(intent));
    }
    let record = attempt.claim.and_then(|key| view.record(attempt.tenant, key));
    if let Some(record) = record {
        let state = RecordState::InProgress { attempt: id };
        draft.update(Row::Record(Record { state, ..record.clone() }));
    }
}
