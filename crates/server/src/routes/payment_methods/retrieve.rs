//! `GET /v1/payment_methods/{id}`

use farthing_core::id::PaymentMethodId;
use farthing_domain::object::ObjectRef;

use super::list::there;
use super::parts::path_id;
use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::routes::customers;
use crate::wire::expand::Kind;

/// Shows what may be shown of a card.
///
/// # Errors
/// A card that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Method)?;
    let id = path_id(&request)?;
    read::one(&request, ObjectRef::Method(id), expand).await
}

/// Shows a card of the customer in the path.
///
/// # Errors
/// A customer or card that is not there; a card that is not the customer's.
pub async fn of_customer(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Method)?;
    let customer = customers::parts::path_id(&request)?;
    if !there(&request, customer).await? {
        return Err(read::missing(ObjectRef::Customer(customer)));
    }
    let text = request.path.rsplit('/').next().unwrap_or_default();
    let missing = || read::none_such("PaymentMethod", text, "payment_method");
    let id = PaymentMethodId::parse(text).ok_or_else(missing)?;
    let view = read::load(&request, ObjectRef::Method(id), false).await?;
    match view.method(request.tenant, id) {
        Some(row) if row.customer() == Some(customer) => {
            read::one(&request, ObjectRef::Method(id), expand).await
        }
        Some(_) | None => Err(missing()),
    }
}
