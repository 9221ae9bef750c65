//! `GET /v1/payouts`

use farthing_core::id::{BankAccountId, PayoutId};
use farthing_domain::object::ObjectRef;
use farthing_domain::payout::PayoutState;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Lists payouts, newest first, perhaps of one state, to one account, or by their arrival.
///
/// # Errors
/// A cursor or filter that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let known = [&LIST[..], &["arrival_date", "destination", "status"]].concat();
    let params = request.params(&known)?;
    let expand = params.expand(Kind::List(Item::Payouts))?;
    let states = PayoutState::ALL.map(|state| (state.wire(), state));
    let noun = "external account";
    let destination = read::filter(&params, "destination", (noun, BankAccountId::parse))?;
    let to = destination.map(|id| (ObjectRef::BankAccount(id), noun, "destination"));
    let listing = Listing {
        list: List::Payouts {
            state: params.choice("status", &states)?,
            destination,
            arrival: read::range(&params, "arrival_date")?,
        },
        parse: |text| PayoutId::parse(text).map(ObjectRef::Payout),
        noun: "payout",
        filters: to.into_iter().collect(),
    };
    read::many(&request, &params, (listing, expand)).await
}
