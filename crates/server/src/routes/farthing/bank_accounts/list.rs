//! `GET /v1/farthing/bank_accounts`

use farthing_core::id::BankAccountId;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Lists bank accounts, newest first.
///
/// # Errors
/// A cursor that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&LIST)?;
    let expand = params.expand(Kind::List(Item::Leaves))?;
    let listing = Listing {
        list: List::BankAccounts,
        parse: |text| BankAccountId::parse(text).map(ObjectRef::BankAccount),
        noun: "external account",
        filters: Vec::new(),
    };
    read::many(&request, &params, (listing, expand)).await
}
