//! Wakes one task from another of the same object.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::task::{Poll, Waker};

/// A bell that one task waits for. A ring that nobody waits for is heard by whoever waits next.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Bell {
    /// Rings.
    pub(super) fn ring(&self) {
        self.rung.set(true);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }

    /// Waits for the next ring.
    pub(super) fn rung(&self) -> impl Future<Output = ()> + Unpin {
        poll_fn(|context| {
            if self.rung.take() {
                return Poll::Ready(());
            }
            self.waiting.replace(Some(context.waker().clone()));
            Poll::Pending
        })
    }
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use super::*;

    #[test]
    fn a_ring_is_heard_once_whenever_it_came() {
        let bell = Bell::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut poll = || std::pin::pin!(bell.rung()).poll(&mut context).is_ready();
        assert!(!poll());
        bell.ring();
        assert!(poll());
        assert!(!poll());
    }
}
