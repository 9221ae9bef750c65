//! `GET /v1/confirmation_tokens/{id}`
//!
//! Pages make none here, so there is none to show.

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};

/// Refuses: no confirmation token was ever issued.
///
/// # Errors
/// Always.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&["expand"])?;
    Err(read::none_such("confirmation_token", &request.id, "confirmation_token"))
}
