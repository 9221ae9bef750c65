//! `GET /v1/customers`

use farthing_core::id::CustomerId;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

const KNOWN: &[&str] = &["created", "email", "ending_before", "expand", "limit", "starting_after"];

/// Lists customers, newest first, deleted ones left out.
///
/// # Errors
/// A cursor that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let expand = params.expand(Kind::List(Item::Customers))?;
    let listing = Listing {
        list: List::Customers { email: params.owned("email")? },
        parse: |text| CustomerId::parse(text).map(ObjectRef::Customer),
        noun: "customer",
        filters: Vec::new(),
    };
    read::many(&request, &params, (listing, expand)).await
}
