//! So many requests a second of one key, by the generic cell rate algorithm: one number per key, the
//! moment at which all that was let in would have been due, had it come evenly.
//!
//! Written out rather than taken from a crate: the whole of it is [`Cell::take`], time is its
//! argument, and one cell serves every class, which differ in how far ahead of time they may be.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use farthing_core::time::TimestampMs;

use super::class::Class;

/// Parts of the map that have a lock each.
const PARTS: usize = 16;
/// Keys remembered in a part before those that are long quiet are dropped: as many in all as keys are
/// remembered elsewhere.
const KEYS_PER_PART: usize = 625;
const US_PER_MS: i64 = 1_000;
const US_PER_S: i64 = 1_000_000;

/// Requests a second; as many may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(NonZeroU32);

impl Rate {
    /// So many a second; none for no limit.
    pub fn per_second(count: u32) -> Option<Self> {
        NonZeroU32::new(count).map(Self)
    }

    /// The time that one request takes up, in microseconds: whole ones, so that a Redis server can
    /// count them too. Rounded down, for as many as were promised must fit a second.
    pub fn interval_us(self) -> i64 {
        (US_PER_S / i64::from(self.0.get())).max(1)
    }

    /// How far ahead of time a class may be, in microseconds: its part of a second, one request at
    /// least.
    pub fn tolerance_us(self, class: Class) -> i64 {
        (US_PER_S / 100 * i64::from(class.share())).max(self.interval_us())
    }
}

/// What one key has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    due_us: i64,
}

impl Cell {
    /// Counts one request, or says how long to wait. A clock that was set back makes nobody wait for
    /// longer than the limit itself can.
    ///
    /// # Errors
    /// How long to wait; nothing was counted.
    pub fn take(&mut self, rate: Rate, class: Class, now_us: i64) -> Result<(), Duration> {
        let most = rate.tolerance_us(Class::Money);
        let due = self.due_us.clamp(now_us, now_us.saturating_add(most));
        let next = due.saturating_add(rate.interval_us());
        let early = next.saturating_sub(now_us).saturating_sub(rate.tolerance_us(class));
        if early > 0 {
            return Err(Duration::from_micros(u64::try_from(early).unwrap_or_default()));
        }
        self.due_us = next;
        Ok(())
    }
}

/// The cells of all keys.
#[derive(Debug, Default)]
pub(super) struct Cells {
    parts: [Mutex<HashMap<[u8; 32], Cell>>; PARTS],
}

impl Cells {
    pub(super) fn take(
        &self,
        key: [u8; 32],
        (rate, class): (Rate, Class),
        now: TimestampMs,
    ) -> Result<(), Duration> {
        let now_us = now.ms().saturating_mul(US_PER_MS);
        let part = &self.parts[usize::from(key[0]) % PARTS];
        let mut cells = part.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.len() >= KEYS_PER_PART && !cells.contains_key(&key) {
            cells.retain(|_, cell| cell.due_us > now_us);
        }
        cells.entry(key).or_default().take(rate, class, now_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(count: u32) -> Rate {
        Rate::per_second(count).unwrap()
    }

    /// How many of a class are let in at one moment.
    fn burst(cell: &mut Cell, class: Class, now_us: i64) -> usize {
        (0..1_000).take_while(|_| cell.take(rate(100), class, now_us).is_ok()).count()
    }

    #[test]
    fn each_class_leaves_room_for_those_after_it() {
        let mut cell = Cell::default();
        let now = 1_000 * US_PER_S;
        assert_eq!(Class::ALL.map(|class| burst(&mut cell, class, now)), [50, 20, 15, 15]);
        assert_eq!(Class::ALL.map(|class| burst(&mut cell, class, now)), [0; 4]);
        // A tenth of a second later there is room for ten again, and none of it for what can wait.
        let later = now + US_PER_S / 10;
        assert_eq!(Class::ALL.map(|class| burst(&mut cell, class, later)), [0, 0, 0, 10]);
    }

    #[test]
    fn whoever_waits_as_long_as_was_said_is_let_in() {
        let mut cell = Cell::default();
        let now = 1_000 * US_PER_S;
        burst(&mut cell, Class::Money, now);
        for class in Class::ALL {
            let mut cell = cell;
            let wait = cell.take(rate(100), class, now).unwrap_err();
            let wait_us = i64::try_from(wait.as_micros()).unwrap();
            assert!(cell.take(rate(100), class, now + wait_us - 1).is_err(), "{class:?}");
            assert!(cell.take(rate(100), class, now + wait_us).is_ok(), "{class:?}");
        }
    }

    #[test]
    fn over_a_long_time_it_is_the_rate() {
        let mut cell = Cell::default();
        let let_in = (0..100_000_i64)
            .filter(|ms| cell.take(rate(7), Class::Create, ms * US_PER_MS).is_ok())
            .count();
        assert!((700..=707).contains(&let_in), "{let_in} in a hundred seconds");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait_long() {
        let mut cell = Cell::default();
        burst(&mut cell, Class::Money, 9_000 * US_PER_S);
        let wait = cell.take(rate(100), Class::Money, 1_000 * US_PER_S).unwrap_err();
        assert!(wait <= Duration::from_millis(10), "{wait:?}");
    }

    #[test]
    fn one_a_second_lets_every_class_in_once() {
        for class in Class::ALL {
            assert!(Cell::default().take(rate(1), class, 5 * US_PER_S).is_ok(), "{class:?}");
        }
    }
}
