//! `POST /v1/farthing/keys/{id}/roll`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/keys/key_…/roll -u op_farthing_…: -d expires_in=3600
//! ```

use farthing_core::time::TimestampMs;
use farthing_domain::command::{Ask, NewKey, RollKey};

use super::{change, named, new_fields, rights};
use crate::error::ApiError;
use crate::mint::{Minted, mint};
use crate::request::{HouseRequest, Outcome};
use crate::wire::json::object;

/// How long both keys work where the request does not say: a day.
const OVERLAP_S: i64 = 86_400;
/// How long they may at most: a week.
const OVERLAP_MAX_S: i64 = 7 * OVERLAP_S;

/// Makes a key that may do what another one may, which works for a while yet. The new key is shown
/// this once.
///
/// # Errors
/// A key that is not there or has ended; an overlap that is too long.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["expires_in"])?;
    let overlap_s = rights::whole(&params, "expires_in", (0, OVERLAP_MAX_S))?.unwrap_or(OVERLAP_S);
    let old = named(&request).await?;
    let mut minted: Minted = mint(&request.app.vault, old.class, old.tenant);
    let NewKey { hash: new_hash, hint, .. } = minted.key.clone();
    let ends_at = request.wall.plus_ms(overlap_s.saturating_mul(1_000));
    let roll = RollKey { hash: old.hash, ends_at, new_hash, new_hint: hint };
    let (request, refused) = change(request, old.hash, Ask::RollKey(roll)).await?;
    if let Some(refused) = refused {
        return Ok(refused);
    }
    minted.key.pages.clone_from(&old.pages);
    minted.key.rights.clone_from(&old.rights);
    let old = named(&request).await?;
    let body = object(|out| {
        out.plain("object", "farthing.key");
        out.int("merchant", old.tenant.merchant());
        new_fields(out, &minted);
        out.object("replaces", |out| {
            out.plain("id", old.id());
            out.maybe_int("expires_at", old.rights.expires_at.map(TimestampMs::seconds));
        });
    });
    Ok(request.outcome(200, body))
}
