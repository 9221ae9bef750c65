//! Tenants and their API keys.

use farthing_core::currency::Currency;
use farthing_core::id::MerchantId;
use farthing_core::origin::Origin;
use farthing_domain::tenant::{
    ApiKey, FeeSchedule, Interval, Pages, PayoutSettings, Settlement, Tenant,
};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::{is_default, read_quote, write_ratio};
use crate::row::fields::{Fields, Values};
use crate::row::key::RightsTwin;
use crate::row::{Stored, Table};

static TENANTS: Table = Table::new(
    "tenants",
    &["id"],
    &["account", "created"],
    &[
        "name",
        "next_seq",
        "next_transfer",
        "next_body",
        "clock_offset_ms",
        "fee_basis_points",
        "fee_fixed_hundredths",
        "delay_days",
        "payout_interval",
        "payout_anchor",
        "payout_schedule",
        "detail",
        "platform",
        "has_caps",
    ],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Settling {
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(rename = "q", skip_serializing_if = "Vec::is_empty")]
    quotes: Vec<(String, String)>,
}

impl Settling {
    fn of(settlement: &Settlement) -> Self {
        let quotes = settlement.quotes.iter();
        Self {
            currency: settlement.currency.map(|currency| currency.code().to_owned()),
            quotes: quotes
                .map(|(currency, ratio)| (currency.code().to_owned(), write_ratio(*ratio)))
                .collect(),
        }
    }

    fn read(&self) -> Option<Settlement> {
        let currency = match &self.currency {
            None => None,
            Some(code) => Some(Currency::parse(code).ok()?),
        };
        let quotes = self.quotes.iter().map(|(code, ratio)| read_quote((code, ratio)));
        Some(Settlement { currency, quotes: quotes.collect::<Option<_>>()? })
    }
}

impl Stored for Tenant {
    const TABLE: &'static Table = &TENANTS;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.id)
            .blob(&self.account.bytes())
            .time(self.created)
            .text(&self.name)
            .int(self.next_seq)
            .int(self.next_transfer)
            .int(self.next_body)
            .int(self.clock_offset_ms)
            .int(i64::from(self.fee.basis_points))
            .int(i64::from(self.fee.fixed_hundredths))
            .int(i64::from(self.payouts.delay_days))
            .int(interval_parts(self.payouts.interval).0)
            .int(i64::from(interval_parts(self.payouts.interval).1))
            .int(i64::from(self.payouts.schedule))
            .detail(&Settling::of(&self.settlement))
            .int_opt(self.platform)
            .int(i64::from(self.has_caps))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: fields.tenant()?,
            account: MerchantId::from_bytes(fields.array()?),
            created: fields.time()?,
            name: fields.text()?,
            next_seq: fields.int()?,
            next_transfer: fields.int()?,
            next_body: fields.int()?,
            clock_offset_ms: fields.int()?,
            fee: FeeSchedule { basis_points: fields.small()?, fixed_hundredths: fields.small()? },
            payouts: payouts(fields)?,
            settlement: {
                let settling: Settling = fields.detail()?;
                settling.read().ok_or_else(|| fields.corrupt())?
            },
            platform: fields.int_opt()?,
            has_caps: fields.int()? != 0,
        })
    }

    fn into_row(self) -> Row {
        Row::Tenant(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Tenant(own) = row { Some(own) } else { None }
    }
}

fn payouts(fields: &mut Fields<'_>) -> Result<PayoutSettings, StoreError> {
    let delay_days = fields.small()?;
    let (kind, anchor) = (fields.int()?, fields.small()?);
    let interval = interval_of(kind, anchor).ok_or_else(|| fields.corrupt())?;
    Ok(PayoutSettings { delay_days, interval, schedule: fields.small()? })
}

/// An interval as a kind and the day it is about.
fn interval_parts(interval: Interval) -> (i64, u8) {
    match interval {
        Interval::Manual => (0, 0),
        Interval::Daily => (1, 0),
        Interval::Weekly(day) => (2, day),
        Interval::Monthly(day) => (3, day),
    }
}

fn interval_of(kind: i64, anchor: u8) -> Option<Interval> {
    match kind {
        0 => Some(Interval::Manual),
        1 => Some(Interval::Daily),
        2 => Some(Interval::Weekly(anchor)),
        3 => Some(Interval::Monthly(anchor)),
        _ => None,
    }
}

static API_KEYS: Table = Table::new(
    "api_keys",
    &["hash"],
    &["tenant", "created"],
    &["class", "hint", "last_used", "detail"],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "o", skip_serializing_if = "Vec::is_empty")]
    origins: Vec<String>,
    #[serde(rename = "s", skip_serializing_if = "is_default")]
    allow_scripts: bool,
    #[serde(flatten)]
    rights: RightsTwin,
}

impl Stored for ApiKey {
    const TABLE: &'static Table = &API_KEYS;

    fn encode(&self) -> Values {
        let Pages { origins, allow_scripts } = &self.pages;
        let origins = origins.iter().map(Origin::to_string).collect();
        let rights = RightsTwin::from(&self.rights);
        let detail = Detail { origins, allow_scripts: *allow_scripts, rights };
        Values::default()
            .blob(&self.hash)
            .tenant(self.tenant)
            .time(self.created)
            .number(self.class)
            .text(&self.hint)
            .time_opt(self.last_used)
            .detail(&detail)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let hash = fields.array()?;
        let (tenant, created) = (fields.tenant()?, fields.time()?);
        let (class, hint) = (fields.number()?, fields.text()?);
        let last_used = fields.time_opt()?;
        let Detail { origins, allow_scripts, rights } = fields.detail()?;
        let rights = rights.read().ok_or_else(|| fields.corrupt())?;
        let origins: Result<Vec<Origin>, _> =
            origins.iter().map(|text| Origin::parse(text)).collect();
        let origins = origins.map_err(|_| fields.corrupt())?;
        let pages = Pages { origins, allow_scripts };
        Ok(Self { hash, class, tenant, hint, created, pages, rights, last_used })
    }

    fn into_row(self) -> Row {
        Row::ApiKey(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::ApiKey(own) = row { Some(own) } else { None }
    }
}
