//! `DELETE /v1/farthing/bank_accounts/{id}`

use farthing_core::id::BankAccountId;
use farthing_domain::command::Ask;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};

/// Deletes a bank account. Payouts that were made to it are sent there all the same.
///
/// # Errors
/// An account that is not there, or deleted already; the default of a currency that has others.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let id = read::path_id(&request, BankAccountId::parse, ("external account", "id"))?;
    request.submit(Ask::DeleteBankAccount(id), Vec::new()).await
}
