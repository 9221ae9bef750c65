//! The engines, and the plainest renderer.

use std::sync::Arc;

use farthing_domain::object::ObjectRef;
use farthing_domain::reply::{Answer, Render, Reply};
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::{Key, View};
use farthing_store::Store;
use tempfile::TempDir;

use crate::cluster::Database;

/// A command with this one expand path makes the renderer panic.
pub(crate) const PANIC: &str = "panic";

/// The tenant of most tests.
pub(crate) fn tenant() -> TenantId {
    TenantId::of(1, Mode::Test)
}

/// A store, and the folder that must outlive it.
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    pub(crate) store: Store,
    pub(crate) dir: Option<TempDir>,
    /// The database, if it is one; dropped after the store.
    pub(crate) database: Option<Database>,
}

impl Engine {
    /// A statement that no store would run; none where there is no database.
    pub(crate) fn by_hand(&self, sql: &str) -> Option<Result<(), String>> {
        if let Some(database) = &self.database {
            let done = crate::postgres::by_hand(&database.url(), sql);
            return Some(done.map_err(|error| error.to_string()));
        }
        let file = self.dir.as_ref()?;
        Some(by_hand(Some(file)).execute_batch(sql).map_err(|error| error.to_string()))
    }
}

/// Every engine, without writer's threads.
pub(crate) fn engines() -> Vec<Engine> {
    let dir = TempDir::new().expect("a temporary folder can be made");
    let sqlite = Store::manual_sqlite(dir.path(), render()).expect("a new folder opens");
    let database = Database::new();
    let postgres = Store::manual_postgres(&database.url(), render()).expect("a new one opens");
    let memory = Store::manual_memory(render());
    vec![
        Engine { name: "memory", store: memory, dir: None, database: None },
        Engine { name: "postgres", store: postgres, dir: None, database: Some(database) },
        Engine { name: "sqlite", store: sqlite, dir: Some(dir), database: None },
    ]
}

/// The file itself, for what no store would do.
pub(crate) fn by_hand(dir: Option<&TempDir>) -> rusqlite::Connection {
    let dir = dir.expect("the engine has a folder");
    rusqlite::Connection::open(dir.path().join("farthing.db")).expect("it opens")
}

pub(crate) fn render() -> Arc<dyn Render> {
    Arc::new(Plain)
}

/// Waits for a future that needs no runtime of its own.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime can be made")
        .block_on(future)
}

/// Renders a row as its debug text: enough to see what a snapshot saw.
struct Plain;

impl Render for Plain {
    fn object(&self, view: &View, tenant: TenantId, object: ObjectRef) -> Vec<u8> {
        let key = match object {
            ObjectRef::Payout(id) => Key::Payout(tenant, id),
            ObjectRef::BankAccount(id) => Key::BankAccount(tenant, id),
            ObjectRef::Balance(_) => {
                return format!("{:?}", view.set(&Key::Balances(tenant))).into_bytes();
            }
            ObjectRef::Intent(id) => Key::Intent(tenant, id),
            ObjectRef::Charge(id) => Key::Charge(tenant, id),
            ObjectRef::Refund(id) => Key::Refund(tenant, id),
            ObjectRef::Customer(id) => Key::Customer(tenant, id),
            ObjectRef::Setup(id) => Key::Setup(tenant, id),
            ObjectRef::SetupAttempt(id) => Key::SetupAttempt(tenant, id),
            ObjectRef::Token(id) => Key::Token(tenant, id),
            ObjectRef::Warning(id) => Key::Warning(tenant, id),
            ObjectRef::Dispute(id) => Key::Dispute(tenant, id),
            ObjectRef::Method(id) => Key::Method(tenant, id),
            ObjectRef::Endpoint(id) => Key::Endpoint(tenant, id),
            ObjectRef::Event(id) => Key::Event(tenant, id),
            ObjectRef::BalanceTransaction(id) => Key::BalanceTransaction(tenant, id),
        };
        format!("{:?}", view.row(&key)).into_bytes()
    }

    fn previous(&self, before: &[u8], _after: &[u8]) -> Vec<u8> {
        before.to_vec()
    }

    fn reply(
        &self,
        view: &View,
        tenant: TenantId,
        reply: &Reply,
        expand: &[String],
    ) -> Option<Answer> {
        // A planted bug for the tests of decision 7: see `failing`.
        assert!(expand != [PANIC], "planted");
        let body = match reply {
            Reply::Begun(_) | Reply::Done | Reply::Replay(_) => return None,
            Reply::Object(object) => self.object(view, tenant, *object),
            Reply::Declined(id)
            | Reply::IncrementDeclined(id, _)
            | Reply::NetworkRefused(id)
            | Reply::Unresolved(id) => self.object(view, tenant, ObjectRef::Intent(*id)),
            Reply::SetupDeclined(id) => self.object(view, tenant, ObjectRef::Setup(*id)),
            Reply::CustomerDeleted(id) => self.object(view, tenant, ObjectRef::Customer(*id)),
            Reply::EndpointOpened(id) | Reply::EndpointDeleted(id) => {
                self.object(view, tenant, ObjectRef::Endpoint(*id))
            }
            Reply::BankAccountDeleted(id) => self.object(view, tenant, ObjectRef::BankAccount(*id)),
            Reply::ReserveSet { .. } => format!("{reply:?}").into_bytes(),
            Reply::PayoutSettings => format!("{:?}", view.tenant(tenant)).into_bytes(),
            Reply::ClockAdvanced { now, offset_ms } => format!("{now:?} {offset_ms}").into_bytes(),
            Reply::Refused(refusal) => format!("{refusal:?} {expand:?}").into_bytes(),
        };
        Some(Answer { status: 200, body })
    }
}
