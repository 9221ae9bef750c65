//! `POST /v1/refunds/{id}`

use farthing_core::id::RefundId;
use farthing_domain::command::Ask;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Changes a refund's own pairs.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["expand", "metadata"])?;
    let metadata = params.metadata_patch()?;
    let expand = params.expand(Kind::Refund)?;
    let id = read::path_id(&request, RefundId::parse, ("refund", "refund"))?;
    request.submit(Ask::UpdateRefund(id, metadata), expand).await
}
