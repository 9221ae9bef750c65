//! The scheme of Standard Webhooks: three headers, and a signature over id, timestamp and raw body
//! with full stops between them.

use alloc::string::{String, ToString as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::secret::Secret;
use super::verify::{Stamp, Tolerance, Verified, VerifyError, first_matching, some_secret, tag};
use crate::time::TimestampMs;

const BASE64_CHARS: usize = 44;
const ID_BYTES_MAX: usize = 255;

/// The three headers, as they came.
#[derive(Clone, Copy, Debug)]
pub struct StandardHeaders<'a> {
    /// `webhook-id`: the same for every try of one message.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since the epoch.
    pub timestamp: &'a str,
    /// `webhook-signature`: signatures separated by spaces.
    pub signature: &'a str,
}

/// One signature with its version: `v1,` and base64.
pub fn sign_standard(secret: &Secret, id: &str, at: TimestampMs, body: &[u8]) -> String {
    let seconds = at.seconds().to_string();
    let tag = tag(secret, [id.as_bytes(), b".", seconds.as_bytes(), b".", body]);
    let mut text = String::from("v1,");
    STANDARD.encode_string(tag, &mut text);
    text
}

/// The signature header, with one signature for each secret.
pub fn standard_header(secrets: &[&Secret], id: &str, at: TimestampMs, body: &[u8]) -> String {
    let mut header = String::new();
    for secret in secrets {
        if !header.is_empty() {
            header.push(' ');
        }
        header.push_str(&sign_standard(secret, id, at, body));
    }
    header
}

/// Checks the three headers against the raw body.
///
/// An id with a full stop is refused: it could be another id with the beginning of another
/// message, and the same signature would fit both.
///
/// # Errors
/// [`VerifyError`], which says why the webhook is not to be trusted.
pub fn verify_standard(
    secrets: &[Secret],
    headers: StandardHeaders<'_>,
    body: &[u8],
    now: TimestampMs,
    tolerance: Tolerance,
) -> Result<Verified, VerifyError> {
    some_secret(secrets)?;
    let StandardHeaders { id, timestamp, signature } = headers;
    if signature.trim().is_empty() {
        return Err(VerifyError::EmptyHeader);
    }
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'.';
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(plain) {
        return Err(VerifyError::BadId);
    }
    if timestamp.is_empty() {
        return Err(VerifyError::NoTimestamp);
    }
    let stamp = Stamp::parse(timestamp)?;
    let candidates = signatures(signature);
    if candidates.clone().next().is_none() {
        return Err(VerifyError::NoSignature);
    }
    let message = [id.as_bytes(), b".", stamp.digits.as_bytes(), b".", body];
    let secret_index = first_matching(secrets, message, print, &candidates)
        .ok_or(VerifyError::SignatureMismatch)?;
    stamp.check(now, tolerance)?;
    Ok(Verified { secret_index, timestamp: TimestampMs::from_seconds(stamp.seconds) })
}

fn signatures(header: &str) -> impl Iterator<Item = &[u8]> + Clone {
    header
        .split(' ')
        .filter_map(|item| item.strip_prefix("v1,"))
        .filter(|value| value.len() == BASE64_CHARS)
        .map(str::as_bytes)
}

fn print(tag: &[u8; 32]) -> [u8; BASE64_CHARS] {
    let mut text = [0; BASE64_CHARS];
    let written = STANDARD.encode_slice(tag, &mut text);
    assert_eq!(written, Ok(BASE64_CHARS), "32 bytes are 44 characters of base64");
    text
}
