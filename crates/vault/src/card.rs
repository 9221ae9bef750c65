//! Card data in memory: taken in once, never shown, zeroed when dropped.

use std::fmt;

use farthing_core::card::{self, Brand, CardError, Expiry};
use farthing_core::id::PaymentMethodId;
use zeroize::{Zeroize, Zeroizing};

use crate::error::VaultError;

/// The longest number any network issues.
const NUMBER_DIGITS_MAX: usize = 19;

/// Length of an expiry inside a seal: month, then year, big-endian.
const EXPIRY_BYTES: usize = 3;

/// A card number that has passed the checks of its brand.
///
/// It lives on the heap, so that moving the value leaves no copies behind; it has no `Clone`, no
/// serialization, and prints as its last four digits.
pub struct CardNumber {
    digits: Zeroizing<Vec<u8>>,
    brand: Brand,
}

impl CardNumber {
    /// Moves a number out of `source`, dropping spaces and dashes. `source` is zeroed and emptied in
    /// every case, also when the number is refused.
    ///
    /// # Errors
    /// [`CardError::InvalidNumber`] or [`CardError::IncorrectNumber`], as the core's check says.
    pub fn take(source: &mut Vec<u8>) -> Result<Self, CardError> {
        let digits = take_digits(source, NUMBER_DIGITS_MAX).ok_or(CardError::InvalidNumber)?;
        let brand = card::check_number(&digits)?;
        Ok(Self { digits, brand })
    }

    /// The same, from text.
    ///
    /// # Errors
    /// As [`CardNumber::take`].
    pub fn take_text(source: &mut String) -> Result<Self, CardError> {
        Self::take(&mut std::mem::take(source).into_bytes())
    }

    /// The last four digits, which may be shown to anybody.
    pub fn last4(&self) -> String {
        last4(&self.digits)
    }

    /// The brand that issued it.
    pub fn brand(&self) -> Brand {
        self.brand
    }

    /// The digits, for sealing and fingerprinting inside this crate.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.digits
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardNumber([redacted] {})", self.last4())
    }
}

/// A card verification code. Held in memory only, for one use; it is never sealed nor stored.
pub struct Cvc {
    digits: Zeroizing<Vec<u8>>,
}

impl Cvc {
    /// Moves a code out of `source`, which is zeroed and emptied in every case.
    ///
    /// # Errors
    /// [`CardError::InvalidCvc`] unless it has the digits that `brand` prints on its cards.
    pub fn take(source: &mut Vec<u8>, brand: Brand) -> Result<Self, CardError> {
        let digits = take_digits(source, NUMBER_DIGITS_MAX).ok_or(CardError::InvalidCvc)?;
        card::check_cvc(brand, &digits)?;
        Ok(Self { digits })
    }

    /// The same, from text.
    ///
    /// # Errors
    /// As [`Cvc::take`].
    pub fn take_text(source: &mut String, brand: Brand) -> Result<Self, CardError> {
        Self::take(&mut std::mem::take(source).into_bytes(), brand)
    }
}

impl fmt::Debug for Cvc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cvc([redacted])")
    }
}

/// Whose card a seal holds. A seal moved to another tenant or payment method does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardScope {
    /// The tenant: merchant and mode.
    pub tenant: i64,
    /// The payment method.
    pub method: PaymentMethodId,
}

impl CardScope {
    /// The associated data of the seal. The first byte keeps cards and webhook secrets apart.
    pub(crate) fn associated(self) -> Vec<u8> {
        let mut bytes = vec![b'c'];
        bytes.extend_from_slice(&self.tenant.to_be_bytes());
        bytes.extend_from_slice(&self.method.bytes());
        bytes
    }
}

/// A card as the closure given to [`Vault::with_card`](crate::Vault::with_card) sees it.
///
/// It can only be borrowed, and is zeroed when the closure returns.
pub struct OpenCard {
    number: Zeroizing<String>,
    expiry: Expiry,
    cvc: Option<Zeroizing<String>>,
}

impl OpenCard {
    /// The digits of the number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The month it expires at the end of, 1 to 12.
    pub fn exp_month(&self) -> u8 {
        self.expiry.month
    }

    /// The year it expires in, four digits.
    pub fn exp_year(&self) -> u16 {
        self.expiry.year
    }

    /// The code, where one was still on the shelf.
    pub fn cvc(&self) -> Option<&str> {
        self.cvc.as_ref().map(|cvc| cvc.as_str())
    }

    /// What a seal holds: the expiry, then the digits.
    pub(crate) fn encode(number: &CardNumber, expiry: Expiry) -> Zeroizing<Vec<u8>> {
        let mut plain = Zeroizing::new(Vec::with_capacity(EXPIRY_BYTES + NUMBER_DIGITS_MAX));
        plain.push(expiry.month);
        plain.extend_from_slice(&expiry.year.to_be_bytes());
        plain.extend_from_slice(number.digits());
        plain
    }

    /// Reads what [`OpenCard::encode`] wrote.
    pub(crate) fn decode(plain: &[u8], cvc: Option<Cvc>) -> Result<Self, VaultError> {
        let [month, high, low, digits @ ..] = plain else {
            return Err(VaultError::Malformed);
        };
        let expiry = Expiry { month: *month, year: u16::from_be_bytes([*high, *low]) };
        let cvc = cvc.map(|cvc| text(&cvc.digits)).transpose()?;
        Ok(Self { number: text(digits)?, expiry, cvc })
    }
}

impl fmt::Debug for OpenCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenCard([redacted] {})", last4(self.number.as_bytes()))
    }
}

/// Takes the characters that are not spaces or dashes out of `source`, and zeroes it. `None` if there
/// are more than `max`.
fn take_digits(source: &mut Vec<u8>, max: usize) -> Option<Zeroizing<Vec<u8>>> {
    // The whole room is reserved first: a buffer that grows leaves its old bytes behind.
    let mut digits = Zeroizing::new(Vec::with_capacity(max));
    let mut kept = source.iter().copied().filter(|byte| !matches!(byte, b' ' | b'-'));
    digits.extend(kept.by_ref().take(max));
    let fits = kept.next().is_none();
    source.zeroize();
    fits.then_some(digits)
}

fn last4(digits: &[u8]) -> String {
    let tail = digits.last_chunk::<4>().map_or(digits, |tail| tail.as_slice());
    String::from_utf8_lossy(tail).into_owned()
}

fn text(digits: &[u8]) -> Result<Zeroizing<String>, VaultError> {
    let digits = std::str::from_utf8(digits).map_err(|_| VaultError::Malformed)?;
    Ok(Zeroizing::new(digits.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISA: &str = "4242424242424242";

    #[test]
    fn a_number_is_moved_out_and_its_source_emptied() {
        for spelling in [VISA, "4242 4242 4242 4242", "4242-4242-4242-4242", " 4242424242424242 "] {
            let mut source = spelling.to_owned();
            let number = CardNumber::take_text(&mut source).unwrap();
            assert_eq!(source, "");
            assert_eq!(number.digits(), VISA.as_bytes());
            assert_eq!((number.last4().as_str(), number.brand()), ("4242", Brand::Visa));
        }
    }

    #[test]
    fn a_refused_number_is_zeroed_too() {
        for (spelling, code) in [
            ("4242424242424241", "incorrect_number"),
            ("4242x24242424242", "invalid_number"),
            ("", "invalid_number"),
            ("42424242424242424242", "invalid_number"), // Twenty digits.
        ] {
            let mut source = spelling.as_bytes().to_vec();
            let error = CardNumber::take(&mut source).unwrap_err();
            assert_eq!(error.code(), code, "{spelling}");
            assert!(source.is_empty());
        }
    }

    #[test]
    fn a_cvc_has_the_length_its_brand_prints() {
        for (brand, digits, accepted) in [
            (Brand::Visa, "123", true),
            (Brand::Visa, "99", false),
            (Brand::Visa, "12a", false),
            (Brand::Amex, "1234", true),
            (Brand::Visa, "12345678901234567890123", false),
        ] {
            let mut source = digits.to_owned();
            let taken = Cvc::take_text(&mut source, brand);
            assert_eq!(taken.is_ok(), accepted, "{brand:?} {digits}");
            assert_eq!(source, "");
        }
    }

    #[test]
    fn nothing_prints_digits() {
        let number = CardNumber::take_text(&mut VISA.to_owned()).unwrap();
        let cvc = Cvc::take_text(&mut "987".to_owned(), Brand::Visa).unwrap();
        assert_eq!(format!("{number:?} {cvc:?}"), "CardNumber([redacted] 4242) Cvc([redacted])");
        let expiry = Expiry { month: 12, year: 2034 };
        let open = OpenCard::decode(&OpenCard::encode(&number, expiry), Some(cvc)).unwrap();
        assert_eq!(format!("{open:?}"), "OpenCard([redacted] 4242)");
        assert_eq!((open.number(), open.exp_month(), open.exp_year()), (VISA, 12, 2034));
        assert_eq!(open.cvc(), Some("987"));
    }
}
