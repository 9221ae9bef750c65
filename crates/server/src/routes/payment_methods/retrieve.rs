//! `GET /v1/payment_methods/{id}`

use farthing_core::id::PaymentMethodId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows what may be shown of a card.
///
/// # Errors
/// A card that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Method)?;
    let names = ("PaymentMethod", "payment_method");
    let id = read::path_id(&request, PaymentMethodId::parse, names)?;
    read::one(&request, ObjectRef::Method(id), expand).await
}
