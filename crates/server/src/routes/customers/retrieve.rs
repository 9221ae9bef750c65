//! `GET /v1/customers/{id}`

use farthing_domain::object::ObjectRef;

use super::parts;
use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a customer, or what is left of a deleted one.
///
/// # Errors
/// A customer that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Customer)?;
    let id = parts::path_id(&request)?;
    read::one(&request, ObjectRef::Customer(id), expand).await
}
