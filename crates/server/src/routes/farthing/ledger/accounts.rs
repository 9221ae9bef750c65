//! `GET /v1/farthing/ledger/accounts`
//!
//! ```text
//! curl -G 127.0.0.1:4242/v1/farthing/ledger/accounts -u sk_test_…: -d at=1767225599
//! ```

use std::collections::BTreeSet;

use farthing_core::currency::Currency;
use farthing_core::time::TimestampMs;
use farthing_domain::ledger::account::{Account, Balance};

use super::{OWNER, account, end_of_second};
use crate::error::ApiError;
use crate::request::{HouseRequest, Outcome};
use crate::wire::json::object_into;
use crate::wire::list;

/// The chart of ledger accounts with their balances, now or at the end of a second: every account in
/// every currency that ever moved.
///
/// # Errors
/// A merchant that is not there; wrong types.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&OWNER[..], &["account", "at", "currency"]].concat())?;
    let tenant = request.owner(&params).await?;
    let (only, currency) = (account(&params)?, params.currency("currency")?);
    let at = end_of_second(&params, "at")?;
    let moment = at.unwrap_or(TimestampMs::from_ms(i64::MAX));
    let found = request.app.store.balances_at(tenant, moment).await?;
    let currencies: BTreeSet<Currency> = found.iter().map(|balance| balance.currency).collect();
    let wanted = |one: &&Currency| currency.is_none_or(|currency| currency == **one);
    let accounts = Account::ALL.iter().filter(|one| only.is_none_or(|only| only == **one));
    let chart = accounts.flat_map(|account| {
        let currencies = currencies.iter().filter(wanted);
        currencies.map(move |currency| (*account, *currency))
    });
    let body = list::of((chart, false), &request.path, |out, (account, currency)| {
        let own = |balance: &&Balance| (balance.account, balance.currency) == (account, currency);
        let minor = found.iter().find(own).map_or(0, |balance| balance.minor);
        object_into(out, |out| {
            out.plain("object", "farthing.ledger_account");
            out.plain("account", account.name());
            out.plain("currency", currency.code());
            out.int("balance", minor);
            out.maybe_int("at", at.map(TimestampMs::seconds));
        });
    });
    Ok(request.outcome(200, body))
}
