//! `POST /v1/setup_intents/{id}/cancel`

use farthing_domain::command::{Ask, CancelSetup};
use farthing_domain::setup::SetupCancelReason;

use super::parts;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const REASONS: [SetupCancelReason; 3] = [
    SetupCancelReason::Abandoned,
    SetupCancelReason::Duplicate,
    SetupCancelReason::RequestedByCustomer,
];

/// Gives a set-up intent up.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["cancellation_reason", "expand"])?;
    let words = REASONS.map(|reason| (reason.wire(), reason));
    let reason = params.choice("cancellation_reason", &words)?;
    let expand = params.expand(Kind::Setup)?;
    let id = parts::path_id(&request)?;
    request.submit(Ask::CancelSetup(CancelSetup { id, reason }), expand).await
}
