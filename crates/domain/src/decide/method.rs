//! Storing a card.

use farthing_core::id::PaymentMethodId;

use super::draft::Draft;
use crate::change::Decision;
use crate::command::{CreateMethod, Meta, MethodSource};
use crate::method::PaymentMethod;
use crate::object::ObjectRef;
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::view::{Row, View};

pub(super) fn create(view: &View, meta: &Meta, ask: &CreateMethod) -> Decision {
    // Nothing can fail: the parts were checked when the card was sealed.
    let mut draft = Draft::new(view, meta);
    let method = store(&mut draft, ask);
    draft.finish(Reply::Object(ObjectRef::Method(method.id)))
}

/// Writes a new card and answers with it.
pub(super) fn store(draft: &mut Draft<'_>, ask: &CreateMethod) -> PaymentMethod {
    let method = PaymentMethod {
        id: ask.id,
        tenant: draft.meta.tenant,
        seq: draft.seq(),
        created: draft.meta.now,
        card: ask.card.clone(),
        billing: ask.billing.clone(),
        sealed: ask.sealed.clone(),
        metadata: ask.metadata.clone(),
    };
    draft.insert(Row::Method(method.clone()));
    method
}

/// A card that a command may use: checked to exist, not written yet.
pub(super) enum Usable<'a> {
    Stored(&'a PaymentMethod),
    New(&'a CreateMethod),
}

impl Usable<'_> {
    /// Writes it if it is new, and answers with it.
    pub(super) fn take(self, draft: &mut Draft<'_>) -> PaymentMethod {
        match self {
            Self::Stored(method) => method.clone(),
            Self::New(ask) => store(draft, ask),
        }
    }
}

/// The card a command names.
pub(super) fn named<'a>(
    view: &'a View,
    meta: &Meta,
    source: &'a MethodSource,
) -> Result<Usable<'a>, Refusal> {
    match source {
        MethodSource::New(ask) => Ok(Usable::New(ask)),
        MethodSource::Stored(id) => stored(view, meta, *id).map(Usable::Stored),
    }
}

fn stored<'a>(
    view: &'a View,
    meta: &Meta,
    id: PaymentMethodId,
) -> Result<&'a PaymentMethod, Refusal> {
    view.method(meta.tenant, id).ok_or(Refusal::Missing {
        what: ObjectRef::Method(id),
        named: Named::Param("payment_method"),
    })
}
