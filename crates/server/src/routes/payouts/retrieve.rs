//! `GET /v1/payouts/{id}`

use farthing_domain::object::ObjectRef;

use super::path_id;
use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a payout.
///
/// # Errors
/// A payout that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Payout)?;
    let id = path_id(&request)?;
    read::one(&request, ObjectRef::Payout(id), expand).await
}
