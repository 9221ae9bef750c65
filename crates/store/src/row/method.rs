//! Payment methods. The sealed number is opaque here.

use farthing_core::id::{CustomerId, PaymentMethodId};
use farthing_domain::method::{Card, Holder, PaymentMethod, Redisplay};
use farthing_domain::network::Check;
use farthing_domain::object::{Billing, Metadata};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::{BillingTwin, is_default};
use crate::row::fields::{Fields, Values};
use crate::row::number::Numbered;
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
        "holder",
        "customer",
        "sequence",
        "due",
        "kind",
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
    /// None where nobody checked yet.
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    cvc_check: Option<i64>,
    #[serde(rename = "r", skip_serializing_if = "is_default")]
    redisplay: i64,
    #[serde(rename = "s", skip_serializing_if = "is_default")]
    set_up: bool,
    #[serde(rename = "p", skip_serializing_if = "Metadata::is_empty")]
    parts: Metadata,
}

impl Stored for PaymentMethod {
    const TABLE: &'static Table = &METHODS;

    fn encode(&self) -> Values {
        let cvc_check = Some(self.cvc_check).filter(|check| *check != Check::Unchecked);
        let detail = Detail {
            billing: BillingTwin::from(&self.billing),
            metadata: self.metadata.clone(),
            cvc_check: cvc_check.map(Check::number),
            redisplay: self.redisplay.number(),
            set_up: self.set_up,
            parts: self.parts.clone(),
        };
        let holder = match self.holder {
            Holder::Nobody => 1,
            Holder::Customer(_) => 2,
            Holder::Spent => 3,
        };
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
            .int(holder)
            .blob_opt(self.customer().map(CustomerId::bytes))
            .trail(&self.trail)
            .number(self.kind)
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
        let holder = match (fields.int()?, fields.array_opt()?.map(CustomerId::from_bytes)) {
            (1, None) => Holder::Nobody,
            (2, Some(customer)) => Holder::Customer(customer),
            (3, None) => Holder::Spent,
            _ => return Err(fields.corrupt()),
        };
        let trail = fields.trail()?;
        let kind = fields.number()?;
        let Detail { billing, metadata, cvc_check, redisplay, set_up, parts } = fields.detail()?;
        let cvc_check = cvc_check.map_or(Some(Check::Unchecked), Check::from_number);
        let cvc_check = cvc_check.ok_or_else(|| fields.corrupt())?;
        let redisplay = Redisplay::from_number(redisplay).ok_or_else(|| fields.corrupt())?;
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            kind,
            card,
            parts,
            billing: Billing::from(billing),
            sealed,
            metadata,
            holder,
            set_up,
            cvc_check,
            redisplay,
            trail,
        })
    }

    fn into_row(self) -> Row {
        Row::Method(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Method(own) = row { Some(own) } else { None }
    }
}
