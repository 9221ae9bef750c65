//! `POST /v1/payment_methods/{id}/attach`
//!
//! The network is asked about the card first, for an amount of zero: nothing moves, so there is
//! nothing to write down before. Attaching again, which changes nothing, asks again.

use farthing_core::id::CustomerId;
use farthing_domain::attempt::Presence;
use farthing_domain::command::{Ask, AttachMethod, MethodSource};
use farthing_domain::method::Holder;
use farthing_domain::method_type::MethodType;
use farthing_domain::network::{Approval, Outcome as Verdict};
use farthing_domain::view::Key;

use super::parts::path_source;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_intents::parts::customer;
use crate::verify;
use crate::wire::expand::Kind;

/// Attaches a card to a customer.
///
/// # Errors
/// A card or customer that is not there; a card that the network does not take.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["customer", "expand"])?;
    let customer = customer(&params)?.ok_or_else(|| params.missing("customer"))?;
    let expand = params.expand(Kind::Method)?;
    let method = path_source(&request)?;
    let verdict = verdict(&request, (&method, customer)).await?;
    let ask = AttachMethod { method, customer, verdict };
    request.submit(Ask::AttachMethod(Box::new(ask)), expand).await
}

/// What the network says of a card that could be attached; of any other, and for a customer who is
/// not there, it is not asked: what will be refused reaches nobody.
async fn verdict(
    request: &ApiRequest,
    (method, customer): (&MethodSource, CustomerId),
) -> Result<Verdict, ApiError> {
    let known = Ok(Verdict::Approved(Approval::default()));
    let view = request.app.store.fetch(vec![Key::Customer(request.tenant, customer)]).await?;
    if view.customer(request.tenant, customer).is_none_or(|row| row.deleted) {
        return known;
    }
    match method {
        MethodSource::New(new) if new.kind != MethodType::CARD => known,
        MethodSource::New(new) => {
            let card = verify::Card { id: new.id, sealed: &new.sealed, billing: &new.billing };
            verify::card(request, card, Presence::Authenticated).await
        }
        // A path names no token.
        MethodSource::Token(_) => known,
        MethodSource::Stored(id) => {
            let key = Key::Method(request.tenant, *id);
            let view = request.app.store.fetch(vec![key]).await?;
            match view.method(request.tenant, *id) {
                Some(row) if row.holder == Holder::Nobody && row.kind == MethodType::CARD => {
                    verify::card(request, verify::Card::of(row), Presence::Authenticated).await
                }
                Some(_) | None => known,
            }
        }
    }
}
