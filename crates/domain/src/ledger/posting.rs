//! What each movement of funds posts.

use alloc::vec::Vec;

use farthing_core::money::{Money, MoneyError, SignedMoney};

use super::account::Account;
use super::transfer::Entry;
use crate::tenant::FeeSchedule;

/// Where a charge's net goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// To pending, as usual.
    Later,
    /// To available at once.
    AtOnce,
}

/// The fee kept of a captured amount: the share rounded half up, plus the fixed part, never more
/// than the amount itself, and a multiple of the currency's smallest step.
///
/// # Errors
/// [`MoneyError::Overflow`] past `i64::MAX`.
pub fn fee_of(amount: Money, schedule: FeeSchedule) -> Result<Money, MoneyError> {
    let currency = amount.currency();
    let share = amount.share(schedule.basis_points)?;
    let one_major = 10_i64.checked_pow(currency.exponent()).ok_or(MoneyError::Overflow)?;
    // The fixed part is a share of one major unit: 30 hundredths are 3,000 basis points of it.
    let fixed_basis_points =
        schedule.fixed_hundredths.checked_mul(100).ok_or(MoneyError::Overflow)?;
    let fixed = Money::new(one_major, currency)?.share(fixed_basis_points)?;
    let fee = share.plus(fixed)?;
    if amount.covers(fee)? { Ok(fee) } else { Ok(amount) }
}

/// One capture among several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What those before it took.
    pub before: Money,
    /// What it takes itself.
    pub amount: Money,
}

/// The fee kept of one capture among several: that of all so far less that of those before, so that
/// together they are the fee of the whole, with its fixed part once.
///
/// # Errors
/// As [`fee_of`].
pub fn fee_of_part(part: Part, schedule: FeeSchedule) -> Result<Money, MoneyError> {
    let all = part.before.plus(part.amount)?;
    fee_of(all, schedule)?.minus(fee_of(part.before, schedule)?)
}

/// What moved, and what the platform keeps for moving it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gross {
    /// All of it.
    pub amount: Money,
    /// The platform's.
    pub fee: Money,
}

/// A charge: gross from the network, net to the merchant, fee to the platform.
///
/// # Errors
/// [`MoneyError`] if the fee is above the gross or in another currency.
pub fn charge(gross: Gross, when: Availability) -> Result<Vec<Entry>, MoneyError> {
    let Gross { amount, fee } = gross;
    let net = amount.minus(fee)?;
    let merchant = match when {
        Availability::Later => Account::Pending,
        Availability::AtOnce => Account::Available,
    };
    Ok(entries([
        (Account::Network, SignedMoney::debit(amount)),
        (merchant, SignedMoney::credit(net)),
        (Account::Fees, SignedMoney::credit(fee)),
    ]))
}

/// A refund: back to the network, out of pending first and then out of available, which may fall
/// below zero by this cause (decision 15). The fee is kept.
///
/// # Errors
/// [`MoneyError::Overflow`] past the range of an amount.
pub fn refund(amount: Money, pending_minor: i64) -> Result<Vec<Entry>, MoneyError> {
    let from_pending = amount.minor().min(pending_minor.max(0));
    let from_pending = Money::new(from_pending, amount.currency())?;
    let from_available = amount.minus(from_pending)?;
    Ok(entries([
        (Account::Pending, SignedMoney::debit(from_pending)),
        (Account::Available, SignedMoney::debit(from_available)),
        (Account::Network, SignedMoney::credit(amount)),
    ]))
}

/// A refund that came back: the reverse, all of it to available.
pub fn refund_failure(amount: Money) -> Vec<Entry> {
    entries([
        (Account::Network, SignedMoney::debit(amount)),
        (Account::Available, SignedMoney::credit(amount)),
    ])
}

/// A dispute: what is disputed goes back to the network, and the fee to the platform, both out of
/// available, which may fall below zero by this cause (decision 15).
///
/// # Errors
/// [`MoneyError`] past the range of an amount.
pub fn dispute(gross: Gross) -> Result<Vec<Entry>, MoneyError> {
    let Gross { amount, fee } = gross;
    Ok(entries([
        (Account::Available, SignedMoney::debit(amount.plus(fee)?)),
        (Account::Network, SignedMoney::credit(amount)),
        (Account::Fees, SignedMoney::credit(fee)),
    ]))
}

/// A dispute that was won: what was disputed comes back, the fee does not.
pub fn dispute_reversal(amount: Money) -> Vec<Entry> {
    entries([
        (Account::Network, SignedMoney::debit(amount)),
        (Account::Available, SignedMoney::credit(amount)),
    ])
}

/// The same movement for a charge in another currency: instead of from the network, the merchant's side
/// comes out of clearing, which has what the network gave. `presented` is the network's entry, and
/// `whole` the clearing account's in the merchant's currency; what is between that and the merchant's
/// side is rounding.
///
/// # Errors
/// [`MoneyError`] past the range of an amount.
pub fn through_clearing(
    posted: &[Entry],
    presented: SignedMoney,
    whole: SignedMoney,
) -> Result<Vec<Entry>, MoneyError> {
    let mut rounding = whole.negate();
    for entry in posted.iter().filter(|entry| entry.account == Account::Network) {
        rounding = rounding.plus(entry.amount)?;
    }
    let mut through = entries([
        (Account::Network, presented),
        (Account::Clearing, presented.negate()),
        (Account::Clearing, whole),
        (Account::Rounding, rounding),
    ]);
    through.extend(posted.iter().filter(|entry| entry.account != Account::Network));
    Ok(through)
}

/// Pending funds that became available.
pub fn availability(amount: Money) -> Vec<Entry> {
    entries([
        (Account::Pending, SignedMoney::debit(amount)),
        (Account::Available, SignedMoney::credit(amount)),
    ])
}

/// A payout: out of available, on its way.
pub fn payout(amount: Money) -> Vec<Entry> {
    entries([
        (Account::Available, SignedMoney::debit(amount)),
        (Account::InTransit, SignedMoney::credit(amount)),
    ])
}

/// A payout that is at the bank.
pub fn payout_paid(amount: Money) -> Vec<Entry> {
    entries([
        (Account::InTransit, SignedMoney::debit(amount)),
        (Account::Network, SignedMoney::credit(amount)),
    ])
}

/// Where the funds of a payout are when they come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// On their way, or not gone yet.
    InTransit,
    /// At the bank.
    Paid,
}

/// A payout's funds come back to available: it failed, was canceled or was reversed.
pub fn payout_return(amount: Money, from: Whereabouts) -> Vec<Entry> {
    let from = match from {
        Whereabouts::InTransit => Account::InTransit,
        Whereabouts::Paid => Account::Network,
    };
    entries([(from, SignedMoney::debit(amount)), (Account::Available, SignedMoney::credit(amount))])
}

/// Kept back: out of available, which it never takes below zero.
pub fn reserve(amount: Money) -> Vec<Entry> {
    entries([
        (Account::Available, SignedMoney::debit(amount)),
        (Account::Reserve, SignedMoney::credit(amount)),
    ])
}

/// Kept back no more.
pub fn reserve_release(amount: Money) -> Vec<Entry> {
    entries([
        (Account::Reserve, SignedMoney::debit(amount)),
        (Account::Available, SignedMoney::credit(amount)),
    ])
}

/// Funds are held: what the network promised stands against what can be taken. Neither is funds yet.
pub fn hold(amount: Money) -> Vec<Entry> {
    entries([
        (Account::Authorized, SignedMoney::debit(amount)),
        (Account::Held, SignedMoney::credit(amount)),
    ])
}

/// Held funds are held no more: they were taken or let go.
pub fn release(amount: Money) -> Vec<Entry> {
    entries([
        (Account::Held, SignedMoney::debit(amount)),
        (Account::Authorized, SignedMoney::credit(amount)),
    ])
}

/// Leaves out what is zero: an entry always moves something.
fn entries<const N: usize>(parts: [(Account, SignedMoney); N]) -> Vec<Entry> {
    parts
        .into_iter()
        .filter(|(_, amount)| amount.minor() != 0)
        .map(|(account, amount)| Entry { account, amount })
        .collect()
}
