//! `POST /v1/payment_intents/{id}/cancel`

use farthing_domain::command::{Ask, CancelIntent};
use farthing_domain::intent::CancelReason;

use super::parts;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const REASONS: [(&str, CancelReason); 4] = [
    ("duplicate", CancelReason::Duplicate),
    ("fraudulent", CancelReason::Fraudulent),
    ("requested_by_customer", CancelReason::RequestedByCustomer),
    ("abandoned", CancelReason::Abandoned),
];

/// Gives an intent up; with held funds, begins to release them.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["cancellation_reason", "expand"])?;
    let reason = params.choice("cancellation_reason", &REASONS)?;
    let expand = params.expand(Kind::Intent)?;
    let id = parts::path_id(&request)?;
    request.submit(Ask::CancelIntent(CancelIntent { id, reason }), expand).await
}
