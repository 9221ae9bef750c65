//! `GET /v1/webhook_endpoints/{id}`

use farthing_domain::object::ObjectRef;

use super::parts;
use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows an endpoint, without its secret.
///
/// # Errors
/// An endpoint that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Leaf)?;
    let id = parts::path_id(&request)?;
    read::one(&request, ObjectRef::Endpoint(id), expand).await
}
