//! `GET /v1/refunds/{id}`

use farthing_core::id::RefundId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a refund.
///
/// # Errors
/// A refund that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Refund)?;
    let id = read::path_id(&request, RefundId::parse, ("refund", "refund"))?;
    read::one(&request, ObjectRef::Refund(id), expand).await
}
