//! What could not be told to the network: tried again by time, so that it keeps nobody else waiting.
//!
//! What is remembered is lost with the process; then each is tried again at once.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// Before the next try, after so many that failed in a row: the first may have been an accident.
const PAUSES_S: [u64; 9] = [0, 2, 4, 8, 16, 30, 60, 120, 300];
/// After so many failures operators are told, once.
const ALERT_AFTER: usize = 4;

/// Those that failed.
#[derive(Debug)]
pub(super) struct Again<K>(BTreeMap<K, Failed>);

#[derive(Debug)]
struct Failed {
    times: usize,
    again_at: Instant,
}

impl<K> Default for Again<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Again<K> {
    /// Whether this one may be tried now.
    pub(super) fn may(&self, which: &K, now: Instant) -> bool {
        self.0.get(which).is_none_or(|failed| failed.again_at <= now)
    }

    /// It failed; says whether operators are to be told now.
    pub(super) fn failed(&mut self, which: K, now: Instant) -> bool {
        let failed = self.0.entry(which).or_insert(Failed { times: 0, again_at: now });
        let pause_s = PAUSES_S.get(failed.times).or(PAUSES_S.last()).copied().unwrap_or_default();
        failed.times = failed.times.saturating_add(1);
        failed.again_at = now + Duration::from_secs(pause_s);
        failed.times == ALERT_AFTER
    }

    /// Forgets all but these: the others are done with.
    pub(super) fn keep(&mut self, waiting: impl Fn(&K) -> bool) {
        self.0.retain(|which, _| waiting(which));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_tried_later_and_later_and_told_once() {
        let mut again = Again::default();
        let mut now = Instant::now();
        assert!(again.may(&7, now));
        let mut told = 0;
        for pause_s in [0, 2, 4, 8, 16, 30, 60, 120, 300, 300] {
            told += u32::from(again.failed(7, now));
            assert_eq!(again.may(&7, now), pause_s == 0);
            assert!(again.may(&8, now), "others may");
            now += Duration::from_secs(pause_s);
            assert!(again.may(&7, now));
        }
        assert_eq!(told, 1);
        again.keep(|which| *which == 8);
        again.failed(7, now);
        assert!(again.may(&7, now), "it was forgotten");
    }
}
