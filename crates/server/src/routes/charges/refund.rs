//! `POST /v1/charges/{id}/refund`
//!
//! The older way to give funds back, which answers with the charge. Its kept answer is the refund's,
//! with the charge inside: so a repeated request gets the charge as it was then.

use farthing_domain::command::{Ask, RefundOf};
use serde_json::Value;

use super::parts::path_id;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::routes::refunds::create::wish;
use crate::wire::expand::Kind;

/// Begins to give funds back.
///
/// # Errors
/// As of `POST /v1/refunds`.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["amount", "expand", "metadata", "reason"])?;
    let inside = params.expand(Kind::Charge)?.into_iter().map(|path| format!("charge.{path}"));
    let expand = std::iter::once("charge".to_owned()).chain(inside).collect();
    let ask = wish(&params, || path_id(&request).map(RefundOf::Charge))?;
    let outcome = request.submit(Ask::CreateRefund(ask), expand).await?;
    Ok(match charge_in(&outcome.body) {
        Some(charge) => outcome.with_body(charge),
        None => outcome, // An error.
    })
}

/// The charge of a refund; none of anything else.
fn charge_in(refund: &[u8]) -> Option<Vec<u8>> {
    let refund: Value = serde_json::from_slice(refund).ok()?;
    let charge = refund.get("charge").filter(|charge| charge.is_object())?;
    serde_json::to_vec(charge).ok()
}
