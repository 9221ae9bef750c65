//! `GET /v1/balance_transactions/{id}`

use farthing_core::id::BalanceTransactionId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a line of the balance.
///
/// # Errors
/// A line that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::BalanceTransaction)?;
    let names = ("balance transaction", "id");
    let id = read::path_id(&request, BalanceTransactionId::parse, names)?;
    read::one(&request, ObjectRef::BalanceTransaction(id), expand).await
}
