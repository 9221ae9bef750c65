//! `GET /v1/tokens/{id}`

use farthing_core::id::TokenId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a token, and whether it was used.
///
/// # Errors
/// A token that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Leaf)?;
    let id = read::path_id(&request, TokenId::parse, ("token", "token"))?;
    read::one(&request, ObjectRef::Token(id), expand).await
}
