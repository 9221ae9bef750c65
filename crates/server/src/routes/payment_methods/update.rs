//! `POST /v1/payment_methods/{id}`

use farthing_domain::command::{Ask, NewExpiry, Patch, UpdateMethod};
use farthing_domain::view::Key;

use super::parts::{path_id, redisplay};
use crate::card;
use crate::error::ApiError;
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::routes::{customers, payment_intents};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &["allow_redisplay", "billing_details", "card", "expand", "metadata"];

/// Changes what is said of a customer's card.
///
/// # Errors
/// Every line of the table about a parameter; a card that is not there, or no customer's.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let id = path_id(&request)?;
    let base = UpdateMethod {
        id,
        address: Patch::Keep,
        email: Patch::Keep,
        name: Patch::Keep,
        phone: Patch::Keep,
        expiry: expiry(&request, &params).await?,
        metadata: params.metadata_patch()?,
        redisplay: redisplay(&params)?,
    };
    let ask = billed(&params, base)?;
    let expand = params.expand(Kind::Method)?;
    request.submit(Ask::UpdateMethod(Box::new(ask)), expand).await
}

fn billed(params: &Params<'_>, ask: UpdateMethod) -> Result<UpdateMethod, ApiError> {
    let mut outer = String::new();
    let known = ["address", "email", "name", "phone"];
    let Some(billing) = params.map("billing_details", &mut outer, &known)? else { return Ok(ask) };
    Ok(UpdateMethod {
        address: customers::parts::address(&billing)?,
        email: payment_intents::parts::email(&billing, "email")?,
        name: billing.patch("name", TEXT_CHARS_MAX)?,
        phone: billing.patch("phone", TEXT_CHARS_MAX)?,
        ..ask
    })
}

/// Another expiry, for which the number is sealed anew.
async fn expiry(request: &ApiRequest, params: &Params<'_>) -> Result<Option<NewExpiry>, ApiError> {
    let mut outer = String::new();
    let Some(card) = params.map("card", &mut outer, &["exp_month", "exp_year"])? else {
        return Ok(None);
    };
    let given = (card.integer("exp_month")?, card.integer("exp_year")?);
    if given == (None, None) {
        return Ok(None);
    }
    let id = path_id(request)?;
    let view = request.app.store.fetch(vec![Key::Method(request.tenant, id)]).await?;
    let missing = || read::missing(farthing_domain::object::ObjectRef::Method(id));
    let row = view.method(request.tenant, id).ok_or_else(missing)?;
    card::renewed(request, row, given).map(Some)
}
