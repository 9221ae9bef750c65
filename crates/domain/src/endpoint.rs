//! Webhook endpoints: where events are delivered.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::EndpointId;
use farthing_core::time::TimestampMs;

use crate::event::EventKind;
use crate::object::Metadata;
use crate::tenant::TenantId;

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it was made.
    pub created: TimestampMs,
    /// Where to.
    pub url: String,
    /// Which events.
    pub events: EventFilter,
    /// Echoed in its events (decision 16).
    pub api_version: Option<String>,
    /// The caller's note.
    pub description: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Whether it is delivered to.
    pub status: EndpointStatus,
    /// The signing secret, sealed by the vault.
    pub sealed_secret: Vec<u8>,
    /// The secret before it, which signs as well for a while.
    pub old_secret: Option<OldSecret>,
}

/// A secret that another has taken the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldSecret {
    /// Sealed by the vault.
    pub sealed: Vec<u8>,
    /// Until when it signs, in wall time.
    pub until: TimestampMs,
}

/// Whether an endpoint is delivered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointStatus {
    /// Yes.
    Enabled,
    /// No; what was due is given up when its time comes.
    Disabled,
    /// Removed; keeps its place so that cursors on it still work.
    Deleted,
}

/// Which events an endpoint wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventFilter {
    /// All of them (`*`).
    All,
    /// The names as given, at least one. A name this release never sends is kept: it may later.
    Some(Vec<String>),
}

impl EventFilter {
    /// Whether it lets an event through.
    pub fn wants(&self, kind: EventKind) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.iter().any(|name| name == kind.wire()),
        }
    }
}

impl Endpoint {
    /// Whether an event of this kind is due to it now.
    pub fn wants(&self, kind: EventKind) -> bool {
        match self.status {
            EndpointStatus::Enabled => self.events.wants(kind),
            EndpointStatus::Disabled | EndpointStatus::Deleted => false,
        }
    }
}
