//! The headers that a sender of each scheme would write: for tests of receivers.

use alloc::string::String;

use super::scheme::Scheme;
use super::secret::Secret;
use super::standard::standard_header;
use super::stripe::stripe_header;
use super::text::{hex, push_base64, push_decimal};
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
    let mut seconds = String::new();
    push_decimal(at.seconds(), &mut seconds);
    let tag = |before: [&[u8]; 3]| {
        let [one, two, three] = before;
        secrets.first().map(|secret| secret.keyed().tag(&[one, two, three, body]))
    };
    let none = SignedHeaders::default();
    match scheme {
        Scheme::Stripe => SignedHeaders { signature: stripe_header(secrets, at, body), ..none },
        Scheme::Standard => SignedHeaders {
            id: String::from(id),
            timestamp: seconds,
            signature: standard_header(secrets, id, at, body),
        },
        Scheme::GitHub => {
            let signature = tag([b"", b"", b""]).map(|tag| ["sha256=", &hex(&tag)].concat());
            SignedHeaders { signature: signature.unwrap_or_default(), ..none }
        }
        Scheme::Shopify => {
            let mut signature = String::new();
            if let Some(tag) = tag([b"", b"", b""]) {
                push_base64(&tag, &mut signature);
            }
            SignedHeaders { signature, ..none }
        }
        Scheme::Slack => {
            let signature = tag([b"v0:", seconds.as_bytes(), b":"]);
            let signature = signature.map(|tag| ["v0=", &hex(&tag)].concat());
            SignedHeaders { timestamp: seconds, signature: signature.unwrap_or_default(), ..none }
        }
    }
}
