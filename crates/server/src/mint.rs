//! The one way in which API keys come to be.

use farthing_core::id::base62;
use farthing_domain::command::NewKey;
use farthing_domain::key::Rights;
use farthing_domain::tenant::{KeyClass, Mode, Pages, TenantId};
use farthing_vault::Vault;
use zeroize::Zeroizing;

use crate::entropy;

/// Characters after a key's prefix: 190 bits.
const KEY_CHARS: usize = 32;
/// Characters by which people tell keys apart.
const HINT_CHARS: usize = 4;

/// A new key and its text, which is shown once and stored nowhere.
#[derive(Debug)]
pub struct Minted {
    /// What is stored.
    pub key: NewKey,
    /// What is shown.
    pub text: Zeroizing<String>,
}

/// A key of random text, with nothing allowed yet but what its class allows.
pub fn mint(vault: &Vault, class: KeyClass, tenant: TenantId) -> Minted {
    let bytes: Zeroizing<[u8; 24]> = Zeroizing::new(entropy::bytes());
    let random = Zeroizing::new(base62(bytes.as_slice(), KEY_CHARS));
    let text = Zeroizing::new(format!("{}{}", prefix(class, tenant.mode()), random.as_str()));
    Minted { key: stored(vault, &text, (class, tenant)), text }
}

/// A key of known text as it is stored: the hash, and how it ends.
pub fn stored(vault: &Vault, text: &str, (class, tenant): (KeyClass, TenantId)) -> NewKey {
    let hint = text.get(text.len().saturating_sub(HINT_CHARS)..).unwrap_or_default().to_owned();
    NewKey {
        hash: vault.hash_api_key(text),
        class,
        tenant,
        hint,
        pages: Pages::default(),
        rights: Rights::default(),
    }
}

/// What every key of a class and mode begins with.
pub fn prefix(class: KeyClass, mode: Mode) -> &'static str {
    match (class, mode) {
        (KeyClass::Secret, Mode::Test) => "sk_test_",
        (KeyClass::Secret, Mode::Live) => "sk_live_",
        (KeyClass::Restricted, Mode::Test) => "rk_test_",
        (KeyClass::Restricted, Mode::Live) => "rk_live_",
        (KeyClass::Publishable, Mode::Test) => "pk_test_",
        (KeyClass::Publishable, Mode::Live) => "pk_live_",
        (KeyClass::Operator, _) => "op_farthing_",
    }
}
