//! `GET /v1/charges/{id}`

use farthing_core::id::ChargeId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a charge.
///
/// # Errors
/// A charge that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Charge)?;
    let id = read::path_id(&request, ChargeId::parse, ("charge", "id"))?;
    read::one(&request, ObjectRef::Charge(id), expand).await
}
