//! `GET /v1/farthing/bank_accounts/{id}`

use farthing_core::id::BankAccountId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a bank account.
///
/// # Errors
/// An account that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Leaf)?;
    let id = read::path_id(&request, BankAccountId::parse, ("external account", "id"))?;
    read::one(&request, ObjectRef::BankAccount(id), expand).await
}
