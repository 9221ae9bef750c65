//! `GET /v1/payment_intents/{id}/amount_details_line_items`
//!
//! No line items are kept, so the list is empty and no cursor names one.

use farthing_domain::object::ObjectRef;

use super::parts;
use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;
use crate::wire::list;

/// Lists nothing of an intent that is there.
///
/// # Errors
/// An intent that is not there; a cursor; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["ending_before", "expand", "limit", "starting_after"])?;
    params.integer("limit")?;
    params.expand(Kind::Leaf)?;
    let id = parts::path_id(&request)?;
    let view = read::load(&request, ObjectRef::Intent(id), false).await?;
    if view.intent(request.tenant, id).is_none() {
        return Err(read::missing(ObjectRef::Intent(id)));
    }
    for cursor in ["starting_after", "ending_before"] {
        if let Some(given) = params.text(cursor)? {
            return Err(read::no_such("line item", given, cursor));
        }
    }
    let body = list::of((Vec::<()>::new(), false), &request.path, |_, ()| {});
    Ok(request.outcome(200, body))
}
