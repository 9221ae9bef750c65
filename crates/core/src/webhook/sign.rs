//! The headers that a sender of each scheme writes.

use alloc::string::String;

use super::hmac::Keyed;
use super::scheme::Scheme;
use super::secret::Secret;
use super::text::{base64, hex};
use crate::print::Digits;
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

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Its id, where the scheme signs one.
    pub id: &'a [u8],
    /// The time to put into it.
    pub at: TimestampMs,
    /// The body.
    pub body: &'a [u8],
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
    let mut signature = String::new();
    let keys = secrets.iter().map(|secret| *secret.keyed());
    let message = Message { id: id.as_bytes(), at, body };
    sign_by(scheme, keys, message, |piece| {
        signature.extend(piece.iter().copied().map(char::from));
    });
    let id = if scheme == Scheme::Standard { String::from(id) } else { String::new() };
    let digits = Digits::signed(at.seconds());
    let timestamp = if scheme.has_time_header() { digits.as_str() } else { "" };
    SignedHeaders { id, timestamp: String::from(timestamp), signature }
}

/// The value of the signature header, in pieces of ASCII.
pub(super) fn sign_by(
    scheme: Scheme,
    keys: impl Iterator<Item = Keyed>,
    Message { id, at, body }: Message<'_>,
    mut add: impl FnMut(&[u8]),
) {
    let digits = Digits::signed(at.seconds());
    let digits = digits.as_bytes();
    let (before_body, before_each, between): ([&[u8]; 4], &[u8], &[u8]) = match scheme {
        Scheme::Stripe => ([digits, b".", b"", b""], b",v1=", b""),
        Scheme::Standard => ([id, b".", digits, b"."], b"v1,", b" "),
        Scheme::GitHub => ([b""; 4], b"sha256=", b""),
        Scheme::Shopify => ([b""; 4], b"", b""),
        Scheme::Slack => ([b"v0:", digits, b":", b""], b"v0=", b""),
    };
    let has_room_for_more = match scheme {
        Scheme::Stripe | Scheme::Standard => true,
        Scheme::GitHub | Scheme::Shopify | Scheme::Slack => false,
    };
    let [one, two, three, four] = before_body;
    if scheme == Scheme::Stripe {
        add(b"t=");
        add(digits);
    }
    for (index, key) in keys.enumerate() {
        if index > 0 {
            if !has_room_for_more {
                break;
            }
            add(between);
        }
        add(before_each);
        let tag = key.tag(&[one, two, three, four, body]);
        if matches!(scheme, Scheme::Standard | Scheme::Shopify) {
            add(&base64(&tag));
        } else {
            add(&hex(&tag));
        }
    }
}
