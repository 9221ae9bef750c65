//! Refunds.

use farthing_core::id::{BalanceTransactionId, ChargeId, IntentId, PaymentMethodId, RefundId};
use farthing_domain::network::Reference;
use farthing_domain::object::Metadata;
use farthing_domain::refund::Refund;
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static REFUNDS: Table = Table::new(
    "refunds",
    &["tenant", "id"],
    &["seq", "created", "charge", "intent", "method", "currency", "amount", "reason", "reference"],
    &["status", "balance_transaction", "sequence", "due", "detail"],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
}

impl Stored for Refund {
    const TABLE: &'static Table = &REFUNDS;

    fn encode(&self) -> Values {
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
            .number_opt(self.reason)
            .blob(&self.reference.0)
            .number(self.state)
            .blob_opt(self.balance_transaction.map(BalanceTransactionId::bytes))
            .trail(&self.trail)
            .detail(&Detail { metadata: self.metadata.clone() })
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = RefundId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let charge = ChargeId::from_bytes(fields.array()?);
        let intent = IntentId::from_bytes(fields.array()?);
        let method = PaymentMethodId::from_bytes(fields.array()?);
        let currency = fields.currency()?;
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            charge,
            intent,
            method,
            amount: fields.money(currency)?,
            reason: fields.number_opt()?,
            reference: Reference(fields.array()?),
            state: fields.number()?,
            balance_transaction: fields.array_opt()?.map(BalanceTransactionId::from_bytes),
            trail: fields.trail()?,
            metadata: fields.detail::<Detail>()?.metadata,
        })
    }

    fn into_row(self) -> Row {
        Row::Refund(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Refund(own) = row { Some(own) } else { None }
    }
}
