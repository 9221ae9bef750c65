//! Stripe's scheme: one header, `t=UNIX,v1=HEX[,v1=HEX…]`, over `t`, a full stop and the raw body.
//!
//! Stricter than the official kits wherever they disagree with each other: exactly one timestamp,
//! of digits only; only `v1`; what is malformed is skipped and never trusted; a timestamp may lie
//! no further in the future than in the past.

use alloc::string::String;

use super::claim::Headers;
use super::scheme::Scheme;
use super::secret::Secret;
use super::sign::sign_headers;
use super::verify::{Policy, Tolerance, Verified, VerifyError, verify};
use crate::time::TimestampMs;

/// One signature: lower-case hexadecimal.
pub fn sign_stripe(secret: &Secret, at: TimestampMs, body: &[u8]) -> String {
    let header = stripe_header(&[secret], at, body);
    header.split("v1=").nth(1).map_or_else(String::new, String::from)
}

/// The whole header, with one signature for each secret: more than one while a secret is rolled.
pub fn stripe_header(secrets: &[&Secret], at: TimestampMs, body: &[u8]) -> String {
    sign_headers(Scheme::Stripe, secrets, "", at, body).signature
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
    let rules = (Scheme::Stripe, Policy::Strict(tolerance));
    let headers = Headers { signature: header.as_bytes(), ..Headers::default() };
    verify(rules, secrets, headers, body, now).map(Verified::from)
}
