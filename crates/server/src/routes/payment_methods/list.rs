//! `GET /v1/payment_methods` and `GET /v1/customers/{id}/payment_methods`

use farthing_core::id::{CustomerId, PaymentMethodId};
use farthing_domain::method_type::MethodType;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;
use farthing_domain::view::Key;

use crate::error::ApiError;
use crate::means;
use crate::params::Params;
use crate::read::{self, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::routes::{customers, payment_intents};
use crate::wire::expand::{Item, Kind};

const KNOWN: &[&str] = &["ending_before", "expand", "limit", "starting_after", "type"];

/// Lists the cards of a customer: without one, none, as recorded.
///
/// # Errors
/// A cursor or customer that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[KNOWN, &["customer"]].concat())?;
    let customer = payment_intents::parts::customer(&params)?;
    let Some(customer) = customer else {
        params.integer("limit")?;
        kind(&params)?;
        params.expand(Kind::List(Item::Methods))?;
        return Ok(read::none(&request));
    };
    if !there(&request, customer).await? {
        let text = params.text("customer")?.unwrap_or_default();
        return Err(read::no_such("customer", text, "customer"));
    }
    of(&request, &params, customer).await
}

/// Lists the cards of the customer in the path.
///
/// # Errors
/// The same.
pub async fn of_customer(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let customer = customers::parts::path_id(&request)?;
    if !there(&request, customer).await? {
        return Err(read::missing(ObjectRef::Customer(customer)));
    }
    of(&request, &params, customer).await
}

async fn of(
    request: &ApiRequest,
    params: &Params<'_>,
    customer: CustomerId,
) -> Result<Outcome, ApiError> {
    let kind = kind(params)?;
    let expand = params.expand(Kind::List(Item::Methods))?;
    let listing = Listing {
        list: List::MethodsOf { customer, kind },
        parse: |text| PaymentMethodId::parse(text).map(ObjectRef::Method),
        noun: "PaymentMethod",
        filters: Vec::new(),
    };
    read::many(request, params, (listing, expand)).await
}

/// Of which kind only, if one is named.
fn kind(params: &Params<'_>) -> Result<Option<MethodType>, ApiError> {
    if params.has("type") { means::kind(params).map(Some) } else { Ok(None) }
}

/// Whether there is such a customer, not deleted.
pub(crate) async fn there(request: &ApiRequest, id: CustomerId) -> Result<bool, ApiError> {
    let view = request.app.store.fetch(vec![Key::Customer(request.tenant, id)]).await?;
    Ok(view.customer(request.tenant, id).is_some_and(|customer| !customer.deleted))
}
