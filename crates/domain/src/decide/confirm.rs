//! Confirming: write down what will be asked of the network, before it is asked.

use alloc::string::String;

use farthing_core::id::{AttemptId, IntentId};
use farthing_core::money::Money;
use farthing_core::planted;

use super::cancel;
use super::customer;
use super::draft::Draft;
use super::fit;
use super::method::{IN_BODY, Usable, named};
use crate::acquirer::Acquirer;
use crate::attempt::{Attempt, Call, Presence};
use crate::change::Decision;
use crate::command::{Confirm, ConfirmIntent, Meta};
use crate::intent::{
    CancelReason, CaptureMethod, Intent, IntentState, MethodChoice, OpenAttempt, ThreeDSecure, Verb,
};
use crate::limits::{CONFIRMATIONS_PER_INTENT, NETWORK_TIMEOUT_MS};
use crate::method::PaymentMethod;
use crate::method_type::MethodType;
use crate::network::Reference;
use crate::object::ObjectRef;
use crate::refusal::{Action, Named, Refusal};
use crate::view::{Row, View};

pub(super) fn confirm(view: &View, meta: &Meta, ask: &ConfirmIntent) -> Result<Decision, Refusal> {
    let intent = unlocked(view, meta, ask.id)?;
    match &intent.state {
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. } => {}
        IntentState::Processing
        | IntentState::RequiresCapture { .. }
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => return Err(wrong_state(intent, Action::Confirm)),
    }
    if intent.confirmations >= CONFIRMATIONS_PER_INTENT {
        // A voucher that can still be paid is not given up unasked: its payer holds it.
        fit::settled(view, intent)?;
        return Ok(cancel::at_once(view, meta, Some(CancelReason::Automatic), intent));
    }
    let usable = match (&ask.method, intent.method) {
        (Some(source), _) => named(view, meta, (source, IN_BODY))?,
        (None, Some(id)) => {
            Usable::Stored(view.method(meta.tenant, id).expect("an intent's card is on file"))
        }
        (None, None) => {
            let missing =
                Refusal::MethodMissing { intent: Some(intent.id), customer: intent.customer };
            let default = customer::default_method(view, meta.tenant, intent.customer);
            Usable::Stored(default.ok_or(missing)?)
        }
    };
    let usable = usable.payable(intent.customer, Some(intent.id))?;
    fit::settled(view, intent)?;
    let methods = ask.types.map_or(intent.methods, MethodChoice::Listed);
    fit::asked(&fit::Asked {
        methods,
        excluded: ask.extras.excluded.unwrap_or(intent.excluded),
        capture: ask.capture.unwrap_or(intent.capture),
        currency: intent.amount.currency(),
        usable: Some(&usable),
        confirm: Some(&ask.confirm),
    })?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut intent = intent.clone();
    ask.receipt_email.clone().apply(&mut intent.receipt_email);
    ask.shipping.clone().apply(&mut intent.shipping);
    ask.setup_future_usage.clone().apply(&mut intent.setup_future_usage);
    intent.capture = ask.capture.unwrap_or(intent.capture);
    intent.requests = ask.requests.unwrap_or(intent.requests);
    intent.methods = methods;
    ask.extras.apply(&mut intent);
    let method = usable.take(&mut draft);
    let authorizing = Authorizing::new(&intent, method, &ask.confirm);
    let attempt = begin(&mut draft, &mut intent, &authorizing);
    draft.update(Row::Intent(intent));
    Ok(draft.begun(attempt, Some(authorizing.method)))
}

/// What is needed to ask for an intent's money.
pub(super) struct Authorizing {
    pub(super) method: PaymentMethod,
    pub(super) presence: Presence,
    pub(super) return_url: Option<String>,
    pub(super) fail_on_action: bool,
    amount: Money,
}

impl Authorizing {
    pub(super) fn new(intent: &Intent, method: PaymentMethod, confirm: &Confirm) -> Self {
        Self {
            method,
            presence: confirm.presence(),
            return_url: confirm.return_url.clone(),
            fail_on_action: confirm.error_on_requires_action,
            amount: intent.amount,
        }
    }

    /// Once more, now that the holder has authenticated.
    pub(super) fn again(intent: &Intent, method: PaymentMethod) -> Self {
        Self {
            method,
            presence: Presence::Authenticated,
            return_url: None,
            fail_on_action: true,
            amount: intent.amount,
        }
    }
}

/// Marks the intent as in flight and answers with the attempt to be written and made.
pub(super) fn begin(
    draft: &mut Draft<'_>,
    intent: &mut Intent,
    authorizing: &Authorizing,
) -> Attempt {
    let capture = match intent.capture {
        CaptureMethod::Automatic | CaptureMethod::AutomaticAsync => true,
        CaptureMethod::Manual => false,
    };
    let call = Call::Authorize {
        amount: authorizing.amount,
        capture,
        method: authorizing.method.id,
        presence: presence(intent, authorizing),
        return_url: authorizing.return_url.clone(),
        fail_on_action: authorizing.fail_on_action,
    };
    intent.method = Some(authorizing.method.id);
    intent.state = IntentState::RequiresConfirmation;
    intent.confirmations = intent.confirmations.saturating_add(1);
    let mut attempt = attempt(draft, intent, Verb::Confirm, call);
    if authorizing.method.kind == MethodType::CARD {
        attempt.reference = attempt.reference.at(draft.meta.acquirer);
    }
    attempt
}

/// What is asked of cards is not asked of other methods, nor of a holder who is not there.
fn presence(intent: &Intent, authorizing: &Authorizing) -> Presence {
    let card = authorizing.method.kind == MethodType::CARD;
    match (intent.requests.three_d_secure, authorizing.presence) {
        (ThreeDSecure::Any | ThreeDSecure::Challenge, Presence::OnSession) if card => {
            Presence::Asked
        }
        (_, presence) => presence,
    }
}

/// A new attempt of an intent, which it marks as in flight.
pub(super) fn attempt(
    draft: &mut Draft<'_>,
    intent: &mut Intent,
    verb: Verb,
    call: Call,
) -> Attempt {
    let unlocked = intent.open.is_none() || planted!("no_lock");
    assert!(unlocked, "one attempt of an intent at a time");
    let entropy = draft.six();
    let id = AttemptId::new(draft.meta.now, entropy);
    let about = match &call {
        Call::Refund { refund, .. } => refund.bytes(),
        Call::Authorize { .. }
        | Call::Verify { .. }
        | Call::Capture { .. }
        | Call::Increment { .. }
        | Call::Void { .. } => id.bytes(),
    };
    // What concerns a charge is asked of the acquirer that has it.
    let acquirer = match &call {
        Call::Authorize { .. } | Call::Verify { .. } => Acquirer::FIRST,
        Call::Capture { of, .. }
        | Call::Increment { of, .. }
        | Call::Void { of, .. }
        | Call::Refund { of, .. } => of.acquirer(),
    };
    let reference = Reference::of(intent.tenant, about).at(acquirer);
    intent.open = Some(OpenAttempt { id, verb });
    Attempt {
        id,
        tenant: intent.tenant,
        intent: intent.id,
        reference,
        call,
        begun_at: draft.wall(),
        claim: draft.claim_key(),
        request: draft.meta.request.clone(),
        expand: draft.meta.expand.clone(),
        announced: false,
        lookups: 0,
        lookup_at: draft.wall().plus_ms(NETWORK_TIMEOUT_MS.saturating_mul(2)),
    }
}

/// An intent named in a path, with nothing in flight.
pub(super) fn unlocked<'a>(
    view: &'a View,
    meta: &Meta,
    id: IntentId,
) -> Result<&'a Intent, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Intent(id), named: Named::Path };
    let intent = view.intent(meta.tenant, id).ok_or(missing)?;
    match intent.open {
        Some(_) if !planted!("no_lock") => Err(Refusal::Locked { intent: id }),
        Some(_) | None => Ok(intent),
    }
}

pub(super) fn wrong_state(intent: &Intent, action: Action) -> Refusal {
    Refusal::IntentState { intent: intent.id, action, state: intent.state.wire() }
}
