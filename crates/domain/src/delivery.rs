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

/// Into how many groups endpoints fall: what several processes can share, and the most of them that
/// have something to deliver.
pub const GROUPS: usize = 16;

/// Some of the groups of endpoints. An endpoint's group follows from its id alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups(u16);

impl Groups {
    /// All of them.
    pub const ALL: Self = Self(u16::MAX);
    /// None of them.
    pub const NONE: Self = Self(0);

    /// Those of these numbers; there are no others than those below [`GROUPS`].
    pub fn of(numbers: impl IntoIterator<Item = usize>) -> Self {
        let bit =
            |number: usize| u32::try_from(number).ok().and_then(|number| 1_u16.checked_shl(number));
        Self(numbers.into_iter().filter_map(bit).fold(0, |all, one| all | one))
    }

    /// Whether this group is one of them.
    pub fn has(self, number: usize) -> bool {
        self.0 & Self::of([number]).0 != 0
    }

    /// Whether an endpoint is in one of them.
    pub fn hold(self, endpoint: EndpointId) -> bool {
        self.has(Self::group_of(endpoint))
    }

    /// An endpoint's group: the upper half of the last byte of its id, which was drawn at random.
    pub fn group_of(endpoint: EndpointId) -> usize {
        let [.., last] = endpoint.bytes();
        usize::from(last >> 4)
    }

    /// The last bytes of the ids of a group's endpoints, the first of them and the last.
    pub fn last_bytes(group: usize) -> (u8, u8) {
        let first = u8::try_from(group).unwrap_or(u8::MAX) << 4;
        (first, first | 15)
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// How many.
    pub fn count(self) -> usize {
        usize::try_from(self.0.count_ones()).unwrap_or(GROUPS)
    }

    /// Their numbers, ascending.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = usize> {
        (0..GROUPS).filter(move |number| self.has(*number))
    }
}

impl FromIterator<usize> for Groups {
    fn from_iter<T: IntoIterator<Item = usize>>(numbers: T) -> Self {
        Self::of(numbers)
    }
}
