//! Leases, where several processes share a store: the database, and memory with a clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use farthing_core::time::TimestampMs;
use farthing_store::Store;

use crate::cluster::Database;
use crate::engines::render;

const ONE: [u8; 16] = [1; 16];
const OTHER: [u8; 16] = [2; 16];

/// Both stores, each with how time goes by there; the database outlives its store.
fn each(check: impl Fn(&Store, &dyn Fn(i64))) {
    let database = Database::new();
    let store = Store::manual_postgres(&database.url(), render()).expect("a new one opens");
    check(&store, &|ms| sleep(Duration::from_millis(ms.unsigned_abs())));
    let now = Arc::new(AtomicI64::new(1_800_000_000_000));
    let clock = Arc::clone(&now);
    let tell = move || TimestampMs::from_ms(clock.load(Ordering::Relaxed));
    check(&Store::shared_memory(render(), tell), &|ms| {
        now.fetch_add(ms, Ordering::Relaxed);
    });
}

#[expect(clippy::disallowed_methods, reason = "a database's clock goes by itself")]
fn sleep(time: Duration) {
    std::thread::sleep(time);
}

#[test]
fn a_lease_is_held_by_one_until_it_runs_out_or_is_given_up() {
    each(|store, wait| {
        let lease = |name, holder, ms| store.lease(name, holder, ms).expect("it can be asked for");
        assert!(lease("lease:x", ONE, 60_000));
        assert!(!lease("lease:x", OTHER, 60_000));
        assert!(lease("lease:x", ONE, 60_000), "it is renewed");
        assert!(lease("lease:y", OTHER, 60_000), "another lease");
        assert!(!lease("lease:y", ONE, -1), "it is not ours to give up");
        assert!(lease("lease:x", ONE, -1), "it is given up");
        wait(2);
        assert!(lease("lease:x", OTHER, 60_000));
        assert!(!lease("lease:x", ONE, 60_000));
        // Nobody waits less than it lasts, nor more.
        assert!(lease("lease:short", ONE, 150));
        assert!(!lease("lease:short", OTHER, 60_000));
        wait(200);
        assert!(lease("lease:short", OTHER, 60_000), "it ran out");
        assert!(!lease("lease:short", ONE, 60_000), "whoever comes back too late has lost it");
    });
}

#[test]
fn several_are_asked_for_at_once_and_everybodys_are_read() {
    each(|store, _| {
        let ask = |holder, asks: &[(&str, i64)]| {
            let asks: Vec<_> = asks.iter().map(|(name, ms)| ((*name).to_owned(), *ms)).collect();
            store.leases(holder, &asks).expect("readable")
        };
        ask(OTHER, &[("lease:x", 60_000), ("lease:y", 60_000)]);
        let read = ask(ONE, &[("lease:z", 60_000), ("lease:x", 60_000), ("lease:y", -1)]);
        let read: Vec<_> =
            read.into_iter().map(|each| (each.name, each.holder, each.left_ms > 50_000)).collect();
        let expected = [("lease:x", OTHER, true), ("lease:y", OTHER, true), ("lease:z", ONE, true)];
        assert_eq!(read.len(), 3, "{read:?}");
        for (name, holder, long) in expected {
            assert!(read.contains(&(name.to_owned(), holder, long)), "{name}: {read:?}");
        }
    });
}
