//! Customers.

use farthing_core::id::{CustomerId, PaymentMethodId};
use farthing_domain::customer::{Customer, Profile, TaxExempt};
use farthing_domain::object::{Address, Metadata, Shipping};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::{AddressTwin, ShippingTwin, is_default};
use crate::row::fields::{Fields, Values};
use crate::row::number::Numbered;
use crate::row::{Stored, Table};

static CUSTOMERS: Table = Table::new(
    "customers",
    &["tenant", "id"],
    &["seq", "created"],
    &["deleted", "email", "sequence", "due", "detail"],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "a", skip_serializing_if = "Option::is_none")]
    address: Option<AddressTwin>,
    #[serde(rename = "q", skip_serializing_if = "Option::is_none")]
    default_method: Option<[u8; 12]>,
    #[serde(rename = "b", skip_serializing_if = "is_default")]
    balance: i64,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "p", skip_serializing_if = "String::is_empty")]
    invoice_prefix: String,
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    invoice_footer: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "i", skip_serializing_if = "is_default")]
    next_invoice_sequence: i64,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(rename = "l", skip_serializing_if = "Vec::is_empty")]
    preferred_locales: Vec<String>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    shipping: Option<ShippingTwin>,
    #[serde(rename = "x", skip_serializing_if = "is_default")]
    tax_exempt: i64,
}

impl From<&Profile> for Detail {
    fn from(profile: &Profile) -> Self {
        let own = profile.clone();
        Self {
            address: own.address.as_ref().map(AddressTwin::from),
            default_method: own.default_method.map(PaymentMethodId::bytes),
            balance: own.balance,
            description: own.description,
            invoice_prefix: own.invoice_prefix,
            invoice_footer: own.invoice_footer,
            metadata: own.metadata,
            name: own.name,
            next_invoice_sequence: own.next_invoice_sequence,
            phone: own.phone,
            preferred_locales: own.preferred_locales,
            shipping: own.shipping.as_ref().map(ShippingTwin::from),
            tax_exempt: own.tax_exempt.number(),
        }
    }
}

impl Detail {
    /// None if a number in it is unknown.
    fn read(self, email: Option<String>) -> Option<Profile> {
        Some(Profile {
            address: self.address.map(Address::from),
            default_method: self.default_method.map(PaymentMethodId::from_bytes),
            balance: self.balance,
            description: self.description,
            email,
            invoice_prefix: self.invoice_prefix,
            invoice_footer: self.invoice_footer,
            metadata: self.metadata,
            name: self.name,
            next_invoice_sequence: self.next_invoice_sequence,
            phone: self.phone,
            preferred_locales: self.preferred_locales,
            shipping: self.shipping.map(Shipping::from),
            tax_exempt: TaxExempt::from_number(self.tax_exempt)?,
        })
    }
}

impl Stored for Customer {
    const TABLE: &'static Table = &CUSTOMERS;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .int(i64::from(self.deleted))
            .text_opt(self.profile.email.as_deref())
            .trail(&self.trail)
            .detail(&Detail::from(&self.profile))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = CustomerId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let deleted = fields.int()? == 1;
        let (email, trail) = (fields.text_opt()?, fields.trail()?);
        let detail: Detail = fields.detail()?;
        let profile = detail.read(email).ok_or_else(|| fields.corrupt())?;
        Ok(Self { id, tenant, seq, created, deleted, profile, trail })
    }

    fn into_row(self) -> Row {
        Row::Customer(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Customer(own) = row { Some(own) } else { None }
    }
}
