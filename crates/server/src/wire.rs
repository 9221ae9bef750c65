//! Every object as JSON, with its fields in the order in which the wire has them.
//!
//! One shape is rendered, that of [`API_VERSION`] (decision 16). Everything is rendered from rows
//! that were loaded before: nothing here reads storage, so the same function serves the commit of a
//! command (decision 2) and a later read. All of it is compact and ASCII.

pub mod balance;
pub mod bank;
pub mod charge;
pub mod clock;
pub mod customer;
pub mod dispute;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod expand;
pub mod intent;
pub mod json;
pub mod list;
pub mod method;
pub mod payout;
pub mod previous;
pub mod publishable;
pub mod refund;
pub mod render;
pub mod setup;
pub mod shapes;
pub mod shared;
pub mod token;
pub mod warning;

use std::fmt::Display;

use farthing_core::time::TimestampMs;
use farthing_domain::ledger::account::Account;
use farthing_domain::object::ObjectRef;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::{Key, View};

use self::expand::Expand;
use self::json::{Object, object_into};
pub use self::render::{Renderer, SECRET_PLACEHOLDER};

/// The one version whose shape is rendered.
pub const API_VERSION: &str = "2026-10-28.endive";

/// What rendering looks at: the loaded rows of one tenant.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'v> {
    /// What was loaded.
    pub view: &'v View,
    /// Whose rows.
    pub tenant: TenantId,
    /// The reader's time; none where a command's own reply or snapshot is rendered.
    pub now: Option<TimestampMs>,
    /// Where browsers reach this server, without a slash at the end.
    pub public_url: &'v str,
}

impl Rows<'_> {
    /// Whether the rows are of live mode.
    pub fn live(&self) -> bool {
        self.tenant.mode() == Mode::Live
    }

    /// Whether an object was loaded and is there.
    pub fn has(&self, what: ObjectRef) -> bool {
        let key = key_of(self.tenant, what);
        self.view.knows(&key) && self.view.row(&key).is_some()
    }

    /// Appends an object with what is to be expanded in it.
    ///
    /// # Panics
    /// If it was not loaded or is not there.
    pub fn write(&self, out: &mut Vec<u8>, what: ObjectRef, expand: &Expand<'_>) {
        let gone = "an object is rendered only where it was found";
        let Self { view, tenant, .. } = *self;
        match what {
            ObjectRef::Intent(id) => {
                let row = view.intent(tenant, id).expect(gone);
                object_into(out, |out| intent::fields(out, self, row, expand));
            }
            ObjectRef::Charge(id) => {
                let row = view.charge(tenant, id).expect(gone);
                object_into(out, |out| charge::fields(out, self, row, expand));
            }
            ObjectRef::Refund(id) => {
                let row = view.refund(tenant, id).expect(gone);
                object_into(out, |out| refund::fields(out, self, row, expand));
            }
            ObjectRef::Dispute(id) => {
                let row = view.dispute(tenant, id).expect(gone);
                object_into(out, |out| dispute::fields(out, self, row, expand));
            }
            ObjectRef::Method(id) => {
                let row = view.method(tenant, id).expect(gone);
                object_into(out, |out| method::fields(out, self, row, expand));
            }
            ObjectRef::Customer(id) => {
                let row = view.customer(tenant, id).expect(gone);
                object_into(out, |out| customer::fields(out, self, row, expand));
            }
            ObjectRef::Setup(id) => {
                let row = view.setup(tenant, id).expect(gone);
                object_into(out, |out| setup::fields(out, self, row, expand));
            }
            ObjectRef::SetupAttempt(id) => {
                let row = view.setup_attempt(tenant, id).expect(gone);
                object_into(out, |out| setup::attempt(out, self, row, expand));
            }
            ObjectRef::Token(id) => {
                let row = view.token(tenant, id).expect(gone);
                object_into(out, |out| token::fields(out, row));
            }
            ObjectRef::Warning(id) => {
                let row = view.warning(tenant, id).expect(gone);
                object_into(out, |out| warning::fields(out, self, row, expand));
            }
            ObjectRef::Endpoint(id) => {
                let row = view.endpoint(tenant, id).expect(gone);
                object_into(out, |out| endpoint::fields(out, row, None));
            }
            ObjectRef::Event(id) => {
                let row = view.event(tenant, id).expect(gone);
                event::write(out, self, row);
            }
            ObjectRef::Payout(id) => {
                let row = view.payout(tenant, id).expect(gone);
                object_into(out, |out| payout::fields(out, self, row, expand));
            }
            ObjectRef::BankAccount(id) => {
                let row = view.bank_account(tenant, id).expect(gone);
                object_into(out, |out| bank::fields(out, row));
            }
            ObjectRef::Balance(_) => object_into(out, |out| balance::of(out, self)),
            ObjectRef::BalanceTransaction(id) => {
                let row = view.balance_transaction(tenant, id).expect(gone);
                object_into(out, |out| balance::line(out, self, row, expand));
            }
        }
    }

    /// A field that points to another object: its id, or the object itself where asked for.
    pub fn pointer(
        &self,
        out: &mut Object<'_>,
        key: &str,
        (what, expand): (Option<ObjectRef>, &Expand<'_>),
    ) {
        match (what, expand.below(key)) {
            (None, _) => out.maybe_plain(key, None::<Id>),
            (Some(what), Some(inner)) if self.has(what) => {
                let mut bytes = Vec::with_capacity(2048);
                self.write(&mut bytes, what, &inner);
                out.raw(key, &bytes);
            }
            (Some(what), _) => out.plain(key, Id(what)),
        }
    }
}

/// The key of an object's row.
pub fn key_of(tenant: TenantId, what: ObjectRef) -> Key {
    match what {
        ObjectRef::Intent(id) => Key::Intent(tenant, id),
        ObjectRef::Charge(id) => Key::Charge(tenant, id),
        ObjectRef::Refund(id) => Key::Refund(tenant, id),
        ObjectRef::Dispute(id) => Key::Dispute(tenant, id),
        ObjectRef::Method(id) => Key::Method(tenant, id),
        ObjectRef::Endpoint(id) => Key::Endpoint(tenant, id),
        ObjectRef::Event(id) => Key::Event(tenant, id),
        ObjectRef::BalanceTransaction(id) => Key::BalanceTransaction(tenant, id),
        ObjectRef::Customer(id) => Key::Customer(tenant, id),
        ObjectRef::Setup(id) => Key::Setup(tenant, id),
        ObjectRef::SetupAttempt(id) => Key::SetupAttempt(tenant, id),
        ObjectRef::Token(id) => Key::Token(tenant, id),
        ObjectRef::Warning(id) => Key::Warning(tenant, id),
        ObjectRef::Payout(id) => Key::Payout(tenant, id),
        ObjectRef::BankAccount(id) => Key::BankAccount(tenant, id),
        ObjectRef::Balance(currency) => Key::Balance(tenant, Account::Available, currency),
    }
}

/// Prints the id of whatever object.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub ObjectRef);

impl Display for Id {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            ObjectRef::Intent(id) => id.fmt(out),
            ObjectRef::Charge(id) => id.fmt(out),
            ObjectRef::Refund(id) => id.fmt(out),
            ObjectRef::Dispute(id) => id.fmt(out),
            ObjectRef::Method(id) => id.fmt(out),
            ObjectRef::Endpoint(id) => id.fmt(out),
            ObjectRef::Event(id) => id.fmt(out),
            ObjectRef::BalanceTransaction(id) => id.fmt(out),
            ObjectRef::Customer(id) => id.fmt(out),
            ObjectRef::Setup(id) => id.fmt(out),
            ObjectRef::SetupAttempt(id) => id.fmt(out),
            ObjectRef::Token(id) => id.fmt(out),
            ObjectRef::Warning(id) => id.fmt(out),
            ObjectRef::Payout(id) => id.fmt(out),
            ObjectRef::BankAccount(id) => id.fmt(out),
            // It has no id of its own.
            ObjectRef::Balance(_) => out.write_str("balance"),
        }
    }
}
