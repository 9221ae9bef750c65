//! `GET /v1/charges`

use farthing_core::id::{ChargeId, IntentId};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_intents::parts::customer;
use crate::wire::expand::{Item, Kind};

/// Lists charges, newest first, perhaps of one intent, customer or group.
///
/// # Errors
/// A cursor or intent that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params =
        request.params(&[&LIST[..], &["customer", "payment_intent", "transfer_group"]].concat())?;
    let expand = params.expand(Kind::List(Item::Charges))?;
    let intent = read::filter(&params, "payment_intent", ("payment_intent", IntentId::parse))?;
    let customer = customer(&params)?;
    let group = params.owned("transfer_group")?;
    let listing = Listing {
        list: match customer {
            Some(customer) => List::ChargesOf { customer, intent, group },
            None => List::Charges { intent, group },
        },
        parse: |text| ChargeId::parse(text).map(ObjectRef::Charge),
        noun: "charge",
        filters: [
            customer.map(|id| (ObjectRef::Customer(id), "customer", "customer")),
            intent.map(|id| (ObjectRef::Intent(id), "payment_intent", "payment_intent")),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    read::many(&request, &params, (listing, expand)).await
}
