//! Refunds.

use farthing_core::id::{
    BalanceTransactionId, ChargeId, CustomerId, IntentId, PaymentMethodId, RefundId,
};
use farthing_domain::network::Reference;
use farthing_domain::object::Metadata;
use farthing_domain::refund::{Failure, FailureReason, Refund};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::is_default;
use crate::row::fields::{Fields, Values};
use crate::row::number::Numbered;
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
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    failure: Option<FailureTwin>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    customer: Option<[u8; 12]>,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct FailureTwin {
    #[serde(rename = "r", skip_serializing_if = "is_default")]
    reason: i64,
    #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
    balance_transaction: Option<[u8; 12]>,
}

impl FailureTwin {
    fn of(failure: Failure) -> Self {
        Self {
            reason: failure.reason.number(),
            balance_transaction: failure.balance_transaction.map(BalanceTransactionId::bytes),
        }
    }

    fn read(self) -> Option<Failure> {
        Some(Failure {
            reason: FailureReason::from_number(self.reason)?,
            balance_transaction: self.balance_transaction.map(BalanceTransactionId::from_bytes),
        })
    }
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
            .detail(&Detail {
                failure: self.failure.map(FailureTwin::of),
                metadata: self.metadata.clone(),
                customer: self.customer.map(CustomerId::bytes),
            })
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = RefundId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let charge = ChargeId::from_bytes(fields.array()?);
        let intent = IntentId::from_bytes(fields.array()?);
        let method = PaymentMethodId::from_bytes(fields.array()?);
        let currency = fields.currency()?;
        let amount = fields.money(currency)?;
        let (reason, reference) = (fields.number_opt()?, Reference(fields.array()?));
        let state = fields.number()?;
        let balance_transaction = fields.array_opt()?.map(BalanceTransactionId::from_bytes);
        let (trail, detail) = (fields.trail()?, fields.detail::<Detail>()?);
        let failure = match detail.failure {
            None => None,
            Some(twin) => Some(twin.read().ok_or_else(|| fields.corrupt())?),
        };
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            charge,
            intent,
            customer: detail.customer.map(CustomerId::from_bytes),
            method,
            amount,
            reason,
            reference,
            state,
            balance_transaction,
            failure,
            trail,
            metadata: detail.metadata,
        })
    }

    fn into_row(self) -> Row {
        Row::Refund(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Refund(own) = row { Some(own) } else { None }
    }
}
