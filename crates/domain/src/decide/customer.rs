//! Customers.

use farthing_core::id::{CustomerId, PaymentMethodId, base62};

use super::draft::Draft;
use super::update::patched;
use crate::change::Decision;
use crate::command::{Meta, Patch, UpdateCustomer};
use crate::customer::{Customer, Profile};
use crate::event::EventKind;
use crate::method::PaymentMethod;
use crate::object::{ObjectRef, Trail};
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::tenant::TenantId;
use crate::view::{Row, View};

/// Characters of an invoice prefix that the caller did not choose.
const PREFIX_CHARS: usize = 8;

pub(super) fn create(view: &View, meta: &Meta, profile: &Profile) -> Decision {
    // Nothing can fail.
    let mut draft = Draft::new(view, meta);
    let entropy = draft.six();
    let mut customer = Customer {
        id: CustomerId::new(meta.now, entropy),
        tenant: meta.tenant,
        seq: draft.seq(),
        created: meta.now,
        deleted: false,
        profile: profile.clone(),
        trail: Trail::default(),
    };
    if customer.profile.invoice_prefix.is_empty() {
        let mut prefix = base62(&meta.entropy.secret, PREFIX_CHARS);
        prefix.make_ascii_uppercase();
        customer.profile.invoice_prefix = prefix;
    }
    let object = ObjectRef::Customer(customer.id);
    draft.emit(EventKind::CustomerCreated, object, &mut customer.trail);
    draft.insert(Row::Customer(customer));
    draft.finish(Reply::Object(object))
}

pub(super) fn update(view: &View, meta: &Meta, ask: &UpdateCustomer) -> Result<Decision, Refusal> {
    let before = present(view, meta, ask.id, Named::Path)?;
    let metadata = patched(&before.profile.metadata, &ask.metadata)?;
    if let Patch::Set(method) = ask.default_method {
        own_card(view, meta, (ask.id, method))?;
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut profile = Profile { metadata, ..before.profile.clone() };
    ask.address.clone().apply(&mut profile.address);
    ask.default_method.clone().apply(&mut profile.default_method);
    profile.balance = ask.balance.unwrap_or(profile.balance);
    ask.description.clone().apply(&mut profile.description);
    ask.email.clone().apply(&mut profile.email);
    profile.invoice_prefix = ask.invoice_prefix.clone().unwrap_or(profile.invoice_prefix);
    ask.invoice_footer.clone().apply(&mut profile.invoice_footer);
    ask.name.clone().apply(&mut profile.name);
    profile.next_invoice_sequence =
        ask.next_invoice_sequence.unwrap_or(profile.next_invoice_sequence);
    ask.phone.clone().apply(&mut profile.phone);
    profile.preferred_locales = ask.preferred_locales.clone().unwrap_or(profile.preferred_locales);
    ask.shipping.clone().apply(&mut profile.shipping);
    profile.tax_exempt = ask.tax_exempt.unwrap_or(profile.tax_exempt);
    let object = ObjectRef::Customer(ask.id);
    if profile != before.profile {
        let mut customer = Customer { profile, ..before.clone() };
        draft.emit_changed(EventKind::CustomerUpdated, object, &mut customer.trail);
        draft.update(Row::Customer(customer));
    }
    Ok(draft.finish(Reply::Object(object)))
}

pub(super) fn delete(view: &View, meta: &Meta, id: CustomerId) -> Result<Decision, Refusal> {
    let before = present(view, meta, id, Named::Path)?;

    // Nothing below can fail. The event shows the customer as it was: the row becomes a stub only
    // afterwards.
    let mut draft = Draft::new(view, meta);
    let mut customer = before.clone();
    draft.emit(EventKind::CustomerDeleted, ObjectRef::Customer(id), &mut customer.trail);
    draft.update(Row::Customer(customer.clone()));
    draft.update_afterwards(Row::Customer(Customer { deleted: true, ..customer }));
    Ok(draft.finish(Reply::CustomerDeleted(id)))
}

/// Checks that a card is attached to the customer.
fn own_card(
    view: &View,
    meta: &Meta,
    (customer, method): (CustomerId, PaymentMethodId),
) -> Result<(), Refusal> {
    let named = Named::Param("invoice_settings[default_payment_method]");
    let missing = Refusal::Missing { what: ObjectRef::Method(method), named };
    let row = view.method(meta.tenant, method).ok_or(missing)?;
    if row.customer() == Some(customer) {
        Ok(())
    } else {
        Err(Refusal::DefaultUnattached { method })
    }
}

/// The card that a customer pays with where none is named.
pub(super) fn default_method(
    view: &View,
    tenant: TenantId,
    customer: Option<CustomerId>,
) -> Option<&PaymentMethod> {
    let customer = view.customer(tenant, customer?).filter(|customer| !customer.deleted)?;
    view.method(tenant, customer.profile.default_method?)
}

/// A customer that is there and not deleted.
pub(super) fn present<'a>(
    view: &'a View,
    meta: &Meta,
    id: CustomerId,
    named: Named,
) -> Result<&'a Customer, Refusal> {
    view.customer(meta.tenant, id)
        .filter(|customer| !customer.deleted)
        .ok_or(Refusal::Missing { what: ObjectRef::Customer(id), named })
}
