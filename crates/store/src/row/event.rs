//! Events and stored bodies.

use farthing_core::id::EventId;
use farthing_domain::command::RequestMark;
use farthing_domain::event::{Body, BodyId, Event};
use farthing_domain::view::Row;

use crate::body;
use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static EVENTS: Table = Table::new(
    "events",
    &["tenant", "id"],
    &["seq", "created", "kind", "object_kind", "object", "sequence"],
    &["body", "request_id", "request_key", "previous"],
);

impl Stored for Event {
    const TABLE: &'static Table = &EVENTS;

    fn encode(&self) -> Values {
        let request = self.request.as_ref();
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .number(self.kind)
            .object(self.object)
            .int(i64::from(self.sequence))
            .int(self.body.0)
            .text_opt(request.map(|request| request.id.as_str()))
            .text_opt(request.and_then(|request| request.key.as_deref()))
            .int_opt(self.previous.map(|body| body.0))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = EventId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let (kind, object) = (fields.number()?, fields.object()?);
        let (sequence, body) = (fields.small()?, BodyId(fields.int()?));
        let (request_id, key) = (fields.text_opt()?, fields.text_opt()?);
        let previous = fields.int_opt()?.map(BodyId);
        let request = request_id.map(|id| RequestMark { id, key });
        Ok(Self { id, tenant, seq, created, kind, object, sequence, body, previous, request })
    }

    fn into_row(self) -> Row {
        Row::Event(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Event(own) = row { Some(own) } else { None }
    }
}

static BODIES: Table = Table::new("bodies", &["tenant", "number"], &[], &["bytes"]);

impl Stored for Body {
    const TABLE: &'static Table = &BODIES;

    fn encode(&self) -> Values {
        Values::default().tenant(self.tenant).int(self.id.0).blob(&body::pack(&self.bytes))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = BodyId(fields.int()?);
        let bytes = body::unpack(fields.bytes()?).ok_or_else(|| fields.corrupt())?;
        Ok(Self { tenant, id, bytes })
    }

    fn into_row(self) -> Row {
        Row::Body(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Body(own) = row { Some(own) } else { None }
    }
}
