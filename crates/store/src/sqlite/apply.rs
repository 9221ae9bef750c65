//! A batch's net effect as statements.

use farthing_domain::decide::batch::{Write, WriteSet};
use farthing_domain::ledger::transfer::Transfer;
use farthing_domain::view::{Key, Row};
use rusqlite::{Connection, params_from_iter};

use crate::error::StoreError;
use crate::row::fields::Values;
use crate::row::ledger::{ENTRIES, encode_entry};
use crate::row::{Stored, Table};
use crate::sqlite::failed;
use crate::sqlite::load::key_values;

/// Writes all of it, within the commit that is open.
pub(crate) fn apply(connection: &Connection, writes: &WriteSet) -> Result<(), StoreError> {
    for (key, write) in writes.iter() {
        match write {
            Write::Insert(row) => insert(connection, row)?,
            Write::Update(row) => update(connection, row)?,
            Write::Delete => delete(connection, key)?,
        }
    }
    Ok(())
}

/// Calls a generic function with whatever row it is.
macro_rules! of_any {
    ($row:expr, $own:ident => $call:expr) => {
        match $row {
            Row::Tenant($own) => $call,
            Row::ApiKey($own) => $call,
            Row::Intent($own) => $call,
            Row::Customer($own) => $call,
            Row::Method($own) => $call,
            Row::Setup($own) => $call,
            Row::SetupAttempt($own) => $call,
            Row::Token($own) => $call,
            Row::Warning($own) => $call,
            Row::Charge($own) => $call,
            Row::Refund($own) => $call,
            Row::Dispute($own) => $call,
            Row::Payout($own) => $call,
            Row::BankAccount($own) => $call,
            Row::BalanceTransaction($own) => $call,
            Row::Balance($own) => $call,
            Row::Transfer($own) => $call,
            Row::Attempt($own) => $call,
            Row::Record($own) => $call,
            Row::Event($own) => $call,
            Row::Body($own) => $call,
            Row::Delivery($own) => $call,
            Row::Endpoint($own) => $call,
            Row::Timer($own) => $call,
            Row::Allowance($own) => $call,
            Row::Spend($own) => $call,
        }
    };
}

fn insert(connection: &Connection, row: &Row) -> Result<(), StoreError> {
    of_any!(row, own => insert_own(connection, own))?;
    if let Row::Transfer(transfer) = row {
        insert_entries(connection, transfer)?;
    }
    Ok(())
}

fn insert_own<T: Stored>(connection: &Connection, own: &T) -> Result<(), StoreError> {
    exactly_one(connection, T::TABLE, &T::TABLE.sql().insert, own.encode())
}

fn insert_entries(connection: &Connection, transfer: &Transfer) -> Result<(), StoreError> {
    for (place, entry) in (0_i64..).zip(&transfer.entries) {
        let values = encode_entry(transfer, place, entry);
        exactly_one(connection, &ENTRIES, &ENTRIES.sql().insert, values)?;
    }
    Ok(())
}

fn update(connection: &Connection, row: &Row) -> Result<(), StoreError> {
    of_any!(row, own => update_own(connection, own))
}

fn update_own<T: Stored>(connection: &Connection, own: &T) -> Result<(), StoreError> {
    exactly_one(connection, T::TABLE, &T::TABLE.sql().update, own.encode())
}

fn delete(connection: &Connection, key: &Key) -> Result<(), StoreError> {
    let table = table(key);
    exactly_one(connection, table, &table.sql().delete, key_values(key))
}

/// Runs a statement that has exactly one row to change; anything else is a bug of ours.
fn exactly_one(
    connection: &Connection,
    table: &'static Table,
    sql: &str,
    values: Values,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| failed(&error))?;
    let changed = statement.execute(params_from_iter(values.0)).map_err(|error| failed(&error))?;
    if changed == 1 {
        return Ok(());
    }
    tracing::error!(table = table.name, changed, "a write met another row than was decided on");
    Err(StoreError::Bug)
}

/// The table of a key.
fn table(of: &Key) -> &'static Table {
    use farthing_domain::{
        attempt, bank, charge, customer, delivery, dispute, endpoint, event, idempotency, intent,
    };
    use farthing_domain::{
        key, ledger, method, payout, refund, setup, tenant, timer, token, warning,
    };
    match of {
        Key::Tenant(_) => tenant::Tenant::TABLE,
        Key::ApiKey(_) | Key::ApiKeys(_) => tenant::ApiKey::TABLE,
        Key::Intent(..) => intent::Intent::TABLE,
        Key::Customer(..) => customer::Customer::TABLE,
        Key::Method(..) => method::PaymentMethod::TABLE,
        Key::Setup(..) => setup::SetupIntent::TABLE,
        Key::SetupAttempt(..) => setup::SetupAttempt::TABLE,
        Key::Token(..) => token::Token::TABLE,
        Key::Warning(..) => warning::FraudWarning::TABLE,
        Key::Charge(..) => charge::Charge::TABLE,
        Key::Refund(..) => refund::Refund::TABLE,
        Key::Dispute(..) => dispute::Dispute::TABLE,
        Key::Payout(..) => payout::Payout::TABLE,
        Key::BankAccount(..) | Key::BankAccounts(_) => bank::BankAccount::TABLE,
        Key::BalanceTransaction(..) => ledger::transfer::BalanceTransaction::TABLE,
        Key::Balance(..) | Key::Balances(_) => ledger::account::Balance::TABLE,
        Key::Transfer(..) => Transfer::TABLE,
        Key::Attempt(_) => attempt::Attempt::TABLE,
        Key::Record(..) => idempotency::Record::TABLE,
        Key::Event(..) => event::Event::TABLE,
        Key::Body(..) => event::Body::TABLE,
        Key::Delivery(..) | Key::Deliveries(..) => delivery::Delivery::TABLE,
        Key::Endpoint(..) | Key::Endpoints(_) => endpoint::Endpoint::TABLE,
        Key::Timer(..) => timer::Timer::TABLE,
        Key::Allowance(..) => key::Allowance::TABLE,
        Key::Spend(..) => key::Spend::TABLE,
    }
}
