//! Deliveries.

use farthing_core::id::{EndpointId, EventId};
use farthing_domain::delivery::{Delivery, DeliveryState};
use farthing_domain::view::Row;

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static DELIVERIES: Table = Table::new(
    "deliveries",
    &["tenant", "event", "endpoint"],
    &["previous_sequence"],
    &["tries", "state", "at", "last_status"],
);

/// The number under which the schema's index of due deliveries knows them.
pub(crate) const DUE: i64 = 1;

impl Stored for Delivery {
    const TABLE: &'static Table = &DELIVERIES;

    fn encode(&self) -> Values {
        let (state, at) = match self.state {
            DeliveryState::Due { at } => (DUE, at),
            DeliveryState::Delivered { at } => (2, at),
            DeliveryState::GivenUp { at } => (3, at),
        };
        Values::default()
            .tenant(self.tenant)
            .blob(&self.event.bytes())
            .blob(&self.endpoint.bytes())
            .int(i64::from(self.previous_sequence))
            .int(i64::from(self.tries))
            .int(state)
            .time(at)
            .int_opt(self.last_status.map(i64::from))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let event = EventId::from_bytes(fields.array()?);
        let endpoint = EndpointId::from_bytes(fields.array()?);
        let (previous_sequence, tries) = (fields.small()?, fields.small()?);
        let number = fields.int()?;
        let unknown = fields.corrupt();
        let at = fields.time()?;
        let state = match number {
            DUE => DeliveryState::Due { at },
            2 => DeliveryState::Delivered { at },
            3 => DeliveryState::GivenUp { at },
            _ => return Err(unknown),
        };
        let last_status = fields.small_opt()?;
        Ok(Self { tenant, event, endpoint, previous_sequence, tries, state, last_status })
    }

    fn into_row(self) -> Row {
        Row::Delivery(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Delivery(own) = row { Some(own) } else { None }
    }
}
