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
use crate::{flow, keys, ops};

/// Between two rounds: a CVC outlives its fifteen minutes by one at most.
const ROUND: Duration = Duration::from_mins(1);

/// Does the chores. Runs until dropped.
pub async fn housekeeping(app: Shared) {
    loop {
        tokio::time::sleep(ROUND).await;
        app.cvcs.sweep(app.clock.now());
        if let Err(error) = keys::record_uses(&app).await {
            ops::alert("last uses of keys are not written down", &"housekeeping", &error);
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
