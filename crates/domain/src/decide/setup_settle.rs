//! Settling a verification: the network has said whether a card is good, or is known not to have been
//! asked.

use farthing_core::id::SetupAttemptId;

use super::attach::seen;
use super::draft::Draft;
use super::settle::authentication_required;
use super::setup::waiting_try;
use crate::attempt::{Attempt, Call, Presence};
use crate::event::EventKind;
use crate::method::{Holder, PaymentMethod};
use crate::network::{Approval, Decline, Outcome};
use crate::object::ObjectRef;
use crate::reply::Reply;
use crate::setup::{SetupAttempt, SetupError, SetupIntent, SetupState, TryState};
use crate::view::{Row, View};

/// What the network said. The caller ends the attempt.
pub(super) fn settled(draft: &mut Draft<'_>, attempt: &Attempt, outcome: &Outcome) -> Reply {
    let Call::Verify { presence, return_url, .. } = &attempt.call else {
        unreachable!("only a verification is settled as one")
    };
    let mut setup = setup_of(draft.view, attempt);
    if setup.open == Some(attempt.id) {
        setup.open = None;
    }
    match (outcome, presence) {
        (Outcome::Approved(approval), _) => approved(draft, attempt, setup, approval),
        (Outcome::Declined(decline), _) => declined(draft, attempt, setup, decline),
        // Asked again of a holder who has just authenticated: there is no end to that.
        (Outcome::ActionRequired, Presence::Authenticated) => {
            declined(draft, attempt, setup, &authentication_required())
        }
        (Outcome::ActionRequired, Presence::OnSession | Presence::OffSession | Presence::Asked) => {
            tried(draft, attempt, &mut setup, TryState::RequiresAction);
            setup.state = SetupState::RequiresAction { return_url: return_url.clone() };
            let object = ObjectRef::Setup(setup.id);
            draft.emit(EventKind::SetupRequiresAction, object, &mut setup.trail);
            draft.update(Row::Setup(setup));
            Reply::Object(object)
        }
        (Outcome::Absent, _) => declined(draft, attempt, setup, &Decline::processing_error()),
    }
}

/// No answer in time: the first time this shows.
pub(super) fn postponed(draft: &mut Draft<'_>, attempt: &Attempt) -> Reply {
    let setup = setup_of(draft.view, attempt);
    let object = ObjectRef::Setup(setup.id);
    if !attempt.announced {
        draft.update(Row::Setup(SetupIntent { state: SetupState::Processing, ..setup }));
    }
    Reply::Object(object)
}

fn approved(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    mut setup: SetupIntent,
    approval: &Approval,
) -> Reply {
    let Call::Verify { method, presence, .. } = &attempt.call else {
        unreachable!("only a verification is approved as one")
    };
    let view = draft.view;
    let method = view.method(attempt.tenant, *method).expect("an attempt's card is on file");
    let cvc_check = seen(method, approval);
    let mut method = PaymentMethod { set_up: true, cvc_check, ..method.clone() };
    // Deleted meanwhile, it has no cards any more.
    let customer = setup
        .customer
        .filter(|id| view.customer(setup.tenant, *id).is_some_and(|customer| !customer.deleted));
    if let (Holder::Nobody, Some(customer)) = (method.holder, customer) {
        method.holder = Holder::Customer(customer);
        let object = ObjectRef::Method(method.id);
        draft.emit(EventKind::MethodAttached, object, &mut method.trail);
    }
    draft.update(Row::Method(method));
    let state = TryState::Succeeded {
        authenticated: *presence == Presence::Authenticated,
        cvc_check: approval.cvc_check,
        postal_check: approval.postal_check,
        line1_check: approval.line1_check,
    };
    tried(draft, attempt, &mut setup, state);
    setup.state = SetupState::Succeeded;
    let object = ObjectRef::Setup(setup.id);
    draft.emit(EventKind::SetupSucceeded, object, &mut setup.trail);
    draft.update(Row::Setup(setup));
    Reply::Object(object)
}

fn declined(
    draft: &mut Draft<'_>,
    attempt: &Attempt,
    mut setup: SetupIntent,
    decline: &Decline,
) -> Reply {
    let Call::Verify { method, .. } = &attempt.call else {
        unreachable!("only a verification is declined as one")
    };
    tried(draft, attempt, &mut setup, TryState::Failed(decline.clone()));
    setup.method = None;
    let last_error = Some(SetupError { decline: decline.clone(), method: *method });
    setup.state = SetupState::RequiresPaymentMethod { last_error };
    draft.emit(EventKind::SetupFailed, ObjectRef::Setup(setup.id), &mut setup.trail);
    let reply = Reply::SetupDeclined(setup.id);
    draft.update(Row::Setup(setup));
    reply
}

/// Writes down what became of a try: of the one that waited for its holder, who is here now, or of a
/// new one.
fn tried(draft: &mut Draft<'_>, attempt: &Attempt, setup: &mut SetupIntent, state: TryState) {
    let Call::Verify { method, presence, .. } = &attempt.call else {
        unreachable!("only a verification tries a card")
    };
    let waiting = waiting_try(draft.view, setup).filter(|_| *presence == Presence::Authenticated);
    if let Some(waiting) = waiting {
        let row = SetupAttempt { state, ..waiting.clone() };
        return draft.update(Row::SetupAttempt(row));
    }
    let entropy = draft.six();
    let row = SetupAttempt {
        id: SetupAttemptId::new(draft.meta.now, entropy),
        tenant: setup.tenant,
        seq: draft.seq(),
        created: draft.meta.now,
        setup: setup.id,
        customer: setup.customer,
        method: *method,
        state,
    };
    setup.latest_attempt = Some(row.id);
    draft.insert(Row::SetupAttempt(row));
}

fn setup_of(view: &View, attempt: &Attempt) -> SetupIntent {
    let Call::Verify { setup, .. } = &attempt.call else {
        unreachable!("only a verification has a set-up intent")
    };
    view.setup(attempt.tenant, *setup).expect("a verification has a set-up intent").clone()
}
