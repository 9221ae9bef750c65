//! Rows by key, sets, and whole tables.

use farthing_core::id::{
    BalanceTransactionId, BankAccountId, ChargeId, CustomerId, DisputeId, EndpointId, EventId,
    IntentId, PaymentMethodId, PayoutId, RefundId,
};
use farthing_domain::attempt::Attempt;
use farthing_domain::bank::BankAccount;
use farthing_domain::charge::Charge;
use farthing_domain::customer::Customer;
use farthing_domain::delivery::Delivery;
use farthing_domain::dispute::Dispute;
use farthing_domain::endpoint::Endpoint;
use farthing_domain::event::{Body, Event};
use farthing_domain::idempotency::Record;
use farthing_domain::intent::Intent;
use farthing_domain::key::{Allowance, Spend};
use farthing_domain::ledger::account::Balance;
use farthing_domain::ledger::transfer::{BalanceTransaction, Entry, Transfer};
use farthing_domain::method::PaymentMethod;
use farthing_domain::payout::Payout;
use farthing_domain::refund::Refund;
use farthing_domain::setup::{SetupAttempt, SetupIntent};
use farthing_domain::tenant::{ApiKey, Tenant, TenantId};
use farthing_domain::timer::Timer;
use farthing_domain::token::Token;
use farthing_domain::view::{Key, Row, View};
use farthing_domain::warning::FraudWarning;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::error::StoreError;
use crate::row::Stored;
use crate::row::fields::{Fields, Values};
use crate::row::ledger::{ENTRIES, decode_entry};
use crate::row::number::Numbered;
use crate::row::timer::due_parts;
use crate::sqlite::failed;

/// Puts what is stored under these keys into the view.
pub(crate) fn load(
    connection: &Connection,
    view: &mut View,
    keys: &[Key],
) -> Result<(), StoreError> {
    for key in keys {
        match set(connection, key)? {
            Some(rows) => view.keep_set(*key, rows),
            None => view.keep(*key, one(connection, key)?),
        }
    }
    Ok(())
}

/// The rows of a set; none if the key names one row.
fn set(connection: &Connection, key: &Key) -> Result<Option<Vec<Row>>, StoreError> {
    let values = Values::default();
    let rows = match key {
        Key::Endpoints(tenant) => some::<Endpoint>(
            connection,
            "WHERE tenant = ?1 AND status <> 3 ORDER BY seq",
            values.tenant(*tenant),
        ),
        Key::Balances(tenant) => some::<Balance>(
            connection,
            "WHERE tenant = ?1 ORDER BY account, currency",
            values.tenant(*tenant),
        ),
        Key::BankAccounts(tenant) => some::<BankAccount>(
            connection,
            "WHERE tenant = ?1 AND deleted = 0 ORDER BY id",
            values.tenant(*tenant),
        ),
        Key::Deliveries(tenant, event) => some::<Delivery>(
            connection,
            "WHERE tenant = ?1 AND event = ?2 ORDER BY endpoint",
            values.tenant(*tenant).blob(&event.bytes()),
        ),
        Key::ApiKeys(tenant) => {
            some::<ApiKey>(connection, "WHERE tenant = ?1 ORDER BY hash", values.tenant(*tenant))
        }
        Key::Tenant(_)
        | Key::ApiKey(_)
        | Key::Intent(..)
        | Key::Customer(..)
        | Key::Method(..)
        | Key::Setup(..)
        | Key::SetupAttempt(..)
        | Key::Token(..)
        | Key::Warning(..)
        | Key::Charge(..)
        | Key::Refund(..)
        | Key::Dispute(..)
        | Key::Payout(..)
        | Key::BankAccount(..)
        | Key::BalanceTransaction(..)
        | Key::Balance(..)
        | Key::Transfer(..)
        | Key::Attempt(_)
        | Key::Record(..)
        | Key::Event(..)
        | Key::Body(..)
        | Key::Delivery(..)
        | Key::Endpoint(..)
        | Key::Timer(..)
        | Key::Allowance(..)
        | Key::Spend(..) => return Ok(None),
    };
    rows.map(Some)
}

/// The row under a key.
fn one(connection: &Connection, key: &Key) -> Result<Option<Row>, StoreError> {
    let values = key_values(key);
    match key {
        Key::Tenant(_) => only::<Tenant>(connection, values),
        Key::ApiKey(_) => only::<ApiKey>(connection, values),
        Key::Intent(..) => only::<Intent>(connection, values),
        Key::Customer(..) => only::<Customer>(connection, values),
        Key::Method(..) => only::<PaymentMethod>(connection, values),
        Key::Setup(..) => only::<SetupIntent>(connection, values),
        Key::SetupAttempt(..) => only::<SetupAttempt>(connection, values),
        Key::Token(..) => only::<Token>(connection, values),
        Key::Warning(..) => only::<FraudWarning>(connection, values),
        Key::Charge(..) => only::<Charge>(connection, values),
        Key::Refund(..) => only::<Refund>(connection, values),
        Key::Dispute(..) => only::<Dispute>(connection, values),
        Key::Payout(..) => only::<Payout>(connection, values),
        Key::BankAccount(..) => only::<BankAccount>(connection, values),
        Key::BalanceTransaction(..) => only::<BalanceTransaction>(connection, values),
        Key::Balance(..) => only::<Balance>(connection, values),
        Key::Transfer(..) => only::<Transfer>(connection, values),
        Key::Attempt(_) => only::<Attempt>(connection, values),
        Key::Record(..) => only::<Record>(connection, values),
        Key::Event(..) => only::<Event>(connection, values),
        Key::Body(..) => only::<Body>(connection, values),
        Key::Delivery(..) => only::<Delivery>(connection, values),
        Key::Endpoint(..) => only::<Endpoint>(connection, values),
        Key::Timer(..) => only::<Timer>(connection, values),
        Key::Allowance(..) => only::<Allowance>(connection, values),
        Key::Spend(..) => only::<Spend>(connection, values),
        Key::Deliveries(..)
        | Key::Endpoints(_)
        | Key::Balances(_)
        | Key::BankAccounts(_)
        | Key::ApiKeys(_) => unreachable!("a set is loaded as one"),
    }
}

/// A key's values in the order of its table's key columns.
pub(crate) fn key_values(key: &Key) -> Values {
    let values = Values::default();
    match key {
        Key::Tenant(tenant)
        | Key::Endpoints(tenant)
        | Key::Balances(tenant)
        | Key::BankAccounts(tenant)
        | Key::ApiKeys(tenant) => values.tenant(*tenant),
        Key::ApiKey(hash) => values.blob(hash),
        Key::Intent(tenant, id) => values.tenant(*tenant).blob(&IntentId::bytes(*id)),
        Key::Customer(tenant, id) => values.tenant(*tenant).blob(&CustomerId::bytes(*id)),
        Key::Method(tenant, id) => values.tenant(*tenant).blob(&PaymentMethodId::bytes(*id)),
        Key::Setup(tenant, id) => values.tenant(*tenant).blob(&id.bytes()),
        Key::SetupAttempt(tenant, id) => values.tenant(*tenant).blob(&id.bytes()),
        Key::Token(tenant, id) => values.tenant(*tenant).blob(&id.bytes()),
        Key::Warning(tenant, id) => values.tenant(*tenant).blob(&id.bytes()),
        Key::Charge(tenant, id) => values.tenant(*tenant).blob(&ChargeId::bytes(*id)),
        Key::Refund(tenant, id) => values.tenant(*tenant).blob(&RefundId::bytes(*id)),
        Key::Dispute(tenant, id) => values.tenant(*tenant).blob(&DisputeId::bytes(*id)),
        Key::Payout(tenant, id) => values.tenant(*tenant).blob(&PayoutId::bytes(*id)),
        Key::BankAccount(tenant, id) => values.tenant(*tenant).blob(&BankAccountId::bytes(*id)),
        Key::BalanceTransaction(tenant, id) => {
            values.tenant(*tenant).blob(&BalanceTransactionId::bytes(*id))
        }
        Key::Balance(tenant, account, currency) => {
            values.tenant(*tenant).int(Numbered::number(*account)).text(currency.code())
        }
        Key::Transfer(tenant, number) => values.tenant(*tenant).int(*number),
        Key::Attempt(id) => values.blob(&id.bytes()),
        Key::Record(tenant, key) => values.tenant(*tenant).blob(&key.0),
        Key::Event(tenant, id) | Key::Deliveries(tenant, id) => {
            values.tenant(*tenant).blob(&EventId::bytes(*id))
        }
        Key::Body(tenant, id) => values.tenant(*tenant).int(id.0),
        Key::Delivery(tenant, event, endpoint) => {
            values.tenant(*tenant).blob(&event.bytes()).blob(&endpoint.bytes())
        }
        Key::Endpoint(tenant, id) => values.tenant(*tenant).blob(&EndpointId::bytes(*id)),
        Key::Timer(tenant, at, due) => {
            let (kind, about) = due_parts(*due);
            values.tenant(*tenant).time(*at).int(kind).blob(&about)
        }
        Key::Allowance(tenant, family, window) => {
            values.tenant(*tenant).blob(&family.bytes()).int(*window)
        }
        Key::Spend(tenant, about) => values.tenant(*tenant).object(*about),
    }
}

fn only<T: Stored>(connection: &Connection, key: Values) -> Result<Option<Row>, StoreError> {
    let mut found = None;
    query(connection, &T::TABLE.sql().one, key, |row| {
        found = Some(decode::<T>(connection, row)?.into_row());
        Ok(())
    })?;
    Ok(found)
}

/// Rows of a table under a condition.
pub(crate) fn some<T: Stored>(
    connection: &Connection,
    condition: &str,
    values: Values,
) -> Result<Vec<Row>, StoreError> {
    let sql = format!("{} {condition}", T::TABLE.sql().select);
    let mut rows = Vec::new();
    query(connection, &sql, values, |row| {
        rows.push(decode::<T>(connection, row)?.into_row());
        Ok(())
    })?;
    Ok(rows)
}

/// Every row of a table, in key order.
pub(crate) fn each<T: Stored>(
    connection: &Connection,
    visit: &mut impl FnMut(T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = format!("{} ORDER BY {}", T::TABLE.sql().select, T::TABLE.sql().order);
    query(connection, &sql, Values::default(), |row| visit(decode(connection, row)?))
}

fn decode<T: Stored>(connection: &Connection, row: &rusqlite::Row<'_>) -> Result<T, StoreError> {
    let mut own = T::decode(&mut Fields::new(T::TABLE, row))?;
    own.complete(connection)?;
    Ok(own)
}

/// The entries of one transfer.
pub(crate) fn entries(
    connection: &Connection,
    tenant: TenantId,
    transfer: i64,
) -> Result<Vec<Entry>, StoreError> {
    let sql =
        format!("{} WHERE tenant = ?1 AND transfer = ?2 ORDER BY place", ENTRIES.sql().select);
    let mut entries = Vec::new();
    let values = Values::default().tenant(tenant).int(transfer);
    query(connection, &sql, values, |row| {
        let (_, entry) = decode_entry(&mut Fields::new(&ENTRIES, row))?;
        entries.push(entry);
        Ok(())
    })?;
    Ok(entries)
}

/// Runs a query and visits its rows.
pub(crate) fn query(
    connection: &Connection,
    sql: &str,
    values: Values,
    mut visit: impl FnMut(&rusqlite::Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| failed(&error))?;
    let values: Vec<Value> = values.0;
    let mut rows = statement.query(params_from_iter(values)).map_err(|error| failed(&error))?;
    while let Some(row) = rows.next().map_err(|error| failed(&error))? {
        visit(row)?;
    }
    Ok(())
}
