//! Payment methods. The sealed number is opaque here.

use farthing_core::id::PaymentMethodId;
use farthing_domain::method::{Card, PaymentMethod};
use farthing_domain::object::{Billing, Metadata};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::{BillingTwin, is_default};
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static METHODS: Table = Table::new(
    "methods",
    &["tenant", "id"],
    &["seq", "created"],
    &[
        "brand",
        "last4",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "country",
        "sealed",
        "detail",
    ],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "b", skip_serializing_if = "is_default")]
    billing: BillingTwin,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
}

impl Stored for PaymentMethod {
    const TABLE: &'static Table = &METHODS;

    fn encode(&self) -> Values {
        let detail =
            Detail { billing: BillingTwin::from(&self.billing), metadata: self.metadata.clone() };
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .number(self.card.brand)
            .text(&self.card.last4)
            .int(i64::from(self.card.exp_month))
            .int(i64::from(self.card.exp_year))
            .text(&self.card.fingerprint)
            .text(&self.card.funding)
            .text_opt(self.card.country.as_deref())
            .blob(&self.sealed)
            .detail(&detail)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = PaymentMethodId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let card = Card {
            brand: fields.number()?,
            last4: fields.text()?,
            exp_month: fields.small()?,
            exp_year: fields.small()?,
            fingerprint: fields.text()?,
            funding: fields.text()?,
            country: fields.text_opt()?,
        };
        let sealed = fields.bytes()?.to_vec();
        let Detail { billing, metadata } = fields.detail()?;
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            card,
            billing: Billing::from(billing),
            sealed,
            metadata,
        })
    }

    fn into_row(self) -> Row {
        Row::Method(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Method(own) = row { Some(own) } else { None }
    }
}
