//! In which places of a tenant's lists the objects of a quarter of an hour are.
//!
//! Lists are ordered by place and bounded by time. Places grow with time, but for a clock that was set
//! back: so each quarter keeps the first and the last place given in it, and whatever was made since a
//! moment is at or beyond the first place of any quarter since then. That is so whatever the clock
//! did; a clock that was set back only makes a list look at more. What must stay true: every row with
//! a place and a time is within its quarter's span, from the commit that writes it on.

use std::collections::BTreeMap;

use farthing_domain::decide::batch::{Write, WriteSet};
use farthing_domain::query::CreatedRange;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;
use rusqlite::types::Value;

use crate::memory::list::created;
use crate::snapshot::seq_of;
use crate::sql::keys::tenant_of;

/// A quarter of an hour: some ten thousand rows a year and merchant, and a busy hour is no walk.
const QUARTER_MS: i64 = 900_000;

/// What a batch's new rows add, one line for each tenant and quarter.
pub(crate) fn spans(writes: &WriteSet) -> Vec<Vec<Value>> {
    let mut spans: BTreeMap<(TenantId, i64), (i64, i64)> = BTreeMap::new();
    for (key, write) in writes.iter() {
        let Write::Insert(row) = write else { continue };
        // Transfers have an order of their own.
        let placed = (tenant_of(key), seq_of(row), created(row));
        if let (Some(tenant), Some(seq), Some(at)) = placed
            && !matches!(row, Row::Transfer(_))
        {
            let span = spans.entry((tenant, quarter(at.ms()))).or_insert((seq, seq));
            *span = (span.0.min(seq), span.1.max(seq));
        }
    }
    let line = |((tenant, quarter), (first, last)): ((TenantId, i64), (i64, i64))| {
        [tenant.raw(), quarter, first, last].map(Value::Integer).to_vec()
    };
    spans.into_iter().map(line).collect()
}

/// Conditions for the places of what was made within whole seconds, the tenant being `?1`. Each has the
/// value that it is to be given.
pub(crate) fn bounds(range: CreatedRange) -> Vec<(Bound, i64)> {
    let of = |seconds: i64| quarter(seconds.saturating_mul(1_000));
    let from = range.from_s.map(|from| (Bound::From, of(from)));
    let to = range.to_s.map(|to| (Bound::To, of(to)));
    from.into_iter().chain(to).collect()
}

/// One end of a range of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    From,
    To,
}

impl Bound {
    /// The condition, with its quarter at this place of the values. Where no quarter is, nothing is.
    pub(crate) fn condition(self, value: usize) -> String {
        match self {
            Self::From => format!(
                "seq >= coalesce((SELECT min(first) FROM quarters \
                 WHERE quarters.tenant = ?1 AND quarter >= ?{value}), {})",
                i64::MAX
            ),
            Self::To => format!(
                "seq <= coalesce((SELECT max(last) FROM quarters \
                 WHERE quarters.tenant = ?1 AND quarter <= ?{value}), -1)"
            ),
        }
    }
}

fn quarter(at_ms: i64) -> i64 {
    at_ms.div_euclid(QUARTER_MS)
}
