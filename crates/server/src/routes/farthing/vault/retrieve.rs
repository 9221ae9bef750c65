//! `GET /v1/farthing/vault`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/vault -u op_…:
//! ```

use crate::error::ApiError;
use crate::request::{OperatorRequest, Outcome};
use crate::rotation;

/// Shows how far a rotation has come.
///
/// # Errors
/// What the store could not do.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let progress = rotation::progress(&request.app).await?;
    Ok(super::shown(&request, progress))
}
