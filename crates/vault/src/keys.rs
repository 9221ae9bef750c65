//! The vault: one root key, and a separate derived key for each thing it does.

use std::fmt;

use farthing_core::card::Expiry;
use farthing_core::id::{BankAccountId, EndpointId, base62};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::card::{CardNumber, CardScope, Cvc, OpenCard};
use crate::error::VaultError;
use crate::root::RootKey;
use crate::seal::{KeyRing, Nonce, OpenSecret};

/// Separates these derivations from any other use of the same root key.
const SALT: &[u8] = b"farthing vault 1";

/// Length of a card fingerprint on the wire: 95 bits.
const FINGERPRINT_CHARS: usize = 16;

/// Seals and opens cards and webhook secrets, and computes the keyed fingerprints of the server.
///
/// Cheap to use from many threads; it holds derived keys only, never the root key itself.
pub struct Vault {
    cards: KeyRing,
    secrets: KeyRing,
    card_fingerprint: Hmac<Sha256>,
    idempotency: Hmac<Sha256>,
    tag: Hmac<Sha256>,
    api_key: Hmac<Sha256>,
    key_check: [u8; 16],
}

impl Vault {
    /// Derives all keys from `root`.
    pub fn new(root: RootKey) -> Self {
        Self::with_encryption_keys(root, Vec::new())
    }

    /// The same, with newer encryption keys, oldest first: the last one seals from now on, and every
    /// one still opens what it sealed. Fingerprints, hashes and the key check stay those of `root`.
    ///
    /// # Panics
    /// If more than 255 newer keys are given.
    #[expect(clippy::needless_pass_by_value, reason = "the root keys are zeroed here, at last use")]
    pub fn with_encryption_keys(root: RootKey, newer: Vec<RootKey>) -> Self {
        let mut cards = KeyRing::new();
        let mut secrets = KeyRing::new();
        let keyed = |purpose| {
            let key: Zeroizing<[u8; 32]> = derive(&root, purpose);
            Hmac::new_from_slice(key.as_slice()).expect("HMAC takes a key of any length")
        };
        let card_fingerprint = keyed("card fingerprint");
        let idempotency = keyed("idempotency fingerprint");
        let tag = keyed("idempotency parameter tag");
        let api_key = keyed("api key");
        let key_check: Zeroizing<[u8; 16]> = derive(&root, "key check");
        for key in std::iter::once(&root).chain(&newer) {
            cards.push(&derive(key, "card encryption"));
            secrets.push(&derive(key, "webhook secret encryption"));
        }
        let key_check = *key_check;
        Self { cards, secrets, card_fingerprint, idempotency, tag, api_key, key_check }
    }

    /// A value to store beside the data. A process whose vault has another one holds the wrong key
    /// and must refuse to start; nothing can be learned of the key from it.
    pub fn key_check(&self) -> [u8; 16] {
        self.key_check
    }

    /// Seals a card for storage.
    pub fn seal_card(
        &self,
        number: &CardNumber,
        expiry: Expiry,
        scope: CardScope,
        nonce: Nonce,
    ) -> Vec<u8> {
        self.cards.seal(&OpenCard::encode(number, expiry), &scope.associated(), nonce)
    }

    /// Opens a card for as long as `use_card` runs, and for it alone.
    ///
    /// A CVC from the shelf goes in by value, so that it is gone after this one use, whatever comes
    /// of it.
    ///
    /// # Errors
    /// Whatever keeps the seal from opening; `use_card` is not called then.
    pub fn with_card<R>(
        &self,
        seal: &[u8],
        scope: CardScope,
        cvc: Option<Cvc>,
        use_card: impl FnOnce(&OpenCard) -> R,
    ) -> Result<R, VaultError> {
        let plain = self.cards.open(seal, &scope.associated())?;
        Ok(use_card(&OpenCard::decode(&plain, cvc)?))
    }

    /// The public fingerprint of a number: stable for one tenant, different for another, so that two
    /// merchants cannot find out that they share a customer.
    pub fn card_fingerprint(&self, tenant: i64, number: &CardNumber) -> String {
        let mac = self.card_fingerprint.clone().chain_update(tenant.to_be_bytes());
        base62(&finish(mac.chain_update(number.digits()))[..16], FINGERPRINT_CHARS)
    }

    /// The keyed fingerprint of a canonical request (decision 1).
    pub fn fingerprint(&self, bytes: &[u8]) -> [u8; 32] {
        finish(self.idempotency.clone().chain_update(bytes))
    }

    /// The short keyed tag of one parameter, kept to name what differs in a mismatch.
    pub fn tag(&self, bytes: &[u8]) -> [u8; 8] {
        let mut tag = [0; 8];
        tag.copy_from_slice(&finish(self.tag.clone().chain_update(bytes))[..8]);
        tag
    }

    /// The form in which an API key is stored and looked up.
    pub fn hash_api_key(&self, key: &str) -> [u8; 32] {
        finish(self.api_key.clone().chain_update(key.as_bytes()))
    }

    /// Seals a webhook secret for storage.
    pub fn seal_secret(&self, endpoint: EndpointId, secret: &str, nonce: Nonce) -> Vec<u8> {
        self.secrets.seal(secret.as_bytes(), &secret_scope(endpoint), nonce)
    }

    /// Seals the number of a bank account for storage.
    pub fn seal_account(&self, account: BankAccountId, number: &str, nonce: Nonce) -> Vec<u8> {
        self.secrets.seal(number.as_bytes(), &account_scope(account), nonce)
    }

    /// Opens the number of a bank account.
    ///
    /// # Errors
    /// Whatever keeps the seal from opening.
    pub fn open_account(
        &self,
        account: BankAccountId,
        seal: &[u8],
    ) -> Result<OpenSecret, VaultError> {
        let plain = self.secrets.open(seal, &account_scope(account))?;
        let text = std::str::from_utf8(&plain).map_err(|_| VaultError::Malformed)?;
        Ok(OpenSecret(Zeroizing::new(text.to_owned())))
    }

    /// The public fingerprint of a bank account: stable for one tenant, different for another.
    pub fn account_fingerprint(&self, tenant: i64, number: &str) -> String {
        let mac = self.card_fingerprint.clone().chain_update(tenant.to_be_bytes());
        // A card's number is digits alone.
        let mac = mac.chain_update(b"account ").chain_update(number.as_bytes());
        base62(&finish(mac)[..16], FINGERPRINT_CHARS)
    }

    /// Opens a webhook secret.
    ///
    /// # Errors
    /// Whatever keeps the seal from opening.
    pub fn open_secret(&self, endpoint: EndpointId, seal: &[u8]) -> Result<OpenSecret, VaultError> {
        let plain = self.secrets.open(seal, &secret_scope(endpoint))?;
        let text = std::str::from_utf8(&plain).map_err(|_| VaultError::Malformed)?;
        Ok(OpenSecret(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault([redacted])")
    }
}

/// One derived key. Keys of different purposes tell nothing about each other.
fn derive<const N: usize>(root: &RootKey, purpose: &str) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    Hkdf::<Sha256>::new(Some(SALT), root.bytes())
        .expand(purpose.as_bytes(), key.as_mut_slice())
        .expect("derived keys are far below 255 hash lengths");
    key
}

fn finish(mac: Hmac<Sha256>) -> [u8; 32] {
    mac.finalize().into_bytes().into()
}

fn secret_scope(endpoint: EndpointId) -> Vec<u8> {
    let mut bytes = vec![b'w'];
    bytes.extend_from_slice(&endpoint.bytes());
    bytes
}

fn account_scope(account: BankAccountId) -> Vec<u8> {
    let mut bytes = vec![b'b'];
    bytes.extend_from_slice(&account.bytes());
    bytes
}
