//! Bank accounts.

use farthing_core::id::BankAccountId;
use farthing_domain::bank::{BankAccount, BankDetails};
use farthing_domain::object::Metadata;
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static BANK_ACCOUNTS: Table = Table::new(
    "bank_accounts",
    &["tenant", "id"],
    &["seq", "created", "country", "currency", "last4", "fingerprint"],
    &["sealed", "is_default", "deleted", "detail"],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    routing: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
}

impl Stored for BankAccount {
    const TABLE: &'static Table = &BANK_ACCOUNTS;

    fn encode(&self) -> Values {
        let details = &self.details;
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .text(&details.country)
            .text(details.currency.code())
            .text(&details.last4)
            .text(&details.fingerprint)
            .blob(&details.sealed)
            .int(i64::from(self.is_default))
            .int(i64::from(self.deleted))
            .detail(&Detail {
                holder: details.holder.clone(),
                routing: details.routing.clone(),
                metadata: self.metadata.clone(),
            })
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = BankAccountId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let (country, currency) = (fields.text()?, fields.currency()?);
        let (last4, fingerprint) = (fields.text()?, fields.text()?);
        let sealed = fields.bytes()?.to_vec();
        let (is_default, deleted) = (fields.yes_or_no()?, fields.yes_or_no()?);
        let Detail { holder, routing, metadata } = fields.detail()?;
        let details =
            BankDetails { country, currency, holder, routing, last4, fingerprint, sealed };
        Ok(Self { id, tenant, seq, created, details, is_default, deleted, metadata })
    }

    fn into_row(self) -> Row {
        Row::BankAccount(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::BankAccount(own) = row { Some(own) } else { None }
    }
}
