//! Stripe's scheme: one header, `t=UNIX,v1=HEX[,v1=HEX…]`, over `t`, a full stop and the raw body.
//!
//! Stricter than the official kits wherever they disagree with each other: exactly one timestamp,
//! of digits only; only `v1`; what is malformed is skipped and never trusted; a timestamp may lie
//! no further in the future than in the past.

use alloc::string::{String, ToString as _};

use super::secret::Secret;
use super::verify::{
    Stamp, TAG_BYTES, Tolerance, Verified, VerifyError, first_matching, some_secret, tag,
};
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
    first_matching(secrets, message, &signatures(header))
}

/// The values of a header's items of one name.
pub(super) fn values<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> + Clone {
    header.split(',').filter_map(move |item| item.strip_prefix(name)?.strip_prefix('='))
}

/// The well-formed signatures of the one version that is accepted.
pub(super) fn signatures(header: &str) -> impl Iterator<Item = [u8; TAG_BYTES]> + Clone {
    values(header, "v1").filter_map(unhex)
}

/// Lower-case hexadecimal only: the sender writes it so, and one spelling is enough.
fn unhex(text: &str) -> Option<[u8; TAG_BYTES]> {
    if text.len() != HEX_CHARS {
        return None;
    }
    let mut tag = [0; TAG_BYTES];
    for (byte, pair) in tag.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = (nibble(high)? << 4) | nibble(low)?;
    }
    Some(tag)
}

fn nibble(ascii: u8) -> Option<u8> {
    match ascii {
        b'0'..=b'9' => ascii.checked_sub(b'0'),
        b'a'..=b'f' => ascii.checked_sub(b'a' - 10),
        _ => None,
    }
}

fn hex(tag: &[u8; TAG_BYTES]) -> [u8; HEX_CHARS] {
    let mut text = [0; HEX_CHARS];
    for (pair, byte) in text.chunks_exact_mut(2).zip(tag) {
        pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0x0f)]);
    }
    text
}

fn hex_digit(nibble: u8) -> u8 {
    nibble.wrapping_add(if nibble < 10 { b'0' } else { b'a' - 10 })
}
