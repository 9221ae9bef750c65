//! The attempts whose call this process is making, so that recovery leaves them alone.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use farthing_core::id::AttemptId;

/// Calls being made by this process.
#[derive(Clone, Debug, Default)]
pub struct Flights {
    open: Arc<Mutex<HashSet<AttemptId>>>,
}

/// One call being made; over when dropped, by a panic too.
#[derive(Debug)]
pub struct Flight {
    attempt: AttemptId,
    open: Arc<Mutex<HashSet<AttemptId>>>,
}

impl Flights {
    /// A call begins.
    pub fn begin(&self, attempt: AttemptId) -> Flight {
        lock(&self.open).insert(attempt);
        Flight { attempt, open: Arc::clone(&self.open) }
    }

    /// Whether a call for this attempt is being made.
    pub fn has(&self, attempt: AttemptId) -> bool {
        lock(&self.open).contains(&attempt)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        lock(&self.open).len()
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.attempt);
    }
}

/// A panic elsewhere cannot leave the set half changed, so a poisoned lock is used on.
fn lock(open: &Mutex<HashSet<AttemptId>>) -> MutexGuard<'_, HashSet<AttemptId>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
