//! `GET` and `POST /v1/charges/{id}/refunds`

use farthing_core::id::RefundId;
use farthing_domain::command::{Ask, RefundOf};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use super::parts::path_id;
use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::routes::refunds::create::wish;
use crate::wire::expand::{Item, Kind};

/// Lists the refunds of a charge, newest first.
///
/// # Errors
/// A charge that is not there; a cursor that names nothing; wrong types.
pub async fn list(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&LIST)?;
    let expand = params.expand(Kind::List(Item::Refunds))?;
    let charge = path_id(&request)?;
    let what = ObjectRef::Charge(charge);
    let view = read::load(&request, what, false).await?;
    if !read::rows(&request, &view).has(what) {
        return Err(read::missing(what));
    }
    let listing = Listing {
        list: List::Refunds { charge: Some(charge), intent: None },
        parse: |text| RefundId::parse(text).map(ObjectRef::Refund),
        noun: "refund",
        filters: Vec::new(),
    };
    read::many(&request, &params, (listing, expand)).await
}

/// Begins to give funds back; answers with the refund.
///
/// # Errors
/// As of `POST /v1/refunds`.
pub async fn create(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["amount", "expand", "metadata", "reason"])?;
    let expand = params.expand(Kind::Refund)?;
    let ask = wish(&params, || path_id(&request).map(RefundOf::Charge))?;
    request.submit(Ask::CreateRefund(ask), expand).await
}
