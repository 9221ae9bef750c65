//! Webhook endpoints. The sealed secret is opaque here.

use farthing_core::id::EndpointId;
use farthing_core::time::TimestampMs;
use farthing_domain::endpoint::{Endpoint, EventFilter, OldSecret};
use farthing_domain::object::Metadata;
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static ENDPOINTS: Table = Table::new(
    "endpoints",
    &["tenant", "id"],
    &["seq", "created"],
    &["status", "url", "sealed_secret", "detail"],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    /// None for all events; an empty list of names is kept as such.
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    events: Option<Vec<String>>,
    #[serde(rename = "v", skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    /// The former secret, sealed, and until when it signs.
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    old_secret: Option<(Vec<u8>, i64)>,
}

impl Stored for Endpoint {
    const TABLE: &'static Table = &ENDPOINTS;

    fn encode(&self) -> Values {
        let events = match &self.events {
            EventFilter::All => None,
            EventFilter::Some(names) => Some(names.clone()),
        };
        let detail = Detail {
            events,
            api_version: self.api_version.clone(),
            description: self.description.clone(),
            metadata: self.metadata.clone(),
            old_secret: self.old_secret.as_ref().map(|old| (old.sealed.clone(), old.until.ms())),
        };
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .number(self.status)
            .text(&self.url)
            .blob(&self.sealed_secret)
            .detail(&detail)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = EndpointId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let (status, url) = (fields.number()?, fields.text()?);
        let sealed_secret = fields.bytes()?.to_vec();
        let Detail { events, api_version, description, metadata, old_secret } = fields.detail()?;
        let old_secret = old_secret
            .map(|(sealed, until)| OldSecret { sealed, until: TimestampMs::from_ms(until) });
        let events = events.map_or(EventFilter::All, EventFilter::Some);
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            url,
            events,
            api_version,
            description,
            metadata,
            status,
            sealed_secret,
            old_secret,
        })
    }

    fn into_row(self) -> Row {
        Row::Endpoint(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Endpoint(own) = row { Some(own) } else { None }
    }
}
