//! `GET /v1/radar/early_fraud_warnings`

use farthing_core::id::{ChargeId, FraudWarningId, IntentId};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Lists warnings, newest first, perhaps of one charge or intent.
///
/// # Errors
/// A cursor or filter that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&LIST[..], &["charge", "payment_intent"]].concat())?;
    let expand = params.expand(Kind::List(Item::Warnings))?;
    let charge = read::filter(&params, "charge", ("charge", ChargeId::parse))?;
    let intent = read::filter(&params, "payment_intent", ("payment_intent", IntentId::parse))?;
    let of_charge = charge.map(|id| (ObjectRef::Charge(id), "charge", "charge"));
    let of_intent = intent.map(|id| (ObjectRef::Intent(id), "payment_intent", "payment_intent"));
    let listing = Listing {
        list: List::Warnings { charge, intent },
        parse: |text| FraudWarningId::parse(text).map(ObjectRef::Warning),
        noun: "early fraud warning",
        filters: of_charge.into_iter().chain(of_intent).collect(),
    };
    read::many(&request, &params, (listing, expand)).await
}
