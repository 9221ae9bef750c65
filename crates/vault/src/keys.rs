//! The vault: one root key, and a separate derived key for each thing it does.

use std::fmt;
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard};

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

/// What the stored encryption keys are sealed with, besides the key.
const WRAPPED: &[u8] = b"k";
/// Keys that can be added to the root's own: a seal names its key in one byte.
const KEYS_MAX: usize = 255;
const KEY_BYTES: usize = 32;

/// Length of a card fingerprint on the wire: 95 bits.
const FINGERPRINT_CHARS: usize = 16;

/// Seals and opens cards and webhook secrets, and computes the keyed fingerprints of the server.
///
/// Cheap to use from many threads; it holds derived keys only, never the root key itself.
pub struct Vault {
    rings: RwLock<Rings>,
    /// Where another process's encryption keys are found, where there can be others.
    elsewhere: OnceLock<Box<Elsewhere>>,
    /// Seals the newer encryption keys for storage. It follows from the root key alone.
    wrapping: KeyRing,
    card_fingerprint: Hmac<Sha256>,
    idempotency: Hmac<Sha256>,
    tag: Hmac<Sha256>,
    api_key: Hmac<Sha256>,
    key_check: [u8; 16],
}

/// The encryption keys as they are stored now.
type Elsewhere = dyn Fn() -> Option<Vec<u8>> + Send + Sync;

/// The encryption keys, which a rotation adds to while they are in use.
struct Rings {
    cards: KeyRing,
    secrets: KeyRing,
    /// The keys that were added, oldest first, as they are to be stored.
    newer: Vec<RootKey>,
}

impl Rings {
    fn push(&mut self, key: RootKey) {
        self.cards.push(&derive(&key, "card encryption"));
        self.secrets.push(&derive(&key, "webhook secret encryption"));
        self.newer.push(key);
    }
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
        let mut rings = Rings { cards: KeyRing::new(), secrets: KeyRing::new(), newer: Vec::new() };
        let mut wrapping = KeyRing::new();
        let keyed = |purpose| {
            let key: Zeroizing<[u8; 32]> = derive(&root, purpose);
            Hmac::new_from_slice(key.as_slice()).expect("HMAC takes a key of any length")
        };
        let card_fingerprint = keyed("card fingerprint");
        let idempotency = keyed("idempotency fingerprint");
        let tag = keyed("idempotency parameter tag");
        let api_key = keyed("api key");
        let key_check: Zeroizing<[u8; 16]> = derive(&root, "key check");
        rings.cards.push(&derive(&root, "card encryption"));
        rings.secrets.push(&derive(&root, "webhook secret encryption"));
        wrapping.push(&derive(&root, "encryption key wrapping"));
        for key in newer {
            rings.push(key);
        }
        let (rings, key_check) = (RwLock::new(rings), *key_check);
        let elsewhere = OnceLock::new();
        Self { rings, elsewhere, wrapping, card_fingerprint, idempotency, tag, api_key, key_check }
    }

    /// Makes another encryption key and answers with all of those that were added, sealed under the
    /// root key, for storage. It is not in use before [`Vault::adopt`]: a key that was not stored must
    /// never seal.
    ///
    /// # Errors
    /// [`VaultError::NoEntropy`]; [`VaultError::TooManyKeys`] past 255 of them.
    pub fn another_key(&self) -> Result<Vec<u8>, VaultError> {
        let rings = self.rings();
        if rings.newer.len() >= KEYS_MAX {
            return Err(VaultError::TooManyKeys);
        }
        let fresh = RootKey::generate()?;
        let mut plain = Zeroizing::new(Vec::with_capacity((rings.newer.len() + 1) * KEY_BYTES));
        for key in rings.newer.iter().chain(std::iter::once(&fresh)) {
            plain.extend_from_slice(key.bytes());
        }
        Ok(self.wrapping.seal(&plain, WRAPPED, Nonce::random()?))
    }

    /// Takes up the encryption keys that were stored: the last one seals from now on, and every one
    /// still opens what it sealed. Those that are known already stay.
    ///
    /// # Errors
    /// Whatever keeps the seal from opening; [`VaultError::Malformed`].
    pub fn adopt(&self, stored: &[u8]) -> Result<(), VaultError> {
        let plain = self.wrapping.open(stored, WRAPPED)?;
        if plain.len() % KEY_BYTES != 0 || plain.len() / KEY_BYTES > KEYS_MAX {
            return Err(VaultError::Malformed);
        }
        let mut rings = self.rings.write().unwrap_or_else(PoisonError::into_inner);
        let known = rings.newer.len();
        for key in plain.chunks_exact(KEY_BYTES).skip(known) {
            rings.push(RootKey::from_slice(key)?);
        }
        Ok(())
    }

    /// The place of the key that seals now, from 0.
    ///
    /// # Panics
    /// Never: a ring holds at most 256 keys.
    pub fn newest_key(&self) -> u8 {
        u8::try_from(self.rings().newer.len()).expect("a ring holds at most 256 keys")
    }

    /// The same card under the newest key; none if that one sealed it.
    ///
    /// # Errors
    /// Whatever keeps the seal from opening.
    pub fn reseal_card(
        &self,
        seal: &[u8],
        scope: CardScope,
        nonce: Nonce,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let stale = self.opened(|rings| rings.cards.open_stale(seal, &scope.associated()))?;
        Ok(stale.map(|plain| self.rings().cards.seal(&plain, &scope.associated(), nonce)))
    }

    /// The same webhook secret under the newest key; none if that one sealed it.
    ///
    /// # Errors
    /// Whatever keeps the seal from opening.
    pub fn reseal_secret(
        &self,
        endpoint: EndpointId,
        seal: &[u8],
        nonce: Nonce,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let stale = self.opened(|rings| rings.secrets.open_stale(seal, &secret_scope(endpoint)))?;
        Ok(stale.map(|plain| self.rings().secrets.seal(&plain, &secret_scope(endpoint), nonce)))
    }

    /// The same number of a bank account under the newest key; none if that one sealed it.
    ///
    /// # Errors
    /// Whatever keeps the seal from opening.
    pub fn reseal_account(
        &self,
        account: BankAccountId,
        seal: &[u8],
        nonce: Nonce,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let stale = self.opened(|rings| rings.secrets.open_stale(seal, &account_scope(account)))?;
        Ok(stale.map(|plain| self.rings().secrets.seal(&plain, &account_scope(account), nonce)))
    }

    /// Where the stored encryption keys are looked up when a seal names one that is not known here:
    /// another process may have made it. Said once; it may wait for a database.
    pub fn look_elsewhere(&self, stored: impl Fn() -> Option<Vec<u8>> + Send + Sync + 'static) {
        self.elsewhere.set(Box::new(stored)).ok(); // It stays what was said first.
    }

    /// Opens something, and again if it needs a key that is known elsewhere.
    fn opened<T>(&self, open: impl Fn(&Rings) -> Result<T, VaultError>) -> Result<T, VaultError> {
        let first = open(&self.rings());
        let Err(VaultError::UnknownKey { .. }) = first else { return first };
        match self.elsewhere.get().and_then(|stored| stored()) {
            Some(stored) => self.adopt(&stored)?,
            None => return first,
        }
        open(&self.rings())
    }

    fn rings(&self) -> RwLockReadGuard<'_, Rings> {
        // Adding a key leaves the rings whole whatever fails.
        self.rings.read().unwrap_or_else(PoisonError::into_inner)
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
        self.rings().cards.seal(&OpenCard::encode(number, expiry), &scope.associated(), nonce)
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
        let plain = self.opened(|rings| rings.cards.open(seal, &scope.associated()))?;
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
        self.rings().secrets.seal(secret.as_bytes(), &secret_scope(endpoint), nonce)
    }

    /// Seals the number of a bank account for storage.
    pub fn seal_account(&self, account: BankAccountId, number: &str, nonce: Nonce) -> Vec<u8> {
        self.rings().secrets.seal(number.as_bytes(), &account_scope(account), nonce)
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
        let plain = self.opened(|rings| rings.secrets.open(seal, &account_scope(account)))?;
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
        let plain = self.opened(|rings| rings.secrets.open(seal, &secret_scope(endpoint)))?;
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
