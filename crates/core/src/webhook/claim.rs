//! What a webhook's headers claim: read, and not yet believed.

use subtle::ConstantTimeEq as _;

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
#[derive(Clone)]
pub(super) struct Claim<'a> {
    before_body: [&'a [u8]; 4],
    stamp: Option<Stamp<'a>>,
    signatures: Signatures<'a>,
}

/// The well-formed ones: the first, which there always is, and a text with the others.
#[derive(Clone)]
struct Signatures<'a> {
    first: [u8; TAG_BYTES],
    others: Items<'a>,
}

/// A header's items that are yet to be read.
#[derive(Clone)]
struct Items<'a> {
    rest: Option<&'a [u8]>,
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
        match (scheme, policy) {
            (Scheme::Stripe, Policy::Compat { .. }) => Self::stripe(header, Read::Compat),
            (Scheme::Stripe, Policy::Strict(_)) => Self::stripe(header, Read::Stripe),
            (Scheme::Standard, _) => Self::standard(headers),
            (Scheme::GitHub, _) => Self::body_only(header, Read::Hex(b"sha256=")),
            (Scheme::Shopify, _) => Self::body_only(header, Read::Base64),
            (Scheme::Slack, _) => Self::slack(headers),
        }
    }

    /// One pass over the items, since most of what is not hashing is this.
    fn stripe(header: &'a [u8], read: Read) -> Result<Self, VerifyError> {
        let (mut stamps, mut last_stamp) = (0_u32, None);
        let mut signatures = None;
        let mut items = Items { rest: Some(header), read };
        while let Some(item) = items.next_item() {
            if let Some(value) = read.time(item) {
                stamps = stamps.saturating_add(1);
                last_stamp = Some(value);
            } else if matches!(read, Read::Stripe) && read.time(item.trim_ascii_start()).is_some() {
                // Where runtimes join two headers, a space comes before the second: its time is not
                // believed, but it is one too many.
                stamps = stamps.saturating_add(1);
            } else if signatures.is_none()
                && let Some(first) = read.tag(item)
            {
                signatures = Some(Signatures { first, others: items.clone() });
            }
        }
        let stamp = match (read, last_stamp) {
            (_, None) => return Err(missing(header)),
            (Read::Compat, Some(text)) => compat::stamp(text)?,
            (_, Some(_)) if stamps > 1 => return Err(VerifyError::DuplicateTimestamp),
            (_, Some(text)) => Stamp::of_digits(text)?,
        };
        let before_body: [&[u8]; 4] = [stamp.sign, stamp.digits, b".", b""];
        let signatures = signatures.ok_or(VerifyError::NoSignature)?;
        Ok(Self { before_body, stamp: Some(stamp), signatures })
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
        let signatures = Signatures::read(header, Read::Standard)?;
        Ok(Self { before_body: [id, b".", stamp.digits, b"."], stamp: Some(stamp), signatures })
    }

    fn slack(headers: Headers<'a>) -> Result<Self, VerifyError> {
        let header = present(headers.signature)?;
        let stamp = Stamp::of_header(headers.timestamp)?;
        let signatures = Signatures::read(header, Read::Hex(b"v0="))?;
        // The header's text is what is signed, leading zeros and all.
        let before_body: [&[u8]; 4] = [b"v0:", headers.timestamp, b":", b""];
        Ok(Self { before_body, stamp: Some(stamp), signatures })
    }

    fn body_only(header: &'a [u8], read: Read) -> Result<Self, VerifyError> {
        let signatures = Signatures::read(present(header)?, read)?;
        Ok(Self { before_body: [b""; 4], stamp: None, signatures })
    }

    /// What is signed before the body, in pieces.
    pub(super) fn before_body(&self) -> [&'a [u8]; 4] {
        self.before_body
    }

    /// Whether any of the signatures is this tag. Each is compared, in constant time and without a
    /// branch between them.
    pub(super) fn has(&self, tag: &[u8; TAG_BYTES]) -> bool {
        let equal = |signature: &[u8; TAG_BYTES]| words(tag).ct_eq(&words(signature));
        let first = equal(&self.signatures.first);
        let others = self.signatures.others.clone();
        bool::from(others.fold(first, |found, signature| found | equal(&signature)))
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
        self.signatures.others.clone().count().saturating_add(1)
    }
}

impl<'a> Signatures<'a> {
    fn read(header: &'a [u8], read: Read) -> Result<Self, VerifyError> {
        let mut items = Items { rest: Some(header), read };
        let first = items.next().ok_or(VerifyError::NoSignature)?;
        Ok(Self { first, others: items })
    }
}

impl<'a> Items<'a> {
    /// The next item, whatever it is.
    fn next_item(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let separator = self.read.separator();
        let end = rest.iter().position(|byte| Some(*byte) == separator).unwrap_or(rest.len());
        let (item, after) = rest.split_at(end);
        self.rest = after.split_first().map(|(_, after)| after);
        Some(item)
    }
}

impl Iterator for Items<'_> {
    type Item = [u8; TAG_BYTES];

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(item) = self.next_item() {
            if let Some(tag) = self.read.tag(item) {
                return Some(tag);
            }
        }
        None
    }
}

impl Read {
    fn separator(self) -> Option<u8> {
        match self {
            Self::Stripe | Self::Compat => Some(b','),
            Self::Standard => Some(b' '),
            Self::Hex(_) | Self::Base64 => None,
        }
    }

    /// The time in an item of Stripe's header, if it is one: `t` alone is one too, and malformed.
    fn time(self, item: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Compat => compat::time(item),
            Self::Stripe | Self::Standard | Self::Hex(_) | Self::Base64 => {
                let value = item.strip_prefix(b"t")?;
                if value.is_empty() { Some(value) } else { value.strip_prefix(b"=") }
            }
        }
    }

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

/// The values of the items of Stripe's header that begin so.
pub(super) fn stripe_values<'a>(
    header: &'a [u8],
    name: &'static [u8],
) -> impl Iterator<Item = &'a [u8]> + Clone {
    header.split(|byte| *byte == b',').filter_map(move |item| item.strip_prefix(name))
}

/// What a header lacks that has no time.
fn missing(header: &[u8]) -> VerifyError {
    if header.trim_ascii().is_empty() { VerifyError::EmptyHeader } else { VerifyError::NoTimestamp }
}

/// A tag in wider pieces, which are compared several bytes at once.
fn words(tag: &[u8; TAG_BYTES]) -> [u64; 4] {
    let mut words = [0; 4];
    for (to, from) in words.iter_mut().zip(tag.as_chunks().0) {
        *to = u64::from_le_bytes(*from);
    }
    words
}

fn present(header: &[u8]) -> Result<&[u8], VerifyError> {
    if header.trim_ascii().is_empty() { Err(VerifyError::EmptyHeader) } else { Ok(header) }
}
