//! Amounts of money: [`Money`], never negative, and [`SignedMoney`] for what may be.
//!
//! Everything is an integer of minor units, as the wire counts them for that currency. Two
//! currencies never meet silently: whatever takes two amounts refuses a mixture. There are no
//! operators, because each of them could fail, and no division without a named treatment of the
//! remainder.
//!
//! ```
//! use farthing_core::{currency::Currency, money::Money};
//!
//! let price = Money::parse_major("10.00", Currency::USD)?;
//! let thirds = price.allocate(&[1, 1, 1])?;
//! let printed: Vec<String> = thirds.iter().map(Money::to_major).collect();
//! assert_eq!(printed, ["3.34", "3.33", "3.33"]);
//! # Ok::<(), farthing_core::money::MoneyError>(())
//! ```

use alloc::collections::BinaryHeap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

use crate::currency::Currency;
use crate::print::{self, Digits};

/// The largest amount of one charge, in minor units: twelve digits.
pub const CHARGE_MAXIMUM: i64 = 999_999_999_999;

const BASIS_POINTS_IN_ONE: i128 = 10_000;

/// An amount in the smallest unit of its currency: cents for USD, yen for JPY.
///
/// Invariant: `minor` is never negative. Direction belongs to the ledger entry, not to the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// A net amount, which may be negative: a balance, or what a balance moves by.
///
/// Invariant: `minor` is above `i64::MIN`, so that it can always be negated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignedMoney {
    minor: i64,
    currency: Currency,
}

/// Why an amount could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// The minor units given are below zero.
    Negative,
    /// The two amounts are of different currencies.
    Mismatch {
        /// The currency of the amount asked.
        left: Currency,
        /// The currency of the other one.
        right: Currency,
    },
    /// The result does not fit.
    Overflow,
    /// The result would be below zero.
    Below,
    /// The text is not an amount.
    Unparsable {
        /// The first byte that cannot be part of one.
        at: usize,
    },
    /// The text has more decimals than the currency.
    TooManyDecimals {
        /// How many the currency has.
        exponent: u32,
    },
    /// There is nothing to divide by: no weights, or only zeros.
    NoWeights,
}

/// Why an amount cannot be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeAmountError {
    /// Less than the smallest charge.
    TooSmall {
        /// The smallest charge in this currency.
        minimum: Money,
    },
    /// More than the largest charge.
    TooLarge {
        /// The largest charge in this currency.
        maximum: Money,
    },
    /// Not a multiple of the currency's step.
    NotMultiple {
        /// The step, in minor units.
        quantum: i64,
    },
}

impl Money {
    /// An amount of so many minor units.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero.
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor < 0 { Err(MoneyError::Negative) } else { Ok(Self { minor, currency }) }
    }

    /// Nothing, of a currency.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// How many minor units; never negative.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Adds two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::Mismatch`] if the currencies differ; [`MoneyError::Overflow`] past `i64::MAX`.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        same_currency(self.currency, other.currency)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Takes another amount of the same currency away.
    ///
    /// # Errors
    /// [`MoneyError::Mismatch`] if the currencies differ; [`MoneyError::Below`] if less than zero
    /// would remain.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        same_currency(self.currency, other.currency)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Below)?;
        Self::new(minor, self.currency).map_err(|_| MoneyError::Below)
    }

    /// So many of it: the price of several pieces of one item.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] past `i64::MAX`.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(count)).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Whether this is at least as much as the other.
    ///
    /// # Errors
    /// [`MoneyError::Mismatch`] if the currencies differ.
    pub fn covers(self, other: Self) -> Result<bool, MoneyError> {
        same_currency(self.currency, other.currency)?;
        Ok(self.minor >= other.minor)
    }

    /// Divides by weights, so that the parts add up to the whole exactly.
    ///
    /// Each part gets its exact share rounded down; the units left over go one each to the largest
    /// remainders, the earlier part first where two are equal.
    ///
    /// # Errors
    /// [`MoneyError::NoWeights`] if there is no weight above zero.
    pub fn allocate(&self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total: u128 = weights.iter().copied().map(u128::from).sum();
        if total == 0 {
            return Err(MoneyError::NoWeights);
        }
        let whole = self.minor.unsigned_abs();
        let mut parts = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        let mut left_over = whole;
        for (index, weight) in weights.iter().enumerate() {
            let (part, remainder) = share_of(whole, *weight, total);
            left_over = left_over.saturating_sub(part);
            parts.push(part);
            remainders.push((remainder, Reverse(index)));
        }
        hand_out(left_over, &mut parts, remainders);
        parts.into_iter().map(|part| self.with_minor(part)).collect()
    }

    /// A share in hundredths of a percent, rounded half up to the currency's step.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] if the share does not fit.
    pub fn share(self, basis_points: u32) -> Result<Self, MoneyError> {
        let quantum = i128::from(self.currency.quantum());
        let exact = i128::from(self.minor).saturating_mul(i128::from(basis_points));
        let step = BASIS_POINTS_IN_ONE.saturating_mul(quantum);
        if crate::planted!("float_amounts") {
            return self.with_minor(i128::from(in_floats(self.minor, basis_points)));
        }
        let half = if crate::planted!("wrong_rounding") { 0 } else { step >> 1 };
        let half_up = exact.saturating_add(half).div_euclid(step);
        self.with_minor(half_up.saturating_mul(quantum))
    }

    /// Reads an amount in major units, such as `12.34`: ASCII digits with at most one point, at
    /// least one digit on each side of it; no sign, no grouping, no spaces.
    ///
    /// # Errors
    /// [`MoneyError::Unparsable`] if it has another shape; [`MoneyError::TooManyDecimals`] if it is
    /// finer than the currency's minor unit; [`MoneyError::Overflow`] if it does not fit.
    pub fn parse_major(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let mut minor: i64 = 0;
        let mut decimals: Option<u32> = None;
        let mut digit_before = false;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    decimals = decimals.map(|count| count.saturating_add(1));
                    minor = append_digit(minor, byte)?;
                    digit_before = true;
                }
                b'.' if digit_before && decimals.is_none() => {
                    decimals = Some(0);
                    digit_before = false;
                }
                _ => return Err(MoneyError::Unparsable { at }),
            }
        }
        if !digit_before {
            return Err(MoneyError::Unparsable { at: text.len() });
        }
        let exponent = currency.exponent();
        let missing = exponent
            .checked_sub(decimals.unwrap_or(0))
            .ok_or(MoneyError::TooManyDecimals { exponent })?;
        for _ in 0..missing {
            minor = append_digit(minor, b'0')?;
        }
        Self::new(minor, currency)
    }

    /// Writes the amount in major units with all of its decimals, such as `12.30`.
    pub fn to_major(&self) -> String {
        major(self.minor, self.currency)
    }

    /// Whether one charge may be of this amount.
    ///
    /// Where the currency has no minimum of its own, one step is the least.
    ///
    /// # Errors
    /// The first of [`ChargeAmountError`]'s reasons, in the order in which they are declared.
    pub fn check_charge(&self) -> Result<(), ChargeAmountError> {
        let quantum = self.currency.quantum();
        let minimum = self.currency.minimum().unwrap_or(quantum);
        if self.minor < minimum {
            let minimum = Self { minor: minimum, ..*self };
            return Err(ChargeAmountError::TooSmall { minimum });
        }
        if self.minor > CHARGE_MAXIMUM {
            let maximum = Self { minor: CHARGE_MAXIMUM, ..*self };
            return Err(ChargeAmountError::TooLarge { maximum });
        }
        if self.minor.checked_rem(quantum) != Some(0) {
            return Err(ChargeAmountError::NotMultiple { quantum });
        }
        Ok(())
    }

    fn with_minor(self, minor: impl TryInto<i64>) -> Result<Self, MoneyError> {
        let minor = minor.try_into().map_err(|_| MoneyError::Overflow)?;
        Self::new(minor, self.currency)
    }
}

/// What a share comes to in floating point: a bug that is planted, as many have written it.
#[expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the very bug"
)]
fn in_floats(minor: i64, basis_points: u32) -> i64 {
    (minor as f32 / 100.0 * (basis_points as f32 / 10_000.0) * 100.0 + 0.5) as i64
}

/// `whole * weight / total` and its remainder, bit by bit as on paper. Only additions, because the
/// product has 128 bits and their division would weigh as much in a browser as a fifth of core.
/// The weight is one of those that make the total, so each step subtracts it at most twice.
fn share_of(whole: u64, weight: u64, total: u128) -> (u64, u128) {
    let (mut quotient, mut remainder) = (0_u64, 0_u128);
    for bit in (0..u64::BITS).rev() {
        quotient <<= 1;
        remainder <<= 1;
        if (whole >> bit) & 1 == 1 {
            remainder = remainder.saturating_add(u128::from(weight));
        }
        while remainder >= total {
            remainder = remainder.saturating_sub(total);
            quotient = quotient.saturating_add(1);
        }
    }
    (quotient, remainder)
}

/// Gives one more unit each to the parts with the largest remainders, the earlier part first where
/// two are equal. A heap, not a sort: a sort is the largest thing that a browser would load of core.
fn hand_out(left_over: u64, parts: &mut [u64], remainders: Vec<(u128, Reverse<usize>)>) {
    let count = usize::try_from(left_over).unwrap_or(usize::MAX);
    assert!(count < parts.len(), "fewer units are left over than there are parts");
    let mut largest = BinaryHeap::from(remainders);
    for _ in 0..count {
        let next = largest.pop().and_then(|(_, Reverse(index))| parts.get_mut(index));
        // There is a remainder for each part.
        if let Some(part) = next {
            *part = part.saturating_add(1);
        }
    }
}

impl SignedMoney {
    /// A net amount of so many minor units.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] for `i64::MIN`, which has no negation.
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor == i64::MIN { Err(MoneyError::Overflow) } else { Ok(Self { minor, currency }) }
    }

    /// Nothing, of a currency.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// An amount coming in.
    pub fn credit(money: Money) -> Self {
        Self { minor: money.minor, currency: money.currency }
    }

    /// An amount going out.
    pub fn debit(money: Money) -> Self {
        Self::credit(money).negate()
    }

    /// How many minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is below nothing.
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// Adds two net amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::Mismatch`] if the currencies differ; [`MoneyError::Overflow`] if the sum does
    /// not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        same_currency(self.currency, other.currency)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Self::new(minor, self.currency)
    }

    /// The same amount the other way.
    #[must_use]
    pub fn negate(self) -> Self {
        Self { minor: self.minor.saturating_neg(), ..self }
    }

    /// Writes the amount in major units with all of its decimals, such as `-12.30`.
    pub fn to_major(&self) -> String {
        major(self.minor, self.currency)
    }
}

impl From<Money> for SignedMoney {
    fn from(money: Money) -> Self {
        Self::credit(money)
    }
}

impl MoneyError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Negative => "amount_negative",
            Self::Mismatch { .. } => "currency_mismatch",
            Self::Overflow => "amount_overflow",
            Self::Below => "amount_below_zero",
            Self::Unparsable { .. } => "amount_unparsable",
            Self::TooManyDecimals { .. } => "amount_too_many_decimals",
            Self::NoWeights => "no_weights",
        }
    }
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative => f.write_str("An amount cannot be negative."),
            Self::Mismatch { left, right } => {
                f.write_str("Amounts of ")?;
                f.write_str(left.code())?;
                f.write_str(" and ")?;
                f.write_str(right.code())?;
                f.write_str(" cannot be combined.")
            }
            Self::Overflow => f.write_str("The amount is too large to be represented."),
            Self::Below => f.write_str("More would be taken away than there is."),
            Self::Unparsable { at } => {
                let before = "The amount is not a plain decimal number (see byte ";
                print::between(f, before, print::count(*at), ").")
            }
            Self::TooManyDecimals { exponent } => {
                let before = "The amount has more decimals than the currency, which has ";
                print::between(f, before, u64::from(*exponent), ".")
            }
            Self::NoWeights => f.write_str("At least one weight must be above zero."),
        }
    }
}

impl core::error::Error for MoneyError {}

impl ChargeAmountError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooSmall { .. } => "amount_too_small",
            Self::TooLarge { .. } => "amount_too_large",
            Self::NotMultiple { .. } => "amount_not_multiple",
        }
    }
}

impl fmt::Display for ChargeAmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, bound) = match self {
            Self::TooSmall { minimum } => ("The amount must be at least ", minimum),
            Self::TooLarge { maximum } => ("The amount must be no more than ", maximum),
            Self::NotMultiple { quantum } => {
                let before = "The amount must be a multiple of ";
                return print::between(f, before, quantum.unsigned_abs(), " in this currency.");
            }
        };
        f.write_str(before)?;
        f.write_str(&bound.to_major())?;
        f.write_str(" ")?;
        f.write_str(bound.currency.code())?;
        f.write_str(".")
    }
}

impl core::error::Error for ChargeAmountError {}

fn same_currency(left: Currency, right: Currency) -> Result<(), MoneyError> {
    if left == right { Ok(()) } else { Err(MoneyError::Mismatch { left, right }) }
}

fn append_digit(minor: i64, ascii: u8) -> Result<i64, MoneyError> {
    let digit = i64::from(ascii.saturating_sub(b'0'));
    let tens = minor.checked_mul(10).ok_or(MoneyError::Overflow)?;
    tens.checked_add(digit).ok_or(MoneyError::Overflow)
}

fn major(minor: i64, currency: Currency) -> String {
    let exponent = currency.exponent();
    let mut text = String::with_capacity(24);
    if minor < 0 {
        text.push('-');
    }
    let unit = 10_u64.saturating_pow(exponent);
    let units = minor.unsigned_abs().checked_div(unit).unwrap_or(0);
    let rest = minor.unsigned_abs().checked_rem(unit).unwrap_or(0);
    let width = usize::try_from(exponent).unwrap_or(0);
    text.push_str(Digits::of(units).as_str());
    if width > 0 {
        text.push('.');
        text.push_str(Digits::padded(rest, width).as_str());
    }
    text
}
