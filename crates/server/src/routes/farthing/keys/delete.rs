//! `DELETE /v1/farthing/keys/{id or publishable key}`

use farthing_domain::command::Ask;

use super::{change, fields, named};
use crate::error::ApiError;
use crate::request::{HouseRequest, Outcome};
use crate::wire::json::object;

/// Ends a key at once. It stays in the list.
///
/// # Errors
/// A key that is not there.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let hash = named(&request).await?.hash;
    let (request, refused) = change(request, hash, Ask::EndKey(hash)).await?;
    if let Some(refused) = refused {
        return Ok(refused);
    }
    let key = named(&request).await?;
    let used = request.app.keys.last_used(&key);
    let body = object(|out| fields(out, &key, (request.app.clock.now(), used)));
    Ok(request.outcome(200, body))
}
