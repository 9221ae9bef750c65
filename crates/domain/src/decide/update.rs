//! Changes that move no money.

use farthing_core::id::RefundId;
use farthing_core::money::Money;

use super::customer;
use super::draft::Draft;
use super::fit;
use super::method::{IN_BODY, named};
use crate::change::Decision;
use crate::charge::Charge;
use crate::command::{Meta, MetadataPatch, UpdateCharge, UpdateIntent};
use crate::event::EventKind;
use crate::intent::{Intent, IntentState, MethodChoice};
use crate::limits::METADATA_PAIRS;
use crate::object::{Metadata, ObjectRef};
use crate::refund::Refund;
use crate::refusal::{Action, Named, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

pub(super) fn intent(view: &View, meta: &Meta, ask: &UpdateIntent) -> Result<Decision, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Intent(ask.id), named: Named::Path };
    let intent = view.intent(meta.tenant, ask.id).ok_or(missing)?;
    let amount = new_amount(intent, ask)?;
    let touches_money = amount.is_some()
        || ask.method.is_some()
        || ask.capture.is_some()
        || ask.requests.is_some()
        || ask.types.is_some_and(|kinds| intent.methods != MethodChoice::Listed(kinds))
        || ask.extras.excluded.is_some_and(|kinds| intent.excluded != kinds)
        || ask.customer.is_some_and(|customer| intent.customer != Some(customer));
    if touches_money {
        if intent.open.is_some() {
            return Err(Refusal::Locked { intent: intent.id });
        }
        changeable(intent, amount.is_some())?;
        fit::settled(view, intent)?;
    }
    if let Some(amount) = amount {
        amount.check_charge().map_err(Refusal::Amount)?;
    }
    let customer = ask.customer.or(intent.customer);
    if let Some(id) = ask.customer {
        customer::present(view, meta, id, Named::Param("customer"))?;
    }
    let source = ask.method.as_ref();
    let usable = source.map(|source| named(view, meta, (source, IN_BODY))).transpose()?;
    let usable = usable.map(|usable| usable.payable(customer, Some(intent.id))).transpose()?;
    let methods = ask.types.map_or(intent.methods, MethodChoice::Listed);
    if touches_money {
        fit::asked(&fit::Asked {
            methods,
            excluded: ask.extras.excluded.unwrap_or(intent.excluded),
            capture: ask.capture.unwrap_or(intent.capture),
            currency: amount.unwrap_or(intent.amount).currency(),
            usable: usable.as_ref(),
            confirm: None,
        })?;
    }
    let metadata = patched(&intent.metadata, &ask.metadata)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut intent = Intent { metadata, ..intent.clone() };
    intent.customer = customer;
    intent.methods = methods;
    intent.amount = amount.unwrap_or(intent.amount);
    intent.capture = ask.capture.unwrap_or(intent.capture);
    intent.requests = ask.requests.unwrap_or(intent.requests);
    if amount.is_some() || ask.capture.is_some() {
        intent.state = reasked(intent.state);
    }
    if let Some(usable) = usable {
        intent.method = Some(usable.take(&mut draft).id);
        intent.state = IntentState::RequiresConfirmation;
    }
    ask.description.clone().apply(&mut intent.description);
    ask.receipt_email.clone().apply(&mut intent.receipt_email);
    ask.shipping.clone().apply(&mut intent.shipping);
    ask.setup_future_usage.clone().apply(&mut intent.setup_future_usage);
    ask.statement_descriptor_suffix.clone().apply(&mut intent.statement_descriptor_suffix);
    ask.transfer_group.clone().apply(&mut intent.transfer_group);
    ask.extras.apply(&mut intent);
    let object = ObjectRef::Intent(intent.id);
    draft.update(Row::Intent(intent));
    Ok(draft.finish(Reply::Object(object)))
}

pub(super) fn refund(
    view: &View,
    meta: &Meta,
    id: RefundId,
    metadata: &MetadataPatch,
) -> Result<Decision, Refusal> {
    let object = ObjectRef::Refund(id);
    let missing = Refusal::Missing { what: object, named: Named::Path };
    let refund = view.refund(meta.tenant, id).ok_or(missing)?;
    let metadata = patched(&refund.metadata, metadata)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    if metadata != refund.metadata {
        let mut refund = Refund { metadata, ..refund.clone() };
        draft.emit_changed(EventKind::RefundUpdated, object, &mut refund.trail);
        draft.emit_changed(EventKind::ChargeRefundUpdated, object, &mut refund.trail);
        draft.update(Row::Refund(refund));
    }
    Ok(draft.finish(Reply::Object(object)))
}

pub(super) fn charge(view: &View, meta: &Meta, ask: &UpdateCharge) -> Result<Decision, Refusal> {
    let object = ObjectRef::Charge(ask.id);
    let missing = Refusal::Missing { what: object, named: Named::Path };
    let charge = view.charge(meta.tenant, ask.id).ok_or(missing)?;
    let metadata = patched(&charge.metadata, &ask.metadata)?;
    if let Some(id) = ask.customer {
        customer::present(view, meta, id, Named::Param("customer"))?;
    }
    let fixed = |field| Refusal::ChargeFixed { charge: ask.id, field };
    let customer = once(charge.customer, ask.customer, || fixed("customer"))?;
    let (group, asked) = (charge.transfer_group.clone(), ask.transfer_group.clone());
    let transfer_group = once(group, asked, || fixed("transfer_group"))?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut after = Charge { customer, metadata, transfer_group, ..charge.clone() };
    ask.description.clone().apply(&mut after.description);
    ask.receipt_email.clone().apply(&mut after.receipt_email);
    ask.report.clone().apply(&mut after.report);
    ask.shipping.clone().apply(&mut after.shipping);
    if after != *charge {
        draft.emit_changed(EventKind::ChargeUpdated, object, &mut after.trail);
        draft.update(Row::Charge(after));
    }
    Ok(draft.finish(Reply::Object(object)))
}

/// A field that is given once: what it is after it was asked for, unless it is another already.
fn once<T: PartialEq>(
    before: Option<T>,
    asked: Option<T>,
    fixed: impl FnOnce() -> Refusal,
) -> Result<Option<T>, Refusal> {
    match (before, asked) {
        (Some(before), Some(asked)) if before != asked => Err(fixed()),
        (Some(before), _) => Ok(Some(before)),
        (None, asked) => Ok(asked),
    }
}

/// Metadata after a patch.
///
/// # Errors
/// [`Refusal::MetadataFull`] with more than [`METADATA_PAIRS`].
pub(super) fn patched(metadata: &Metadata, patch: &MetadataPatch) -> Result<Metadata, Refusal> {
    let mut after = if patch.clear { Metadata::new() } else { metadata.clone() };
    for (name, value) in &patch.pairs {
        match value {
            Some(value) => after.insert(name.clone(), value.clone()),
            None => after.remove(name),
        };
    }
    if after.len() > METADATA_PAIRS { Err(Refusal::MetadataFull) } else { Ok(after) }
}

/// What the holder was asked to authenticate is not what is asked now: the challenge is void.
fn reasked(state: IntentState) -> IntentState {
    match state {
        IntentState::RequiresAction { .. } => IntentState::RequiresConfirmation,
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::Processing
        | IntentState::RequiresCapture { .. }
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => state,
    }
}

/// Decided with the intent at hand, in the batch: another command may have changed it a moment ago.
fn new_amount(intent: &Intent, ask: &UpdateIntent) -> Result<Option<Money>, Refusal> {
    let before = intent.amount;
    let currency = ask.currency.unwrap_or(before.currency());
    match ask.amount_minor {
        None if currency == before.currency() => Ok(None),
        minor => {
            let minor = minor.unwrap_or(before.minor());
            Money::new(minor, currency).map(Some).map_err(Refusal::Money)
        }
    }
}

fn changeable(intent: &Intent, amount: bool) -> Result<(), Refusal> {
    match &intent.state {
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. } => Ok(()),
        IntentState::Processing
        | IntentState::RequiresCapture { .. }
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => {
            let action = if amount { Action::UpdateAmount } else { Action::UpdateMethod };
            Err(super::confirm::wrong_state(intent, action))
        }
    }
}
