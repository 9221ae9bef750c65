//! Whose rows somebody holds: asked without waiting for anybody.

use std::collections::BTreeSet;

use farthing_domain::tenant::TenantId;
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::postgres::link::{Ask, Link, Mode};
use crate::postgres::values::line;

/// Those of these tenants whose rows cannot be locked now. One that does not exist is held by nobody.
pub(crate) fn held(
    link: &Link,
    tenants: &BTreeSet<TenantId>,
) -> Result<BTreeSet<TenantId>, StoreError> {
    let ids = || tenants.iter().map(|tenant| vec![Value::Integer(tenant.raw())]).collect();
    let sql = "WITH free AS (SELECT id FROM tenants WHERE id = ANY($1::bigint[]) \
               ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) \
               SELECT id FROM tenants WHERE id = ANY($1::bigint[]) \
               AND id NOT IN (SELECT id FROM free)";
    link.begin(Mode::Write);
    let told = link.round(&[Ask::many(sql, ids())]);
    // What was free is let go at once: only a batch holds it.
    link.rollback();
    let mut held = BTreeSet::new();
    for row in told?.iter().flat_map(|told| &told.rows) {
        match line(row).as_deref() {
            Some([Value::Integer(id)]) => held.insert(TenantId::from_raw(*id)),
            Some(_) | None => return Err(StoreError::Bug),
        };
    }
    Ok(held)
}
