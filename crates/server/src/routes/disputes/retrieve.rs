//! `GET /v1/disputes/{id}`

use farthing_core::id::DisputeId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a dispute.
///
/// # Errors
/// A dispute that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Dispute)?;
    let id = read::path_id(&request, DisputeId::parse, ("dispute", "dispute"))?;
    read::one(&request, ObjectRef::Dispute(id), expand).await
}
