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
use tokio::time::Instant;

use crate::app::{App, Shared};
use crate::{flow, keys, ops, trail};

/// Between two rounds: a CVC outlives its fifteen minutes by one at most.
const ROUND: Duration = Duration::from_mins(1);

/// More than a clock is ever corrected by without somebody looking.
const JUMP_MS: i64 = 300_000;
/// Rounds after a jump in which nothing is deleted: an hour for somebody to set the clock right.
const STEADY_ROUNDS: u32 = 60;

/// Does the chores. Runs until dropped.
pub async fn housekeeping(app: Shared) {
    let mut watch = Watch::new(app.clock.now());
    loop {
        tokio::time::sleep(ROUND).await;
        app.cvcs.sweep(app.clock.now());
        if let Err(error) = keys::record_uses(&app).await {
            ops::alert("last uses of keys are not written down", &"housekeeping", &error);
        }
        if let Err(error) = trail::note_uses(&app).await {
            ops::alert("uses of keys are missing on the trail", &"housekeeping", &error);
        }
        if !watch.steady(app.clock.now()) {
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

/// Whether wall time goes on as time does. A clock that jumps forward would have keys forgotten that
/// are in use, so nothing is deleted until it has gone on steadily for a while.
#[derive(Debug)]
struct Watch {
    wall: TimestampMs,
    seen: Instant,
    steady_rounds: u32,
}

impl Watch {
    fn new(wall: TimestampMs) -> Self {
        Self { wall, seen: Instant::now(), steady_rounds: STEADY_ROUNDS }
    }

    fn steady(&mut self, wall: TimestampMs) -> bool {
        let passed_ms = i64::try_from(self.seen.elapsed().as_millis()).unwrap_or(i64::MAX);
        let jumped_ms = wall.since(self.wall).saturating_sub(passed_ms);
        (self.wall, self.seen) = (wall, Instant::now());
        self.after(jumped_ms)
    }

    fn after(&mut self, jumped_ms: i64) -> bool {
        if jumped_ms.saturating_abs() > JUMP_MS {
            ops::alert("the wall clock has jumped", &"housekeeping", &format!("{jumped_ms} ms"));
            self.steady_rounds = 0;
        } else {
            self.steady_rounds = self.steady_rounds.saturating_add(1);
        }
        self.steady_rounds >= STEADY_ROUNDS
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
    fn nothing_is_deleted_for_an_hour_after_a_jump() {
        let mut watch = Watch::new(TimestampMs::from_seconds(1_800_000_000));
        assert!(watch.after(0) && watch.after(-JUMP_MS) && watch.after(JUMP_MS), "corrections");
        for jumped_ms in [JUMP_MS + 1, -JUMP_MS - 1, i64::MAX, i64::MIN] {
            assert!(!watch.after(jumped_ms));
            for _ in 1..STEADY_ROUNDS {
                assert!(!watch.after(0));
            }
            assert!(watch.after(0), "steady again");
        }
    }
}
