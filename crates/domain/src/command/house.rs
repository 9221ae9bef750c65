//! What is asked of endpoints, deliveries, merchants and keys.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{EndpointId, EventId, MerchantId};
use farthing_core::origin::Origin;
use farthing_core::time::TimestampMs;

use crate::endpoint::{EndpointStatus, EventFilter};
use crate::key::Rights;
use crate::ledger::conversion::Ratio;
use crate::object::Metadata;
use crate::tenant::{KeyClass, Pages, TenantId};

use super::{MetadataPatch, Patch};

/// A new endpoint.
#[derive(Clone, Debug)]
pub struct CreateEndpoint {
    /// Given before, because the secret is sealed with the id as its context.
    pub id: EndpointId,
    /// Where to.
    pub url: String,
    /// Which events.
    pub events: EventFilter,
    /// Echoed in its events.
    pub api_version: Option<String>,
    /// The caller's note.
    pub description: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// The signing secret, sealed.
    pub sealed_secret: Vec<u8>,
}

/// Changes to an endpoint.
#[derive(Clone, Debug)]
pub struct UpdateEndpoint {
    /// Which.
    pub id: EndpointId,
    /// Another address.
    pub url: Option<String>,
    /// Other events.
    pub events: Option<EventFilter>,
    /// On or off.
    pub status: Option<EndpointStatus>,
    /// The caller's note.
    pub description: Patch<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
}

/// A new secret for an endpoint.
#[derive(Clone, Debug)]
pub struct RollSecret {
    /// Which.
    pub id: EndpointId,
    /// The new signing secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// For how long the former one signs as well, from now.
    pub overlap_ms: i64,
}

/// An event that is to be delivered once more.
#[derive(Clone, Copy, Debug)]
pub struct ResendEvent {
    /// Which.
    pub event: EventId,
    /// To this endpoint; without it, to all that it was due to.
    pub endpoint: Option<EndpointId>,
}

/// One try to deliver, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Try {
    /// Whose.
    pub tenant: TenantId,
    /// Which event.
    pub event: EventId,
    /// To which endpoint.
    pub endpoint: EndpointId,
    /// The answer's status; none when nobody answered.
    pub status: Option<u16>,
    /// What follows.
    pub then: AfterTry,
}

/// What follows a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterTry {
    /// Accepted.
    Delivered,
    /// Try again, not before this wall time.
    Again(TimestampMs),
    /// The schedule ran out, or the endpoint is gone.
    GiveUp,
}

/// A new merchant.
#[derive(Clone, Debug)]
pub struct OpenMerchant {
    /// Its number, 1 and up; refused if taken.
    pub number: i64,
    /// Its public account id.
    pub account: MerchantId,
    /// Its display name.
    pub name: String,
    /// The keys to begin with.
    pub keys: Vec<NewKey>,
    /// The number of the merchant that may act for it, if one may.
    pub platform: Option<i64>,
}

/// A key to be stored: its hash only.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Keyed hash of the whole key text.
    pub hash: [u8; 32],
    /// What it may do.
    pub class: KeyClass,
    /// Whose.
    pub tenant: TenantId,
    /// Its last four characters.
    pub hint: String,
    /// What pages may do with it.
    pub pages: Pages,
    /// What it may do besides, and until when.
    pub rights: Rights,
}

/// A key that takes another one's place.
#[derive(Clone, Debug)]
pub struct RollKey {
    /// Which is to be replaced.
    pub hash: [u8; 32],
    /// Until when it works, in wall time.
    pub ends_at: TimestampMs,
    /// Keyed hash of the new key's text.
    pub new_hash: [u8; 32],
    /// The new key's last four characters.
    pub new_hint: String,
}

/// Changes to what pages may do with a publishable key.
#[derive(Clone, Debug)]
pub struct UpdateKey {
    /// Which.
    pub hash: [u8; 32],
    /// Other origins, in place of all it had.
    pub origins: Option<Vec<Origin>>,
    /// Whether card numbers are taken from scripts.
    pub allow_scripts: Option<bool>,
}

/// Change in which currency a tenant's charges settle, from the next charge on.
#[derive(Clone, Debug)]
pub struct SetSettlement {
    /// Whose.
    pub tenant: TenantId,
    /// The currency.
    pub currency: Patch<Currency>,
    /// Quotes by currency: to set, or with none remove.
    pub quotes: Vec<(Currency, Option<Ratio>)>,
}
