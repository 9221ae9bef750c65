//! `GET /v1/farthing/payout_settings`

use farthing_domain::view::Key;

use crate::error::{ApiError, Problem};
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::bank;
use crate::wire::json::object;

/// Shows the settings.
///
/// # Errors
/// What the store could not do.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let view = request.app.store.fetch(vec![Key::Tenant(request.tenant)]).await?;
    let tenant = view.tenant(request.tenant).ok_or(Problem::Bug)?;
    let live = read::rows(&request, &view).live();
    Ok(request.outcome(200, object(|out| bank::settings(out, live, tenant.payouts))))
}
