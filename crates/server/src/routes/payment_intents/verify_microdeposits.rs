//! `POST /v1/payment_intents/{id}/verify_microdeposits`

use super::parts;
use crate::error::{ApiError, Problem};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Refuses: no account is verified by small deposits here.
///
/// # Errors
/// An intent that is not there; else always [`Problem::Microdeposits`].
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["amounts", "descriptor_code", "expand"])?;
    params.texts("amounts")?;
    params.text("descriptor_code")?;
    params.expand(Kind::Intent)?;
    parts::present(&request).await?;
    Err(Problem::Microdeposits.into())
}
