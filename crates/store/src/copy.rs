//! From one store into another, whole: every row as it is, and the settings.

use std::mem::discriminant;

use farthing_domain::audit::Line;
use farthing_domain::change::Change;
use farthing_domain::decide::batch::WriteSet;
use farthing_domain::tenant::Tenant;
use farthing_domain::view::Row;

use crate::books;
use crate::error::StoreError;
use crate::limits::ROWS_AT_ONCE;
use crate::snapshot::Snapshot;
use crate::writer::Writer;

/// Names of settings that say who works now, not what is so.
const PASSING: &str = "lease:";

/// Copies within the commit that is open, and says how many rows that was.
pub(crate) fn copy(from: &Snapshot<'_>, to: &Writer) -> Result<u64, StoreError> {
    to.see(is_empty)?;
    let mut count = 0_u64;
    let mut waiting: Vec<Change> = Vec::with_capacity(ROWS_AT_ONCE);
    books::every_row(from, &mut |row| {
        // One table at a time, in the order in which they come.
        let other = waiting.last().is_some_and(|last| !same_table(last, &row));
        if other || waiting.len() >= ROWS_AT_ONCE {
            to.apply(&waiting.drain(..).collect())?;
        }
        waiting.push(Change::Insert(row));
        count = count.saturating_add(1);
        Ok(())
    })?;
    to.apply(&waiting.into_iter().collect::<WriteSet>())?;
    for (name, value) in from.settings()? {
        if !name.starts_with(PASSING) {
            to.keep(&name, &value)?;
        }
    }
    trail(from, to)?;
    Ok(count)
}

/// The trail goes along, oldest first, each line in the place that it had.
fn trail(from: &Snapshot<'_>, to: &Writer) -> Result<(), StoreError> {
    let page = i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX);
    let newest = from.trail(None, 1)?.first().map_or(0, |kept| kept.place);
    let mut copied = 0;
    while copied < newest {
        // Places are counted without a gap, so so many before one are those from here on.
        let last = newest.min(copied.saturating_add(page));
        let kept = from.trail(Some(last.saturating_add(1)), ROWS_AT_ONCE)?;
        let fresh = kept.into_iter().filter(|kept| kept.place > copied).map(|kept| kept.line);
        let mut lines: Vec<Line> = fresh.collect();
        lines.reverse();
        to.note(&lines)?;
        copied = last;
    }
    Ok(())
}

fn same_table(change: &Change, row: &Row) -> bool {
    match change {
        Change::Insert(last) => discriminant(last) == discriminant(row),
        Change::Update(_) | Change::Delete(_) => false,
    }
}

fn is_empty(snapshot: &Snapshot<'_>) -> Result<(), StoreError> {
    if !snapshot.settings()?.is_empty() || !snapshot.trail(None, 1)?.is_empty() {
        return Err(StoreError::NotEmpty);
    }
    snapshot.each::<Tenant>(|_| Err(StoreError::NotEmpty))
}
