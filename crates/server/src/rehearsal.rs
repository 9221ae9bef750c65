//! A run that can be repeated to the byte: on one thread, randomness from a seed and a clock that
//! ticks when it is read. For tests alone, behind a feature that the binary is never built with.

use std::cell::Cell;

use farthing_core::time::TimestampMs;

/// The seed's state, and the clock's next reading in milliseconds.
type State = (u64, i64);

thread_local! {
    static STATE: Cell<Option<State>> = const { Cell::new(None) };
}

/// From now on this thread's randomness follows from the seed and its clock from the start.
pub fn begin(seed: u64, start: TimestampMs) {
    STATE.set(Some((seed, start.ms())));
}

/// Fills the bytes from the seed, if this thread rehearses.
pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    let Some((mut seed, clock)) = STATE.get() else { return false };
    for chunk in bytes.chunks_mut(8) {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
    }
    STATE.set(Some((seed, clock)));
    true
}

/// The clock's next reading, one millisecond after the last, if this thread rehearses.
pub(crate) fn now() -> Option<TimestampMs> {
    let (seed, clock) = STATE.get()?;
    STATE.set(Some((seed, clock.saturating_add(1))));
    Some(TimestampMs::from_ms(clock))
}
