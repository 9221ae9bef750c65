//! `POST /v1/charges/{id}`

use farthing_core::id::ChargeId;
use farthing_domain::command::Ask;

use crate::error::ApiError;
use crate::params::TEXT_CHARS_MAX;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Changes a charge's own fields.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["description", "expand", "metadata"])?;
    let description = params.patch("description", TEXT_CHARS_MAX)?;
    let metadata = params.metadata_patch()?;
    let expand = params.expand(Kind::Charge)?;
    let id = read::path_id(&request, ChargeId::parse, ("charge", "id"))?;
    request.submit(Ask::UpdateCharge(id, metadata, description), expand).await
}
