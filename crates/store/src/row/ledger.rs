//! Balances, transfers with their entries, and balance transactions.

use farthing_core::id::BalanceTransactionId;
use farthing_domain::ledger::account::{Balance, Part};
use farthing_domain::ledger::transfer::{BalanceTransaction, Entry, Transfer, Turn};
use farthing_domain::object::ObjectRef;
use farthing_domain::view::Row;

use crate::error::StoreError;
use crate::row::detail::{read_ratio, write_ratio};
use crate::row::fields::{Fields, Values};
use crate::row::{EntriesOf, Stored, Table};

static BALANCES: Table = Table::new(
    "balances",
    &["tenant", "account", "currency"],
    &[],
    &["minor", "parts", "paid_until", "sequence", "due"],
);

impl Stored for Balance {
    const TABLE: &'static Table = &BALANCES;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.tenant)
            .number(self.account)
            .text(self.currency.code())
            .int(self.minor)
            .text_opt(write_parts(&self.parts).as_deref())
            .time(self.paid_until)
            .trail(&self.trail)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: fields.tenant()?,
            account: fields.number()?,
            currency: fields.currency()?,
            minor: fields.int()?,
            parts: match fields.text_opt()? {
                None => Vec::new(),
                Some(text) => read_parts(&text).ok_or_else(|| fields.corrupt())?,
            },
            paid_until: fields.time()?,
            trail: fields.trail()?,
        })
    }

    fn into_row(self) -> Row {
        Row::Balance(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Balance(own) = row { Some(own) } else { None }
    }
}

/// `day:minor,day:minor`, null where there are none.
fn write_parts(parts: &[Part]) -> Option<String> {
    let texts: Vec<String> =
        parts.iter().map(|part| format!("{}:{}", part.day, part.minor)).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

fn read_parts(text: &str) -> Option<Vec<Part>> {
    let part = |text: &str| {
        let (day, minor) = text.split_once(':')?;
        Some(Part { day: day.parse().ok()?, minor: minor.parse().ok()? })
    };
    text.split(',').map(part).collect()
}

static TRANSFERS: Table = Table::new(
    "transfers",
    &["tenant", "number"],
    &["created"],
    &["reason", "source_kind", "source", "expires"],
);

/// Its entries have a table of their own.
impl Stored for Transfer {
    const TABLE: &'static Table = &TRANSFERS;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.tenant)
            .int(self.number)
            .time(self.created)
            .number(self.reason)
            .object(self.source)
            .time_opt(self.expires)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: fields.tenant()?,
            number: fields.int()?,
            created: fields.time()?,
            reason: fields.number()?,
            source: fields.object()?,
            expires: fields.time_opt()?,
            entries: Vec::new(),
        })
    }

    fn complete(&mut self, entries: &mut EntriesOf<'_>) -> Result<(), StoreError> {
        self.entries = entries(self.tenant, self.number)?;
        Ok(())
    }

    fn into_row(self) -> Row {
        Row::Transfer(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Transfer(own) = row { Some(own) } else { None }
    }
}

pub(crate) static ENTRIES: Table =
    Table::new("entries", &["tenant", "transfer", "place"], &[], &["account", "currency", "minor"]);

/// The columns of one entry of a transfer, at its place in it.
pub(crate) fn encode_entry(transfer: &Transfer, place: i64, entry: &Entry) -> Values {
    Values::default()
        .tenant(transfer.tenant)
        .int(transfer.number)
        .int(place)
        .number(entry.account)
        .text(entry.amount.currency().code())
        .int(entry.amount.minor())
}

/// One entry, and the number of its transfer.
pub(crate) fn decode_entry(fields: &mut Fields<'_>) -> Result<(i64, Entry), StoreError> {
    let _tenant = fields.tenant()?;
    let transfer = fields.int()?;
    let _place = fields.int()?;
    let account = fields.number()?;
    let currency = fields.currency()?;
    let amount = fields.signed(currency)?;
    Ok((transfer, Entry { account, amount }))
}

static BALANCE_TRANSACTIONS: Table = Table::new(
    "balance_transactions",
    &["tenant", "id"],
    &[
        "seq",
        "created",
        "reason",
        "source_kind",
        "source",
        "transfer",
        "part",
        "currency",
        "amount",
        "fee",
        "ratio",
    ],
    &["available_on", "description"],
);

impl Stored for BalanceTransaction {
    const TABLE: &'static Table = &BALANCE_TRANSACTIONS;

    fn encode(&self) -> Values {
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .number(self.reason)
            .object(self.source)
            .int(self.transfer)
            .int(match self.turn {
                Turn::Nth(number) => i64::from(number),
                Turn::OfTransfer => self.transfer,
            })
            .text(self.amount.currency().code())
            .int(self.amount.minor())
            .int(self.fee.minor())
            .text_opt(self.ratio.map(write_ratio).as_deref())
            .time(self.available_on)
            .text_opt(self.description.as_deref())
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = BalanceTransactionId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let (reason, source, transfer) = (fields.number()?, fields.object()?, fields.int()?);
        let turn = if let ObjectRef::Balance(_) = source {
            if fields.int()? != transfer {
                return Err(fields.corrupt());
            }
            Turn::OfTransfer
        } else {
            Turn::Nth(fields.small()?)
        };
        let currency = fields.currency()?;
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            reason,
            source,
            transfer,
            turn,
            amount: fields.signed(currency)?,
            fee: fields.money(currency)?,
            ratio: match fields.text_opt()? {
                None => None,
                Some(text) => Some(read_ratio(&text).ok_or_else(|| fields.corrupt())?),
            },
            available_on: fields.time()?,
            description: fields.text_opt()?,
        })
    }

    fn into_row(self) -> Row {
        Row::BalanceTransaction(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::BalanceTransaction(own) = row { Some(own) } else { None }
    }
}
