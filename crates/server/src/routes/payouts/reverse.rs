//! `POST /v1/payouts/{id}/reverse`

use farthing_domain::command::{Ask, ReversePayout};

use super::path_id;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Takes back what was paid out, by another payout, and shows that one.
///
/// # Errors
/// A payout that is not there, not paid, reversed before, or at a bank that does not allow it.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["expand", "metadata"])?;
    let metadata = params.metadata()?;
    let expand = params.expand(Kind::Payout)?;
    let id = path_id(&request)?;
    let ask = ReversePayout { id, metadata };
    request.submit(Ask::ReversePayout(Box::new(ask)), expand).await
}
