//! `GET /v1/farthing/keys/{publishable key}`

use super::{fields, named};
use crate::error::ApiError;
use crate::request::{OperatorRequest, Outcome};
use crate::wire::json::object;

/// Shows what pages may do with a publishable key.
///
/// # Errors
/// A key that is not there, or is not publishable.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let key = named(&request).await?;
    let body = object(|out| {
        out.plain("object", "farthing.key");
        fields(out, (key.class, key.tenant.mode(), &request.id), &key.pages);
    });
    Ok(request.outcome(200, body))
}
