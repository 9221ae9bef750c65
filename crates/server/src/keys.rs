//! API keys that were looked up before. A key never changes once it is stored, so what is
//! remembered stays true; keys that do not exist are not remembered, for they may be added.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use farthing_domain::tenant::ApiKey;
use farthing_domain::view::Key;
use farthing_store::{Store, StoreError};

/// Keys remembered at most, about 2 MB: far more than are in use at one time.
const KEYS_MAX: usize = 10_000;

/// Keys by their hash.
#[derive(Debug, Default)]
pub struct KeyCache {
    known: RwLock<HashMap<[u8; 32], ApiKey>>,
}

impl KeyCache {
    /// The key with this hash, remembered or looked up.
    ///
    /// # Errors
    /// [`StoreError`] if it had to be looked up and could not be.
    pub async fn find(&self, store: &Store, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        if let Some(key) = self.remembered(&hash) {
            return Ok(Some(key));
        }
        let view = store.fetch(vec![Key::ApiKey(hash)]).await?;
        let found = view.api_key(hash).cloned();
        if let Some(key) = &found {
            self.remember(key.clone());
        }
        Ok(found)
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<ApiKey> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn remember(&self, key: ApiKey) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEYS_MAX {
            known.clear(); // Rare, and each comes back at its next use.
        }
        known.insert(key.hash, key);
    }
}
