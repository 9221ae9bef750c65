//! `GET /v1/customers/search`

use farthing_domain::search::Of;

use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::search;
use crate::wire::expand::Item;

/// Finds customers, newest first.
///
/// # Errors
/// As [`search::run`].
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    search::run(&request, (Of::Customers, Item::Customers)).await
}
