//! Cards and their customers.

use farthing_core::id::PaymentMethodId;

use super::customer;
use super::draft::Draft;
use super::method::named;
use super::update::patched;
use crate::change::Decision;
use crate::command::{AttachMethod, Meta, UpdateMethod};
use crate::event::EventKind;
use crate::intent::{FutureUsage, Intent};
use crate::method::{Holder, PaymentMethod};
use crate::method_type::{Can, Unfit};
use crate::network::{Approval, Decline, Outcome};
use crate::object::{Billing, ObjectRef};
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

pub(super) fn attach(view: &View, meta: &Meta, ask: &AttachMethod) -> Result<Decision, Refusal> {
    customer::present(view, meta, ask.customer, Named::Param("customer"))?;
    let usable = named(view, meta, (&ask.method, Named::Path))?;
    match usable.holder() {
        Holder::Nobody => {}
        Holder::Customer(id) if id == ask.customer => {
            // It is there already: attaching again is as good as the first time.
            let object = ObjectRef::Method(usable.id());
            return Ok(Draft::new(view, meta).finish(Reply::Object(object)));
        }
        Holder::Customer(_) => return Err(Refusal::MethodAttached { method: usable.id() }),
        Holder::Spent => {
            return Err(Refusal::MethodSpent { intent: None, method: usable.id() });
        }
    }
    let kind = usable.kind();
    if !kind.can(Can::Reuse) {
        return Err(Refusal::MethodUnfit { kind, why: Unfit::Reuse });
    }
    let approval = match &ask.verdict {
        Outcome::Approved(approval) => approval,
        Outcome::Declined(decline) => return Err(Refusal::CardRefused(decline.clone())),
        // Nobody has to authenticate for a card to be kept: as if the network had not answered.
        Outcome::ActionRequired | Outcome::Absent => {
            return Err(Refusal::CardRefused(Decline::processing_error()));
        }
    };

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let method = usable.take(&mut draft);
    let mut method = PaymentMethod {
        holder: Holder::Customer(ask.customer),
        cvc_check: seen(&method, approval),
        ..method
    };
    let object = ObjectRef::Method(method.id);
    draft.emit(EventKind::MethodAttached, object, &mut method.trail);
    draft.update(Row::Method(method));
    Ok(draft.finish(Reply::Object(object)))
}

pub(super) fn detach(view: &View, meta: &Meta, id: PaymentMethodId) -> Result<Decision, Refusal> {
    let method = present(view, meta, id)?;
    let Some(customer) = method.customer() else {
        return Err(Refusal::MethodUnattached { method: id });
    };
    // The customer pays with it no more.
    let customer = view.customer(meta.tenant, customer);
    let defaulting = customer
        .filter(|customer| !customer.deleted && customer.profile.default_method == Some(id))
        .cloned();

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut method = PaymentMethod { holder: Holder::Spent, ..method.clone() };
    let object = ObjectRef::Method(id);
    draft.emit_changed(EventKind::MethodDetached, object, &mut method.trail);
    draft.update(Row::Method(method));
    if let Some(mut customer) = defaulting {
        customer.profile.default_method = None;
        let object = ObjectRef::Customer(customer.id);
        draft.emit_changed(EventKind::CustomerUpdated, object, &mut customer.trail);
        draft.update(Row::Customer(customer));
    }
    Ok(draft.finish(Reply::Object(object)))
}

pub(super) fn update(view: &View, meta: &Meta, ask: &UpdateMethod) -> Result<Decision, Refusal> {
    let before = present(view, meta, ask.id)?;
    if before.customer().is_none() {
        return Err(Refusal::MethodUnattached { method: ask.id });
    }
    let metadata = patched(&before.metadata, &ask.metadata)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut after = PaymentMethod { metadata, ..before.clone() };
    bill(&mut after.billing, ask);
    after.redisplay = ask.redisplay.unwrap_or(after.redisplay);
    if let Some(expiry) = &ask.expiry {
        after.card.exp_month = expiry.month;
        after.card.exp_year = expiry.year;
        after.sealed.clone_from(&expiry.sealed);
    }
    let object = ObjectRef::Method(ask.id);
    if after != *before {
        draft.emit_changed(EventKind::MethodUpdated, object, &mut after.trail);
        draft.update(Row::Method(after));
    }
    Ok(draft.finish(Reply::Object(object)))
}

fn bill(billing: &mut Billing, ask: &UpdateMethod) {
    match &ask.address {
        crate::command::Patch::Keep => {}
        crate::command::Patch::Unset => billing.address = crate::object::Address::default(),
        crate::command::Patch::Set(address) => billing.address = address.clone(),
    }
    ask.email.clone().apply(&mut billing.email);
    ask.name.clone().apply(&mut billing.name);
    ask.phone.clone().apply(&mut billing.phone);
}

/// A card that an intent was paid with: attached where it is to be used again, else spent.
pub(super) fn paid_with(draft: &mut Draft<'_>, intent: &Intent, approval: &Approval) {
    let Some(id) = intent.method else { return };
    let view = draft.view;
    let method = view.method(intent.tenant, id).expect("an intent's card is on file");
    let cvc_check = seen(method, approval);
    let customer = intent
        .customer
        .filter(|id| view.customer(intent.tenant, *id).is_some_and(|customer| !customer.deleted));
    let set_up = method.set_up || intent.setup_future_usage == Some(FutureUsage::OffSession);
    let mut method = PaymentMethod { set_up, cvc_check, ..method.clone() };
    match (method.holder, customer, intent.setup_future_usage) {
        (Holder::Nobody, Some(customer), Some(_)) if method.kind.can(Can::Reuse) => {
            method.holder = Holder::Customer(customer);
            let object = ObjectRef::Method(id);
            draft.emit(EventKind::MethodAttached, object, &mut method.trail);
        }
        (Holder::Nobody, ..) => method.holder = Holder::Spent,
        (Holder::Customer(_) | Holder::Spent, ..) => {}
    }
    draft.update(Row::Method(method));
}

/// What is known of a card's code after this approval: where none was given, what was known before.
pub(super) fn seen(method: &PaymentMethod, approval: &Approval) -> crate::network::Check {
    use crate::network::Check;
    match approval.cvc_check {
        Check::Pass | Check::Fail => approval.cvc_check,
        Check::None | Check::Unavailable | Check::Unchecked => method.cvc_check,
    }
}

fn present<'a>(
    view: &'a View,
    meta: &Meta,
    id: PaymentMethodId,
) -> Result<&'a PaymentMethod, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Method(id), named: Named::Path };
    view.method(meta.tenant, id).ok_or(missing)
}
