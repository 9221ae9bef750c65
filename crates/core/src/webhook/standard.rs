//! The scheme of Standard Webhooks: three headers, and a signature over id, timestamp and raw body
//! with full stops between them.

use alloc::string::String;

use super::claim::Headers;
use super::scheme::Scheme;
use super::secret::Secret;
use super::sign::sign_headers;
use super::verify::{Policy, Tolerance, Verified, VerifyError, verify};
use crate::time::TimestampMs;

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
    standard_header(&[secret], id, at, body)
}

/// The signature header, with one signature for each secret.
pub fn standard_header(secrets: &[&Secret], id: &str, at: TimestampMs, body: &[u8]) -> String {
    sign_headers(Scheme::Standard, secrets, id, at, body).signature
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
    let rules = (Scheme::Standard, Policy::Strict(tolerance));
    let headers = Headers {
        id: headers.id.as_bytes(),
        timestamp: headers.timestamp.as_bytes(),
        signature: headers.signature.as_bytes(),
    };
    verify(rules, secrets, headers, body, now).map(Verified::from)
}
