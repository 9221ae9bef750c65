//! `GET /v1/events/{id}`

use farthing_core::id::EventId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows an event, with its object as it was.
///
/// # Errors
/// An event that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Leaf)?;
    let id = read::path_id(&request, EventId::parse, ("event", "id"))?;
    read::one(&request, ObjectRef::Event(id), expand).await
}
