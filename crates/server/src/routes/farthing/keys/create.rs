//! `POST /v1/farthing/keys`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/keys -u op_farthing_…: -d merchant=1 \
//!   -d "origins[]=https://shop.example"
//! ```

use farthing_domain::command::Ask;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::Key;

use super::{asked, list, mint};
use crate::error::{ApiError, Place, Problem};
use crate::request::{OperatorRequest, Outcome};
use crate::wire::json::object;

/// Adds a pair of keys for each mode to a merchant, shown this once.
///
/// # Errors
/// A merchant that is not there; origins that are none; wrong types.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["allow_scripts", "merchant", "origins"])?;
    let number = params.integer("merchant")?.ok_or_else(|| params.missing("merchant"))?;
    let asked = asked(&request.app.config, &params)?;
    let tenant = Key::Tenant(TenantId::of(number, Mode::Test));
    let view = request.app.store.fetch(vec![tenant]).await?;
    if number < 1 || view.row(&tenant).is_none() {
        let (noun, id, param) = ("merchant", number.to_string(), "merchant");
        return Err(Problem::Missing { noun, id, param, place: Place::Param }.into());
    }
    let minted = mint(&request, number, &asked);
    let keys = minted.iter().map(|minted| minted.key.clone()).collect();
    if let Some(refused) = request.run(Ask::AddKeys(keys)).await? {
        return Ok(refused);
    }
    let body = object(|out| {
        out.plain("object", "farthing.keys");
        out.int("merchant", number);
        list(out, &minted);
    });
    Ok(request.outcome(200, body))
}
