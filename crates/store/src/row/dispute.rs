//! Disputes.

use std::collections::BTreeMap;

use farthing_core::id::{BalanceTransactionId, ChargeId, DisputeId, IntentId, PaymentMethodId};
use farthing_domain::dispute::{Dispute, Evidence, evidence_name};
use farthing_domain::object::Metadata;
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static DISPUTES: Table = Table::new(
    "disputes",
    &["tenant", "id"],
    &["seq", "created", "charge", "intent", "method", "currency", "amount", "reason"],
    &[
        "status",
        "due_by",
        "submissions",
        "untold",
        "withdrawn",
        "reinstated",
        "sequence",
        "due",
        "detail",
    ],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "e", skip_serializing_if = "BTreeMap::is_empty")]
    evidence: BTreeMap<String, String>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
}

impl Stored for Dispute {
    const TABLE: &'static Table = &DISPUTES;

    fn encode(&self) -> Values {
        let evidence =
            self.evidence.iter().map(|(name, text)| (String::from(*name), text.clone())).collect();
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .blob(&self.charge.bytes())
            .blob(&self.intent.bytes())
            .blob(&self.method.bytes())
            .text(self.amount.currency().code())
            .int(self.amount.minor())
            .number(self.reason)
            .number(self.state)
            .time(self.due_by)
            .int(i64::from(self.submissions))
            .number_opt(self.untold)
            .blob_opt(self.withdrawn.map(BalanceTransactionId::bytes))
            .blob_opt(self.reinstated.map(BalanceTransactionId::bytes))
            .trail(&self.trail)
            .detail(&Detail { evidence, metadata: self.metadata.clone() })
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = DisputeId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let charge = ChargeId::from_bytes(fields.array()?);
        let intent = IntentId::from_bytes(fields.array()?);
        let method = PaymentMethodId::from_bytes(fields.array()?);
        let currency = fields.currency()?;
        let (amount, reason) = (fields.money(currency)?, fields.number()?);
        let (state, due_by, submissions) = (fields.number()?, fields.time()?, fields.small()?);
        let untold = fields.number_opt()?;
        let withdrawn = fields.array_opt()?.map(BalanceTransactionId::from_bytes);
        let reinstated = fields.array_opt()?.map(BalanceTransactionId::from_bytes);
        let trail = fields.trail()?;
        let detail: Detail = fields.detail()?;
        let evidence: Option<Evidence> = detail
            .evidence
            .into_iter()
            .map(|(name, text)| Some((evidence_name(&name)?, text)))
            .collect();
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            charge,
            intent,
            method,
            amount,
            reason,
            state,
            due_by,
            evidence: evidence.ok_or_else(|| fields.corrupt())?,
            submissions,
            untold,
            withdrawn,
            reinstated,
            metadata: detail.metadata,
            trail,
        })
    }

    fn into_row(self) -> Row {
        Row::Dispute(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Dispute(own) = row { Some(own) } else { None }
    }
}
