//! `GET /v1/setup_intents/{id}`

use farthing_domain::object::ObjectRef;

use super::parts;
use crate::error::ApiError;
use crate::read;
use crate::request::{Outcome, PublicRequest};
use crate::wire::expand::Kind;

/// Shows a set-up intent; to a publishable key only with its client secret, and less of it.
///
/// # Errors
/// A set-up intent that is not there; a wrong client secret.
pub async fn handle(PublicRequest(request): PublicRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["client_secret", "expand"])?;
    let secret = params.text("client_secret")?;
    let expand = params.expand(Kind::Setup)?;
    let id = parts::path_id(&request)?;
    parts::check_secret(&request, id, secret).await?;
    read::one(&request, ObjectRef::Setup(id), expand).await
}
