//! `POST /v1/payment_methods/{id}/detach`

use farthing_domain::command::Ask;

use super::parts::path_id;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Detaches a card from its customer. It cannot be used again.
///
/// # Errors
/// A card that is not there, or no customer's.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Method)?;
    let id = path_id(&request)?;
    request.submit(Ask::DetachMethod(id), expand).await
}
