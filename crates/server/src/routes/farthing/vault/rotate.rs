//! `POST /v1/farthing/vault/rotate`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/vault/rotate -u op_…: -d ""
//! ```

use crate::error::ApiError;
use crate::request::{OperatorRequest, Outcome};
use crate::rotation;

/// Seals under another key from now on, and everything that is there anew, beside whatever else is
/// asked.
///
/// # Errors
/// 256 keys are as many as there can be; what the vault or the store could not do.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    rotation::rotate(&request.app).await?;
    let progress = rotation::progress(&request.app).await?;
    Ok(super::shown(&request, progress))
}
