//! What rows wait for: the index of what is due.

use farthing_core::id::EndpointId;
use farthing_core::time::TimestampMs;
use farthing_domain::delivery::DeliveryState;
use farthing_domain::view::Row;

use super::Rows;

/// When a delivery is tried next.
pub(super) fn due_next(row: &Row) -> Option<TimestampMs> {
    match row {
        Row::Delivery(row) => match row.state {
            DeliveryState::Due { at } => Some(at),
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => None,
        },
        _ => None,
    }
}

/// Whether a dispute or a payout waits for somebody.
pub(super) fn waits(row: &Row) -> bool {
    match row {
        Row::Dispute(row) => row.state.waits() || row.untold.is_some(),
        Row::Payout(row) => row.untold,
        _ => false,
    }
}

/// So many of rows that come by their moments, and whatever else is of the last one's.
pub(super) fn first_of<'a>(
    rows: impl Iterator<Item = (TimestampMs, &'a Row)>,
    limit: usize,
) -> Vec<(TimestampMs, &'a Row)> {
    let mut first: Vec<(TimestampMs, &Row)> = Vec::new();
    for (at, row) in rows {
        if first.len() >= limit && first.last().is_some_and(|(last, _)| *last < at) {
            break;
        }
        first.push((at, row));
    }
    first
}

impl Rows {
    /// What is due to each of some endpoints.
    pub(super) fn due_to(
        &self,
        due_by: TimestampMs,
        endpoints: &[(EndpointId, usize)],
    ) -> Vec<Row> {
        let due = |endpoint| move |row: &&Row| matches!(row, Row::Delivery(row) if row.endpoint == endpoint);
        let of = |(endpoint, limit): &(EndpointId, usize)| {
            // In the index rows of one moment stand by their tenants first, as an endpoint has one.
            self.due_by(due_by).filter(due(*endpoint)).take(*limit).cloned().collect::<Vec<_>>()
        };
        endpoints.iter().flat_map(of).collect()
    }
}
