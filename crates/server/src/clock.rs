//! The one place that reads wall time. Everything else is given a moment.

use std::time::{SystemTime, UNIX_EPOCH};

use farthing_core::time::TimestampMs;

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
