//! Chores: codes that waited too long are dropped, and idempotency records that may go are deleted.

use std::collections::BTreeMap;
use std::time::Duration;

use farthing_core::planted;
use farthing_core::time::TimestampMs;
use farthing_domain::command::{Ask, PurgeRecords};
use farthing_domain::idempotency::ScopedKey;
use farthing_domain::limits::PURGED_PER_COMMAND;
use farthing_domain::query::Scan;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;
use farthing_store::StoreError;

use crate::app::{App, Shared};
use crate::clock::Stopwatch;
use crate::{flow, keys, ops, trail};

/// Between two rounds: a CVC outlives its fifteen minutes by one at most.
const ROUND: Duration = Duration::from_mins(1);

/// More than a clock is ever corrected by without somebody looking.
const JUMP_MS: i64 = 300_000;
/// After a jump, and after a start, nothing is deleted for so long: an hour for somebody to set the
/// clock right, or for the network to.
const STEADY_MS: i64 = 3_600_000;

/// Does the chores. Runs until dropped.
pub async fn housekeeping(app: Shared) {
    let stopwatch = Stopwatch::start();
    let mut watch = Watch::new(app.clock.now(), stopwatch.passed_ms());
    loop {
        tokio::time::sleep(ROUND).await;
        app.cvcs.sweep(app.clock.now());
        if let Err(error) = keys::record_uses(&app).await {
            ops::alert("last uses of keys are not written down", &"housekeeping", &error);
        }
        if let Err(error) = trail::note_uses(&app).await {
            ops::alert("uses of keys are missing on the trail", &"housekeeping", &error);
        }
        if !watch.steady(app.clock.now(), stopwatch.passed_ms()) {
            continue;
        }
        while app.works() {
            match purge(&app, app.clock.now()).await {
                Ok(PURGED_PER_COMMAND..) => {}
                Ok(_) => break,
                Err(error) => {
                    ops::alert("old idempotency records stay", &"housekeeping", &error);
                    break;
                }
            }
        }
    }
}

/// Whether wall time goes on as time does. A clock that is ahead would have keys forgotten that are in
/// use, so nothing is deleted until it has gone on steadily for a while: not after a start either, when
/// nobody can tell whether it was set right.
#[derive(Debug)]
struct Watch {
    wall: TimestampMs,
    passed_ms: i64,
    steady_since_ms: i64,
}

impl Watch {
    fn new(wall: TimestampMs, passed_ms: i64) -> Self {
        Self { wall, passed_ms, steady_since_ms: passed_ms }
    }

    fn steady(&mut self, wall: TimestampMs, passed_ms: i64) -> bool {
        let went_ms = passed_ms.saturating_sub(self.passed_ms);
        let jumped_ms = wall.since(self.wall).saturating_sub(went_ms);
        (self.wall, self.passed_ms) = (wall, passed_ms);
        if jumped_ms.saturating_abs() > JUMP_MS {
            ops::alert("the wall clock has jumped", &"housekeeping", &format!("{jumped_ms} ms"));
            self.steady_since_ms = passed_ms;
        }
        passed_ms.saturating_sub(self.steady_since_ms) >= STEADY_MS
    }
}

/// Deletes one batch of idempotency records that may go by then, when the writer has nothing else to
/// do; says how many were found.
///
/// # Errors
/// What the store could not do.
pub async fn purge(app: &App, now: TimestampMs) -> Result<usize, StoreError> {
    let kept_ms = if planted!("purged_at_once") { 0 } else { app.config.key_retention_ms };
    let finished_before = now.plus_ms(-kept_ms);
    let scan = Scan::Records { before: finished_before, limit: PURGED_PER_COMMAND };
    let rows = app.store.scan(scan).await?;
    let found = rows.len();
    let mut by_tenant: BTreeMap<TenantId, Vec<(TenantId, ScopedKey)>> = BTreeMap::new();
    for row in rows {
        if let Row::Record(record) = row {
            by_tenant.entry(record.tenant).or_default().push((record.tenant, record.key));
        }
    }
    for (tenant, keys) in by_tenant {
        let ask = Ask::PurgeRecords(PurgeRecords { keys, finished_before });
        let mut command = flow::own(app, tenant, ask);
        command.meta.now = now;
        app.store.submit(command).await?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_deleted_for_an_hour_after_a_start_and_after_a_jump() {
        let (mut wall, mut passed_ms) = (TimestampMs::from_seconds(1_800_000_000), 0);
        let mut watch = Watch::new(wall, passed_ms);
        let mut a_minute_later = |jumped_ms: i64| {
            passed_ms += 60_000;
            wall = wall.plus_ms(60_000 + jumped_ms);
            watch.steady(wall, passed_ms)
        };
        for jumped_ms in [0, JUMP_MS + 1, -JUMP_MS - 1, 172_800_000, -172_800_000] {
            assert!(jumped_ms == 0 || !a_minute_later(jumped_ms), "a jump of {jumped_ms} ms");
            for _ in 1..60 {
                assert!(!a_minute_later(0));
            }
            assert!(a_minute_later(0), "steady for an hour");
            assert!(a_minute_later(JUMP_MS) && a_minute_later(-JUMP_MS), "clocks are corrected");
        }
    }
}
