//! `GET /v1/balance_transactions`

use farthing_core::id::{BalanceTransactionId, ChargeId, DisputeId, PayoutId, RefundId};
use farthing_domain::ledger::transfer::Reason;
use farthing_domain::object::ObjectRef;
use farthing_domain::payout::Payout;
use farthing_domain::query::List;
use farthing_domain::view::Key;

use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Every type that the wire knows, also those of which nothing is ever written here.
const TYPES: [&str; 52] = [
    "adjustment",
    "advance",
    "advance_funding",
    "anticipation_repayment",
    "application_fee",
    "application_fee_refund",
    "charge",
    "climate_order_purchase",
    "climate_order_refund",
    "connect_collection_transfer",
    "contribution",
    "fee_credit_funding",
    "inbound_transfer",
    "inbound_transfer_reversal",
    "issuing_authorization_hold",
    "issuing_authorization_release",
    "issuing_dispute",
    "issuing_dispute_provisional_credit",
    "issuing_dispute_provisional_credit_reversal",
    "issuing_transaction",
    "obligation_outbound",
    "obligation_reversal_inbound",
    "payment",
    "payment_failure_refund",
    "payment_network_reserve_hold",
    "payment_network_reserve_release",
    "payment_refund",
    "payment_reversal",
    "payment_unreconciled",
    "payout",
    "payout_cancel",
    "payout_failure",
    "payout_minimum_balance_hold",
    "payout_minimum_balance_release",
    "refund",
    "refund_failure",
    "reserve_hold",
    "reserve_release",
    "reserve_transaction",
    "reserved_funds",
    "stripe_balance_payment_debit",
    "stripe_balance_payment_debit_reversal",
    "stripe_fee",
    "stripe_fx_fee",
    "tax_fee",
    "tax_fund",
    "topup",
    "topup_reversal",
    "transfer",
    "transfer_cancel",
    "transfer_failure",
    "transfer_refund",
];

/// Lists the lines of the balance, newest first, perhaps of one charge or refund, of one payout, of
/// one type, or in one currency.
///
/// # Errors
/// A cursor or source that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params =
        request.params(&[&LIST[..], &["currency", "payout", "source", "type"]].concat())?;
    let expand = params.expand(Kind::List(Item::BalanceTransactions))?;
    let currency = params.currency("currency")?;
    let reasons = reasons(&params)?;
    if params.text("source")?.and_then(DisputeId::parse).is_some() {
        return Ok(read::none(&request)); // Recorded so, of whatever dispute.
    }
    let source = read::filter(&params, "source", ("source", source))?;
    let list = match of_payout(&request, &params).await? {
        None => List::BalanceTransactions { source, reasons, currency },
        Some(_) if source.is_some() => {
            return Err(Problem::Exclusive { names: "payout, source".to_owned() }.into());
        }
        // Everything a payout paid is in its own currency.
        Some(payout) if currency.is_some_and(|it| it != payout.amount.currency()) => {
            return Ok(read::none(&request));
        }
        Some(payout) => lines(&payout, reasons)?,
    };
    let listing = Listing {
        list,
        parse: |text| BalanceTransactionId::parse(text).map(ObjectRef::BalanceTransaction),
        noun: "balance transaction",
        filters: source.map(|what| (what, "source", "source")).into_iter().collect(),
    };
    read::many(&request, &params, (listing, expand)).await
}

/// The reasons whose lines are of the type that is asked for. Of most types there are none here.
fn reasons(params: &Params<'_>) -> Result<Option<Vec<Reason>>, ApiError> {
    let types = TYPES.map(|word| (word, word));
    let word = params.choice("type", &types)?;
    let of = |word| Reason::ALL.into_iter().filter(move |it| it.has_line() && it.wire() == word);
    Ok(word.map(|word| of(word).collect()))
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
fn lines(payout: &Payout, reasons: Option<Vec<Reason>>) -> Result<List, ApiError> {
    let (id, until) = (payout.id, payout.created);
    let after = payout.automatic.ok_or(Problem::PayoutManual)?;
    let currency = payout.amount.currency();
    Ok(List::LinesOfPayout { payout: id, currency, after, until, reasons })
}
