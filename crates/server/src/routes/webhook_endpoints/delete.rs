//! `DELETE /v1/webhook_endpoints/{id}`

use farthing_domain::command::Ask;

use super::parts;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};

/// Removes an endpoint; what was due to it is given up when its time comes.
///
/// # Errors
/// An endpoint that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let id = parts::path_id(&request)?;
    request.submit(Ask::DeleteEndpoint(id), Vec::new()).await
}
