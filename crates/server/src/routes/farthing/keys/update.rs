//! `POST /v1/farthing/keys/{id or publishable key}`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/keys/pk_live_… -u op_farthing_…: \
//!   -d "origins[]=https://shop.example" -d "origins[]=https://staging.shop.example"
//! ```

use farthing_domain::command::{Ask, UpdateKey};

use super::{Asked, asked, change, fields, named};
use crate::error::ApiError;
use crate::request::{OperatorRequest, Outcome};
use crate::wire::json::object;

/// Changes what pages may do with a publishable key: its origins as a whole, and whether scripts
/// may send card numbers (test mode only).
///
/// # Errors
/// A key that is not there, or is not publishable; origins that are none; wrong types.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    let Asked { origins, allow_scripts } =
        asked(&request.app.config, &request.params(&["allow_scripts", "origins"])?)?;
    let hash = named(&request).await?.hash;
    let ask = Ask::UpdateKey(UpdateKey { hash, origins, allow_scripts });
    let (request, refused) = change(request, hash, ask).await?;
    if let Some(refused) = refused {
        return Ok(refused);
    }
    let key = named(&request).await?;
    let used = request.app.keys.last_used(&key);
    let body = object(|out| fields(out, &key, (request.wall, used)));
    Ok(request.outcome(200, body))
}
