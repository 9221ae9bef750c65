//! The headers that a sender of each scheme writes.

use alloc::string::String;
use alloc::vec::Vec;

use super::hmac::Keyed;
use super::scheme::Scheme;
use super::secret::Secret;
use super::text::{push_base64, push_decimal, push_hex};
use crate::time::TimestampMs;

/// What to send in the headers of [`Scheme::headers`]; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedHeaders {
    /// The message's id.
    pub id: String,
    /// The time.
    pub timestamp: String,
    /// The signatures.
    pub signature: String,
}

/// Signs a body as a sender of the scheme would. Several secrets give several signatures where the
/// scheme has room for them; elsewhere the first signs.
pub fn sign_headers(
    scheme: Scheme,
    secrets: &[&Secret],
    id: &str,
    at: TimestampMs,
    body: &[u8],
) -> SignedHeaders {
    let mut keys = secrets.iter().map(|secret| *secret.keyed());
    sign_by(scheme, &mut keys, id, at, body)
}

/// The same with keys, as [`Scheme::key`] makes them of secrets.
pub fn sign_headers_by_keys(
    scheme: Scheme,
    keys: &[Vec<u8>],
    id: &str,
    at: TimestampMs,
    body: &[u8],
) -> SignedHeaders {
    let mut keys = keys.iter().map(|key| Keyed::new(key));
    sign_by(scheme, &mut keys, id, at, body)
}

fn sign_by(
    scheme: Scheme,
    keys: &mut dyn Iterator<Item = Keyed>,
    id: &str,
    at: TimestampMs,
    body: &[u8],
) -> SignedHeaders {
    let mut seconds = String::new();
    push_decimal(at.seconds(), &mut seconds);
    let digits = seconds.as_bytes();
    let (before_body, before_each, separator): ([&[u8]; 4], &str, Option<&str>) = match scheme {
        Scheme::Stripe => ([digits, b".", b"", b""], ",v1=", Some("")),
        Scheme::Standard => ([id.as_bytes(), b".", digits, b"."], "v1,", Some(" ")),
        Scheme::GitHub => ([b""; 4], "sha256=", None),
        Scheme::Shopify => ([b""; 4], "", None),
        Scheme::Slack => ([b"v0:", digits, b":", b""], "v0=", None),
    };
    let [one, two, three, four] = before_body;
    let parts = [one, two, three, four, body];
    let mut signature = String::new();
    if scheme == Scheme::Stripe {
        signature.push_str("t=");
        signature.push_str(&seconds);
    }
    for (index, key) in keys.enumerate() {
        match separator {
            Some(separator) if index > 0 => signature.push_str(separator),
            None if index > 0 => break,
            Some(_) | None => {}
        }
        signature.push_str(before_each);
        let tag = key.tag(&parts);
        if matches!(scheme, Scheme::Standard | Scheme::Shopify) {
            push_base64(&tag, &mut signature);
        } else {
            push_hex(&tag, &mut signature);
        }
    }
    let id = if scheme == Scheme::Standard { String::from(id) } else { String::new() };
    let has_time = matches!(scheme, Scheme::Standard | Scheme::Slack);
    SignedHeaders { id, timestamp: if has_time { seconds } else { String::new() }, signature }
}
