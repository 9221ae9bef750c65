//! The bell of commits that have something to deliver.
//!
//! Tokio's own channel for this wakes its listeners in an order that it draws anew each time, and a
//! run that is to be repeated to the byte cannot have that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Rings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bell(Arc<Rung>);

#[derive(Debug, Default)]
struct Rung {
    times: AtomicU64,
    waiting: Notify,
}

/// Listens. Rings between two looks are one.
#[derive(Debug)]
pub struct Commits {
    bell: Arc<Rung>,
    heard: u64,
}

impl Bell {
    pub(crate) fn ring(&self) {
        self.0.times.fetch_add(1, Ordering::Release);
        self.0.waiting.notify_waiters();
    }

    pub(crate) fn listen(&self) -> Commits {
        Commits { bell: Arc::clone(&self.0), heard: self.0.times.load(Ordering::Acquire) }
    }
}

impl Commits {
    /// Waits until there was a commit since the last look.
    pub async fn changed(&mut self) {
        loop {
            // Before the look, so that no ring falls between the two.
            let ring = self.bell.waiting.notified();
            let times = self.bell.times.load(Ordering::Acquire);
            if times != self.heard {
                self.heard = times;
                return;
            }
            ring.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_listener_hears_what_rang_since_it_last_looked() {
        let bell = Bell::default();
        let (mut one, mut other) = (bell.listen(), bell.listen());
        bell.ring();
        bell.ring();
        one.changed().await;
        let waiting = tokio::spawn(async move { one.changed().await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "both rings were heard at once");
        bell.ring();
        waiting.await.unwrap();
        other.changed().await;
    }
}
