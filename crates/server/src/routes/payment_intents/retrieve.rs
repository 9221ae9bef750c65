//! `GET /v1/payment_intents/{id}`

use farthing_domain::object::ObjectRef;

use super::parts;
use crate::error::ApiError;
use crate::read;
use crate::request::{Outcome, PublicRequest};
use crate::wire::expand::Kind;

/// Shows an intent; to a publishable key only with its client secret, and less of it.
///
/// # Errors
/// An intent that is not there; a wrong client secret.
pub async fn handle(PublicRequest(request): PublicRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["client_secret", "expand"])?;
    let secret = params.text("client_secret")?;
    let expand = params.expand(Kind::Intent)?;
    let id = parts::path_id(&request)?;
    parts::check_secret(&request, id, secret).await?;
    read::one(&request, ObjectRef::Intent(id), expand).await
}
