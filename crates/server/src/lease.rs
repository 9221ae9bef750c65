//! Which of several processes on one database does what nobody asks for: deliveries, timers, news
//! from the network, look-ups that are due.
//!
//! One at a time, by a lease in the database, kept by the database's clock. What must stay true:
//! nothing is wrong if two do it for a moment (a delivery is sent twice, a look-up asked twice: all
//! of it may happen after a crash too), and nothing waits for longer than the lease when the holder
//! dies. Where a process is alone on its store, there is nothing to hold.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use farthing_core::time::TimestampMs;
use farthing_store::StoreError;

use crate::app::{App, Shared};
use crate::{entropy, news, ops};

/// The lease's name.
const NAME: &str = "lease:work";
/// How long it lasts unless it is renewed: how long nothing is delivered after its holder died.
const LEASE_MS: i64 = 6_000;
/// How long its holder relies on it after asking for it: less, because clocks run differently.
const RELY_MS: i64 = 4_500;
/// How often it is asked for.
const RENEW: Duration = Duration::from_secs(1);

/// A process's share of the work.
#[derive(Debug, Default)]
pub struct Lease {
    /// Made when it is first asked for.
    holder: OnceLock<[u8; 16]>,
    /// Until when it is ours, by the wall clock.
    until_ms: AtomicI64,
}

impl App {
    /// Whether this process does now what nobody asks for.
    pub fn works(&self) -> bool {
        let until_ms = self.lease.until_ms.load(Ordering::Relaxed);
        self.config.alone || self.clock.now() < TimestampMs::from_ms(until_ms)
    }
}

/// Asks for the lease again and again. Runs until dropped.
pub async fn run(app: Shared) {
    if app.config.alone {
        return;
    }
    loop {
        let asked_at = app.clock.now();
        match ask(&app, LEASE_MS).await {
            Ok(true) => app.lease.until_ms.store(asked_at.plus_ms(RELY_MS).ms(), Ordering::Relaxed),
            Ok(false) => app.lease.until_ms.store(0, Ordering::Relaxed),
            // It runs out by itself.
            Err(error) => ops::alert("the lease cannot be asked for", &"lease", &error),
        }
        tokio::time::sleep(RENEW).await;
    }
}

/// Gives it up, so that another process goes on at once.
pub async fn release(app: &Shared) {
    if !app.config.alone && app.works() {
        app.lease.until_ms.store(0, Ordering::Relaxed);
        ask(app, -1).await.ok(); // It runs out by itself.
    }
}

async fn ask(app: &Shared, ms: i64) -> Result<bool, StoreError> {
    let app = Arc::clone(app);
    let holder = *app.lease.holder.get_or_init(entropy::bytes);
    news::blocking(move || app.store.lease(NAME, holder, ms)).await
}
