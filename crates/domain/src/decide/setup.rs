//! Set-up intents: made, changed, confirmed, given up. What the network answers is
//! [`settled`](super::setup_settle) apart.

use farthing_core::id::{AttemptId, CustomerId, IntentId, SetupIntentId, base62};

use super::create::SECRET_CHARS;
use super::customer;
use super::draft::Draft;
use super::method::{IN_BODY, Usable, named};
use super::update::patched;
use crate::acquirer::Acquirer;
use crate::attempt::{Attempt, Call, Presence};
use crate::change::Decision;
use crate::command::{
    AnswerSetup, CancelSetup, ConfirmSetup, CreateSetup, Meta, MethodSource, SetupConfirm,
    UpdateSetup,
};
use crate::event::EventKind;
use crate::limits::NETWORK_TIMEOUT_MS;
use crate::method::{Holder, PaymentMethod};
use crate::method_type::{MethodType, Unfit};
use crate::network::{Decline, Reference, Risk};
use crate::object::{ObjectRef, Trail};
use crate::refusal::{Named, Refusal, SetupAction};
use crate::reply::Reply;
use crate::setup::{SetupAttempt, SetupError, SetupIntent, SetupState, TryState};
use crate::view::{Row, View};

pub(super) fn create(view: &View, meta: &Meta, ask: &CreateSetup) -> Result<Decision, Refusal> {
    if let Some(id) = ask.customer {
        customer::present(view, meta, id, Named::Param("customer"))?;
    }
    let usable = match &ask.method {
        Some(source) => Some(card(view, meta, (source, ask.customer))?),
        None if ask.confirm.is_some() => return Err(Refusal::SetupMethodMissing { setup: None }),
        None => None,
    };

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let method = usable.map(|usable| usable.take(&mut draft));
    let mut setup = new_setup(&mut draft, ask);
    if let Some(method) = &method {
        setup.method = Some(method.id);
        setup.state = SetupState::RequiresConfirmation;
    }
    let object = ObjectRef::Setup(setup.id);
    draft.emit(EventKind::SetupCreated, object, &mut setup.trail);
    let (Some(confirm), Some(method)) = (&ask.confirm, method) else {
        draft.insert(Row::Setup(setup));
        return Ok(draft.finish(Reply::Object(object)));
    };
    let attempt = begin(&mut draft, &mut setup, (&method, Presence::OnSession, confirm));
    draft.insert(Row::Setup(setup));
    Ok(draft.begun(attempt, Some(method)))
}

pub(super) fn update(view: &View, meta: &Meta, ask: &UpdateSetup) -> Result<Decision, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Setup(ask.id), named: Named::Path };
    let setup = view.setup(meta.tenant, ask.id).ok_or(missing)?;
    let chooses = ask.method.is_some() || ask.customer.is_some_and(|id| setup.customer != Some(id));
    if chooses {
        if setup.open.is_some() {
            return Err(Refusal::SetupLocked { setup: ask.id });
        }
        if !setup.state.open() {
            return Err(wrong_state(setup, SetupAction::Update));
        }
    }
    if let Some(id) = ask.customer {
        customer::present(view, meta, id, Named::Param("customer"))?;
    }
    let customer = ask.customer.or(setup.customer);
    let source = ask.method.as_ref();
    let usable = source.map(|source| card(view, meta, (source, customer))).transpose()?;
    let metadata = patched(&setup.metadata, &ask.metadata)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut setup = SetupIntent { customer, metadata, ..setup.clone() };
    if let Some(usable) = usable {
        abandon(&mut draft, &setup);
        setup.method = Some(usable.take(&mut draft).id);
        setup.state = SetupState::RequiresConfirmation;
    }
    ask.description.clone().apply(&mut setup.description);
    let object = ObjectRef::Setup(setup.id);
    draft.update(Row::Setup(setup));
    Ok(draft.finish(Reply::Object(object)))
}

pub(super) fn confirm(view: &View, meta: &Meta, ask: &ConfirmSetup) -> Result<Decision, Refusal> {
    let setup = unlocked(view, meta, ask.id)?;
    if !setup.state.open() {
        return Err(wrong_state(setup, SetupAction::Confirm));
    }
    let on_file;
    let source = match (&ask.method, setup.method) {
        (Some(source), _) => source,
        (None, Some(id)) => {
            on_file = MethodSource::Stored(id);
            &on_file
        }
        // No falling back on the customer's own card: that one is set up already.
        (None, None) => return Err(Refusal::SetupMethodMissing { setup: Some(ask.id) }),
    };
    let usable = card(view, meta, (source, setup.customer))?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut setup = setup.clone();
    abandon(&mut draft, &setup);
    let method = usable.take(&mut draft);
    let attempt = begin(&mut draft, &mut setup, (&method, Presence::OnSession, &ask.confirm));
    draft.update(Row::Setup(setup));
    Ok(draft.begun(attempt, Some(method)))
}

pub(super) fn cancel(view: &View, meta: &Meta, ask: CancelSetup) -> Result<Decision, Refusal> {
    let setup = unlocked(view, meta, ask.id)?;
    if !setup.state.open() {
        return Err(wrong_state(setup, SetupAction::Cancel));
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut setup = setup.clone();
    abandon(&mut draft, &setup);
    setup.state = SetupState::Canceled { at: meta.now, reason: ask.reason };
    let object = ObjectRef::Setup(setup.id);
    draft.emit(EventKind::SetupCanceled, object, &mut setup.trail);
    draft.update(Row::Setup(setup));
    Ok(draft.finish(Reply::Object(object)))
}

/// The holder comes back from the issuer's challenge.
pub(super) fn answer(view: &View, meta: &Meta, ask: AnswerSetup) -> Result<Decision, Refusal> {
    let setup = unlocked(view, meta, ask.id)?;
    // Since then the card may be another one: nobody has agreed to that.
    let waits = matches!(setup.state, SetupState::RequiresAction { .. });
    if !waits || ask.confirmation != setup.confirmations {
        return Err(wrong_state(setup, SetupAction::AnswerChallenge));
    }
    let id = setup.method.expect("a set-up intent that waits for the holder has a card");
    let method = view.method(meta.tenant, id).expect("a set-up intent's card is on file");

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut setup = setup.clone();
    if ask.passed {
        let confirm = SetupConfirm::default();
        let attempt = begin(&mut draft, &mut setup, (method, Presence::Authenticated, &confirm));
        draft.update(Row::Setup(setup));
        return Ok(draft.begun(attempt, Some(method.clone())));
    }
    let decline = not_authenticated();
    if let Some(tried) = waiting_try(view, &setup) {
        let state = TryState::Failed(decline.clone());
        draft.update(Row::SetupAttempt(SetupAttempt { state, ..tried.clone() }));
    }
    setup.method = None;
    let last_error = Some(SetupError { decline, method: id });
    setup.state = SetupState::RequiresPaymentMethod { last_error };
    let object = ObjectRef::Setup(setup.id);
    draft.emit(EventKind::SetupFailed, object, &mut setup.trail);
    draft.update(Row::Setup(setup));
    Ok(draft.finish(Reply::Object(object)))
}

fn not_authenticated() -> Decline {
    Decline {
        code: "setup_intent_authentication_failure".into(),
        decline_code: None,
        network_decline_code: None,
        advice_code: None,
        blocked: false,
        risk: Risk::Normal,
    }
}

/// A card that may be set up for this customer, or for none yet. Unlike a payment, a set-up does not
/// need to be told whose card it is.
fn card<'a>(
    view: &'a View,
    meta: &Meta,
    (source, customer): (&'a MethodSource, Option<CustomerId>),
) -> Result<Usable<'a>, Refusal> {
    let usable = named(view, meta, (source, IN_BODY))?;
    if usable.kind() != MethodType::CARD {
        // Only cards are set up for later; other kinds are attached.
        return Err(Refusal::MethodUnfit { kind: usable.kind(), why: Unfit::Unlisted });
    }
    let method = usable.id();
    match usable.holder() {
        Holder::Nobody => Ok(usable),
        Holder::Customer(of) if customer == Some(of) => Ok(usable),
        Holder::Customer(_) if customer.is_none() => {
            Err(Refusal::CustomerMissing { intent: None, method })
        }
        Holder::Customer(_) => Err(Refusal::MethodForeign { intent: None, method }),
        Holder::Spent => Err(Refusal::MethodSpent { intent: None, method }),
    }
}

/// Marks the set-up intent as in flight and answers with the attempt to be written and made.
fn begin(
    draft: &mut Draft<'_>,
    setup: &mut SetupIntent,
    (method, presence, confirm): (&PaymentMethod, Presence, &SetupConfirm),
) -> Attempt {
    assert!(setup.open.is_none(), "one attempt of a set-up intent at a time");
    let entropy = draft.six();
    let id = AttemptId::new(draft.meta.now, entropy);
    setup.open = Some(id);
    setup.method = Some(method.id);
    setup.state = SetupState::RequiresConfirmation;
    setup.confirmations = setup.confirmations.saturating_add(1);
    let card = method.kind == MethodType::CARD;
    let acquirer = if card { draft.meta.acquirer } else { Acquirer::FIRST };
    Attempt {
        id,
        tenant: setup.tenant,
        // The column that keeps two attempts of one object apart. No payment intent has these bytes.
        intent: IntentId::from_bytes(setup.id.bytes()),
        reference: Reference::of(setup.tenant, id.bytes()).at(acquirer),
        call: Call::Verify {
            setup: setup.id,
            method: method.id,
            presence,
            return_url: confirm.return_url.clone(),
        },
        begun_at: draft.wall(),
        claim: draft.claim_key(),
        request: draft.meta.request.clone(),
        expand: draft.meta.expand.clone(),
        announced: false,
        lookups: 0,
        lookup_at: draft.wall().plus_ms(NETWORK_TIMEOUT_MS.saturating_mul(2)),
    }
}

/// The try that waits for its holder, if there is one.
pub(super) fn waiting_try<'a>(view: &'a View, setup: &SetupIntent) -> Option<&'a SetupAttempt> {
    let tried = view.setup_attempt(setup.tenant, setup.latest_attempt?)?;
    matches!(tried.state, TryState::RequiresAction).then_some(tried)
}

/// Nobody will come back to the try that waits for its holder.
fn abandon(draft: &mut Draft<'_>, setup: &SetupIntent) {
    if let Some(tried) = waiting_try(draft.view, setup) {
        let state = TryState::Abandoned;
        draft.update(Row::SetupAttempt(SetupAttempt { state, ..tried.clone() }));
    }
}

/// A set-up intent named in a path, with nothing in flight.
fn unlocked<'a>(
    view: &'a View,
    meta: &Meta,
    id: SetupIntentId,
) -> Result<&'a SetupIntent, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Setup(id), named: Named::Path };
    let setup = view.setup(meta.tenant, id).ok_or(missing)?;
    match setup.open {
        Some(_) => Err(Refusal::SetupLocked { setup: id }),
        None => Ok(setup),
    }
}

fn wrong_state(setup: &SetupIntent, action: SetupAction) -> Refusal {
    Refusal::SetupState { setup: setup.id, action, state: setup.state.wire() }
}

fn new_setup(draft: &mut Draft<'_>, ask: &CreateSetup) -> SetupIntent {
    let entropy = draft.six();
    SetupIntent {
        id: SetupIntentId::new(draft.meta.now, entropy),
        tenant: draft.meta.tenant,
        seq: draft.seq(),
        created: draft.meta.now,
        secret: base62(&draft.meta.entropy.secret, SECRET_CHARS),
        state: SetupState::RequiresPaymentMethod { last_error: None },
        open: None,
        customer: ask.customer,
        method: None,
        latest_attempt: None,
        confirmations: 0,
        methods: ask.methods,
        description: ask.description.clone(),
        metadata: ask.metadata.clone(),
        trail: Trail::default(),
    }
}
