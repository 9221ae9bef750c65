//! API keys that were looked up before. What a key may do changes only by an operator's command,
//! which goes through this process and forgets the key here; keys that do not exist are not
//! remembered, for they may be added.

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
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    keys: HashMap<[u8; 32], ApiKey>,
    /// Counts what was forgotten: a look-up that began before must not bring back what it saw.
    forgotten: u64,
}

impl KeyCache {
    /// The key with this hash, remembered or looked up.
    ///
    /// # Errors
    /// [`StoreError`] if it had to be looked up and could not be.
    pub async fn find(&self, store: &Store, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        let forgotten = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(key) = known.keys.get(&hash) {
                return Ok(Some(key.clone()));
            }
            known.forgotten
        };
        let view = store.fetch(vec![Key::ApiKey(hash)]).await?;
        let found = view.api_key(hash).cloned();
        if let Some(key) = &found {
            self.remember(key.clone(), forgotten);
        }
        Ok(found)
    }

    /// Forgets a key that has changed.
    pub fn forget(&self, hash: &[u8; 32]) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.keys.remove(hash);
        known.forgotten = known.forgotten.wrapping_add(1);
    }

    fn remember(&self, key: ApiKey, forgotten: u64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.forgotten != forgotten {
            return;
        }
        if known.keys.len() >= KEYS_MAX {
            known.keys.clear(); // Rare, and each comes back at its next use.
        }
        known.keys.insert(key.hash, key);
    }
}
