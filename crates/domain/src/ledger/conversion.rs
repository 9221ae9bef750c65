//! Conversion between currencies at an exact ratio.
//!
//! A ratio is of major units: at 9175/10000 a dollar is 0.9175 euro. What a merchant holds of a charge is
//! always the conversion of what is left of it: a movement is worth the difference between before and
//! after. So any number of captures, refunds and disputes leaves no residue, and what goes back of a
//! whole charge is exactly what was credited for it, in however many parts.
//!
//! Rounding: half up to the step of the currency that is credited. The clearing account gives what is
//! whole, rounded down; the rounding account gives or takes the rest.

use farthing_core::currency::Currency;
use farthing_core::money::{Money, MoneyError};

/// An exact ratio between major units of two currencies. Both parts are 1 and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: u32,
    denominator: u32,
}

/// At what a charge is converted, and into what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The currency that is credited.
    pub to: Currency,
    /// How much of it one of the other is.
    pub ratio: Ratio,
}

/// What an amount is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// Rounded down: what the clearing account gives.
    pub whole: Money,
    /// Rounded half up: what the merchant gets. At most one step more.
    pub settled: Money,
}

impl Ratio {
    /// So many for so many; none if either is zero.
    pub fn new(numerator: u32, denominator: u32) -> Option<Self> {
        (numerator > 0 && denominator > 0).then_some(Self { numerator, denominator })
    }

    /// What there is above the line.
    pub fn numerator(self) -> u32 {
        self.numerator
    }

    /// What there is below it.
    pub fn denominator(self) -> u32 {
        self.denominator
    }
}

impl Rate {
    /// What an amount of another currency is worth.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] past the range of an amount.
    pub fn worth(self, amount: Money) -> Result<Worth, MoneyError> {
        let step = i128::from(self.to.quantum());
        let scale = |currency: Currency| 10_i128.pow(currency.exponent());
        // 63 bits of an amount, 32 of the ratio, and 10 of the exponent: far from 127.
        let exact = i128::from(amount.minor())
            .saturating_mul(i128::from(self.ratio.numerator))
            .saturating_mul(scale(self.to));
        let unit = i128::from(self.ratio.denominator)
            .saturating_mul(scale(amount.currency()))
            .saturating_mul(step);
        let whole = exact.div_euclid(unit);
        let half_up = exact.saturating_add(unit >> 1).div_euclid(unit);
        let money = |steps: i128| {
            let minor = i64::try_from(steps.saturating_mul(step));
            Money::new(minor.map_err(|_| MoneyError::Overflow)?, self.to)
        };
        Ok(Worth { whole: money(whole)?, settled: money(half_up)? })
    }
}
