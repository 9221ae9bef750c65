//! Storing a card.

use farthing_core::id::{CustomerId, IntentId, PaymentMethodId};

use super::draft::Draft;
use super::token;
use crate::change::Decision;
use crate::command::{CreateMethod, Meta, MethodSource, UseToken};
use crate::method::{Holder, PaymentMethod};
use crate::method_type::MethodType;
use crate::network::Check;
use crate::object::{Billing, ObjectRef, Trail};
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::token::Token;
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
        kind: ask.kind,
        card: ask.card.clone(),
        parts: ask.parts.clone(),
        billing: ask.billing.clone(),
        sealed: ask.sealed.clone(),
        metadata: ask.metadata.clone(),
        holder: Holder::Nobody,
        set_up: false,
        cvc_check: Check::Unchecked,
        redisplay: ask.redisplay,
        trail: Trail::default(),
    };
    draft.insert(Row::Method(method.clone()));
    method
}

/// A card that a command may use: checked to exist, not written yet.
pub(super) enum Usable<'a> {
    Stored(&'a PaymentMethod),
    New(&'a CreateMethod),
    Token(&'a Token, &'a UseToken),
}

impl Usable<'_> {
    pub(super) fn id(&self) -> PaymentMethodId {
        match self {
            Self::Stored(method) => method.id,
            Self::New(ask) => ask.id,
            Self::Token(token, _) => token.method,
        }
    }

    pub(super) fn kind(&self) -> MethodType {
        match self {
            Self::Stored(method) => method.kind,
            Self::New(ask) => ask.kind,
            Self::Token(..) => MethodType::CARD,
        }
    }

    /// Whether a customer keeps it.
    pub(super) fn kept(&self) -> bool {
        matches!(self.holder(), Holder::Customer(_))
    }

    pub(super) fn billing(&self) -> &Billing {
        match self {
            Self::Stored(method) => &method.billing,
            Self::New(ask) => &ask.billing,
            Self::Token(_, ask) => &ask.billing,
        }
    }

    pub(super) fn holder(&self) -> Holder {
        match self {
            Self::Stored(method) => method.holder,
            Self::New(_) | Self::Token(..) => Holder::Nobody,
        }
    }

    /// Checks that an intent of this customer, or of none, may be paid with it.
    pub(super) fn payable(
        self,
        customer: Option<CustomerId>,
        intent: Option<IntentId>,
    ) -> Result<Self, Refusal> {
        let method = self.id();
        match (self.holder(), customer) {
            (Holder::Nobody, _) => Ok(self),
            (Holder::Customer(of), Some(customer)) if of == customer => Ok(self),
            (Holder::Customer(_), Some(_)) => Err(Refusal::MethodForeign { intent, method }),
            (Holder::Customer(_), None) => Err(Refusal::CustomerMissing { intent, method }),
            (Holder::Spent, _) => Err(Refusal::MethodSpent { intent, method }),
        }
    }

    /// Writes it if it is new, and answers with it.
    pub(super) fn take(self, draft: &mut Draft<'_>) -> PaymentMethod {
        match self {
            Self::Stored(method) => method.clone(),
            Self::New(ask) => store(draft, ask),
            Self::Token(token, ask) => token::use_up(draft, token, ask),
        }
    }
}

/// Where an intent's card is named.
pub(super) const IN_BODY: Named = Named::Param("payment_method");

/// The card a command names.
pub(super) fn named<'a>(
    view: &'a View,
    meta: &Meta,
    (source, at): (&'a MethodSource, Named),
) -> Result<Usable<'a>, Refusal> {
    match source {
        MethodSource::New(ask) => Ok(Usable::New(ask)),
        MethodSource::Token(ask) => {
            token::usable(view, meta, ask.token).map(|token| Usable::Token(token, ask))
        }
        MethodSource::Stored(id) => stored(view, meta, *id, at).map(Usable::Stored),
    }
}

fn stored<'a>(
    view: &'a View,
    meta: &Meta,
    id: PaymentMethodId,
    named: Named,
) -> Result<&'a PaymentMethod, Refusal> {
    view.method(meta.tenant, id).ok_or(Refusal::Missing { what: ObjectRef::Method(id), named })
}
