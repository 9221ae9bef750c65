//! Tokens: made of a typed card, and used up once.

use farthing_core::id::TokenId;

use super::draft::Draft;
use crate::change::Decision;
use crate::command::{CreateMethod, Meta, UseToken};
use crate::method::{Holder, PaymentMethod};
use crate::method_type::MethodType;
use crate::network::Check;
use crate::object::{Billing, Metadata, ObjectRef, Trail};
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::token::Token;
use crate::view::{Row, View};

/// Where a token is named.
const IN_CARD: Named = Named::Param("card[token]");

pub(super) fn create(view: &View, meta: &Meta, ask: &CreateMethod) -> Decision {
    // Nothing can fail: the parts were checked when the card was sealed.
    let mut draft = Draft::new(view, meta);
    let entropy = draft.six();
    let token = Token {
        id: TokenId::new(meta.now, entropy),
        tenant: meta.tenant,
        created: meta.now,
        card: ask.card.clone(),
        name: ask.billing.name.clone(),
        address: ask.billing.address.clone(),
        method: ask.id,
        sealed: ask.sealed.clone(),
        used: false,
    };
    let object = ObjectRef::Token(token.id);
    draft.insert(Row::Token(token));
    draft.finish(Reply::Object(object))
}

pub(super) fn make_method(view: &View, meta: &Meta, ask: &UseToken) -> Result<Decision, Refusal> {
    let token = usable(view, meta, ask.token)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let method = use_up(&mut draft, token, ask);
    Ok(draft.finish(Reply::Object(ObjectRef::Method(method.id))))
}

/// A token that has not been used.
pub(super) fn usable<'a>(view: &'a View, meta: &Meta, id: TokenId) -> Result<&'a Token, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Token(id), named: IN_CARD };
    let token = view.token(meta.tenant, id).ok_or(missing)?;
    if token.used { Err(Refusal::TokenUsed { token: id }) } else { Ok(token) }
}

/// Turns a token into the payment method that it was to become.
pub(super) fn use_up(draft: &mut Draft<'_>, token: &Token, ask: &UseToken) -> PaymentMethod {
    let given = ask.billing.clone();
    let billing = Billing {
        address: if given.address == Billing::default().address {
            token.address.clone()
        } else {
            given.address
        },
        name: given.name.or_else(|| token.name.clone()),
        email: given.email,
        phone: given.phone,
    };
    let method = PaymentMethod {
        id: token.method,
        tenant: token.tenant,
        seq: draft.seq(),
        created: draft.meta.now,
        kind: MethodType::CARD,
        card: token.card.clone(),
        parts: Metadata::new(),
        billing,
        sealed: token.sealed.clone(),
        metadata: ask.metadata.clone(),
        holder: Holder::Nobody,
        set_up: false,
        cvc_check: Check::Unchecked,
        redisplay: ask.redisplay,
        trail: Trail::default(),
    };
    draft.update(Row::Token(Token { used: true, ..token.clone() }));
    draft.insert(Row::Method(method.clone()));
    method
}
