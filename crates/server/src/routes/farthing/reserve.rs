//! `POST /v1/farthing/merchants/{number}/reserve`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/merchants/1/reserve -u op_farthing_…: -d amount=5000 -d currency=usd
//! ```

use farthing_core::money::Money;
use farthing_domain::command::Ask;
use farthing_domain::refusal::Refusal;
use farthing_domain::tenant::{Mode, TenantId};

use crate::error::{ApiError, Problem};
use crate::request::{OperatorRequest, Outcome};

/// From now on so much of a merchant's funds is in reserve: what is more than before comes out of what
/// is available, what is less is available again. Asking again for the same moves nothing.
///
/// # Errors
/// A merchant that is not there; less that is available; wrong types.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["amount", "currency", "livemode"])?;
    let mode = if params.boolean("livemode")?.unwrap_or(false) { Mode::Live } else { Mode::Test };
    let number: i64 = request.id.parse().unwrap_or(0);
    let tenant = TenantId::of(number, mode);
    let minor = params.integer("amount")?.ok_or_else(|| params.missing("amount"))?;
    if minor < 0 {
        return Err(Problem::BelowLeast { name: "amount".to_owned(), least: 0 }.into());
    }
    let currency = params.currency("currency")?.ok_or_else(|| params.missing("currency"))?;
    let whole = Money::new(minor, currency)
        .map_err(|error| ApiError::from(Problem::Refused(Refusal::Money(error))))?;
    request.answer_of(tenant, Ask::SetReserve(whole)).await
}
