//! The scheme of Standard Webhooks: three headers, and a signature over id, timestamp and raw body
//! with full stops between them.

use alloc::string::{String, ToString as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::secret::Secret;
use super::verify::{
    Stamp, TAG_BYTES, Tolerance, Verified, VerifyError, first_matching, some_secret, tag,
};
use crate::time::TimestampMs;

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
    let secret_index =
        first_matching(secrets, message, &candidates).ok_or(VerifyError::SignatureMismatch)?;
    stamp.check(now, tolerance)?;
    Ok(Verified { secret_index, timestamp: TimestampMs::from_seconds(stamp.seconds) })
}

/// The well-formed signatures of the one version that is accepted.
fn signatures(header: &str) -> impl Iterator<Item = [u8; TAG_BYTES]> + Clone {
    header.split(' ').filter_map(|item| item.strip_prefix("v1,")).filter_map(unbase64)
}

fn unbase64(text: &str) -> Option<[u8; TAG_BYTES]> {
    // One byte more than wanted, because the decoder wants room for whole groups of three.
    let mut bytes = [0; TAG_BYTES + 1];
    let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
    let (tag, _) = bytes.split_first_chunk()?;
    (length == TAG_BYTES).then_some(*tag)
}
