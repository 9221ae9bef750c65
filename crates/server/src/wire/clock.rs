//! The test clock.

use farthing_core::time::TimestampMs;

use super::json::Object;

const SECOND_MS: i64 = 1_000;

/// The fields of a clock. Only test mode has one.
pub fn fields(out: &mut Object<'_>, now: TimestampMs, offset_ms: i64) {
    out.plain("object", "farthing.test_clock");
    out.bool("livemode", false);
    out.int("now", now.seconds());
    out.int("offset_seconds", offset_ms / SECOND_MS);
}
