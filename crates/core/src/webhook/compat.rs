//! Reading a `Stripe-Signature` exactly as Stripe's own kit for Node does (version 23.1).
//!
//! For those who change one line and must not see another webhook accepted or refused. Two
//! differences are meant: a `v1` without a value is skipped where that kit throws, and a time
//! beyond 2^53, which it would round, is no time.

use super::verify::{Stamp, VerifyError};

/// The largest number that JavaScript holds exactly, with all below it.
const EXACT_MAX: i64 = 1 << 53;

/// A value as that kit has it: what stands between the first equals sign and the second.
pub(super) fn value(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'=').next().unwrap_or_default()
}

/// A time as that kit reads it.
///
/// # Errors
/// [`VerifyError::NoTimestamp`] for -1, which stands for none there.
pub(super) fn stamp(text: &[u8]) -> Result<Stamp<'_>, VerifyError> {
    let stamp = parse_int(text)?;
    if stamp.seconds == Some(-1) { Err(VerifyError::NoTimestamp) } else { Ok(stamp) }
}

/// `parseInt` to base ten: white space, a sign, digits; what follows does not count.
fn parse_int(text: &[u8]) -> Result<Stamp<'_>, VerifyError> {
    let text = trimmed(text);
    let (is_negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, _) = text.split_at(end);
    if digits.is_empty() {
        // Not a number prints as itself, and no comparison with it holds: it never expires.
        return Ok(Stamp { sign: b"", digits: b"NaN", seconds: None });
    }
    let stamp = Stamp::of_digits(digits)?;
    let magnitude = stamp.seconds.filter(|seconds| *seconds <= EXACT_MAX);
    let magnitude = magnitude.ok_or(VerifyError::NoTimestamp)?;
    if is_negative && magnitude != 0 {
        return Ok(Stamp { sign: b"-", seconds: Some(magnitude.saturating_neg()), ..stamp });
    }
    Ok(stamp)
}

/// What is left when JavaScript has trimmed the beginning of a text in UTF-8.
fn trimmed(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        rest = match rest {
            [b' ' | 0x09..=0x0d, after @ ..]
            // U+00A0 and U+1680; U+2000 to U+200A, U+2028, U+2029 and U+202F; U+205F, U+3000, U+FEFF.
            | [0xc2, 0xa0, after @ ..]
            | [0xe1, 0x9a, 0x80, after @ ..]
            | [0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf, after @ ..]
            | [0xe2, 0x81, 0x9f, after @ ..]
            | [0xe3, 0x80, 0x80, after @ ..]
            | [0xef, 0xbb, 0xbf, after @ ..] => after,
            _ => return rest,
        };
    }
}
