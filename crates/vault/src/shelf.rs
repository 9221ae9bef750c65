//! Where a CVC waits for its one use: in memory only, briefly, and in bounded number.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use farthing_core::id::PaymentMethodId;
use farthing_core::time::TimestampMs;

use crate::card::Cvc;

/// How long a CVC is kept: long enough for a customer to finish a checkout, and no longer.
pub const CVC_AGE_MAX_MS: i64 = 15 * 60 * 1000;

/// How many are kept at most: about 1 MB, and eleven a second for the whole of their age.
pub const CVC_COUNT_MAX: usize = 10_000;

/// The CVCs this process received and has not used yet.
///
/// `now` is wall time here: a tenant's test clock must not make a code live longer.
#[derive(Default)]
pub struct CvcShelf {
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    by_method: HashMap<PaymentMethodId, Place>,
    /// Order of arrival, for eviction. Holds exactly the places of `by_method`.
    by_arrival: BTreeMap<u64, PaymentMethodId>,
    arrivals: u64,
}

struct Place {
    cvc: Cvc,
    put_at: TimestampMs,
    arrival: u64,
}

impl CvcShelf {
    /// An empty shelf.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a code for a payment method, in place of any earlier one. When the shelf is full, the
    /// code that came first is dropped: its payment then goes without a CVC check.
    pub fn put(&self, method: PaymentMethodId, cvc: Cvc, now: TimestampMs) {
        let mut places = self.lock();
        places.remove(method);
        places.drop_expired(now);
        while places.by_method.len() >= CVC_COUNT_MAX {
            places.drop_first();
        }
        let arrival = places.arrivals;
        places.arrivals += 1;
        places.by_arrival.insert(arrival, method);
        places.by_method.insert(method, Place { cvc, put_at: now, arrival });
    }

    /// Takes the code of a payment method off the shelf. A second call finds nothing, and so does
    /// one that comes too late.
    pub fn take(&self, method: PaymentMethodId, now: TimestampMs) -> Option<Cvc> {
        let place = self.lock().remove(method)?;
        (now.since(place.put_at) < CVC_AGE_MAX_MS).then_some(place.cvc)
    }

    /// Drops what is too old. Call it now and then: nothing else does while no card comes in.
    pub fn sweep(&self, now: TimestampMs) {
        self.lock().drop_expired(now);
    }

    /// How many codes are on the shelf.
    pub fn count(&self) -> usize {
        self.lock().by_method.len()
    }

    /// A panic elsewhere cannot leave the two maps half changed in a way that matters more than
    /// losing every code, so a poisoned lock is used on.
    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn remove(&mut self, method: PaymentMethodId) -> Option<Place> {
        let place = self.by_method.remove(&method)?;
        self.by_arrival.remove(&place.arrival);
        Some(place)
    }

    fn drop_first(&mut self) {
        if let Some((_, method)) = self.by_arrival.pop_first() {
            self.by_method.remove(&method);
        }
    }

    /// Arrival order is age order as long as the clock does not step back; when it does, an expired
    /// code may wait behind a younger one, and `take` refuses it all the same.
    fn drop_expired(&mut self, now: TimestampMs) {
        while let Some((_, method)) = self.by_arrival.first_key_value() {
            let expired = |place: &Place| now.since(place.put_at) >= CVC_AGE_MAX_MS;
            if !self.by_method.get(method).is_none_or(expired) {
                return;
            }
            self.drop_first();
        }
    }
}

impl fmt::Debug for CvcShelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CvcShelf({} [redacted])", self.count())
    }
}

#[cfg(test)]
mod tests {
    use farthing_core::card::Brand;

    use super::*;

    const START: TimestampMs = TimestampMs::from_seconds(1_700_000_000);

    fn method(number: u16) -> PaymentMethodId {
        let [high, low] = number.to_be_bytes();
        PaymentMethodId::new(START, [0, 0, 0, 0, high, low])
    }

    fn cvc() -> Cvc {
        Cvc::take_text(&mut "123".to_owned(), Brand::Visa).unwrap()
    }

    #[test]
    fn a_code_is_taken_once() {
        let shelf = CvcShelf::new();
        shelf.put(method(1), cvc(), START);
        assert!(shelf.take(method(2), START).is_none());
        assert!(shelf.take(method(1), START).is_some());
        assert!(shelf.take(method(1), START).is_none());
        assert_eq!(shelf.count(), 0);
    }

    #[test]
    fn a_code_is_gone_at_fifteen_minutes() {
        let shelf = CvcShelf::new();
        for (age_ms, there) in [(0, true), (CVC_AGE_MAX_MS - 1, true), (CVC_AGE_MAX_MS, false)] {
            shelf.put(method(1), cvc(), START);
            assert_eq!(shelf.take(method(1), START.plus_ms(age_ms)).is_some(), there, "{age_ms}");
        }
    }

    #[test]
    fn old_codes_leave_memory_without_being_asked_for() {
        let shelf = CvcShelf::new();
        shelf.put(method(1), cvc(), START);
        shelf.put(method(2), cvc(), START.plus_ms(1));
        shelf.sweep(START.plus_ms(CVC_AGE_MAX_MS));
        assert_eq!(shelf.count(), 1);
        shelf.put(method(3), cvc(), START.plus_ms(CVC_AGE_MAX_MS + 1));
        assert_eq!(shelf.count(), 1);
    }

    #[test]
    fn a_full_shelf_drops_the_oldest() {
        let shelf = CvcShelf::new();
        let count = u16::try_from(CVC_COUNT_MAX).unwrap();
        for number in 0..count {
            shelf.put(method(number), cvc(), START);
        }
        shelf.put(method(0), cvc(), START); // Replaced: it is now the youngest, and nothing was evicted.
        assert_eq!(shelf.count(), CVC_COUNT_MAX);
        shelf.put(method(count), cvc(), START);
        assert_eq!(shelf.count(), CVC_COUNT_MAX);
        assert!(shelf.take(method(1), START).is_none());
        for kept in [0, 2, count] {
            assert!(shelf.take(method(kept), START).is_some(), "{kept}");
        }
    }

    #[test]
    fn the_two_maps_stay_the_same_size() {
        let shelf = CvcShelf::new();
        for number in 0..1_000 {
            shelf.put(method(number % 7), cvc(), START);
            drop(shelf.take(method(number % 3), START));
        }
        let places = shelf.lock();
        assert_eq!(places.by_arrival.len(), places.by_method.len());
    }
}
