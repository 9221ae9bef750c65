//! Whole numbers as text, without the formatting macros.
//!
//! The macros' machinery (padding, signs, alternatives) weighs as much in a browser as all of the
//! money rules, and what core prints are whole numbers in sentences. What a page loads says so here.

use alloc::string::String;
use core::fmt;

/// As many digits as the largest number has.
const DIGITS_MAX: usize = 20;

/// A number in decimal digits.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    ascii: [u8; DIGITS_MAX],
    used: usize,
}

impl Digits {
    /// A number's digits.
    pub fn of(value: u64) -> Self {
        Self::padded(value, 1)
    }

    /// A number's digits, with zeros in front up to so many of them, at most 20.
    pub fn padded(mut value: u64, digits_min: usize) -> Self {
        let mut digits = Self { ascii: [b'0'; DIGITS_MAX], used: 0 };
        for place in digits.ascii.iter_mut().rev() {
            if value == 0 && digits.used >= digits_min {
                break;
            }
            let digit = u8::try_from(value.rem_euclid(10)).unwrap_or_default();
            *place = b'0'.saturating_add(digit);
            value = value.div_euclid(10);
            digits.used = digits.used.saturating_add(1);
        }
        digits
    }

    /// A signed number's digits: the sign takes the place of the one digit that no such number needs.
    pub fn signed(value: i64) -> Self {
        let mut digits = Self::of(value.unsigned_abs());
        if value < 0 {
            digits.used = digits.used.saturating_add(1);
            let first = DIGITS_MAX.saturating_sub(digits.used);
            if let Some(place) = digits.ascii.get_mut(first) {
                *place = b'-';
            }
        }
        digits
    }

    /// As ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        self.ascii.get(DIGITS_MAX.saturating_sub(self.used)..).unwrap_or_default()
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// A signed number as text.
pub fn whole(value: i64) -> String {
    String::from(Digits::signed(value).as_str())
}

/// Writes a number between two parts of a sentence.
pub(crate) fn between(
    f: &mut fmt::Formatter<'_>,
    before: &str,
    number: u64,
    after: &str,
) -> fmt::Result {
    f.write_str(before)?;
    f.write_str(Digits::of(number).as_str())?;
    f.write_str(after)
}

/// A length or a position.
pub(crate) fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn numbers_are_printed_as_the_macros_print_them() {
        for value in [0, 1, -1, 9, 10, 99, 100, 1_234_567, i64::MAX, i64::MIN] {
            assert_eq!(whole(value), value.to_string());
        }
        assert_eq!(Digits::of(u64::MAX).as_str(), u64::MAX.to_string());
        for (value, digits_min, shown) in [
            (0, 2, "00"),
            (7, 2, "07"),
            (123, 2, "123"),
            (5, 99, "00000000000000000005"),
            (0, 0, ""),
        ] {
            assert_eq!(Digits::padded(value, digits_min).as_str(), shown);
        }
    }
}
