//! Early fraud warnings.

use farthing_core::id::{ChargeId, FraudWarningId, IntentId};
use farthing_domain::view::Row;
use farthing_domain::warning::FraudWarning;

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static WARNINGS: Table = Table::new(
    "fraud_warnings",
    &["tenant", "id"],
    &["seq", "created", "charge", "intent"],
    &["sequence", "due"],
);

impl Stored for FraudWarning {
    const TABLE: &'static Table = &WARNINGS;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .blob(&self.charge.bytes())
            .blob(&self.intent.bytes())
            .trail(&self.trail)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: fields.tenant()?,
            id: FraudWarningId::from_bytes(fields.array()?),
            seq: fields.int()?,
            created: fields.time()?,
            charge: ChargeId::from_bytes(fields.array()?),
            intent: IntentId::from_bytes(fields.array()?),
            trail: fields.trail()?,
        })
    }

    fn into_row(self) -> Row {
        Row::Warning(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Warning(own) = row { Some(own) } else { None }
    }
}
