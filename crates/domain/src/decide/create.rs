//! Creating an intent, and confirming it in the same breath.

use farthing_core::id::{IntentId, base62};

use super::confirm::{Authorizing, begin};
use super::customer;
use super::draft::Draft;
use super::fit;
use super::method::{IN_BODY, Usable, named};
use crate::change::Decision;
use crate::command::{CreateIntent, Meta};
use crate::event::EventKind;
use crate::intent::{Intent, IntentState, References};
use crate::method_type::MethodSet;
use crate::object::{ObjectRef, Trail};
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

/// Characters of a client secret after `_secret_`: as counted on the wire.
pub(super) const SECRET_CHARS: usize = 25;

pub(super) fn create(view: &View, meta: &Meta, ask: &CreateIntent) -> Result<Decision, Refusal> {
    ask.amount.check_charge().map_err(Refusal::Amount)?;
    if let Some(id) = ask.customer {
        customer::present(view, meta, id, Named::Param("customer"))?;
    }
    let usable = match &ask.method {
        Some(source) => Some(named(view, meta, (source, IN_BODY))?.payable(ask.customer, None)?),
        None if ask.confirm.is_some() => {
            let missing = Refusal::MethodMissing { intent: None, customer: ask.customer };
            let default = customer::default_method(view, meta.tenant, ask.customer);
            Some(Usable::Stored(default.ok_or(missing)?))
        }
        None => None,
    };

    fit::asked(&fit::Asked {
        methods: ask.methods,
        excluded: ask.extras.excluded.unwrap_or_default(),
        capture: ask.capture,
        currency: ask.amount.currency(),
        usable: usable.as_ref(),
        confirm: ask.confirm.as_ref(),
    })?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let method = usable.map(|usable| usable.take(&mut draft));
    let mut intent = new_intent(&mut draft, ask);
    if let Some(method) = &method {
        intent.method = Some(method.id);
        intent.state = IntentState::RequiresConfirmation;
    }
    let object = ObjectRef::Intent(intent.id);
    draft.emit(EventKind::IntentCreated, object, &mut intent.trail);
    let (Some(confirm), Some(method)) = (&ask.confirm, method) else {
        draft.insert(Row::Intent(intent));
        return Ok(draft.finish(Reply::Object(object)));
    };
    let authorizing = Authorizing::new(&intent, method, confirm);
    let attempt = begin(&mut draft, &mut intent, &authorizing);
    draft.insert(Row::Intent(intent));
    Ok(draft.begun(attempt, Some(authorizing.method)))
}

fn new_intent(draft: &mut Draft<'_>, ask: &CreateIntent) -> Intent {
    let entropy = draft.six();
    let mut intent = Intent {
        id: IntentId::new(draft.meta.now, entropy),
        tenant: draft.meta.tenant,
        seq: draft.seq(),
        created: draft.meta.now,
        amount: ask.amount,
        capture: ask.capture,
        confirmation: ask.confirmation,
        secret: base62(&draft.meta.entropy.secret, SECRET_CHARS),
        state: IntentState::RequiresPaymentMethod { last_error: None },
        open: None,
        customer: ask.customer,
        method: None,
        latest_charge: None,
        confirmations: 0,
        methods: ask.methods,
        excluded: MethodSet::NONE,
        requests: ask.requests,
        increments: 0,
        description: ask.description.clone(),
        references: References::default(),
        metadata: ask.metadata.clone(),
        receipt_email: ask.receipt_email.clone(),
        shipping: ask.shipping.clone(),
        setup_future_usage: ask.setup_future_usage,
        statement_descriptor: None,
        statement_descriptor_suffix: ask.statement_descriptor_suffix.clone(),
        transfer_group: ask.transfer_group.clone(),
        trail: Trail::default(),
    };
    ask.extras.apply(&mut intent);
    intent
}
