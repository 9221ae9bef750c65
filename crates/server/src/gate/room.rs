//! How many requests are answered at one time. Each has one command in the store's queue at most, so
//! while this is bounded below that queue's own bound, the queue never turns away money that moves
//! because lists or new payments fill it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::class::Class;

/// Requests answered at one time: three quarters of the store's queue of 4,096, whose rest is the
/// machinery's (timers, deliveries, chores).
pub const REQUESTS_MAX: usize = 3_072;

/// The room there is.
#[derive(Debug)]
pub struct Room {
    inside: Arc<AtomicUsize>,
    most: usize,
}

/// A place in it, until dropped.
#[derive(Debug)]
pub struct Permit(Arc<AtomicUsize>);

impl Room {
    /// Room for so many.
    pub fn new(most: usize) -> Self {
        Self { inside: Arc::default(), most }
    }

    /// A place, if the class may still have one. Calls to the network go on when their caller is gone,
    /// so `flights` may be more than the requests inside; what is turned away goes by the larger.
    pub fn admit(&self, class: Class, flights: usize) -> Option<Permit> {
        let bound = self.bound(class);
        let admitted = self.inside.fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| {
            (inside.max(flights) < bound).then(|| inside + 1)
        });
        admitted.ok().map(|_| Permit(Arc::clone(&self.inside)))
    }

    /// Requests inside.
    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::Relaxed)
    }

    /// The first count at which a class is turned away; every class has one place at least.
    fn bound(&self, class: Class) -> usize {
        let share = usize::try_from(class.share()).unwrap_or(100);
        (self.most.saturating_mul(share) / 100).max(1)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fills_in_order_and_empties() {
        let room = Room::new(20);
        let mut permits = Vec::new();
        let mut filled = Vec::new();
        for class in Class::ALL {
            let before = permits.len();
            while let Some(permit) = room.admit(class, 0) {
                permits.push(permit);
            }
            filled.push(permits.len() - before);
        }
        assert_eq!(filled, [10, 4, 3, 3]);
        assert_eq!(room.inside(), 20);
        // As it empties, money comes in first and lists last.
        permits.truncate(19);
        let may = |class| room.admit(class, 0).is_some();
        assert_eq!(Class::ALL.map(may), [false, false, false, true]);
        permits.truncate(13);
        assert_eq!(Class::ALL.map(may), [false, true, true, true]);
        permits.clear();
        assert_eq!(Class::ALL.map(may), [true; 4]);
        assert_eq!(room.inside(), 0);
    }

    #[test]
    fn calls_whose_caller_is_gone_count() {
        let room = Room::new(20);
        assert!(room.admit(Class::List, 9).is_some());
        assert!(room.admit(Class::List, 10).is_none());
        assert!(room.admit(Class::Money, 19).is_some());
        assert!(room.admit(Class::Money, 20).is_none());
    }
}
