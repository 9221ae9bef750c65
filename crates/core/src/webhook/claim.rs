//! What a webhook's headers claim: read, and not yet believed.

use subtle::{Choice, ConstantTimeEq};

use super::compat;
use super::hmac::{Keyed, TAG_BYTES};
use super::scheme::{Form, Scheme, Time};
use super::text::{TAG_CHARS_MAX, TAG_WORDS_MAX};
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
    seconds: Option<i64>,
    /// The first that is well-formed; there always is one.
    signature: &'a [u8],
    others: Items<'a>,
}

/// By what a claim is judged.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'a> {
    /// The body, which the keys are tried on.
    Body(&'a [u8]),
    /// The tag of the body under one of the keys, computed elsewhere.
    Tag {
        /// Which of the keys.
        secret_index: usize,
        /// The HMAC-SHA256 of all that is signed.
        tag: &'a [u8; TAG_BYTES],
    },
}

/// A signature header's items that are yet to be read.
#[derive(Clone)]
struct Items<'a> {
    rest: Option<&'a [u8]>,
    form: &'static Form,
    is_compat: bool,
}

impl<'a> Claim<'a> {
    /// Reads the headers of one scheme, in one pass over the items of the signature header.
    pub(super) fn read(
        scheme: Scheme,
        policy: Policy,
        headers: Headers<'a>,
    ) -> Result<Self, VerifyError> {
        let form = scheme.form();
        if headers.signature.iter().all(u8::is_ascii_whitespace) {
            return Err(VerifyError::EmptyHeader);
        }
        if form.signs_id && !is_plain(headers.id) {
            return Err(VerifyError::BadId);
        }
        let is_compat = scheme == Scheme::Stripe && matches!(policy, Policy::Compat { .. });
        let (mut times, mut last_time, mut signatures) = (0_u32, None, None);
        let mut items = Items { rest: Some(headers.signature), form, is_compat };
        while let Some(item) = items.next() {
            let trimmed = item.trim_ascii_start();
            if let Some(value) = items.time(trimmed) {
                times = times.saturating_add(1);
                // Where runtimes join two headers, a space comes before the second: its time is not
                // believed, but it is one too many.
                if trimmed.len() == item.len() {
                    last_time = Some(value);
                }
            } else if signatures.is_none()
                && let Some(text) = items.signature(item)
                && form.coding.is_tag(text)
            {
                signatures = Some((text, items.clone()));
            }
        }
        let stamp = match form.time {
            Time::Unsigned => Stamp::NONE,
            Time::InHeader => Stamp::of_header(headers.timestamp)?,
            Time::AmongSignatures => match last_time {
                None => return Err(VerifyError::NoTimestamp),
                Some(text) if is_compat => compat::stamp(text)?,
                Some(_) if times > 1 => return Err(VerifyError::DuplicateTimestamp),
                Some(text) => Stamp::of_digits(text)?,
            },
        };
        let digits = if form.keeps_zeros { headers.timestamp } else { stamp.digits };
        let before_body = form.before_body(headers.id, stamp.sign, digits);
        let (signature, others) = signatures.ok_or(VerifyError::NoSignature)?;
        Ok(Self { before_body, seconds: stamp.seconds, signature, others })
    }

    /// What is signed before the body, in pieces.
    pub(super) fn before_body(&self) -> [&'a [u8]; 4] {
        self.before_body
    }

    /// The first of the keys under which any of the signatures is right; `None` stands for a blank
    /// one.
    pub(super) fn matching(
        &self,
        keys: impl Iterator<Item = Option<Keyed>>,
        evidence: Evidence<'_>,
    ) -> Option<usize> {
        let [first, second, third, fourth] = self.before_body;
        for (index, key) in keys.enumerate() {
            let tag = match (key, evidence) {
                (Some(key), Evidence::Body(body)) => key.tag(&[first, second, third, fourth, body]),
                (Some(_), Evidence::Tag { secret_index, tag }) if secret_index == index => *tag,
                (_, _) => continue,
            };
            if self.has(&tag) {
                return Some(index);
            }
        }
        None
    }

    /// Whether any of the signatures is this tag. Each is compared, in constant time and without a
    /// branch between them.
    fn has(&self, tag: &[u8; TAG_BYTES]) -> bool {
        let right = words(&self.others.form.coding.write(tag));
        let mut found = is_same(self.signature, &right);
        let mut others = self.others.clone();
        while let Some(item) = others.next() {
            if let Some(text) = others.signature(item) {
                found |= is_same(text, &right);
            }
        }
        found.into()
    }

    /// Refuses a time outside the window.
    pub(super) fn check_time(&self, policy: Policy, now: TimestampMs) -> Result<(), VerifyError> {
        self.seconds.map_or(Ok(()), |seconds| policy.check_time(seconds, now))
    }

    /// When the sender says it signed.
    pub(super) fn signed_at(&self) -> Option<TimestampMs> {
        self.seconds.map(TimestampMs::from_seconds)
    }

    /// The number of seconds, whether or not it lies in the window.
    pub(super) fn seconds(&self) -> Option<i64> {
        self.seconds
    }

    /// How many well-formed signatures there are.
    pub(super) fn signature_count(&self) -> usize {
        let others = &self.others;
        let is_tag = |text| others.form.coding.is_tag(text);
        let well_formed = others.clone().filter(|item| others.signature(item).is_some_and(is_tag));
        well_formed.count().saturating_add(1)
    }
}

impl<'a> Items<'a> {
    /// The time in an item of Stripe's header, if it is one: `t` alone is one too, and malformed.
    fn time(&self, item: &'a [u8]) -> Option<&'a [u8]> {
        let value = item.strip_prefix(b"t")?;
        if value.is_empty() { Some(value) } else { value.strip_prefix(b"=").map(|v| self.value(v)) }
    }

    /// The text in an item that may be a signature: its mark and its length are right.
    fn signature(&self, item: &'a [u8]) -> Option<&'a [u8]> {
        let text = self.value(item.strip_prefix(self.form.mark)?);
        (text.len() == self.form.coding.length()).then_some(text)
    }

    fn value(&self, text: &'a [u8]) -> &'a [u8] {
        if self.is_compat { compat::value(text) } else { text }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let separator = self.form.separator;
        let end = separator.and_then(|mark| rest.iter().position(|byte| *byte == mark));
        let (item, after) = rest.split_at(end.unwrap_or(rest.len()));
        self.rest = after.split_first().map(|(_, after)| after);
        Some(item)
    }
}

/// The values of the items of Stripe's header that begin so.
pub(super) fn stripe_values<'a>(
    header: &'a [u8],
    name: &'static [u8],
) -> impl Iterator<Item = &'a [u8]> + Clone {
    header.split(|byte| *byte == b',').filter_map(move |item| item.strip_prefix(name))
}

/// Whether an id can be signed. A full stop in it could make one message look like another: both
/// parts are signed with a full stop between them.
fn is_plain(id: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
    !id.is_empty() && id.len() <= ID_BYTES_MAX && id.iter().all(plain)
}

#[inline(never)] // Two call it, in a file whose size counts.
fn is_same(text: &[u8], right: &[u64]) -> Choice {
    are_same(&words(text), right)
}

/// Whether all pieces are the same. Each is looked at, wherever the first difference is.
fn are_same<W: ConstantTimeEq>(left: &[W], right: &[W]) -> Choice {
    if crate::planted!("early_exit") {
        let differs = |(left, right): (&W, &W)| !bool::from(left.ct_eq(right));
        return Choice::from(u8::from(!left.iter().zip(right).any(differs)));
    }
    left.ct_eq(right)
}

/// A text in wider pieces, which are compared several bytes at once, with zeros behind it.
fn words(text: &[u8]) -> [u64; TAG_WORDS_MAX] {
    let mut padded = [0; TAG_CHARS_MAX];
    if let Some(padded) = padded.get_mut(..text.len()) {
        padded.copy_from_slice(text);
    }
    let mut words = [0; TAG_WORDS_MAX];
    for (to, from) in words.iter_mut().zip(padded.as_chunks().0) {
        *to = u64::from_le_bytes(*from);
    }
    words
}

/// How many pieces of a signature are looked at, for each place where the first difference may be: a
/// count does not depend on the machine, as a time does.
#[cfg(any(test, feature = "planted"))]
pub(super) mod counted {
    use core::cell::Cell;

    use subtle::{Choice, ConstantTimeEq};

    use super::{TAG_WORDS_MAX, are_same};

    /// A piece that counts how often it is compared.
    struct Piece<'c>(u64, &'c Cell<usize>);

    impl ConstantTimeEq for Piece<'_> {
        fn ct_eq(&self, other: &Self) -> Choice {
            self.1.set(self.1.get().saturating_add(1));
            self.0.ct_eq(&other.0)
        }
    }

    /// Comparisons made where the first difference is at each place, and where there is none.
    #[cfg_attr(not(feature = "planted"), expect(unreachable_pub, reason = "the feature shows it"))]
    pub fn comparisons() -> [usize; TAG_WORDS_MAX + 1] {
        let mut counts = [0; TAG_WORDS_MAX + 1];
        for (place, count) in counts.iter_mut().enumerate() {
            let looked_at = Cell::new(0);
            let pieces = |other_at: usize| {
                core::array::from_fn::<_, TAG_WORDS_MAX, _>(|at| {
                    Piece(u64::from(at == other_at), &looked_at)
                })
            };
            let _same = are_same(&pieces(place), &pieces(usize::MAX));
            *count = looked_at.get();
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::counted::comparisons;

    #[test]
    fn every_piece_is_looked_at_wherever_the_first_difference_is() {
        let counts = comparisons();
        assert!(counts[0] > 1);
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    }
}
