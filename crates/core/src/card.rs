//! What can be said of a card by looking at it: brand, check digit, lengths, expiry.
//!
//! Nothing here keeps, prints or copies a number; callers pass slices of their own guarded buffers
//! and get back facts about them. Whether a card exists or may pay, only the network knows.

use core::fmt;

use crate::time::TimestampMs;

/// How far ahead an expiry may lie before it is taken for a mistake.
const EXPIRY_YEARS_MAX: i64 = 50;

/// The network a card belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Brand {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// American Express.
    Amex,
    /// Discover.
    Discover,
    /// Diners Club.
    Diners,
    /// JCB.
    Jcb,
    /// `UnionPay`.
    UnionPay,
    /// None of these, or too few digits to tell.
    Unknown,
}

/// The last month in which a card is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry {
    /// The year, with its century.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
}

/// What is wrong with a card's details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardError {
    /// The right shape, but the check digit is wrong: mistyped.
    IncorrectNumber,
    /// Not the shape of a card number.
    InvalidNumber,
    /// No such month, or already past in this year.
    InvalidExpiryMonth,
    /// A year past, or absurdly far ahead.
    InvalidExpiryYear,
    /// Not as many digits as the brand's security code has.
    InvalidCvc,
}

/// The numbers of one brand that begin with `low` to `high`, both of `digits` digits.
struct Range {
    digits: usize,
    low: u32,
    high: u32,
    brand: Brand,
}

const fn range(digits: usize, low: u32, high: u32, brand: Brand) -> Range {
    Range { digits, low, high, brand }
}

/// No two of these overlap, so their order does not matter.
static RANGES: [Range; 15] = [
    range(1, 4, 4, Brand::Visa),
    range(2, 51, 55, Brand::Mastercard),
    range(4, 2221, 2720, Brand::Mastercard),
    range(2, 34, 34, Brand::Amex),
    range(2, 37, 37, Brand::Amex),
    range(2, 65, 65, Brand::Discover),
    range(3, 644, 649, Brand::Discover),
    range(4, 6011, 6011, Brand::Discover),
    range(2, 36, 36, Brand::Diners),
    range(2, 38, 39, Brand::Diners),
    range(3, 300, 305, Brand::Diners),
    range(4, 3095, 3095, Brand::Diners),
    range(4, 3528, 3589, Brand::Jcb),
    range(2, 62, 62, Brand::UnionPay),
    range(2, 81, 81, Brand::UnionPay),
];

impl Brand {
    /// How long this brand's numbers may be, in ascending order.
    pub fn lengths(self) -> &'static [usize] {
        match self {
            Self::Visa => &[13, 16, 19],
            Self::Mastercard => &[16],
            Self::Amex => &[15],
            Self::Discover | Self::Jcb | Self::UnionPay => &[16, 17, 18, 19],
            Self::Diners => &[14, 15, 16, 17, 18, 19],
            Self::Unknown => &[12, 13, 14, 15, 16, 17, 18, 19],
        }
    }

    /// How many digits this brand's security code has.
    pub fn cvc_length(self) -> usize {
        match self {
            Self::Amex => 4,
            Self::Visa
            | Self::Mastercard
            | Self::Discover
            | Self::Diners
            | Self::Jcb
            | Self::UnionPay
            | Self::Unknown => 3,
        }
    }

    /// The name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Visa => "visa",
            Self::Mastercard => "mastercard",
            Self::Amex => "amex",
            Self::Discover => "discover",
            Self::Diners => "diners",
            Self::Jcb => "jcb",
            Self::UnionPay => "unionpay",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(wire: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|brand| brand.wire() == wire)
    }

    /// Every brand, [`Brand::Unknown`] last.
    pub const ALL: [Self; 8] = [
        Self::Visa,
        Self::Mastercard,
        Self::Amex,
        Self::Discover,
        Self::Diners,
        Self::Jcb,
        Self::UnionPay,
        Self::Unknown,
    ];
}

/// The brand of a number, or of as much of it as has been typed.
pub fn brand_of(digits: &[u8]) -> Brand {
    let begins = |range: &&Range| {
        let prefix = digits.get(..range.digits).and_then(value_of);
        prefix.is_some_and(|prefix| (range.low..=range.high).contains(&prefix))
    };
    RANGES.iter().find(begins).map_or(Brand::Unknown, |range| range.brand)
}

/// Whether the last digit is the right check on the others (ISO/IEC 7812). False for anything that
/// is not all digits.
pub fn luhn(digits: &[u8]) -> bool {
    let mut sum: u32 = 0;
    let mut doubled = false;
    for byte in digits.iter().rev() {
        let Some(digit) = char::from(*byte).to_digit(10) else { return false };
        let worth = match (doubled, digit) {
            (false, _) => digit,
            (true, 0..=4) => digit.saturating_mul(2),
            // The two digits of the doubled one, added up.
            (true, _) => digit.saturating_mul(2).saturating_sub(9),
        };
        sum = sum.saturating_add(worth);
        doubled = !doubled;
    }
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// Checks a whole number: digits only, a length its brand has, the check digit.
///
/// # Errors
/// [`CardError::InvalidNumber`] for the shape, [`CardError::IncorrectNumber`] for the check digit.
pub fn check_number(digits: &[u8]) -> Result<Brand, CardError> {
    let brand = brand_of(digits);
    if !digits.iter().all(u8::is_ascii_digit) || !brand.lengths().contains(&digits.len()) {
        return Err(CardError::InvalidNumber);
    }
    if luhn(digits) { Ok(brand) } else { Err(CardError::IncorrectNumber) }
}

/// Checks a security code's shape. A card of no known brand may have three digits or four.
///
/// # Errors
/// [`CardError::InvalidCvc`].
pub fn check_cvc(brand: Brand, digits: &[u8]) -> Result<(), CardError> {
    let length = digits.len();
    let fits = length == brand.cvc_length() || (brand == Brand::Unknown && length == 4);
    if fits && digits.iter().all(u8::is_ascii_digit) { Ok(()) } else { Err(CardError::InvalidCvc) }
}

/// Checks an expiry. A card is good until the end of its month, in UTC; a year of one or two
/// digits is of this century.
///
/// # Errors
/// [`CardError::InvalidExpiryMonth`] for no such month, or one past in the current year;
/// [`CardError::InvalidExpiryYear`] for a year past or more than fifty years ahead.
pub fn check_expiry(month: i64, year: i64, now: TimestampMs) -> Result<Expiry, CardError> {
    let month = u8::try_from(month).map_err(|_| CardError::InvalidExpiryMonth)?;
    if !(1..=12).contains(&month) {
        return Err(CardError::InvalidExpiryMonth);
    }
    let year = if (0..=99).contains(&year) { year.saturating_add(2000) } else { year };
    let (this_year, this_month) = now.year_month();
    let ahead = year.saturating_sub(i64::from(this_year));
    if !(0..=EXPIRY_YEARS_MAX).contains(&ahead) {
        return Err(CardError::InvalidExpiryYear);
    }
    if ahead == 0 && month < this_month {
        return Err(CardError::InvalidExpiryMonth);
    }
    let year = u16::try_from(year).map_err(|_| CardError::InvalidExpiryYear)?;
    Ok(Expiry { year, month })
}

/// How a brand's number is grouped where people read it; a longer number continues in the last
/// group's width.
pub fn groups(brand: Brand) -> &'static [usize] {
    match brand {
        Brand::Amex => &[4, 6, 5],
        Brand::Diners => &[4, 6, 4],
        Brand::Visa
        | Brand::Mastercard
        | Brand::Discover
        | Brand::Jcb
        | Brand::UnionPay
        | Brand::Unknown => &[4, 4, 4, 4],
    }
}

impl CardError {
    /// A stable name for programs; the wire's own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::IncorrectNumber => "incorrect_number",
            Self::InvalidNumber => "invalid_number",
            Self::InvalidExpiryMonth => "invalid_expiry_month",
            Self::InvalidExpiryYear => "invalid_expiry_year",
            Self::InvalidCvc => "invalid_cvc",
        }
    }
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IncorrectNumber => "The card number is mistyped: its check digit is wrong.",
            Self::InvalidNumber => "This is not a card number.",
            Self::InvalidExpiryMonth => "The card's expiry month is invalid.",
            Self::InvalidExpiryYear => "The card's expiry year is invalid.",
            Self::InvalidCvc => "The card's security code is invalid.",
        })
    }
}

impl core::error::Error for CardError {}

fn value_of(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        value.checked_mul(10)?.checked_add(digit)
    })
}
