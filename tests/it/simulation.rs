//! The simulation in short: a few worlds, and every seed that ever failed. The long form is
//! `cargo xtask sim`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::sim::{self, Counts, Plan};

/// Orders and days of one short world.
const SHORT: (u64, u64) = (40, 12);

/// Runs worlds on two threads; the flaws of those that broke a promise.
fn broken(seeds: impl IntoIterator<Item = u64>, (orders, days): (u64, u64)) -> Vec<String> {
    let seeds: Vec<u64> = seeds.into_iter().collect();
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let counts = Mutex::new(Counts::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = sim::run(Plan::of(*seed, orders, days));
                    counts.lock().unwrap().merge(&outcome.counts);
                    if let Some(flaw) = outcome.flaws.first() {
                        broken.lock().unwrap().push(format!("seed {seed}: {flaw}"));
                    }
                }
            });
        }
    });
    assert!(counts.into_inner().unwrap().faults() > 0, "nothing went wrong on purpose");
    broken.into_inner().unwrap()
}

#[test]
fn every_promise_is_kept_whatever_goes_wrong() {
    let broken = broken(1..=12, SHORT);
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn nothing_is_lost_when_the_power_fails() {
    let plan = Plan::of(5, 25, 6).audited().on_disk();
    let outcome = sim::run(plan);
    assert!(outcome.flaws.is_empty(), "{:#?}", outcome.flaws);
    assert!(outcome.counts.of("fault: power failed") > 0, "{:?}", outcome.counts);
}

#[test]
fn the_same_seed_is_the_same_history() {
    let plan = || Plan::of(77, SHORT.0, SHORT.1);
    let (one, other) = (sim::run(plan()), sim::run(plan()));
    assert_eq!(one, other);
    assert!(one.counts.faults() > 50, "much went wrong: {:?}", one.counts);
    let another = sim::run(Plan::of(78, SHORT.0, SHORT.1));
    assert_ne!(one.history, another.history);
}
