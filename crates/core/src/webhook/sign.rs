//! The headers that a sender of each scheme writes.

use alloc::string::String;

use super::hmac::Keyed;
use super::scheme::{Form, Scheme, Time};
use super::secret::Secret;
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
    /// The time to put into it: seconds since the epoch, in digits.
    pub seconds: &'a [u8],
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
    let form = scheme.form();
    let mut signature = String::new();
    let keys = secrets.iter().map(|secret| *secret.keyed());
    let digits = Digits::signed(at.seconds());
    let message = Message { id: id.as_bytes(), seconds: digits.as_bytes(), body };
    sign_by(form, keys, message, &mut |piece| {
        signature.extend(piece.iter().copied().map(char::from));
    });
    let id = if form.signs_id { id } else { "" };
    let timestamp = if form.time == Time::InHeader { digits.as_str() } else { "" };
    SignedHeaders { id: String::from(id), timestamp: String::from(timestamp), signature }
}

/// The value of the signature header, in pieces of ASCII.
pub(super) fn sign_by(
    form: &Form,
    keys: impl Iterator<Item = Keyed>,
    Message { id, seconds, body }: Message<'_>,
    add: &mut dyn FnMut(&[u8]),
) {
    let [one, two, three, four] = form.before_body(id, b"", seconds);
    let mut is_first = form.time != Time::AmongSignatures;
    if !is_first {
        add(b"t=");
        add(seconds);
    }
    for key in keys {
        if !is_first {
            // Without a separator there is room for one signature only.
            let Some(separator) = form.separator else { break };
            add(&[separator]);
        }
        is_first = false;
        add(form.mark);
        let text = form.coding.write(&key.tag(&[one, two, three, four, body]));
        let (text, _) = text.split_at(form.coding.length());
        add(text);
    }
}
