//! The secret shared by the sender and the receiver of a webhook.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::hmac::Keyed;
use super::text::decode_base64;

const STANDARD_PREFIX: &[u8] = b"whsec_";

/// A signing secret, with the key already absorbed: signing and checking start from that state,
/// which saves two of the six rounds that a small body takes. Wiped when dropped.
#[derive(Clone)]
pub struct Secret {
    keyed: Zeroizing<Keyed>,
    text: Zeroizing<String>,
    label: Option<String>,
}

/// Why a text is no secret of Standard Webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// There is nothing after the prefix.
    Empty,
    /// It is not base64.
    NotBase64,
}

impl Secret {
    /// A secret of Stripe's scheme, and of every other but Standard Webhooks: the whole text is the key, its `whsec_` included.
    ///
    /// A blank text makes a secret too, but one that checks nothing: whoever verifies with blank
    /// secrets alone is told that there is no secret.
    pub fn stripe(text: &str) -> Self {
        Self::of(text.as_bytes(), text)
    }

    /// A secret of Standard Webhooks: base64, usually after `whsec_`.
    ///
    /// # Errors
    /// [`SecretError`], which says why it is none.
    pub fn standard(text: &str) -> Result<Self, SecretError> {
        let mut key = Zeroizing::new(Vec::from(text.as_bytes()));
        let length = standard_key_in(&mut key)?;
        key.truncate(length);
        Ok(Self::of(&key, text))
    }

    /// The same secret with a name by which people can tell it from others.
    #[must_use]
    pub fn labelled(self, label: &str) -> Self {
        Self { label: Some(String::from(label)), ..self }
    }

    /// Its name, if it was given one.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Whether there is nothing in it but white space, as after reading an unset variable.
    pub fn is_blank(&self) -> bool {
        is_blank(self.text.as_bytes())
    }

    /// The key, absorbed.
    pub(super) fn keyed(&self) -> &Keyed {
        &self.keyed
    }

    /// The key for verifying; `None` if there is nothing in it.
    pub(super) fn key(&self) -> Option<Keyed> {
        (!self.is_blank()).then(|| *self.keyed)
    }

    /// The text it was made of, for the diagnosis of wrongly pasted secrets only.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A secret of Stripe's scheme whose key is not text.
    pub(super) fn of(key: &[u8], text: &str) -> Self {
        Self {
            keyed: Zeroizing::new(Keyed::new(key)),
            text: Zeroizing::new(String::from(text)),
            label: None,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("label", &self.label)
            .field("key", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}

impl SecretError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "secret_empty",
            Self::NotBase64 => "secret_not_base64",
        }
    }

    /// What is wrong, in a sentence.
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::Empty => "The webhook secret is empty.",
            Self::NotBase64 => "The webhook secret must be base64, with or without whsec_.",
        }
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl core::error::Error for SecretError {}

/// Whether there is nothing but ASCII white space in a secret: what is left of an unset variable.
pub(super) fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | 0x09..=0x0d))
}

/// The key that a text stands for in Standard Webhooks; `None` if it is not base64.
pub(super) fn standard_key(text: &str) -> Option<Vec<u8>> {
    let mut key = Vec::from(text.as_bytes());
    let length = decode_base64(&mut key, prefix_bytes(text.as_bytes()))?;
    key.truncate(length);
    Some(key)
}

/// The same, written over the text from its beginning. Answers how long it is.
///
/// # Errors
/// [`SecretError`], which says why there is none.
pub(super) fn standard_key_in(text: &mut [u8]) -> Result<usize, SecretError> {
    match decode_base64(text, prefix_bytes(text)) {
        None => Err(SecretError::NotBase64),
        Some(0) => Err(SecretError::Empty),
        Some(length) => Ok(length),
    }
}

fn prefix_bytes(text: &[u8]) -> usize {
    if text.starts_with(STANDARD_PREFIX) { STANDARD_PREFIX.len() } else { 0 }
}
