//! A verifier as bytes: scheme, policy and absorbed keys.
//!
//! For a border that keeps nothing between two calls: the other side holds the bytes and hands them
//! in with each call, so no key is absorbed twice, nothing is left to free, and an instance that was
//! thrown away takes nothing with it. The bytes are worth as much as the secrets.

use alloc::vec::Vec;

use super::claim::{Claim, Headers};
use super::hmac::{KEYED_BYTES, Keyed, TAG_BYTES};
use super::scheme::Scheme;
use super::secret::{SecretError, is_blank};
use super::verify::{Policy, Proof, Tolerance, VerifyError, check, read};
use crate::time::TimestampMs;

const STRICT: u8 = 0;
const COMPAT: u8 = 1;
const BLANK: u8 = 0;
const PRESENT: u8 = 1;
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

/// Begins a verifier as bytes.
pub fn pack(scheme: Scheme, policy: Policy) -> Vec<u8> {
    let (policy_byte, seconds) = match policy {
        Policy::Strict(tolerance) => (STRICT, tolerance.as_seconds().to_le_bytes()),
        Policy::Compat { tolerance_s } => (COMPAT, tolerance_s.to_le_bytes()),
    };
    let mut bytes = Vec::from([scheme.to_byte(), policy_byte]);
    bytes.extend_from_slice(&seconds);
    bytes
}

/// Adds a secret to a verifier that [`pack`] began; answers its key, for whoever computes tags
/// elsewhere too. A blank one is counted, and never right.
///
/// # Errors
/// [`SecretError`], as [`Scheme::secret`].
pub fn pack_secret(
    bytes: &mut Vec<u8>,
    scheme: Scheme,
    text: &str,
) -> Result<Vec<u8>, SecretError> {
    let key = scheme.key(text)?;
    bytes.push(if is_blank(text) { BLANK } else { PRESENT });
    bytes.extend_from_slice(&Keyed::new(&key).to_bytes());
    Ok(key)
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

    /// Checks a webhook.
    ///
    /// # Errors
    /// [`VerifyError`], which says why the webhook is not to be trusted.
    pub fn verify(
        &self,
        headers: Headers<'_>,
        body: &[u8],
        now: TimestampMs,
    ) -> Result<Proof, VerifyError> {
        check(&self.claim(headers)?, self.policy, self.keyed(), (body, now))
    }

    /// The first half, for whoever computes the tag elsewhere: what is signed before the body.
    ///
    /// # Errors
    /// [`VerifyError`] of headers that cannot be right whatever the body.
    pub fn before_body<'h>(&self, headers: Headers<'h>) -> Result<BeforeBody<'h>, VerifyError> {
        Ok(self.claim(headers)?.before_body())
    }

    /// The second half: compares a tag that was computed elsewhere under the secret with this
    /// index, and checks the clock.
    ///
    /// # Errors
    /// [`VerifyError`], which says why the webhook is not to be trusted.
    pub fn settle(
        &self,
        headers: Headers<'_>,
        (secret_index, tag): (usize, &[u8; TAG_BYTES]),
        now: TimestampMs,
    ) -> Result<Proof, VerifyError> {
        let claim = self.claim(headers)?;
        let blank = self.keyed().nth(secret_index).flatten().is_none();
        if blank || !claim.has(tag) {
            return Err(VerifyError::SignatureMismatch);
        }
        claim.check_time(self.policy, now)?;
        Ok(Proof { secret_index, signed_at: claim.signed_at() })
    }

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
