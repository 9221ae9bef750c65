//! The one place that reads wall time. Everything else is given a moment.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use farthing_core::time::TimestampMs;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::Key;
use farthing_store::{Store, StoreError};
use tokio::time::Instant;

/// Reads the wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// This moment. A clock set before 1970 reads as 1970, one past the range as its end.
    #[expect(clippy::disallowed_methods, reason = "the one reader of wall time")]
    pub fn now(self) -> TimestampMs {
        #[cfg(feature = "rehearsal")]
        if let Some(now) = crate::rehearsal::now() {
            return now;
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        TimestampMs::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// How long it has been, by a clock that nobody sets: what the wall clock is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since an origin that stays the same. In a rehearsal time that was skipped has passed.
    pub fn passed_ms(self) -> i64 {
        #[cfg(feature = "rehearsal")]
        if let Some(now) = crate::rehearsal::now() {
            return now.ms();
        }
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// How far tenants' clocks are ahead of wall time, as they were last read or moved. A clock is moved
/// by a command of this process alone, which says so here; where other processes move clocks too,
/// nothing is remembered.
#[derive(Debug, Default)]
pub struct Offsets {
    known: RwLock<HashMap<TenantId, i64>>,
    /// Other processes move clocks too.
    forgets: bool,
}

/// Tenants remembered at most; beyond it all are forgotten and read again.
const TENANTS_MAX: usize = 10_000;

impl Offsets {
    /// For a process that is alone on its store, or not.
    pub fn new(alone: bool) -> Self {
        Self { forgets: !alone, ..Self::default() }
    }

    /// A tenant's offset in milliseconds; zero in live mode.
    ///
    /// # Errors
    /// [`StoreError`] if it had to be looked up and could not be.
    pub async fn of(&self, store: &Store, tenant: TenantId) -> Result<i64, StoreError> {
        if tenant.mode() == Mode::Live {
            return Ok(0);
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).copied();
        if let Some(offset_ms) = known {
            return Ok(offset_ms);
        }
        let view = store.fetch(vec![Key::Tenant(tenant)]).await?;
        let found = view.tenant(tenant).map_or(0, |tenant| tenant.clock_offset_ms);
        self.moved(tenant, found);
        Ok(found)
    }

    /// A tenant's clock is so far ahead. It only goes forward, so whatever is further is newer.
    pub fn moved(&self, tenant: TenantId, offset_ms: i64) {
        if self.forgets {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= TENANTS_MAX && !known.contains_key(&tenant) {
            known.clear();
        }
        let kept = known.entry(tenant).or_insert(offset_ms);
        *kept = offset_ms.max(*kept);
    }
}
