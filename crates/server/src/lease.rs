//! Which of several processes on one database does what nobody asks for: deliveries, timers, news
//! from the network, look-ups that are due.
//!
//! By leases in the database, kept by the database's clock: deliveries are shared between all
//! processes by groups of endpoints, and the rest is done by one of them. What must stay true: nothing
//! is wrong if two do it for a moment (a delivery is sent twice, a look-up asked twice: all of it may
//! happen after a crash too), and nothing waits for longer than the lease when a holder dies. Where
//! a process is alone on its store, there is nothing to hold.

mod share;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use farthing_core::id::EndpointId;
use farthing_core::time::TimestampMs;
use farthing_domain::delivery::Groups;
use farthing_store::{Lease as Held, StoreError};

use crate::app::{App, Shared};
use crate::{entropy, news, ops};
use share::Asks;

/// How long a lease lasts unless it is renewed: how long nothing is done after its holder died.
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
    /// Until when the work that is not shared is ours, by the wall clock.
    until_ms: AtomicI64,
    groups: Mutex<Share>,
}

/// A process's share of the deliveries.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    held: Groups,
    /// Held, and to be given up as soon as nothing of it is in the air.
    leaving: Groups,
    until: TimestampMs,
    /// What the sender goes by.
    used: Groups,
    /// Of which it has something in the air.
    in_air: Groups,
}

impl App {
    /// Whether this process does now what nobody asks for, deliveries apart.
    pub fn works(&self) -> bool {
        let until_ms = self.lease.until_ms.load(Ordering::Relaxed);
        self.config.alone || self.clock.now() < TimestampMs::from_ms(until_ms)
    }

    /// To which groups of endpoints this process delivers now.
    pub fn delivers(&self) -> Groups {
        if self.config.alone {
            return Groups::ALL;
        }
        let share = *self.lease.share();
        let ours = share.held.without(share.leaving);
        if self.clock.now() < share.until { ours } else { Groups::NONE }
    }

    /// Whether a try that is about to begin may: its group may have been lost since it was chosen.
    pub fn may_send(&self, endpoint: EndpointId) -> bool {
        let share = || *self.lease.share();
        self.config.alone || share().held.hold(endpoint) && self.clock.now() < share().until
    }
}

impl Lease {
    /// The sender goes by these groups, and has something of those in the air.
    pub(crate) fn uses(&self, used: Groups, in_air: Groups) {
        let mut share = self.share();
        (share.used, share.in_air) = (used, in_air);
    }

    fn holder(&self) -> [u8; 16] {
        *self.holder.get_or_init(entropy::bytes)
    }

    /// What to ask for; from now on nothing new is sent of what is to be given up.
    fn asks(&self, board: &[Held]) -> Asks {
        let mut share = self.share();
        // What was not leaving before, the sender may not know of yet.
        let busy = share.used.or(share.in_air).or(Groups::ALL.without(share.leaving));
        let asks = share::asks(self.holder(), board, busy);
        share.leaving = asks.leaving;
        asks
    }

    /// Takes in what was read after asking.
    fn read(&self, board: &[Held], asked_at: TimestampMs) {
        let (holder, until) = (self.holder(), asked_at.plus_ms(RELY_MS));
        let works = |each: &Held| each.name == share::WORK && each.holder == holder;
        let works = board.iter().any(|each| works(each) && each.left_ms > 0);
        self.until_ms.store(if works { until.ms() } else { 0 }, Ordering::Relaxed);
        let mut share = self.share();
        (share.held, share.until) = (share::groups_of(holder, board), until);
        let count = u32::try_from(share.held.count()).unwrap_or(u32::MAX);
        metrics::gauge!("farthing_delivery_groups").set(f64::from(count));
    }

    fn share(&self) -> MutexGuard<'_, Share> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for its share again and again. Runs until dropped.
pub async fn run(app: Shared) {
    if app.config.alone {
        return;
    }
    let mut board = Vec::new();
    loop {
        app.pulse.beat("lease");
        let asked_at = app.clock.now();
        let Asks { take, give, .. } = app.lease.asks(&board);
        let take = take.into_iter().map(|name| (name, LEASE_MS));
        let asks = take.chain(give.into_iter().map(|name| (name, -1))).collect();
        match ask(&app, asks).await {
            Ok(read) => {
                app.lease.read(&read, asked_at);
                board = read;
            }
            // What is held runs out by itself.
            Err(error) => ops::alert("the leases cannot be asked for", &"lease", &error),
        }
        tokio::time::sleep(RENEW).await;
    }
}

/// Gives it up, so that other processes go on at once; but not what is still in the air.
pub async fn release(app: &Shared) {
    if app.config.alone {
        return;
    }
    app.lease.until_ms.store(0, Ordering::Relaxed);
    let share = std::mem::take(&mut *app.lease.share());
    let idle = share.held.without(share.in_air);
    let mut names: Vec<String> = idle.iter().map(share::name_of).collect();
    names.extend([share::WORK.to_owned(), share::here(app.lease.holder())]);
    let asks = names.into_iter().map(|name| (name, -1)).collect();
    ask(app, asks).await.ok(); // It runs out by itself.
}

async fn ask(app: &Shared, asks: Vec<(String, i64)>) -> Result<Vec<Held>, StoreError> {
    let app = Arc::clone(app);
    let holder = app.lease.holder();
    news::blocking(move || app.store.leases(holder, &asks)).await
}
