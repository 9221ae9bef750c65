//! `POST /v1/setup_intents/{id}/verify_microdeposits`

use farthing_domain::object::ObjectRef;
use farthing_domain::refusal::Refusal;

use super::parts;
use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::render::setup_refused;

/// Refuses: a card is not verified by small deposits, so no set-up intent waits for them.
///
/// # Errors
/// A set-up intent that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&["amounts", "client_secret", "descriptor_code", "expand"])?;
    let setup = parts::path_id(&request)?;
    let what = ObjectRef::Setup(setup);
    let view = read::load(&request, what, false).await?;
    let rows = read::rows(&request, &view);
    if !rows.has(what) {
        return Err(read::missing(what));
    }
    let answer = setup_refused(&rows, &Refusal::NoMicrodeposits { setup }, setup);
    Ok(request.outcome(answer.status, answer.body))
}
