//! `POST /v1/disputes/{id}/close`

use farthing_core::id::DisputeId;
use farthing_domain::command::Ask;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Accepts a dispute: the holder keeps the funds.
///
/// # Errors
/// A dispute that is not there, or over.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Dispute)?;
    let id = read::path_id(&request, DisputeId::parse, ("dispute", "dispute"))?;
    request.submit(Ask::CloseDispute(id), expand).await
}
