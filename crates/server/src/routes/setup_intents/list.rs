//! `GET /v1/setup_intents`

use farthing_core::id::{PaymentMethodId, SetupIntentId};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_intents::parts::customer;
use crate::wire::expand::{Item, Kind};

/// Lists set-up intents, newest first, perhaps of one customer or card, or those of the account itself.
///
/// # Errors
/// A cursor or filter that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params =
        request.params(&[&LIST[..], &["attach_to_self", "customer", "payment_method"]].concat())?;
    let of_self = params.boolean("attach_to_self")?.unwrap_or(false);
    let customer = customer(&params)?;
    let named = ("PaymentMethod", PaymentMethodId::parse as fn(&str) -> _);
    let method = read::filter(&params, "payment_method", named)?;
    let expand = params.expand(Kind::List(Item::Setups))?;
    let of_customer = customer.map(|id| (ObjectRef::Customer(id), "customer", "customer"));
    let of_method = method.map(|id| (ObjectRef::Method(id), "PaymentMethod", "payment_method"));
    let listing = Listing {
        list: List::Setups { customer, method },
        parse: |text| SetupIntentId::parse(text).map(ObjectRef::Setup),
        noun: "setupintent",
        filters: of_customer.into_iter().chain(of_method).collect(),
    };
    let found = read::many(&request, &params, (listing, expand)).await?;
    // No account keeps methods of its own, so none was set up for it.
    Ok(if of_self { read::none(&request) } else { found })
}
