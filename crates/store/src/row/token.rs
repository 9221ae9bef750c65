//! Tokens. The sealed number is opaque here.

use farthing_core::id::{PaymentMethodId, TokenId};
use farthing_domain::method::Card;
use farthing_domain::object::Address;
use farthing_domain::token::Token;
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::{AddressTwin, is_default};
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static TOKENS: Table = Table::new(
    "tokens",
    &["tenant", "id"],
    &[
        "created",
        "brand",
        "last4",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "country",
        "method",
    ],
    &["sealed", "used", "detail"],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "a", skip_serializing_if = "is_default")]
    address: AddressTwin,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl Stored for Token {
    const TABLE: &'static Table = &TOKENS;

    fn encode(&self) -> Values {
        let detail = Detail { address: AddressTwin::from(&self.address), name: self.name.clone() };
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .time(self.created)
            .number(self.card.brand)
            .text(&self.card.last4)
            .int(i64::from(self.card.exp_month))
            .int(i64::from(self.card.exp_year))
            .text(&self.card.fingerprint)
            .text(&self.card.funding)
            .text_opt(self.card.country.as_deref())
            .blob(&self.method.bytes())
            .blob(&self.sealed)
            .int(i64::from(self.used))
            .detail(&detail)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = TokenId::from_bytes(fields.array()?);
        let created = fields.time()?;
        let card = Card {
            brand: fields.number()?,
            last4: fields.text()?,
            exp_month: fields.small()?,
            exp_year: fields.small()?,
            fingerprint: fields.text()?,
            funding: fields.text()?,
            country: fields.text_opt()?,
        };
        let method = PaymentMethodId::from_bytes(fields.array()?);
        let sealed = fields.bytes()?.to_vec();
        let used = match fields.int()? {
            0 => false,
            1 => true,
            _ => return Err(fields.corrupt()),
        };
        let Detail { address, name } = fields.detail()?;
        let address = Address::from(address);
        Ok(Self { id, tenant, created, card, name, address, method, sealed, used })
    }

    fn into_row(self) -> Row {
        Row::Token(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Token(own) = row { Some(own) } else { None }
    }
}
