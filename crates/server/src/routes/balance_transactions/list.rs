//! `GET /v1/balance_transactions`

use farthing_core::id::{BalanceTransactionId, ChargeId, DisputeId, PayoutId, RefundId};
use farthing_domain::object::ObjectRef;
use farthing_domain::payout::Payout;
use farthing_domain::query::List;
use farthing_domain::view::Key;

use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Lists the lines of the balance, newest first, perhaps of one charge or refund.
///
/// # Errors
/// A cursor or source that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&LIST[..], &["payout", "source"]].concat())?;
    let expand = params.expand(Kind::List(Item::BalanceTransactions))?;
    if params.text("source")?.and_then(DisputeId::parse).is_some() {
        return Ok(read::none(&request)); // Recorded so, of whatever dispute.
    }
    let source = read::filter(&params, "source", ("source", source))?;
    let list = match of_payout(&request, &params).await? {
        None => List::BalanceTransactions { source },
        Some(_) if source.is_some() => {
            return Err(Problem::Exclusive { names: "payout, source".to_owned() }.into());
        }
        Some(payout) => lines(&payout)?,
    };
    let listing = Listing {
        list,
        parse: |text| BalanceTransactionId::parse(text).map(ObjectRef::BalanceTransaction),
        noun: "balance transaction",
        filters: source.map(|what| (what, "source", "source")).into_iter().collect(),
    };
    read::many(&request, &params, (listing, expand)).await
}

fn source(text: &str) -> Option<ObjectRef> {
    let charge = ChargeId::parse(text).map(ObjectRef::Charge);
    let refund = || RefundId::parse(text).map(ObjectRef::Refund);
    charge.or_else(refund).or_else(|| PayoutId::parse(text).map(ObjectRef::Payout))
}

/// The payout that `payout` names.
async fn of_payout(request: &ApiRequest, params: &Params<'_>) -> Result<Option<Payout>, ApiError> {
    let noun = "payout";
    let Some(id) = read::filter(params, "payout", (noun, PayoutId::parse))? else {
        return Ok(None);
    };
    let view = request.app.store.fetch(vec![Key::Payout(request.tenant, id)]).await?;
    let payout = view.payout(request.tenant, id).cloned();
    payout.map(Some).ok_or_else(|| read::no_such(noun, &id.to_string(), "payout"))
}

/// The lines of an automatic payout; what a merchant pays out by hand is no sum of lines.
fn lines(payout: &Payout) -> Result<List, ApiError> {
    let (id, until) = (payout.id, payout.created);
    let after = payout.automatic.ok_or(Problem::PayoutManual)?;
    Ok(List::LinesOfPayout { payout: id, currency: payout.amount.currency(), after, until })
}
