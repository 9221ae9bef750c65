//! `POST /v1/payment_intents/{id}/apply_customer_balance`

use super::parts;
use crate::error::{ApiError, Problem};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Refuses: no customer has a cash balance here, and no intent is paid from one.
///
/// # Errors
/// An intent that is not there; else always [`Problem::CashBalance`].
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["amount", "currency", "expand"])?;
    parts::amount(&params, None)?;
    params.currency("currency")?;
    params.expand(Kind::Intent)?;
    parts::present(&request).await?;
    Err(Problem::CashBalance.into())
}
