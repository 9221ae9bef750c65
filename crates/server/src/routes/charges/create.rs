//! `POST /v1/charges`: the older way to pay, which is at its end.

use crate::error::{ApiError, Problem};
use crate::request::{ApiRequest, Outcome};

/// What the older way took. Nothing is done with it.
const KNOWN: &[&str] = &[
    "amount",
    "capture",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "receipt_email",
    "shipping",
    "source",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

/// Refuses, and says where to pay instead.
///
/// # Errors
/// Always [`Problem::LegacyCharge`], after a parameter that was never known.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(KNOWN)?;
    Err(Problem::LegacyCharge.into())
}
