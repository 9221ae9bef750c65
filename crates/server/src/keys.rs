//! API keys that were looked up before, and when they were used. What a key may do changes only by
//! a command that goes through this process and forgets the key here; keys that do not exist are not
//! remembered, for they may be added. Where other processes change keys too, what was looked up is
//! believed for a second.
//!
//! A use is noted in memory and written down once a minute: a crash loses a minute of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use farthing_core::time::TimestampMs;
use farthing_domain::command::Ask;
use farthing_domain::limits::RESULTS_PER_COMMAND;
use farthing_domain::tenant::{ApiKey, TenantId};
use farthing_domain::view::Key;
use farthing_store::{Store, StoreError};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::flow;

/// Keys remembered at most, about 2 MB: far more than are in use at one time.
const KEYS_MAX: usize = 10_000;
/// Refused keys that are named in one minute's lines of the trail; the rest are counted together, as
/// the trail is never shortened and anybody can make up keys.
const REFUSED_NAMED: usize = 32;
/// Look-ups at one time of keys that are not remembered: the first requests of all merchants after a
/// start, and strangers.
const STRANGERS_MAX: usize = 256;
/// A use so soon after the one that was written down is not written down.
const USE_STEP_MS: i64 = 60_000;

/// How long a key is believed that another process may have changed.
const SHARED_MS: i64 = 1_000;
/// Actions on the trail.
const USED: &str = "used";
const REFUSED: &str = "refused";

/// Keys by their hash.
#[derive(Debug)]
pub struct KeyCache {
    known: RwLock<Known>,
    /// Other processes change keys too.
    shared: bool,
    /// Counts of keys that are remembered no more, and of what was refused, by what is shown of it.
    others: Mutex<BTreeMap<(String, &'static str), i64>>,
    /// Places of look-ups of keys that are not remembered.
    strangers: Semaphore,
}

#[derive(Debug, Default)]
struct Known {
    keys: HashMap<[u8; 32], Remembered>,
    /// Counts what was forgotten: a look-up that began before must not bring back what it saw.
    forgotten: u64,
}

#[derive(Debug)]
struct Remembered {
    key: ApiKey,
    looked_up: TimestampMs,
    /// The last use; zero for none since it is remembered.
    used_ms: AtomicI64,
    /// The last use that was written down.
    written_ms: AtomicI64,
    /// Uses that are not on the trail yet.
    count: AtomicI64,
}

impl KeyCache {
    /// For a process that is alone on its store, or not.
    pub fn new(alone: bool) -> Self {
        Self {
            known: RwLock::default(),
            shared: !alone,
            others: Mutex::default(),
            strangers: Semaphore::new(STRANGERS_MAX),
        }
    }

    /// The key with this hash, remembered or looked up.
    ///
    /// # Errors
    /// [`StoreError`] if it had to be looked up and could not be; [`StoreError::Busy`] also when too
    /// many keys that are not remembered are being looked up, so that whoever makes up keys fills no
    /// queue that others wait in.
    pub async fn find(
        &self,
        store: &Store,
        hash: [u8; 32],
        now: TimestampMs,
    ) -> Result<Option<ApiKey>, StoreError> {
        let (forgotten, remembered) = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = known.keys.get(&hash)
                && !(self.shared && now.since(found.looked_up) > SHARED_MS)
            {
                return Ok(Some(found.key.clone()));
            }
            (known.forgotten, known.keys.contains_key(&hash))
        };
        let place = if remembered { Ok(None) } else { self.strangers.try_acquire().map(Some) };
        let _place = place.map_err(|_| StoreError::Busy)?;
        let view = store.fetch(vec![Key::ApiKey(hash)]).await?;
        let found = view.api_key(hash).cloned();
        match &found {
            Some(key) => self.remember(key.clone(), forgotten, now),
            None => self.forget(&hash),
        }
        Ok(found)
    }

    /// Notes that a key was used.
    pub fn used(&self, hash: &[u8; 32], now: TimestampMs) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.keys.get(hash) {
            found.used_ms.fetch_max(now.ms(), Ordering::Relaxed);
            found.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// When a key was last used, as far as this process knows.
    pub fn last_used(&self, key: &ApiKey) -> Option<TimestampMs> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let used = known.keys.get(&key.hash).map(|found| found.used_ms.load(Ordering::Relaxed));
        used.filter(|ms| *ms > 0).map(TimestampMs::from_ms).max(key.last_used)
    }

    /// Forgets a key that has changed.
    pub fn forget(&self, hash: &[u8; 32]) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(gone) = known.keys.remove(hash) {
            self.keep_count(&gone);
        }
        known.forgotten = known.forgotten.wrapping_add(1);
    }

    fn remember(&self, key: ApiKey, forgotten: u64, looked_up: TimestampMs) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.forgotten != forgotten {
            return;
        }
        if known.keys.len() >= KEYS_MAX {
            // Rare, and each comes back at its next use.
            for gone in std::mem::take(&mut known.keys).values() {
                self.keep_count(gone);
            }
        }
        if let Some(known) = known.keys.get_mut(&key.hash) {
            known.looked_up = looked_up;
            known.key = key;
            return;
        }
        let written_ms = AtomicI64::new(key.last_used.map_or(0, TimestampMs::ms));
        let (used_ms, count) = (AtomicI64::new(0), AtomicI64::new(0));
        let remembered = Remembered { key, looked_up, used_ms, written_ms, count };
        known.keys.insert(remembered.key.hash, remembered);
    }

    /// Notes that somebody came with a key that opens nothing, by what may be shown of it.
    pub fn refused(&self, masked: &str) {
        self.add(masked.to_owned(), REFUSED, 1);
    }

    /// What was counted since the last time: of which key, what, how often.
    pub fn take_counts(&self) -> Vec<(String, &'static str, i64)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        for found in known.keys.values() {
            self.keep_count(found);
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *others)
            .into_iter()
            .map(|((actor, action), count)| (actor, action, count))
            .collect()
    }

    fn keep_count(&self, of: &Remembered) {
        let count = of.count.swap(0, Ordering::Relaxed);
        if count > 0 {
            self.add(of.key.id().to_string(), USED, count);
        }
    }

    fn add(&self, actor: String, action: &'static str, count: i64) {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever guesses keys must fill neither the memory nor the trail with what they guessed.
        let room = match action {
            REFUSED => others.keys().filter(|(_, of)| *of == REFUSED).count() < REFUSED_NAMED,
            _ => others.len() < KEYS_MAX,
        };
        let room = room || others.contains_key(&(actor.clone(), action));
        let actor = if room { actor } else { "others".to_owned() };
        *others.entry((actor, action)).or_default() += count;
    }

    /// Uses that are to be written down, and are taken to be from now on.
    fn take_uses(&self) -> Vec<([u8; 32], TimestampMs)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let uses = known.keys.iter().filter_map(|(hash, found)| {
            let used = found.used_ms.load(Ordering::Relaxed);
            let step = used.saturating_sub(found.written_ms.load(Ordering::Relaxed));
            (step >= USE_STEP_MS).then(|| {
                found.written_ms.store(used, Ordering::Relaxed);
                (*hash, TimestampMs::from_ms(used))
            })
        });
        uses.collect()
    }
}

/// Writes down when keys were last used.
///
/// # Errors
/// [`StoreError`]; the uses of the part that failed are noted again by later ones.
pub async fn record_uses(app: &App) -> Result<(), StoreError> {
    for part in app.keys.take_uses().chunks(RESULTS_PER_COMMAND) {
        let command = flow::own(app, TenantId::from_raw(0), Ask::RecordUses(part.to_vec()));
        app.store.submit(command).await?;
    }
    Ok(())
}
