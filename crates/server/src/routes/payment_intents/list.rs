//! `GET /v1/payment_intents`

use farthing_core::id::IntentId;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use super::parts;
use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Lists intents, newest first, perhaps of one customer.
///
/// # Errors
/// A cursor or customer that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&LIST[..], &["customer"]].concat())?;
    let customer = parts::customer(&params)?;
    let expand = params.expand(Kind::List(Item::Intents))?;
    let listing = Listing {
        list: customer.map_or(List::Intents, |customer| List::IntentsOf { customer }),
        parse: |text| IntentId::parse(text).map(ObjectRef::Intent),
        noun: "payment_intent",
        filters: customer
            .map(|id| (ObjectRef::Customer(id), "customer", "customer"))
            .into_iter()
            .collect(),
    };
    read::many(&request, &params, (listing, expand)).await
}
