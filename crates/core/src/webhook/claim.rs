//! What a webhook's headers claim: read, and not yet believed.

use subtle::{Choice, ConstantTimeEq as _};

use super::compat;
use super::hmac::{Keyed, TAG_BYTES};
use super::scheme::Scheme;
use super::text::{unbase64, unhex};
use super::verify::{Policy, Stamp, VerifyError};
use crate::time::TimestampMs;

const ID_BYTES_MAX: usize = 255;

/// The headers that count, as they came; empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// The message's id, where the scheme has a header for it.
    pub id: &'a [u8],
    /// The time, where it has a header of its own.
    pub timestamp: &'a [u8],
    /// The signatures.
    pub signature: &'a [u8],
}

/// A header's signatures, a time, and what is signed before the body.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    before_body: [&'a [u8]; 4],
    stamp: Option<Stamp<'a>>,
    signatures: Signatures<'a>,
}

#[derive(Clone, Copy)]
struct Signatures<'a> {
    header: &'a [u8],
    read: Read,
}

/// How signatures are written.
#[derive(Clone, Copy)]
enum Read {
    /// Items between commas, `v1=` and hexadecimal.
    Stripe,
    /// The same as Stripe's kit for Node reads it.
    Compat,
    /// Items between spaces, `v1,` and base64.
    Standard,
    /// One, hexadecimal after this.
    Hex(&'static [u8]),
    /// One, base64.
    Base64,
}

impl<'a> Claim<'a> {
    /// Reads the headers of one scheme.
    pub(super) fn read(
        scheme: Scheme,
        policy: Policy,
        headers: Headers<'a>,
    ) -> Result<Self, VerifyError> {
        let header = headers.signature;
        let claim = match (scheme, policy) {
            (Scheme::Stripe, Policy::Compat { .. }) => {
                Self::timed(compat::stamp_of(header)?, Signatures { header, read: Read::Compat })
            }
            (Scheme::Stripe, Policy::Strict(_)) => {
                Self::timed(stripe_stamp(header)?, Signatures { header, read: Read::Stripe })
            }
            (Scheme::Standard, _) => Self::standard(headers)?,
            (Scheme::GitHub, _) => Self::body_only(header, Read::Hex(b"sha256="))?,
            (Scheme::Shopify, _) => Self::body_only(header, Read::Base64)?,
            (Scheme::Slack, _) => Self::slack(headers)?,
        };
        if claim.signatures.iter().next().is_none() {
            return Err(VerifyError::NoSignature);
        }
        Ok(claim)
    }

    /// Stripe's: time, a full stop, body.
    fn timed(stamp: Stamp<'a>, signatures: Signatures<'a>) -> Self {
        let before_body = [stamp.sign, stamp.digits, b".", b""];
        Self { before_body, stamp: Some(stamp), signatures }
    }

    fn standard(headers: Headers<'a>) -> Result<Self, VerifyError> {
        let header = present(headers.signature)?;
        // A full stop in an id could make one message look like another: both parts are signed
        // with a full stop between them.
        let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
        let id = headers.id;
        if id.is_empty() || id.len() > ID_BYTES_MAX || !id.iter().all(plain) {
            return Err(VerifyError::BadId);
        }
        let stamp = Stamp::of_header(headers.timestamp)?;
        let signatures = Signatures { header, read: Read::Standard };
        Ok(Self { before_body: [id, b".", stamp.digits, b"."], stamp: Some(stamp), signatures })
    }

    fn slack(headers: Headers<'a>) -> Result<Self, VerifyError> {
        let signatures =
            Signatures { header: present(headers.signature)?, read: Read::Hex(b"v0=") };
        let stamp = Stamp::of_header(headers.timestamp)?;
        // The header's text is what is signed, leading zeros and all.
        let before_body: [&[u8]; 4] = [b"v0:", headers.timestamp, b":", b""];
        Ok(Self { before_body, stamp: Some(stamp), signatures })
    }

    fn body_only(header: &'a [u8], read: Read) -> Result<Self, VerifyError> {
        let signatures = Signatures { header: present(header)?, read };
        Ok(Self { before_body: [b""; 4], stamp: None, signatures })
    }

    /// What is signed before the body, in pieces.
    pub(super) fn before_body(&self) -> [&'a [u8]; 4] {
        self.before_body
    }

    /// Whether any of the signatures is this tag. Each is compared, in constant time and without a
    /// branch between them.
    pub(super) fn has(&self, tag: &[u8; TAG_BYTES]) -> bool {
        let found = self
            .signatures
            .iter()
            .fold(Choice::from(0), |found, signature| found | tag.ct_eq(&signature));
        bool::from(found)
    }

    /// The first of the keys under which any of the signatures is right for the body.
    pub(super) fn matching(
        &self,
        keys: impl Iterator<Item = Option<Keyed>>,
        body: &[u8],
    ) -> Option<usize> {
        let [first, second, third, fourth] = self.before_body;
        for (index, key) in keys.enumerate() {
            if let Some(key) = key
                && self.has(&key.tag(&[first, second, third, fourth, body]))
            {
                return Some(index);
            }
        }
        None
    }

    /// Refuses a time outside the window.
    pub(super) fn check_time(&self, policy: Policy, now: TimestampMs) -> Result<(), VerifyError> {
        match self.stamp.and_then(|stamp| stamp.seconds) {
            Some(seconds) => policy.check_time(seconds, now),
            None => Ok(()),
        }
    }

    /// When the sender says it signed.
    pub(super) fn signed_at(&self) -> Option<TimestampMs> {
        self.stamp?.seconds.map(TimestampMs::from_seconds)
    }

    /// The number of seconds, whether or not it lies in the window.
    pub(super) fn seconds(&self) -> Option<i64> {
        self.stamp?.seconds
    }

    /// How many well-formed signatures there are.
    pub(super) fn signature_count(&self) -> usize {
        self.signatures.iter().count()
    }
}

impl<'a> Signatures<'a> {
    fn iter(self) -> impl Iterator<Item = [u8; TAG_BYTES]> + use<'a> {
        let separator = match self.read {
            Read::Stripe | Read::Compat => Some(b','),
            Read::Standard => Some(b' '),
            Read::Hex(_) | Read::Base64 => None,
        };
        let items = self.header.split(move |byte| Some(*byte) == separator);
        items.filter_map(move |item| self.read.tag(item))
    }
}

impl Read {
    fn tag(self, item: &[u8]) -> Option<[u8; TAG_BYTES]> {
        match self {
            Self::Stripe => item.strip_prefix(b"v1=").and_then(unhex),
            Self::Compat => compat::signature(item),
            Self::Standard => item.strip_prefix(b"v1,").and_then(unbase64),
            Self::Hex(prefix) => item.strip_prefix(prefix).and_then(unhex),
            Self::Base64 => unbase64(item),
        }
    }
}

/// The one timestamp of Stripe's header.
fn stripe_stamp(header: &[u8]) -> Result<Stamp<'_>, VerifyError> {
    present(header)?;
    let mut stamps = stripe_values(header, b"t=");
    let text = stamps.next().ok_or(VerifyError::NoTimestamp)?;
    if stamps.next().is_some() {
        return Err(VerifyError::DuplicateTimestamp);
    }
    Stamp::of_digits(text)
}

/// The values of the items of Stripe's header that begin so.
pub(super) fn stripe_values<'a>(
    header: &'a [u8],
    name: &'static [u8],
) -> impl Iterator<Item = &'a [u8]> + Clone {
    header.split(|byte| *byte == b',').filter_map(move |item| item.strip_prefix(name))
}

fn present(header: &[u8]) -> Result<&[u8], VerifyError> {
    if header.trim_ascii().is_empty() { Err(VerifyError::EmptyHeader) } else { Ok(header) }
}
