//! Reading a `Stripe-Signature` exactly as Stripe's own kit for Node does (version 23.1).
//!
//! For those who change one line and must not see another webhook accepted or refused. Two
//! differences are meant: a `v1` without a value is skipped where that kit throws, and a time
//! beyond 2^53, which it would round, is no time.

use super::verify::{Stamp, VerifyError};

/// The largest number that JavaScript holds exactly, with all below it.
const EXACT_MAX: i64 = 1 << 53;

/// What JavaScript trims, in UTF-8, beyond what is ASCII.
const WIDE_SPACES: [&str; 19] = [
    "\u{a0}", "\u{1680}", "\u{2000}", "\u{2001}", "\u{2002}", "\u{2003}", "\u{2004}", "\u{2005}",
    "\u{2006}", "\u{2007}", "\u{2008}", "\u{2009}", "\u{200a}", "\u{2028}", "\u{2029}", "\u{202f}",
    "\u{205f}", "\u{3000}", "\u{feff}",
];

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
    let (sign, text) = match text.split_first() {
        Some((b'-', rest)) => (-1, rest),
        Some((b'+', rest)) => (1, rest),
        _ => (1, text),
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
    let seconds = Some(magnitude.saturating_mul(sign));
    Ok(Stamp { sign: if sign < 0 && magnitude != 0 { b"-" } else { b"" }, seconds, ..stamp })
}

fn trimmed(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        let wide = || WIDE_SPACES.iter().find_map(|space| rest.strip_prefix(space.as_bytes()));
        rest = match rest.split_first() {
            Some((b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r', after)) => after,
            Some((0x80.., _)) => match wide() {
                Some(after) => after,
                None => return rest,
            },
            _ => return rest,
        };
    }
}
