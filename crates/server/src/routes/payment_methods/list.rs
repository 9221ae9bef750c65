//! `GET /v1/payment_methods`

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

const KNOWN: &[&str] = &["ending_before", "expand", "limit", "starting_after", "type"];

/// Lists the cards of a customer: without one, none, as recorded.
///
/// # Errors
/// Wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    params.integer("limit")?;
    params.choice("type", &[("card", ())])?;
    params.expand(Kind::List(Item::Leaves))?;
    Ok(read::none(&request))
}
