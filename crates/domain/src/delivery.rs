//! Deliveries: one event on its way to one endpoint.

use farthing_core::id::{EndpointId, EventId};
use farthing_core::time::TimestampMs;

use crate::tenant::TenantId;

/// One delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whose.
    pub tenant: TenantId,
    /// Which event.
    pub event: EventId,
    /// To which endpoint.
    pub endpoint: EndpointId,
    /// The object's place before this one that was due to this endpoint; zero for none.
    pub previous_sequence: u32,
    /// Tries so far.
    pub tries: u32,
    /// What is true of it now.
    pub state: DeliveryState,
    /// The last answer's status; none when nobody answered.
    pub last_status: Option<u16>,
}

/// The states of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be tried at a time (wall time).
    Due {
        /// Not before.
        at: TimestampMs,
    },
    /// Accepted by the endpoint.
    Delivered {
        /// When.
        at: TimestampMs,
    },
    /// Given up: the schedule ran out, or the endpoint is gone. Visible, never silent.
    GivenUp {
        /// When.
        at: TimestampMs,
    },
}
