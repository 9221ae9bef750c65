//! `GET /v1/balance`

use farthing_domain::view::Key;

use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::balance;
use crate::wire::expand::Kind;
use crate::wire::json::object;

/// Shows what the merchant has.
///
/// # Errors
/// What the store could not do.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&["expand"])?.expand(Kind::Leaf)?;
    let key = Key::Balances(request.tenant);
    let view = request.app.store.fetch(vec![key]).await?;
    let rows = crate::read::rows(&request, &view);
    Ok(request.outcome(200, object(|out| balance::of(out, &rows))))
}
