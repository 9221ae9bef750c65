//! `DELETE /v1/customers/{id}`

use farthing_domain::command::Ask;

use super::parts;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};

/// Deletes a customer; a stub is left of it for ever.
///
/// # Errors
/// A customer that is not there, or deleted already.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let id = parts::path_id(&request)?;
    request.submit(Ask::DeleteCustomer(id), Vec::new()).await
}
