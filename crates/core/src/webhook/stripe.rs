//! Stripe's scheme: one header, `t=UNIX,v1=HEX[,v1=HEX…]`, over `t`, a full stop and the raw body.
//!
//! Stricter than the official kits wherever they disagree with each other: exactly one timestamp,
//! of digits only; only `v1`; what is malformed is skipped and never trusted; a timestamp may lie
//! no further in the future than in the past.

use alloc::string::{String, ToString as _};

use super::secret::Secret;
use super::verify::{Stamp, Tolerance, Verified, VerifyError, first_matching, some_secret, tag};
use crate::time::TimestampMs;

const HEX_CHARS: usize = 64;

/// One signature: lower-case hexadecimal.
pub fn sign_stripe(secret: &Secret, at: TimestampMs, body: &[u8]) -> String {
    let seconds = at.seconds().to_string();
    let printed = hex(&tag(secret, [seconds.as_bytes(), b".", body]));
    printed.iter().copied().map(char::from).collect()
}

/// The whole header, with one signature for each secret: more than one while a secret is rolled.
pub fn stripe_header(secrets: &[&Secret], at: TimestampMs, body: &[u8]) -> String {
    let mut header = String::from("t=");
    header.push_str(&at.seconds().to_string());
    for secret in secrets {
        header.push_str(",v1=");
        header.push_str(&sign_stripe(secret, at, body));
    }
    header
}

/// Checks a header against the raw body. The signature is checked before the clock, so that
/// "too old" is only ever said of something genuine.
///
/// # Errors
/// [`VerifyError`], which says why the webhook is not to be trusted.
pub fn verify_stripe(
    secrets: &[Secret],
    header: &str,
    body: &[u8],
    now: TimestampMs,
    tolerance: Tolerance,
) -> Result<Verified, VerifyError> {
    some_secret(secrets)?;
    let stamp = stamp_of(header)?;
    if signatures(header).next().is_none() {
        return Err(VerifyError::NoSignature);
    }
    let secret_index =
        matching(secrets, stamp, header, body).ok_or(VerifyError::SignatureMismatch)?;
    stamp.check(now, tolerance)?;
    Ok(Verified { secret_index, timestamp: TimestampMs::from_seconds(stamp.seconds) })
}

/// The one timestamp of a header.
pub(super) fn stamp_of(header: &str) -> Result<Stamp<'_>, VerifyError> {
    if header.trim().is_empty() {
        return Err(VerifyError::EmptyHeader);
    }
    let mut stamps = values(header, "t");
    let text = stamps.next().ok_or(VerifyError::NoTimestamp)?;
    if stamps.next().is_some() {
        return Err(VerifyError::DuplicateTimestamp);
    }
    Stamp::parse(text)
}

/// The first secret under which any signature of the header is right, whatever the time.
pub(super) fn matching(
    secrets: &[Secret],
    stamp: Stamp<'_>,
    header: &str,
    body: &[u8],
) -> Option<usize> {
    let message = [stamp.digits.as_bytes(), b".", body];
    first_matching(secrets, message, hex, &signatures(header))
}

/// The values of a header's items of one name.
pub(super) fn values<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> + Clone {
    header.split(',').filter_map(move |item| item.strip_prefix(name)?.strip_prefix('='))
}

/// The well-formed signatures of the one version that is accepted.
pub(super) fn signatures(header: &str) -> impl Iterator<Item = &[u8]> + Clone {
    values(header, "v1").map(str::as_bytes).filter(|value| {
        let lower_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        value.len() == HEX_CHARS && value.iter().all(lower_hex)
    })
}

fn hex(tag: &[u8; 32]) -> [u8; HEX_CHARS] {
    let mut text = [0; HEX_CHARS];
    for (pair, byte) in text.chunks_exact_mut(2).zip(tag) {
        pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0x0f)]);
    }
    text
}

/// Without a table: a look-up by a secret nibble would leave a trace in the cache.
fn hex_digit(nibble: u8) -> u8 {
    let letter_gap = u8::from(nibble > 9).wrapping_mul(b'a'.wrapping_sub(b'0').wrapping_sub(10));
    nibble.wrapping_add(b'0').wrapping_add(letter_gap)
}
