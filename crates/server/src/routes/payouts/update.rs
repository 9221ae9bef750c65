//! `POST /v1/payouts/{id}`

use farthing_domain::command::Ask;

use super::path_id;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Changes a payout's own pairs.
///
/// # Errors
/// Every line of the table about a parameter; a payout that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["expand", "metadata"])?;
    let metadata = params.metadata_patch()?;
    let expand = params.expand(Kind::Payout)?;
    let id = path_id(&request)?;
    request.submit(Ask::UpdatePayout(id, metadata), expand).await
}
