//! `GET /v1/balance_transactions`

use farthing_core::id::{BalanceTransactionId, ChargeId, DisputeId, RefundId};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Lists the lines of the balance, newest first, perhaps of one charge or refund.
///
/// # Errors
/// A cursor or source that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&LIST[..], &["source"]].concat())?;
    let expand = params.expand(Kind::List(Item::BalanceTransactions))?;
    if params.text("source")?.and_then(DisputeId::parse).is_some() {
        return Ok(read::none(&request)); // Recorded so, of whatever dispute.
    }
    let source = read::filter(&params, "source", ("source", source))?;
    let listing = Listing {
        list: List::BalanceTransactions { source },
        parse: |text| BalanceTransactionId::parse(text).map(ObjectRef::BalanceTransaction),
        noun: "balance transaction",
        filters: source.map(|what| (what, "source", "source")).into_iter().collect(),
    };
    read::many(&request, &params, (listing, expand)).await
}

fn source(text: &str) -> Option<ObjectRef> {
    let charge = ChargeId::parse(text).map(ObjectRef::Charge);
    charge.or_else(|| RefundId::parse(text).map(ObjectRef::Refund))
}
