//! Which currencies there are and how each is counted.
//!
//! The wire's rules differ from ISO 4217 in places (a krona without cents is still sent with two
//! digits), so both are kept. The figures are data, in [`table`](self), with a version of its own.

use core::cmp::Ordering;
use core::fmt;

use self::table::{ROWS, Row};

mod table;

pub use self::table::TABLE_VERSION;

/// One of the currencies of the table; three letters, or four for a coin that ISO does not know.
///
/// Ordered by code, so that an order never depends on the table's own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(u8);

/// Why a text names no currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrencyError {
    /// Not three or four ASCII letters.
    Malformed,
    /// Well formed, but not in the table.
    Unknown,
}

/// Every currency, in the wire's listed order.
static ALL: [Currency; ROWS.len()] = all_in_order();

impl Currency {
    /// Euro.
    pub const EUR: Self = named("eur");
    /// Pound sterling.
    pub const GBP: Self = named("gbp");
    /// Yen.
    pub const JPY: Self = named("jpy");
    /// United States dollar.
    pub const USD: Self = named("usd");

    /// Reads a code in any mixture of case.
    ///
    /// # Errors
    /// [`CurrencyError::Malformed`] unless it is three or four ASCII letters;
    /// [`CurrencyError::Unknown`] if the table has no such code.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        let letters = text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !letters || !(3..=4).contains(&text.len()) {
            return Err(CurrencyError::Malformed);
        }
        let found = ALL.iter().find(|currency| currency.code().eq_ignore_ascii_case(text));
        found.copied().ok_or(CurrencyError::Unknown)
    }

    /// The code in lower case, as the wire writes it.
    pub fn code(self) -> &'static str {
        core::str::from_utf8(&self.row().letters).unwrap_or_default().trim_ascii_end()
    }

    /// How many decimal digits the minor unit has, as the wire counts: 0, 2 or 3.
    pub fn exponent(self) -> u32 {
        u32::from(self.row().exponent)
    }

    /// How many ISO 4217 gives it (or gave, if withdrawn); `None` if ISO never listed it.
    pub fn iso_exponent(self) -> Option<u32> {
        self.row().iso_exponent.map(u32::from)
    }

    /// The step of a charge's amount, in minor units: 1, 10 or 100.
    pub fn quantum(self) -> i64 {
        i64::from(self.row().quantum)
    }

    /// The step of a payout's amount, in minor units.
    pub fn payout_quantum(self) -> i64 {
        i64::from(self.row().payout_quantum)
    }

    /// The smallest charge, in minor units, where the currency has one of its own.
    pub fn minimum(self) -> Option<i64> {
        self.row().minimum.map(i64::from)
    }

    /// Whether ISO 4217 has withdrawn it. The wire still accepts such a code.
    pub fn withdrawn(self) -> bool {
        self.row().withdrawn
    }

    /// Every currency, in the wire's listed order.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    #[expect(clippy::indexing_slicing, reason = "an index is only ever made from this table")]
    fn row(self) -> &'static Row {
        &ROWS[usize::from(self.0)]
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl CurrencyError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "currency_malformed",
            Self::Unknown => "currency_unknown",
        }
    }
}

impl fmt::Display for CurrencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "A currency is three or four letters, such as usd.",
            Self::Unknown => "This currency is not supported.",
        })
    }
}

impl core::error::Error for CurrencyError {}

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler, which refuses to build if any of it goes wrong"
)]
const fn all_in_order() -> [Currency; ROWS.len()] {
    assert!(ROWS.len() <= 256, "an index is one byte");
    let mut all = [Currency(0); ROWS.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = Currency(index as u8);
        index += 1;
    }
    all
}

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler, which refuses to build if any of it goes wrong"
)]
const fn named(code: &str) -> Currency {
    let wanted = code.as_bytes();
    let mut index = 0;
    loop {
        let row = ROWS[index].letters;
        if row[0] == wanted[0] && row[1] == wanted[1] && row[2] == wanted[2] && row[3] == b' ' {
            return Currency(index as u8);
        }
        index += 1;
    }
}
