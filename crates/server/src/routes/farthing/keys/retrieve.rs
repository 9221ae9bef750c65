//! `GET /v1/farthing/keys/{id or publishable key}`

use super::{fields, named};
use crate::error::ApiError;
use crate::request::{HouseRequest, Outcome};
use crate::wire::json::object;

/// Shows what a key may do, and when it was last used.
///
/// # Errors
/// A key that is not there.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let key = named(&request).await?;
    let used = request.app.keys.last_used(&key);
    let body = object(|out| fields(out, &key, (request.wall, used)));
    Ok(request.outcome(200, body))
}
