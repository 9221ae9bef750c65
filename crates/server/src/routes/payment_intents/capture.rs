//! `POST /v1/payment_intents/{id}/capture`

use farthing_domain::command::{Ask, CaptureIntent};

use super::parts;
use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &["amount_to_capture", "expand", "final_capture", "metadata"];

/// Begins to take held funds; what is not taken is released.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let amount_minor = amount(&params)?;
    if params.boolean("final_capture")? == Some(false) {
        return Err(Problem::UnsupportedValue { name: "final_capture".to_owned() }.into());
    }
    let metadata = params.metadata_patch()?;
    let expand = params.expand(Kind::Intent)?;
    let id = parts::path_id(&request)?;
    request.submit(Ask::CaptureIntent(CaptureIntent { id, amount_minor, metadata }), expand).await
}

/// Zero is reported under another name than a negative number: recorded so.
fn amount(params: &Params<'_>) -> Result<Option<i64>, ApiError> {
    match params.integer("amount_to_capture")? {
        Some(minor) if minor < 0 => Err(Problem::NegativeCapture.into()),
        Some(0) => Err(Problem::BelowLeast { name: "amount".to_owned(), least: 1 }.into()),
        other => Ok(other),
    }
}
