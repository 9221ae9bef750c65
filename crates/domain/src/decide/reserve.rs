//! What the operator keeps back of a merchant's funds.

use farthing_core::money::{Money, MoneyError, SignedMoney};

use super::book;
use super::draft::Draft;
use crate::change::Decision;
use crate::command::Meta;
use crate::ledger::account::Account;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::view::View;

/// From now on so much is in reserve. What is asked is the whole, so asking again moves nothing.
pub(super) fn set(view: &View, meta: &Meta, whole: Money) -> Result<Decision, Refusal> {
    let currency = whole.currency();
    if view.tenant(meta.tenant).is_none() {
        return Err(Refusal::MerchantMissing);
    }
    let minor =
        |account| view.balance(meta.tenant, account, currency).map_or(0, |balance| balance.minor);
    let available = minor(Account::Available);
    let more = whole.minor().saturating_sub(minor(Account::Reserve));
    let amount = |minor| Money::new(minor, currency).map_err(Refusal::Money);
    let (into, out) = (amount(more.max(0))?, amount(more.saturating_neg().max(0))?);
    if more > 0 && more > available {
        return Err(Refusal::BalanceInsufficient { asked: into });
    }
    let left = available.checked_sub(more).ok_or(Refusal::Money(MoneyError::Overflow))?;
    let available = SignedMoney::new(left, currency).map_err(Refusal::Money)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    if !into.is_zero() {
        book::reserve(&mut draft, into);
    } else if !out.is_zero() {
        book::reserve_release(&mut draft, out);
    }
    Ok(draft.unkept(Reply::ReserveSet { whole, available }))
}
