//! The only crate that ever opens a card number (promise 6, decision 11).
//!
//! Here: the root key and the keys derived from it, sealing of cards and of webhook secrets, keyed
//! fingerprints, and the shelf on which a CVC waits for its one use.
//! Not here: storage. `store` keeps the sealed bytes without being able to read them, and nothing in
//! this crate writes anywhere except, once, the file of a freshly made root key.
//!
//! What must stay true:
//! - [`CardNumber`] and [`Cvc`] cannot be printed, copied or serialized, and are zeroed when dropped;
//!   their digits are visible only to the closure given to [`Vault::with_card`].
//! - The encryption key is derived apart from the keys behind fingerprints and hashes, so rotating
//!   the one never changes the others.
//! - A nonce is used once: [`Nonce`] is moved into the seal that uses it.

mod card;
mod error;
mod keys;
mod root;
mod seal;
mod shelf;

pub use card::{CardNumber, CardScope, Cvc, OpenCard};
pub use error::VaultError;
pub use keys::Vault;
pub use root::RootKey;
pub use seal::{Nonce, OpenSecret};
pub use shelf::{CVC_AGE_MAX_MS, CVC_COUNT_MAX, CvcShelf};
