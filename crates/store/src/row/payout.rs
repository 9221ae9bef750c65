//! Payouts.

use farthing_core::id::{BalanceTransactionId, BankAccountId, PayoutId};
use farthing_domain::object::Metadata;
use farthing_domain::payout::Payout;
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static PAYOUTS: Table = Table::new(
    "payouts",
    &["tenant", "id"],
    &[
        "seq",
        "created",
        "currency",
        "amount",
        "arrival",
        "destination",
        "method",
        "automatic",
        "original",
    ],
    &[
        "status",
        "untold",
        "failure",
        "balance_transaction",
        "returned",
        "reversed_by",
        "sequence",
        "due",
        "detail",
    ],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    statement_descriptor: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
}

impl Stored for Payout {
    const TABLE: &'static Table = &PAYOUTS;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .text(self.amount.currency().code())
            .int(self.amount.minor())
            .time(self.arrival)
            .blob(&self.destination.bytes())
            .number(self.method)
            .time_opt(self.automatic)
            .blob_opt(self.original.map(PayoutId::bytes))
            .number(self.state)
            .int_opt(self.untold.then_some(1))
            .number_opt(self.failure)
            .blob_opt(self.balance_transaction.map(BalanceTransactionId::bytes))
            .blob_opt(self.returned.map(BalanceTransactionId::bytes))
            .blob_opt(self.reversed_by.map(PayoutId::bytes))
            .trail(&self.trail)
            .detail(&Detail {
                description: self.description.clone(),
                statement_descriptor: self.statement_descriptor.clone(),
                metadata: self.metadata.clone(),
            })
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = PayoutId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let currency = fields.currency()?;
        let (amount, arrival) = (fields.money(currency)?, fields.time()?);
        let destination = BankAccountId::from_bytes(fields.array()?);
        let (method, automatic) = (fields.number()?, fields.time_opt()?);
        let original = fields.array_opt()?.map(PayoutId::from_bytes);
        let state = fields.number()?;
        let untold = fields.int_opt()?.is_some();
        let failure = fields.number_opt()?;
        let balance_transaction = fields.array_opt()?.map(BalanceTransactionId::from_bytes);
        let returned = fields.array_opt()?.map(BalanceTransactionId::from_bytes);
        let reversed_by = fields.array_opt()?.map(PayoutId::from_bytes);
        let trail = fields.trail()?;
        let Detail { description, statement_descriptor, metadata } = fields.detail()?;
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            amount,
            arrival,
            destination,
            method,
            automatic,
            original,
            reversed_by,
            state,
            untold,
            failure,
            balance_transaction,
            returned,
            description,
            statement_descriptor,
            metadata,
            trail,
        })
    }

    fn into_row(self) -> Row {
        Row::Payout(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Payout(own) = row { Some(own) } else { None }
    }
}
