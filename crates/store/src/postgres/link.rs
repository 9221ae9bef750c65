//! One connection, used by one thread: rounds of statements, and what can go wrong with them.
//!
//! Each link drives its connection itself, on its own thread: no other thread is woken for an answer.
//! A connection that is lost is made anew by the next snapshot or batch.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use farthing_domain::tenant::TenantId;
use rusqlite::types::Value;
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use crate::error::StoreError;
use crate::limits::{ROUND_MS, STATEMENTS};
use crate::postgres::every::every;
use crate::postgres::statements::{Statements, Types};
use crate::postgres::tls::Tls;
use crate::postgres::trouble::{Trouble, trouble, worse};
use crate::postgres::values::{Param, arrays, one};
use crate::row::Table;

/// What a session is told first. Plans do not depend on the values (they are looked-ups by key, in
/// tables of any size), and whoever holds locks and says nothing more is not waited for. What is
/// answered is on the disk, a replica's too where there is one that commits are waited for.
const SESSION: &str = concat!(
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; ",
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; ",
    "SET lock_timeout = '1s'; SET idle_in_transaction_session_timeout = '60s'; ",
    "SELECT set_config('synchronous_commit', 'on', false) ",
    "WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')",
);

/// Which moment is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Each statement its own; the locks keep the rows.
    Write,
    /// One for all that is read.
    Read,
}

impl Mode {
    fn begin(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

/// A database, and what is known of its columns.
pub(crate) struct Target {
    pub(crate) config: Config,
    /// None where connections are plain.
    pub(crate) tls: Option<Tls>,
    pub(crate) types: OnceLock<Types>,
}

/// A statement to run.
pub(crate) struct Ask {
    sql: Arc<str>,
    params: Vec<Param>,
}

impl Ask {
    /// With a value at each place.
    pub(crate) fn new(sql: impl Into<Arc<str>>, values: Vec<Value>) -> Self {
        Self { sql: sql.into(), params: values.into_iter().map(one).collect() }
    }

    /// With an array at each place.
    pub(crate) fn many(sql: impl Into<Arc<str>>, rows: Vec<Vec<Value>>) -> Self {
        Self { sql: sql.into(), params: arrays(rows) }
    }
}

/// What a statement answered.
pub(crate) struct Told {
    pub(crate) rows: Vec<Row>,
    /// Rows written, or read.
    pub(crate) count: u64,
}

/// How long an answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// As long as a round has.
    Round,
    /// As long as it takes: a migration of millions of rows, or another process's.
    Endless,
}

/// What happens where there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// One is made.
    Opens,
    /// It was lost.
    Fails,
}

struct Session {
    client: Client,
    statements: HashMap<Arc<str>, Statement>,
}

/// A connection, made when it is needed.
pub(crate) struct Link {
    target: Arc<Target>,
    runtime: Option<Runtime>,
    session: RefCell<Option<Session>>,
    /// What the next round begins with.
    begin: Cell<Option<Mode>>,
    /// Something is open that must be ended.
    open: Cell<bool>,
    /// The last failure was of the kind that goes away.
    again: Cell<bool>,
    /// The last failure was a lock of somebody's.
    held: Cell<bool>,
    /// Tenants whose rows are stable until the commit.
    locked: RefCell<BTreeSet<TenantId>>,
    /// Tenants to be locked first: a batch that is run again knows them all.
    known: RefCell<BTreeSet<TenantId>>,
    tables: RefCell<HashMap<&'static str, Arc<TableSql>>>,
}

/// A table's statements, ready to be asked.
pub(crate) struct TableSql {
    pub(crate) load: Arc<str>,
    pub(crate) insert: Arc<str>,
    pub(crate) update: Arc<str>,
    pub(crate) delete: Arc<str>,
    pub(crate) first: Arc<str>,
    pub(crate) next: Arc<str>,
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The last owner may be an asynchronous task, where nothing may wait.
            runtime.shutdown_background();
        }
    }
}

impl Link {
    pub(crate) fn new(target: Arc<Target>) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            tracing::error!(%error, "no runtime to be had");
            StoreError::Unavailable
        })?;
        Ok(Self {
            target,
            runtime: Some(runtime),
            session: RefCell::default(),
            begin: Cell::default(),
            open: Cell::default(),
            again: Cell::default(),
            held: Cell::default(),
            locked: RefCell::default(),
            known: RefCell::default(),
            tables: RefCell::default(),
        })
    }

    /// The next round begins a snapshot or a batch.
    pub(crate) fn begin(&self, mode: Mode) {
        self.begin.set(Some(mode));
        self.again.set(false);
        self.held.set(false);
        self.locked.borrow_mut().clear();
    }

    /// Whether the last failure may go away by itself; asked once.
    pub(crate) fn wants_again(&self) -> bool {
        self.again.take()
    }

    /// Whether the last failure was that somebody holds a row; asked once.
    pub(crate) fn met_lock(&self) -> bool {
        self.held.take()
    }

    /// The tenants of the next batch.
    pub(crate) fn about(&self, tenants: impl Iterator<Item = TenantId>) {
        *self.known.borrow_mut() = tenants.collect();
    }

    /// The statement that locks those of these tenants, and of the batch's, that are not locked yet.
    pub(crate) fn lock(&self, tenants: impl Iterator<Item = TenantId>) -> Option<Ask> {
        let (mut locked, mut known) = (self.locked.borrow_mut(), self.known.borrow_mut());
        known.extend(tenants);
        let new: Vec<TenantId> = known.difference(&locked).copied().collect();
        if new.is_empty() {
            return None;
        }
        locked.extend(&new);
        let ids = new.into_iter().map(|tenant| vec![Value::Integer(tenant.raw())]).collect();
        let sql = "SELECT id FROM tenants WHERE id = ANY($1::bigint[]) \
                   ORDER BY id FOR NO KEY UPDATE";
        Some(Ask::many(sql, ids))
    }

    /// Whether a tenant's rows are stable.
    pub(crate) fn has_locked(&self, tenant: TenantId) -> bool {
        self.locked.borrow().contains(&tenant)
    }

    /// A table's statements.
    pub(crate) fn statements(&self, table: &'static Table) -> Arc<TableSql> {
        let mut tables = self.tables.borrow_mut();
        let made = tables.entry(table.name).or_insert_with(|| {
            let types = self.target.types.get().expect("read when the store was opened");
            let Statements { load, insert, update, delete, first, next } =
                Statements::of(table, types);
            Arc::new(TableSql {
                load: load.into(),
                insert: insert.into(),
                update: update.into(),
                delete: delete.into(),
                first: first.into(),
                next: next.into(),
            })
        });
        Arc::clone(made)
    }

    /// Sends all of it, and waits for all answers.
    pub(crate) fn round(&self, asks: &[Ask]) -> Result<Vec<Told>, StoreError> {
        let begin = self.begin.take();
        let mut told = self.go(begin, asks);
        if begin.is_some() && matches!(told, Err(Trouble::Lost)) {
            // Nothing was seen yet: a new connection sees it as well.
            tracing::info!("the connection was lost; making it anew");
            told = self.go(begin, asks);
            if matches!(told, Err(Trouble::Lost)) {
                return Err(StoreError::Unavailable);
            }
        }
        told.map_err(|trouble| self.failed(trouble))
    }

    /// Statements without values, in a round of their own.
    pub(crate) fn run(&self, sql: &str) -> Result<(), StoreError> {
        let done = self.drive(Lacking::Opens, async |session| {
            session.client.batch_execute(sql).await.map_err(|error| trouble(&error))
        });
        done.map_err(|trouble| self.failed(trouble))
    }

    /// The same, however long it takes and whoever must be waited for.
    pub(crate) fn run_long(&self, lacking: Lacking, sql: &str) -> Result<(), StoreError> {
        let sql = format!("SET lock_timeout = 0; {sql}");
        let done = self.wait(lacking, Patience::Endless, async |session| {
            session.client.batch_execute(&sql).await.map_err(|error| trouble(&error))
        });
        done.map_err(|trouble| self.failed(trouble))
    }

    /// Commits. A connection that is lost meanwhile leaves it unknown whether it did.
    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        if self.begin.take().is_some() {
            return Ok(()); // Nothing was done.
        }
        self.open.set(false);
        if self.session.borrow().as_ref().is_none_or(|session| session.client.is_closed()) {
            return Err(self.failed(Trouble::Lost)); // It was not asked to.
        }
        let done = self.drive(Lacking::Fails, async |session| {
            session.client.batch_execute("COMMIT").await.map_err(|error| trouble(&error))
        });
        match done {
            Ok(()) => Ok(()),
            Err(Trouble::Lost) => {
                tracing::error!("the connection was lost during a commit");
                Err(StoreError::OutcomeUnknown)
            }
            Err(trouble) => Err(self.failed(trouble)),
        }
    }

    /// Ends what is open without a trace.
    pub(crate) fn rollback(&self) {
        self.begin.set(None);
        if !self.open.take() {
            return;
        }
        let done = self.drive(Lacking::Fails, async |session| {
            session.client.batch_execute("ROLLBACK").await.map_err(|error| trouble(&error))
        });
        if done.is_err() {
            // Whatever was open is gone with its connection.
            self.session.take();
        }
    }

    fn failed(&self, trouble: Trouble) -> StoreError {
        match trouble {
            Trouble::Again(error) => {
                self.again.set(true);
                error
            }
            Trouble::Lost => {
                self.again.set(true);
                StoreError::Unavailable
            }
            Trouble::Held => {
                self.held.set(true);
                StoreError::Busy
            }
            Trouble::Refused(error) => error,
            Trouble::Consequence => StoreError::Unavailable,
        }
    }

    fn go(&self, begin: Option<Mode>, asks: &[Ask]) -> Result<Vec<Told>, Trouble> {
        // What is begun ends with its connection: a new one must not go on in the middle of it.
        let lacking =
            if begin.is_none() && self.open.get() { Lacking::Fails } else { Lacking::Opens };
        if begin.is_some() {
            self.open.set(true);
        }
        self.drive(lacking, async |session| {
            session.prepare(asks).await?;
            let client = &session.client;
            let mut all: Vec<Running<'_>> = Vec::with_capacity(asks.len().saturating_add(1));
            if let Some(mode) = begin {
                all.push(Box::pin(async move {
                    let done = client.batch_execute(mode.begin()).await;
                    done.map(|()| Told { rows: Vec::new(), count: 0 })
                }));
            }
            for ask in asks {
                let statement = session.statements.get(&ask.sql).ok_or(Trouble::Lost)?;
                all.push(Box::pin(told(client, statement, &ask.params)));
            }
            let mut told = Vec::with_capacity(all.len());
            let mut first = None;
            for answer in every(all).await {
                match answer {
                    Ok(answer) => told.push(answer),
                    Err(error) => first = worse(first, trouble(&error)),
                }
            }
            match first {
                Some(trouble) => Err(trouble),
                None => Ok(told.split_off(usize::from(begin.is_some()))),
            }
        })
    }

    /// Does something with the connection, within the time that a round has.
    fn drive<T>(
        &self,
        lacking: Lacking,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        self.wait(lacking, Patience::Round, work)
    }

    fn wait<T>(
        &self,
        lacking: Lacking,
        patience: Patience,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let runtime = self.runtime.as_ref().expect("there until it is dropped");
        let held = self.session.take().filter(|session| !session.client.is_closed());
        let (session, done) = runtime.block_on(async {
            let mut session = match held {
                Some(session) => session,
                None if lacking == Lacking::Fails => return (None, Err(Trouble::Lost)),
                None => match Session::open(&self.target).await {
                    Ok(session) => session,
                    Err(trouble) => return (None, Err(trouble)),
                },
            };
            let limit = Duration::from_millis(ROUND_MS);
            let done = match patience {
                Patience::Round => tokio::time::timeout(limit, work(&mut session)).await,
                Patience::Endless => Ok(work(&mut session).await),
            };
            (Some(session), done.unwrap_or(Err(Trouble::Lost)))
        });
        if !matches!(done, Err(Trouble::Lost)) {
            self.session.replace(session);
        }
        done
    }
}

impl Session {
    async fn open(target: &Target) -> Result<Self, Trouble> {
        let limit = Duration::from_millis(ROUND_MS);
        let connected = tokio::time::timeout(limit, connect(target)).await;
        let (client, connection) = match connected {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => {
                tracing::error!(%error, "the database cannot be reached");
                return Err(Trouble::Lost);
            }
            Err(_) => {
                tracing::error!("the database does not answer");
                return Err(Trouble::Lost);
            }
        };
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
        client.batch_execute(SESSION).await.map_err(|error| trouble(&error))?;
        Ok(Self { client, statements: HashMap::new() })
    }

    /// Prepares what is asked for the first time.
    async fn prepare(&mut self, asks: &[Ask]) -> Result<(), Trouble> {
        let known = |ask: &Ask| self.statements.contains_key(&ask.sql);
        let missing: BTreeSet<&Arc<str>> =
            asks.iter().filter(|ask| !known(ask)).map(|ask| &ask.sql).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if self.statements.len().saturating_add(missing.len()) > STATEMENTS.saturating_mul(4) {
            // Lists in a statement's text are of many lengths; the usual ones come back soon.
            self.statements.clear();
            return Box::pin(self.prepare(asks)).await;
        }
        let client = &self.client;
        let mut all: Vec<Preparing<'_>> = Vec::with_capacity(missing.len());
        for sql in &missing {
            all.push(Box::pin(client.prepare(sql)));
        }
        let prepared = every(all).await;
        for (sql, statement) in missing.into_iter().zip(prepared) {
            let statement = statement.map_err(|error| trouble(&error))?;
            self.statements.insert(Arc::clone(sql), statement);
        }
        Ok(())
    }
}

/// What drives a connection until it ends.
type Driver = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

async fn connect(target: &Target) -> Result<(Client, Driver), tokio_postgres::Error> {
    match &target.tls {
        None => {
            let (client, connection) = target.config.connect(NoTls).await?;
            Ok((client, Box::pin(connection)))
        }
        Some(tls) => {
            let (client, connection) = target.config.connect(tls.clone()).await?;
            Ok((client, Box::pin(connection)))
        }
    }
}

type Preparing<'a> = Pin<Box<dyn Future<Output = Result<Statement, tokio_postgres::Error>> + 'a>>;
type Running<'a> = Pin<Box<dyn Future<Output = Result<Told, tokio_postgres::Error>> + 'a>>;

async fn told(
    client: &Client,
    statement: &Statement,
    params: &[Param],
) -> Result<Told, tokio_postgres::Error> {
    let mut each: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(params.len());
    for param in params {
        each.push(&**param);
    }
    if statement.columns().is_empty() {
        let count = client.execute(statement, &each).await?;
        Ok(Told { rows: Vec::new(), count })
    } else {
        let rows = client.query(statement, &each).await?;
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(Told { rows, count })
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
