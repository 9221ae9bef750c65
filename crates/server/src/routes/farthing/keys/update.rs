//! `POST /v1/farthing/keys/{publishable key}`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/keys/pk_live_… -u op_farthing_…: \
//!   -d "origins[]=https://shop.example" -d "origins[]=https://staging.shop.example"
//! ```

use farthing_domain::command::{Ask, UpdateKey};

use super::{Asked, asked, fields, named};
use crate::error::{ApiError, Problem};
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
    let key = named(&request).await?;
    let ask = UpdateKey { hash: key.hash, origins, allow_scripts };
    // In a task of its own: an operator who hangs up must not keep the old rights alive.
    let changing = tokio::spawn(async move {
        let refused = request.run(Ask::UpdateKey(ask)).await;
        // Whatever came of it: what is remembered may be old now.
        request.app.keys.forget(&key.hash);
        refused.map(|refused| (request, refused))
    });
    let (request, refused) = changing.await.map_err(|_| Problem::Bug)??;
    if let Some(refused) = refused {
        return Ok(refused);
    }
    let key = named(&request).await?;
    let body = object(|out| {
        out.plain("object", "farthing.key");
        fields(out, (key.class, key.tenant.mode(), &request.id), &key.pages);
    });
    Ok(request.outcome(200, body))
}
