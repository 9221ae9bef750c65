//! What keys may do, as it is kept beside them, and what was counted on their caps.

use std::collections::BTreeMap;

use farthing_core::currency::Currency;
use farthing_core::id::ApiKeyId;
use farthing_core::time::TimestampMs;
use farthing_domain::key::{Access, Allowance, Caps, Resource, Rights, Scopes, Spend, TotalCap};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

/// The twin of [`Rights`]. A resource of a later release is unreadable here, as a file of one is.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RightsTwin {
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "r", skip_serializing_if = "BTreeMap::is_empty")]
    scopes: BTreeMap<String, u8>,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    caps: Option<CapsTwin>,
    #[serde(rename = "x", skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    family: Option<[u8; 12]>,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct CapsTwin {
    #[serde(rename = "c")]
    currency: String,
    #[serde(default, rename = "e", skip_serializing_if = "Option::is_none")]
    each: Option<i64>,
    #[serde(default, rename = "t", skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
    #[serde(default, rename = "w", skip_serializing_if = "Option::is_none")]
    window_ms: Option<i64>,
}

impl From<&Rights> for RightsTwin {
    fn from(rights: &Rights) -> Self {
        let Rights { name, scopes, caps, expires_at, family } = rights;
        let number = |access: Access| match access {
            Access::Read => 1,
            Access::Write => 2,
        };
        let scopes = &scopes.0;
        Self {
            name: name.clone(),
            scopes: scopes
                .iter()
                .map(|(resource, access)| (resource.wire().to_owned(), number(*access)))
                .collect(),
            caps: caps.map(|caps| CapsTwin {
                currency: caps.currency.code().to_owned(),
                each: caps.each_minor,
                total: caps.total.map(|total| total.minor),
                window_ms: caps.total.and_then(|total| total.window_ms),
            }),
            expires_at: expires_at.map(TimestampMs::ms),
            family: family.map(ApiKeyId::bytes),
        }
    }
}

impl RightsTwin {
    /// None if a word in it is unknown.
    pub(crate) fn read(self) -> Option<Rights> {
        let Self { name, scopes, caps, expires_at, family } = self;
        let access = |number: u8| match number {
            1 => Some(Access::Read),
            2 => Some(Access::Write),
            _ => None,
        };
        let scopes = scopes
            .into_iter()
            .map(|(resource, number)| Some((Resource::parse(&resource)?, access(number)?)))
            .collect::<Option<_>>()?;
        Some(Rights {
            name,
            scopes: Scopes(scopes),
            caps: match caps {
                Some(caps) => Some(caps.read()?),
                None => None,
            },
            expires_at: expires_at.map(TimestampMs::from_ms),
            family: family.map(ApiKeyId::from_bytes),
        })
    }
}

impl CapsTwin {
    fn read(self) -> Option<Caps> {
        let Self { currency, each, total, window_ms } = self;
        Some(Caps {
            currency: Currency::parse(&currency).ok()?,
            each_minor: each,
            total: total.map(|minor| TotalCap { minor, window_ms }),
        })
    }
}

static ALLOWANCES: Table =
    Table::new("allowances", &["tenant", "family", "stretch"], &["currency"], &["minor"]);

impl Stored for Allowance {
    const TABLE: &'static Table = &ALLOWANCES;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.tenant)
            .blob(&self.family.bytes())
            .int(self.window)
            .text(self.currency.code())
            .int(self.minor)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: fields.tenant()?,
            family: ApiKeyId::from_bytes(fields.array()?),
            window: fields.int()?,
            currency: fields.currency()?,
            minor: fields.int()?,
        })
    }

    fn into_row(self) -> Row {
        Row::Allowance(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Allowance(own) = row { Some(own) } else { None }
    }
}

static SPENDS: Table = Table::new(
    "spends",
    &["tenant", "about_kind", "about"],
    &[],
    &["family", "stretch", "currency", "minor"],
);

impl Stored for Spend {
    const TABLE: &'static Table = &SPENDS;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.tenant)
            .object(self.about)
            .blob(&self.family.bytes())
            .int(self.window)
            .text(self.amount.currency().code())
            .int(self.amount.minor())
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let (tenant, about) = (fields.tenant()?, fields.object()?);
        let (family, window) = (ApiKeyId::from_bytes(fields.array()?), fields.int()?);
        let currency = fields.currency()?;
        let amount = fields.money(currency)?;
        Ok(Self { tenant, about, family, window, amount })
    }

    fn into_row(self) -> Row {
        Row::Spend(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Spend(own) = row { Some(own) } else { None }
    }
}
