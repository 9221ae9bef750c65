//! `POST /v1/payouts/{id}/cancel`

use farthing_domain::command::Ask;

use super::path_id;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Gives a payout up: its funds are available again.
///
/// # Errors
/// A payout that is not there, has left, or was made by the schedule.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Payout)?;
    let id = path_id(&request)?;
    request.submit(Ask::CancelPayout(id), expand).await
}
