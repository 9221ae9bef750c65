//! `GET /v1/payment_intents`

use farthing_core::id::IntentId;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Lists intents, newest first.
///
/// # Errors
/// A cursor that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&LIST)?;
    let expand = params.expand(Kind::List(Item::Intents))?;
    let listing = Listing {
        list: List::Intents,
        parse: |text| IntentId::parse(text).map(ObjectRef::Intent),
        noun: "payment_intent",
        filters: Vec::new(),
    };
    read::many(&request, &params, (listing, expand)).await
}
