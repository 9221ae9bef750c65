//! Chores: codes that waited too long are dropped, and idempotency records that may go are deleted.

use std::collections::BTreeMap;
use std::time::Duration;

use farthing_domain::command::Ask;
use farthing_domain::idempotency::ScopedKey;
use farthing_domain::limits::{KEY_RETENTION_MS, RESULTS_PER_COMMAND};
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
        loop {
            match purge(&app).await {
                Ok(RESULTS_PER_COMMAND..) => {}
                Ok(_) => break,
                Err(error) => {
                    ops::alert("old idempotency records stay", &"housekeeping", &error);
                    break;
                }
            }
        }
    }
}

/// Deletes one batch of records that may go; says how many were found.
async fn purge(app: &App) -> Result<usize, StoreError> {
    let before = app.clock.now().plus_ms(-KEY_RETENTION_MS);
    let rows = app.store.scan(Scan::Records { before, limit: RESULTS_PER_COMMAND }).await?;
    let found = rows.len();
    let mut by_tenant: BTreeMap<TenantId, Vec<(TenantId, ScopedKey)>> = BTreeMap::new();
    for row in rows {
        if let Row::Record(record) = row {
            by_tenant.entry(record.tenant).or_default().push((record.tenant, record.key));
        }
    }
    for (tenant, keys) in by_tenant {
        app.store.submit(flow::own(app, tenant, Ask::PurgeRecords(keys))).await?;
    }
    Ok(found)
}
