//! The secret shared by the sender and the receiver of a webhook.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::hmac::Keyed;
use super::text::secret_base64;

const STANDARD_PREFIX: &str = "whsec_";

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
        let key = Zeroizing::new(standard_key(text).ok_or(SecretError::NotBase64)?);
        if key.is_empty() { Err(SecretError::Empty) } else { Ok(Self::of(&key, text)) }
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
        is_blank(&self.text)
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
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "secret_empty",
            Self::NotBase64 => "secret_not_base64",
        }
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "The webhook secret is empty.",
            Self::NotBase64 => "The webhook secret must be base64, with or without whsec_.",
        })
    }
}

impl core::error::Error for SecretError {}

/// Whether there is nothing but ASCII white space in a secret: what is left of an unset variable.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | 0x09..=0x0d))
}

/// The key that a text stands for in Standard Webhooks; `None` if it is not base64.
pub(super) fn standard_key(text: &str) -> Option<Vec<u8>> {
    let encoded = text.strip_prefix(STANDARD_PREFIX).unwrap_or(text);
    secret_base64(encoded)
}
