//! What was loaded: rows by key, "absent" kept apart from "not loaded".

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{
    ApiKeyId, AttemptId, BalanceTransactionId, BankAccountId, ChargeId, CustomerId, DisputeId,
    EndpointId, EventId, FraudWarningId, IntentId, PaymentMethodId, PayoutId, RefundId,
    SetupAttemptId, SetupIntentId, TokenId,
};
use farthing_core::time::TimestampMs;

use crate::attempt::Attempt;
use crate::bank::BankAccount;
use crate::change::Change;
use crate::charge::Charge;
use crate::customer::Customer;
use crate::delivery::Delivery;
use crate::dispute::Dispute;
use crate::endpoint::{Endpoint, EndpointStatus};
use crate::event::{Body, BodyId, Event};
use crate::idempotency::{Record, ScopedKey};
use crate::intent::Intent;
use crate::key::{Allowance, Spend};
use crate::ledger::account::{Account, Balance};
use crate::ledger::transfer::{BalanceTransaction, Transfer};
use crate::method::PaymentMethod;
use crate::object::ObjectRef;
use crate::payout::Payout;
use crate::refund::Refund;
use crate::setup::{SetupAttempt, SetupIntent};
use crate::tenant::{ApiKey, Tenant, TenantId};
use crate::timer::{Due, Timer};
use crate::token::Token;
use crate::warning::FraudWarning;

/// The key of a row, or of one of the bounded sets that are loaded whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A tenant's own row.
    Tenant(TenantId),
    /// An API key by its hash; belongs to no tenant's rows.
    ApiKey([u8; 32]),
    /// An intent.
    Intent(TenantId, IntentId),
    /// A customer, deleted ones included.
    Customer(TenantId, CustomerId),
    /// A payment method.
    Method(TenantId, PaymentMethodId),
    /// A set-up intent.
    Setup(TenantId, SetupIntentId),
    /// One try to set a card up.
    SetupAttempt(TenantId, SetupAttemptId),
    /// A token.
    Token(TenantId, TokenId),
    /// An early fraud warning.
    Warning(TenantId, FraudWarningId),
    /// A charge.
    Charge(TenantId, ChargeId),
    /// A refund.
    Refund(TenantId, RefundId),
    /// The newest refunds of a charge: a set, at most one more than
    /// [`REFUNDS_SHOWN`](crate::limits::REFUNDS_SHOWN) of those that are stored.
    RefundsOf(TenantId, ChargeId),
    /// A dispute.
    Dispute(TenantId, DisputeId),
    /// A payout.
    Payout(TenantId, PayoutId),
    /// A bank account.
    BankAccount(TenantId, BankAccountId),
    /// The bank accounts of a tenant that are not deleted: a set, at most
    /// [`BANK_ACCOUNTS_PER_TENANT`](crate::limits::BANK_ACCOUNTS_PER_TENANT).
    BankAccounts(TenantId),
    /// A balance transaction.
    BalanceTransaction(TenantId, BalanceTransactionId),
    /// A ledger account's balance.
    Balance(TenantId, Account, Currency),
    /// A ledger transfer by its number. Written, never loaded by a decision.
    Transfer(TenantId, i64),
    /// An open attempt. Attempt ids name their tenant's row by themselves: recovery has only the id.
    Attempt(AttemptId),
    /// An idempotency record.
    Record(TenantId, ScopedKey),
    /// An event.
    Event(TenantId, EventId),
    /// A stored body.
    Body(TenantId, BodyId),
    /// A delivery.
    Delivery(TenantId, EventId, EndpointId),
    /// The deliveries of one event: a set, at most one per endpoint.
    Deliveries(TenantId, EventId),
    /// An endpoint.
    Endpoint(TenantId, EndpointId),
    /// The endpoints of a tenant that are not deleted: a set, at most
    /// [`ENDPOINTS_PER_TENANT`](crate::limits::ENDPOINTS_PER_TENANT).
    Endpoints(TenantId),
    /// All balances of a tenant: a set, a few per currency.
    Balances(TenantId),
    /// The API keys of a tenant: a set, as many as were made; those that work are at most
    /// [`KEYS_PER_TENANT`](crate::limits::KEYS_PER_TENANT).
    ApiKeys(TenantId),
    /// A timer. Its key is all it has.
    Timer(TenantId, TimestampMs, Due),
    /// What a family of keys has spent in one stretch of time.
    Allowance(TenantId, ApiKeyId, i64),
    /// What was counted for an intent or a refund.
    Spend(TenantId, ObjectRef),
}

/// A stored row. The two sets of [`Key`] load as many rows and are kept as such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// See [`Key::Tenant`].
    Tenant(Tenant),
    /// See [`Key::ApiKey`].
    ApiKey(ApiKey),
    /// See [`Key::Intent`].
    Intent(Intent),
    /// See [`Key::Customer`].
    Customer(Customer),
    /// See [`Key::Method`].
    Method(PaymentMethod),
    /// See [`Key::Setup`].
    Setup(SetupIntent),
    /// See [`Key::SetupAttempt`].
    SetupAttempt(SetupAttempt),
    /// See [`Key::Token`].
    Token(Token),
    /// See [`Key::Warning`].
    Warning(FraudWarning),
    /// See [`Key::Charge`].
    Charge(Charge),
    /// See [`Key::Refund`].
    Refund(Refund),
    /// See [`Key::Dispute`].
    Dispute(Dispute),
    /// See [`Key::Payout`].
    Payout(Payout),
    /// See [`Key::BankAccount`].
    BankAccount(BankAccount),
    /// See [`Key::BalanceTransaction`].
    BalanceTransaction(BalanceTransaction),
    /// See [`Key::Balance`].
    Balance(Balance),
    /// See [`Key::Transfer`].
    Transfer(Transfer),
    /// See [`Key::Attempt`].
    Attempt(Attempt),
    /// See [`Key::Record`].
    Record(Record),
    /// See [`Key::Event`].
    Event(Event),
    /// See [`Key::Body`].
    Body(Body),
    /// See [`Key::Delivery`].
    Delivery(Delivery),
    /// See [`Key::Endpoint`].
    Endpoint(Endpoint),
    /// See [`Key::Timer`].
    Timer(Timer),
    /// See [`Key::Allowance`].
    Allowance(Allowance),
    /// See [`Key::Spend`].
    Spend(Spend),
}

impl Row {
    /// Its own key.
    pub fn key(&self) -> Key {
        match self {
            Self::Tenant(row) => Key::Tenant(row.id),
            Self::ApiKey(row) => Key::ApiKey(row.hash),
            Self::Intent(row) => Key::Intent(row.tenant, row.id),
            Self::Customer(row) => Key::Customer(row.tenant, row.id),
            Self::Method(row) => Key::Method(row.tenant, row.id),
            Self::Setup(row) => Key::Setup(row.tenant, row.id),
            Self::SetupAttempt(row) => Key::SetupAttempt(row.tenant, row.id),
            Self::Token(row) => Key::Token(row.tenant, row.id),
            Self::Warning(row) => Key::Warning(row.tenant, row.id),
            Self::Charge(row) => Key::Charge(row.tenant, row.id),
            Self::Refund(row) => Key::Refund(row.tenant, row.id),
            Self::Dispute(row) => Key::Dispute(row.tenant, row.id),
            Self::Payout(row) => Key::Payout(row.tenant, row.id),
            Self::BankAccount(row) => Key::BankAccount(row.tenant, row.id),
            Self::BalanceTransaction(row) => Key::BalanceTransaction(row.tenant, row.id),
            Self::Balance(row) => Key::Balance(row.tenant, row.account, row.currency),
            Self::Transfer(row) => Key::Transfer(row.tenant, row.number),
            Self::Attempt(row) => Key::Attempt(row.id),
            Self::Record(row) => Key::Record(row.tenant, row.key),
            Self::Event(row) => Key::Event(row.tenant, row.id),
            Self::Body(row) => Key::Body(row.tenant, row.id),
            Self::Delivery(row) => Key::Delivery(row.tenant, row.event, row.endpoint),
            Self::Endpoint(row) => Key::Endpoint(row.tenant, row.id),
            Self::Timer(row) => Key::Timer(row.tenant, row.at, row.due),
            Self::Allowance(row) => Key::Allowance(row.tenant, row.family, row.window),
            Self::Spend(row) => Key::Spend(row.tenant, row.about),
        }
    }
}

/// What a key was loaded as.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Slot {
    Absent,
    One(Box<Row>),
    Set(Vec<Row>),
}

/// Rows by key.
#[derive(Clone, Debug, Default)]
pub struct View {
    slots: BTreeMap<Key, Slot>,
}

impl View {
    /// Whether a key was loaded, even as absent.
    pub fn knows(&self, key: &Key) -> bool {
        self.slots.contains_key(key)
    }

    /// Keeps what storage holds under a key that names one row.
    pub fn keep(&mut self, key: Key, row: Option<Row>) {
        self.slots.insert(key, row.map_or(Slot::Absent, |row| Slot::One(row.into())));
    }

    /// Keeps what storage holds under a key that names a set. Members that are known already are
    /// kept as known: an earlier command of the batch may have changed them.
    pub fn keep_set(&mut self, key: Key, mut rows: Vec<Row>) {
        rows.retain(|row| !self.knows(&row.key()));
        rows.extend(self.slots.values().filter_map(|slot| match slot {
            Slot::One(row) if set_of(row) == Some((key, true)) => Some(Row::clone(row)),
            Slot::One(_) | Slot::Absent | Slot::Set(_) => None,
        }));
        rows.sort_by_key(place_in_set);
        self.slots.insert(key, Slot::Set(rows));
    }

    /// The row under a key, or none if it is absent.
    ///
    /// # Panics
    /// If the key was never loaded: "not loaded" must not be mistaken for "does not exist".
    pub fn row(&self, key: &Key) -> Option<&Row> {
        match self.slots.get(key) {
            Some(Slot::One(row)) => Some(row),
            Some(Slot::Absent) => None,
            Some(Slot::Set(_)) => panic!("a set was read as one row: {key:?}"),
            None => panic!("read without being loaded: {key:?}"),
        }
    }

    /// The rows of a set.
    ///
    /// # Panics
    /// If the key was never loaded, or names one row.
    pub fn set(&self, key: &Key) -> &[Row] {
        match self.slots.get(key) {
            Some(Slot::Set(rows)) => rows,
            Some(Slot::One(_) | Slot::Absent) => panic!("one row was read as a set: {key:?}"),
            None => panic!("read without being loaded: {key:?}"),
        }
    }

    /// Puts changes into effect, so that the next command of the batch sees them.
    ///
    /// # Panics
    /// If a change contradicts what is loaded: an insert over a row, an update of none.
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Insert(row) => {
                    let before = self.slots.insert(row.key(), Slot::One(row.clone().into()));
                    assert!(
                        matches!(before, None | Some(Slot::Absent)),
                        "inserted over a row: {:?}",
                        row.key()
                    );
                    self.patch_sets(row, None);
                }
                Change::Update(row) => {
                    let before = self.slots.insert(row.key(), Slot::One(row.clone().into()));
                    assert!(
                        matches!(before, Some(Slot::One(_))),
                        "updated a row that was not loaded: {:?}",
                        row.key()
                    );
                    self.patch_sets(row, Some(row.key()));
                }
                Change::Delete(key) => {
                    let before = self.slots.insert(*key, Slot::Absent);
                    assert!(
                        matches!(before, Some(Slot::One(_))),
                        "deleted a row that was not loaded: {key:?}"
                    );
                }
            }
        }
    }

    /// Keeps the loaded sets in step with their rows, and in the order in which storage gives them:
    /// what a decision finds must not depend on where its batch began.
    fn patch_sets(&mut self, row: &Row, replaces: Option<Key>) {
        let Some((set, member)) = set_of(row) else { return };
        if let Some(Slot::Set(rows)) = self.slots.get_mut(&set) {
            rows.retain(|other| replaces != Some(other.key()));
            if member {
                rows.push(row.clone());
                rows.sort_by_key(place_in_set);
            }
        }
    }
}

/// The set that a row's key falls under, and whether the row belongs to it as it is now.
fn set_of(row: &Row) -> Option<(Key, bool)> {
    match row {
        Row::Endpoint(endpoint) => {
            let member = endpoint.status != EndpointStatus::Deleted;
            Some((Key::Endpoints(endpoint.tenant), member))
        }
        Row::Balance(balance) => Some((Key::Balances(balance.tenant), true)),
        Row::BankAccount(account) => Some((Key::BankAccounts(account.tenant), !account.deleted)),
        Row::Delivery(delivery) => Some((Key::Deliveries(delivery.tenant, delivery.event), true)),
        Row::ApiKey(key) => Some((Key::ApiKeys(key.tenant), true)),
        Row::Refund(refund) => Some((Key::RefundsOf(refund.tenant, refund.charge), true)),
        Row::Tenant(_)
        | Row::Intent(_)
        | Row::Customer(_)
        | Row::Method(_)
        | Row::Setup(_)
        | Row::SetupAttempt(_)
        | Row::Token(_)
        | Row::Warning(_)
        | Row::Charge(_)
        | Row::Dispute(_)
        | Row::Payout(_)
        | Row::BalanceTransaction(_)
        | Row::Transfer(_)
        | Row::Attempt(_)
        | Row::Record(_)
        | Row::Event(_)
        | Row::Body(_)
        | Row::Timer(_)
        | Row::Allowance(_)
        | Row::Spend(_) => None,
    }
}

/// Endpoints and refunds stand in the order of their lists, other sets in the order of their keys.
fn place_in_set(row: &Row) -> (i64, Key) {
    let seq = if let Row::Endpoint(endpoint) = row {
        endpoint.seq
    } else if let Row::Refund(refund) = row {
        refund.seq
    } else {
        0
    };
    (seq, row.key())
}

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident: $variant:ident -> $type:ty, ($($arg:ident: $argtype:ty),*);)+) => {
        impl View {
            $(
                $(#[$doc])*
                ///
                /// # Panics
                /// If it was never loaded.
                pub fn $name(&self, $($arg: $argtype),*) -> Option<&$type> {
                    match self.row(&Key::$variant($($arg),*))? {
                        Row::$variant(row) => Some(row),
                        other => panic!("a row of another kind under its key: {:?}", other.key()),
                    }
                }
            )+
        }
    };
}

readers! {
    /// A tenant's own row.
    tenant: Tenant -> Tenant, (id: TenantId);
    /// An API key.
    api_key: ApiKey -> ApiKey, (hash: [u8; 32]);
    /// An intent.
    intent: Intent -> Intent, (tenant: TenantId, id: IntentId);
    /// A customer, deleted ones included.
    customer: Customer -> Customer, (tenant: TenantId, id: CustomerId);
    /// A payment method.
    method: Method -> PaymentMethod, (tenant: TenantId, id: PaymentMethodId);
    /// A set-up intent.
    setup: Setup -> SetupIntent, (tenant: TenantId, id: SetupIntentId);
    /// One try to set a card up.
    setup_attempt: SetupAttempt -> SetupAttempt, (tenant: TenantId, id: SetupAttemptId);
    /// A token.
    token: Token -> Token, (tenant: TenantId, id: TokenId);
    /// An early fraud warning.
    warning: Warning -> FraudWarning, (tenant: TenantId, id: FraudWarningId);
    /// A charge.
    charge: Charge -> Charge, (tenant: TenantId, id: ChargeId);
    /// A refund.
    refund: Refund -> Refund, (tenant: TenantId, id: RefundId);
    /// A dispute.
    dispute: Dispute -> Dispute, (tenant: TenantId, id: DisputeId);
    /// A payout.
    payout: Payout -> Payout, (tenant: TenantId, id: PayoutId);
    /// A bank account.
    bank_account: BankAccount -> BankAccount, (tenant: TenantId, id: BankAccountId);
    /// A balance transaction.
    balance_transaction: BalanceTransaction -> BalanceTransaction, (tenant: TenantId, id: BalanceTransactionId);
    /// A ledger account's balance.
    balance: Balance -> Balance, (tenant: TenantId, account: Account, currency: Currency);
    /// An open attempt.
    attempt: Attempt -> Attempt, (id: AttemptId);
    /// An idempotency record.
    record: Record -> Record, (tenant: TenantId, key: ScopedKey);
    /// An event.
    event: Event -> Event, (tenant: TenantId, id: EventId);
    /// A stored body.
    body: Body -> Body, (tenant: TenantId, id: BodyId);
    /// A delivery.
    delivery: Delivery -> Delivery, (tenant: TenantId, event: EventId, endpoint: EndpointId);
    /// An endpoint, deleted ones included.
    endpoint: Endpoint -> Endpoint, (tenant: TenantId, id: EndpointId);
    /// A timer.
    timer: Timer -> Timer, (tenant: TenantId, at: TimestampMs, due: Due);
    /// What a family of keys has spent.
    allowance: Allowance -> Allowance, (tenant: TenantId, family: ApiKeyId, window: i64);
    /// What was counted for an intent or a refund.
    spend: Spend -> Spend, (tenant: TenantId, about: ObjectRef);
}
