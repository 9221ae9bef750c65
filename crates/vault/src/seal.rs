//! Authenticated encryption: what a seal looks like, and the encryption keys that open it.
//!
//! A seal is one byte naming the key, a 96-bit nonce, the ciphertext, and a 128-bit tag
//! (AES-256-GCM). A changed key number makes another key try, and fail.

use std::fmt;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::Zeroizing;

use crate::error::VaultError;

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// A number used once. It cannot be copied, and sealing consumes it.
///
/// Random 96-bit nonces are safe for 2^32 seals under one key; an operator who comes near adds an
/// encryption key (see [`Vault::with_encryption_keys`](crate::Vault::with_encryption_keys)).
pub struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    /// Takes one from the operating system's randomness.
    ///
    /// # Errors
    /// [`VaultError::NoEntropy`] if there is none to be had.
    pub fn random() -> Result<Self, VaultError> {
        let mut bytes = [0; NONCE_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| VaultError::NoEntropy)?;
        Ok(Self(bytes))
    }

    /// Takes one from entropy that was given to a command. The caller vouches that these bytes came
    /// from a source of randomness and are used for nothing else.
    pub fn from_entropy(bytes: [u8; NONCE_BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce([redacted])")
    }
}

/// A webhook secret, opened. Zeroed when dropped; prints as `[redacted]`.
pub struct OpenSecret(pub(crate) Zeroizing<String>);

impl OpenSecret {
    /// The secret itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OpenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenSecret([redacted])")
    }
}

/// The encryption keys of one purpose, oldest first. The last one seals; all of them open.
pub(crate) struct KeyRing {
    ciphers: Vec<Aes256Gcm>,
}

impl KeyRing {
    pub(crate) fn new() -> Self {
        Self { ciphers: Vec::new() }
    }

    /// Adds a key, which from now on seals.
    ///
    /// # Panics
    /// Past 256 keys: the seal names its key in one byte.
    pub(crate) fn push(&mut self, key: &[u8; 32]) {
        assert!(self.ciphers.len() < 256, "a seal can name 256 encryption keys, no more");
        self.ciphers.push(Aes256Gcm::new(key.into()));
    }

    #[expect(clippy::needless_pass_by_value, reason = "a nonce that sealed must not seal again")]
    pub(crate) fn seal(&self, plain: &[u8], associated: &[u8], nonce: Nonce) -> Vec<u8> {
        let (newest, cipher) =
            self.ciphers.iter().enumerate().next_back().expect("a key ring is never used empty");
        let key = u8::try_from(newest).expect("`push` allows 256 keys");
        // The plaintext is encrypted in place, in the vector that becomes the seal, which has its
        // final capacity from the start: no plain byte is left in a buffer that was outgrown.
        let mut body = Vec::with_capacity(plain.len() + TAG_BYTES);
        body.extend_from_slice(plain);
        cipher
            .encrypt_in_place(&nonce.0.into(), associated, &mut body)
            .expect("a seal is far shorter than the 64 GiB limit of the cipher");
        let mut seal = Vec::with_capacity(1 + NONCE_BYTES + body.len());
        seal.push(key);
        seal.extend_from_slice(&nonce.0);
        seal.append(&mut body);
        seal
    }

    /// What is sealed under an older key than the newest; none if that one sealed it.
    pub(crate) fn open_stale(
        &self,
        seal: &[u8],
        associated: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        if seal.first().map(|key| usize::from(*key) + 1) == Some(self.ciphers.len()) {
            return Ok(None);
        }
        self.open(seal, associated).map(Some)
    }

    pub(crate) fn open(
        &self,
        seal: &[u8],
        associated: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (key, rest) = seal.split_first().ok_or(VaultError::Truncated)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Truncated)?;
        if body.len() < TAG_BYTES {
            return Err(VaultError::Truncated);
        }
        let cipher =
            self.ciphers.get(usize::from(*key)).ok_or(VaultError::UnknownKey { key: *key })?;
        let mut plain = Zeroizing::new(body.to_vec());
        cipher
            .decrypt_in_place(nonce.into(), associated, &mut *plain)
            .map_err(|_| VaultError::NotAuthentic)?;
        Ok(plain)
    }
}
