//! Idempotency records.

use farthing_core::id::{AttemptId, IntentId};
use farthing_domain::event::BodyId;
use farthing_domain::idempotency::{Record, RecordState, ScopedKey};
use farthing_domain::view::Row;

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static RECORDS: Table = Table::new(
    "records",
    &["tenant", "key"],
    &[],
    &[
        "created",
        "fingerprint",
        "tags",
        "request_id",
        "intent",
        "attempt",
        "status",
        "body",
        "done_at",
        "path",
    ],
);

/// Each tag as its name's length in two bytes, its name, and eight bytes.
fn write_tags(tags: &[(String, [u8; 8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, tag) in tags {
        let length = u16::try_from(name.len()).expect("a parameter's name is short");
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(tag);
    }
    bytes
}

fn read_tags(mut bytes: &[u8]) -> Option<Vec<(String, [u8; 8])>> {
    let mut tags = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (name, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (tag, rest) = rest.split_first_chunk::<8>()?;
        tags.push((String::from_utf8(name.to_vec()).ok()?, *tag));
        bytes = rest;
    }
    Some(tags)
}

impl Stored for Record {
    const TABLE: &'static Table = &RECORDS;

    fn encode(&self) -> Values {
        let values = Values::default()
            .tenant(self.tenant)
            .blob(&self.key.0)
            .time(self.created)
            .blob(&self.fingerprint)
            .blob(&write_tags(&self.tags))
            .text(&self.request_id)
            .blob_opt(self.intent.map(IntentId::bytes));
        let values = match &self.state {
            RecordState::InProgress { attempt } => {
                values.blob(&attempt.bytes()).int_opt(None).int_opt(None).time_opt(None)
            }
            RecordState::Done { status, body, at } => {
                values.blob_opt::<12>(None).int(i64::from(*status)).int(body.0).time(*at)
            }
        };
        values.text_opt(self.path.as_deref())
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let key = ScopedKey(fields.array()?);
        let created = fields.time()?;
        let fingerprint = fields.array()?;
        let tags = read_tags(fields.bytes()?).ok_or_else(|| fields.corrupt())?;
        let request_id = fields.text()?;
        let intent = fields.array_opt()?.map(IntentId::from_bytes);
        let attempt = fields.array_opt()?.map(AttemptId::from_bytes);
        let (status, body) = (fields.small_opt()?, fields.int_opt()?.map(BodyId));
        let state = match (attempt, status, body, fields.time_opt()?) {
            (Some(attempt), None, None, None) => RecordState::InProgress { attempt },
            (None, Some(status), Some(body), Some(at)) => RecordState::Done { status, body, at },
            _ => return Err(fields.corrupt()),
        };
        let path = fields.text_opt()?;
        Ok(Self { tenant, key, fingerprint, tags, path, request_id, created, intent, state })
    }

    fn into_row(self) -> Row {
        Row::Record(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Record(own) = row { Some(own) } else { None }
    }
}
