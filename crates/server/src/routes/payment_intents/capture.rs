//! `POST /v1/payment_intents/{id}/capture`

use farthing_domain::charge::Rest;
use farthing_domain::command::{Ask, CaptureIntent};

use super::parts;
use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "amount_to_capture",
    "expand",
    "final_capture",
    "metadata",
    "statement_descriptor",
    "statement_descriptor_suffix",
];

/// Begins to take held funds; what is not taken is released, or with `final_capture=false` stays
/// held.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let last = params.boolean("final_capture")?;
    let amount_minor = amount(&params, last)?;
    let rest = if last == Some(false) { Rest::Held } else { Rest::Released };
    parts::no_descriptor(&params)?;
    let statement_descriptor_suffix = parts::descriptor(&params, "statement_descriptor_suffix")?;
    let metadata = params.metadata_patch()?;
    let expand = params.expand(Kind::Intent)?;
    let id = parts::path_id(&request)?;
    let ask = CaptureIntent { id, amount_minor, rest, statement_descriptor_suffix, metadata };
    request.submit(Ask::CaptureIntent(ask), expand).await
}

/// Zero is reported under another name than a negative number: recorded so. Only who says that it is
/// the last capture may take nothing by it.
fn amount(params: &Params<'_>, last: Option<bool>) -> Result<Option<i64>, ApiError> {
    match params.integer("amount_to_capture")? {
        Some(minor) if minor < 0 => Err(Problem::NegativeCapture.into()),
        Some(0) if last != Some(true) => {
            Err(Problem::BelowLeast { name: "amount".to_owned(), least: 1 }.into())
        }
        other => Ok(other),
    }
}
