//! A verifier as bytes: scheme, policy and absorbed keys.
//!
//! For a border that keeps nothing between two calls: the other side holds the bytes and hands them
//! in with each call, so no key is absorbed twice, nothing is left to free, and an instance that was
//! thrown away takes nothing with it. The bytes are worth as much as the secrets.

use super::claim::{Claim, Evidence, Headers};
use super::hmac::{KEYED_BYTES, Keyed};
use super::scheme::Scheme;
use super::secret::{SecretError, is_blank};
use super::sign::{Message, sign_by};
use super::verify::{Policy, Proof, Tolerance, VerifyError, check, read};
use crate::time::TimestampMs;

const STRICT: u8 = 0;
const COMPAT: u8 = 1;
const BLANK: u8 = 0;
const PRESENT: u8 = 1;
/// What precedes the keys: scheme, policy, and seconds of tolerance.
const HEAD_BYTES: usize = 6;
/// A mark, and both states.
const KEY_BYTES: usize = 1 + KEYED_BYTES;

/// A verifier, borrowed from the bytes that [`pack`] made.
#[derive(Clone, Copy)]
pub struct Packed<'a> {
    scheme: Scheme,
    policy: Policy,
    keys: &'a [[u8; KEY_BYTES]],
}

/// What is known before the body's tag: what to put before the body.
pub type BeforeBody<'a> = [&'a [u8]; 4];

/// A secret as part of a verifier's bytes.
pub type PackedKey = [u8; KEY_BYTES];

/// How a verifier's bytes begin. The keys follow, each as [`pack_key`] made it.
pub fn pack(scheme: Scheme, policy: Policy) -> [u8; HEAD_BYTES] {
    let (policy, [a, b, c, d]) = match policy {
        Policy::Strict(tolerance) => (STRICT, tolerance.as_seconds().to_le_bytes()),
        Policy::Compat { tolerance_s } => (COMPAT, tolerance_s.to_le_bytes()),
    };
    [scheme.to_byte(), policy, a, b, c, d]
}

/// A secret to follow what [`pack`] began. Its key, for whoever computes tags elsewhere too, is
/// written over the text from its beginning; its length is answered. A blank secret is counted, and
/// never right.
///
/// # Errors
/// [`SecretError`], as [`Scheme::secret`].
pub fn pack_key(scheme: Scheme, text: &mut [u8]) -> Result<(usize, PackedKey), SecretError> {
    let mark = if is_blank(text) { BLANK } else { PRESENT };
    let length = scheme.key_in(text)?;
    let (key, _) = text.split_at(length);
    let mut packed = [mark; KEY_BYTES];
    let (_, states) = packed.split_at_mut(1);
    states.copy_from_slice(&Keyed::new(key).to_bytes());
    Ok((length, packed))
}

impl<'a> Packed<'a> {
    /// Reads what [`pack`] wrote; `None` if it is something else.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&[scheme, policy], rest) = bytes.split_first_chunk()?;
        let (seconds, keys) = rest.split_first_chunk()?;
        let policy = match policy {
            STRICT => Policy::Strict(Tolerance::seconds(u32::from_le_bytes(*seconds)).ok()?),
            COMPAT => Policy::Compat { tolerance_s: i32::from_le_bytes(*seconds) },
            _ => return None,
        };
        let (keys, nothing) = keys.as_chunks();
        nothing.is_empty().then_some(())?;
        Some(Self { scheme: Scheme::from_byte(scheme)?, policy, keys })
    }

    /// The same verifier with another tolerance for age, if it is [`Policy::Compat`]: that policy
    /// takes it with each call.
    #[must_use]
    pub fn tolerating(self, tolerance_s: i32) -> Self {
        let policy = match self.policy {
            Policy::Strict(_) => self.policy,
            Policy::Compat { .. } => Policy::Compat { tolerance_s },
        };
        Self { policy, ..self }
    }

    /// Whether there is a secret in it that is not blank.
    pub fn has_key(&self) -> bool {
        self.keys.iter().any(|bytes| bytes.starts_with(&[PRESENT]))
    }

    /// Whether any secret is blank: with others beside it, an unset variable that nobody noticed.
    pub fn has_blank(&self) -> bool {
        self.keys.iter().any(|bytes| bytes.starts_with(&[BLANK]))
    }

    /// Whether its policy is [`Policy::Strict`].
    pub fn is_strict(&self) -> bool {
        matches!(self.policy, Policy::Strict(_))
    }

    /// Signs as [`super::sign_headers`] does, with every key that is in it, a blank one too: the
    /// value of the signature header, in pieces of ASCII.
    pub fn sign(&self, message: Message<'_>, add: &mut dyn FnMut(&[u8])) {
        let keys = self.keys.iter().filter_map(|bytes| bytes.last_chunk().map(Keyed::from_bytes));
        sign_by(self.scheme.form(), keys, message, add);
    }

    /// Checks a webhook.
    ///
    /// # Errors
    /// [`VerifyError`], which says why the webhook is not to be trusted.
    pub fn verify(
        &self,
        headers: Headers<'_>,
        evidence: Evidence<'_>,
        now: TimestampMs,
    ) -> Result<Proof, VerifyError> {
        check(&self.claim(headers)?, self.policy, self.keyed(), (evidence, now))
    }

    /// What is signed before the body, for whoever computes the tag elsewhere.
    ///
    /// # Errors
    /// [`VerifyError`] of headers that cannot be right whatever the body.
    pub fn before_body<'h>(&self, headers: Headers<'h>) -> Result<BeforeBody<'h>, VerifyError> {
        Ok(self.claim(headers)?.before_body())
    }

    #[inline(never)] // Two faces share it, in a file whose size counts.
    fn claim<'h>(&self, headers: Headers<'h>) -> Result<Claim<'h>, VerifyError> {
        read((self.scheme, self.policy), self.has_key(), headers)
    }

    fn keyed(&self) -> impl Iterator<Item = Option<Keyed>> + Clone + use<'a> {
        self.keys.iter().map(|bytes| match bytes.split_first_chunk() {
            Some((&[PRESENT], keyed)) => keyed.first_chunk().map(Keyed::from_bytes),
            _ => None,
        })
    }
}

impl core::fmt::Debug for Packed<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Packed")
            .field("scheme", &self.scheme)
            .field("policy", &self.policy)
            .field("keys", &format_args!("[redacted]"))
            .finish()
    }
}
