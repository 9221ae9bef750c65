//! Rows that hold seals of the vault.

use farthing_domain::query::{Scan, Sealed};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;

use crate::memory::{Rows, kind};

impl Rows {
    /// In the order of tenant and id, as keys are.
    pub(super) fn sealed(
        &self,
        scan: &Scan,
        after: Option<(TenantId, [u8; 12])>,
        limit: usize,
    ) -> Vec<Row> {
        let beyond = |row: &&Row| after.is_none_or(|after| Sealed::place(row) > Some(after));
        self.of(&kind::scanned(scan)).filter(beyond).take(limit).cloned().collect()
    }
}
