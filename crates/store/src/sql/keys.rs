//! Keys as columns: of which table a key is, its values, and the sets that are loaded whole.

use farthing_core::id::{
    BalanceTransactionId, BankAccountId, ChargeId, CustomerId, DisputeId, EndpointId, EventId,
    IntentId, PaymentMethodId, PayoutId, RefundId,
};
use farthing_domain::ledger::transfer::Transfer;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::number::Numbered;
use crate::row::timer::due_parts;
use crate::row::{Stored, Table};

/// What is under a key: its table, and how a row of it is read. A transfer comes without entries.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) table: &'static Table,
    pub(crate) decode: fn(&mut Fields<'_>) -> Result<Row, StoreError>,
}

impl Kind {
    fn of<T: Stored>() -> Self {
        Self { table: T::TABLE, decode: |fields| T::decode(fields).map(T::into_row) }
    }
}

/// What is under a key.
pub(crate) fn kind(key: &Key) -> Kind {
    use farthing_domain::{
        attempt, bank, charge, customer, delivery, dispute, endpoint, event, idempotency, intent,
    };
    use farthing_domain::{
        key, ledger, method, payout, refund, setup, tenant, timer, token, warning,
    };
    match key {
        Key::Tenant(_) => Kind::of::<tenant::Tenant>(),
        Key::ApiKey(_) | Key::ApiKeys(_) => Kind::of::<tenant::ApiKey>(),
        Key::Intent(..) => Kind::of::<intent::Intent>(),
        Key::Customer(..) => Kind::of::<customer::Customer>(),
        Key::Method(..) => Kind::of::<method::PaymentMethod>(),
        Key::Setup(..) => Kind::of::<setup::SetupIntent>(),
        Key::SetupAttempt(..) => Kind::of::<setup::SetupAttempt>(),
        Key::Token(..) => Kind::of::<token::Token>(),
        Key::Warning(..) => Kind::of::<warning::FraudWarning>(),
        Key::Charge(..) => Kind::of::<charge::Charge>(),
        Key::Refund(..) | Key::RefundsOf(..) => Kind::of::<refund::Refund>(),
        Key::Dispute(..) => Kind::of::<dispute::Dispute>(),
        Key::Payout(..) => Kind::of::<payout::Payout>(),
        Key::BankAccount(..) | Key::BankAccounts(_) => Kind::of::<bank::BankAccount>(),
        Key::BalanceTransaction(..) => Kind::of::<ledger::transfer::BalanceTransaction>(),
        Key::Balance(..) | Key::Balances(_) => Kind::of::<ledger::account::Balance>(),
        Key::Transfer(..) => Kind::of::<Transfer>(),
        Key::Attempt(_) => Kind::of::<attempt::Attempt>(),
        Key::Record(..) => Kind::of::<idempotency::Record>(),
        Key::Event(..) => Kind::of::<event::Event>(),
        Key::Body(..) => Kind::of::<event::Body>(),
        Key::Delivery(..) | Key::Deliveries(..) => Kind::of::<delivery::Delivery>(),
        Key::Endpoint(..) | Key::Endpoints(_) => Kind::of::<endpoint::Endpoint>(),
        Key::Timer(..) => Kind::of::<timer::Timer>(),
        Key::Allowance(..) => Kind::of::<key::Allowance>(),
        Key::Spend(..) => Kind::of::<key::Spend>(),
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
        Key::Charge(tenant, id) | Key::RefundsOf(tenant, id) => {
            values.tenant(*tenant).blob(&ChargeId::bytes(*id))
        }
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

/// Whose a key is; none for the few that belong to no tenant's rows.
pub(crate) fn tenant_of(key: &Key) -> Option<TenantId> {
    // Whatever begins with a number begins with the tenant.
    match key_values(key).0.first() {
        Some(Value::Integer(tenant)) => Some(TenantId::from_raw(*tenant)),
        Some(Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_)) | None => None,
    }
}

/// The condition for the rows of a set, its places the key's values; none if the key names one row.
pub(crate) fn set(key: &Key) -> Option<&'static str> {
    match key {
        Key::Endpoints(_) => Some("WHERE tenant = ?1 AND status <> 3 ORDER BY seq"),
        Key::Balances(_) => Some("WHERE tenant = ?1 ORDER BY account, currency"),
        Key::BankAccounts(_) => Some("WHERE tenant = ?1 AND deleted = 0 ORDER BY id"),
        Key::Deliveries(..) => Some("WHERE tenant = ?1 AND event = ?2 ORDER BY endpoint"),
        Key::ApiKeys(_) => Some("WHERE tenant = ?1 ORDER BY hash"),
        // One more than are shown says whether there are more.
        Key::RefundsOf(..) => Some("WHERE tenant = ?1 AND charge = ?2 ORDER BY seq DESC LIMIT 11"),
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
        | Key::Spend(..) => None,
    }
}

/// Runs an expression with whatever row it is.
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

/// A row as its table and its columns. A transfer's entries are rows of their own.
pub(crate) fn encode(row: &Row) -> (&'static Table, Values) {
    fn own<T: Stored>(row: &T) -> (&'static Table, Values) {
        (T::TABLE, row.encode())
    }
    of_any!(row, row => own(row))
}
