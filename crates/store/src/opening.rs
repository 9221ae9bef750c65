//! Opening a store: the engine, its readers, and the writers' threads where they are wanted.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use farthing_core::time::TimestampMs;
use farthing_domain::reply::Render;

use crate::commits::Bell;
use crate::error::StoreError;
use crate::limits::LANES;
use crate::memory::Rows;
use crate::postgres::link::Link;
use crate::postgres::open::Host;
use crate::readers::Readers;
use crate::reading::{Beside, Reading};
use crate::sqlite::open::Folder;
use crate::store::{Engine, Inner, Store};
use crate::writer::{Shared, Writer, apart};
use crate::{postgres, sqlite};

/// Who runs the batches.
#[derive(Clone, Copy)]
enum Hand {
    Thread,
    Caller,
}

/// Opening.
impl Store {
    /// A store that forgets: the reference engine, for tests and trials.
    ///
    /// # Panics
    /// If the system has no thread to spare.
    pub fn open_memory(render: Arc<dyn Render>) -> Self {
        Self::memory(render, Hand::Thread).expect("a thread can be had")
    }

    /// A store in a folder, which is made if it is absent.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process has it open, [`StoreError::Unusable`],
    /// [`StoreError::SchemaNewer`], [`StoreError::Unavailable`].
    pub fn open_sqlite(dir: &Path, render: Arc<dyn Render>) -> Result<Self, StoreError> {
        Self::sqlite(dir, render, Hand::Thread)
    }

    /// As [`open_memory`](Self::open_memory), without a writer's thread: see [`step`](Self::step).
    ///
    /// # Panics
    /// Never in practice: no thread is asked for.
    pub fn manual_memory(render: Arc<dyn Render>) -> Self {
        Self::memory(render, Hand::Caller).expect("no thread is asked for")
    }

    /// As [`manual_memory`](Self::manual_memory), for several processes at once: their leases run out by
    /// this clock, as those in a database do by the database's.
    ///
    /// # Panics
    /// Never in practice: no thread is asked for.
    pub fn shared_memory(
        render: Arc<dyn Render>,
        clock: impl Fn() -> TimestampMs + Send + Sync + 'static,
    ) -> Self {
        let store = Self::manual_memory(render);
        if let Engine::Memory(rows) = &store.0.engine {
            let mut rows = rows.write().unwrap_or_else(PoisonError::into_inner);
            rows.lease_by(Arc::new(clock));
        }
        store
    }

    /// As [`open_sqlite`](Self::open_sqlite), without a writer's thread: see [`step`](Self::step).
    ///
    /// # Errors
    /// As [`open_sqlite`](Self::open_sqlite).
    pub fn manual_sqlite(dir: &Path, render: Arc<dyn Render>) -> Result<Self, StoreError> {
        Self::sqlite(dir, render, Hand::Caller)
    }

    /// A look at a folder's stored data beside the process that has it open.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if there is none, [`StoreError::SchemaNewer`] if it has another
    /// version, [`StoreError::Unavailable`].
    pub fn read_sqlite(dir: &Path) -> Result<Reading, StoreError> {
        Ok(Reading(Beside::Sqlite(sqlite::open::beside(dir)?)))
    }

    /// As [`read_sqlite`](Self::read_sqlite), keeping every other process away from the folder: for
    /// what must not miss a later commit.
    ///
    /// # Errors
    /// As [`read_sqlite`](Self::read_sqlite); [`StoreError::Locked`] if another process has it open.
    pub fn hold_sqlite(dir: &Path) -> Result<Reading, StoreError> {
        let connection = sqlite::open::beside(dir)?;
        Ok(Reading(Beside::Held { connection, _folder: sqlite::open::folder(dir)? }))
    }

    /// A look at a database's stored data, beside the processes that write it. A replica will do.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], [`StoreError::SchemaNewer`] if it has another version,
    /// [`StoreError::Unavailable`].
    pub fn read_postgres(url: &str) -> Result<Reading, StoreError> {
        let link = postgres::open::beside(&postgres::open::target(url, Host::Any)?)?;
        Ok(Reading(Beside::Postgres(Box::new(link))))
    }

    /// A store in a PostgreSQL database, which any number of processes may share. The URL may name
    /// several hosts: the one that can be written is meant.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], [`StoreError::SchemaNewer`], [`StoreError::Unavailable`].
    pub fn open_postgres(url: &str, render: Arc<dyn Render>) -> Result<Self, StoreError> {
        Self::postgres(url, render, Hand::Thread)
    }

    /// As [`open_postgres`](Self::open_postgres), without writers' threads: see
    /// [`step`](Self::step).
    ///
    /// # Errors
    /// As [`open_postgres`](Self::open_postgres).
    pub fn manual_postgres(url: &str, render: Arc<dyn Render>) -> Result<Self, StoreError> {
        Self::postgres(url, render, Hand::Caller)
    }

    fn memory(render: Arc<dyn Render>, hand: Hand) -> Result<Self, StoreError> {
        let rows = Arc::new(RwLock::new(Rows::default()));
        let writer = Writer::Memory(Arc::clone(&rows));
        Self::with(render, vec![writer], (Engine::Memory(rows), None), hand)
    }

    fn sqlite(dir: &Path, render: Arc<dyn Render>, hand: Hand) -> Result<Self, StoreError> {
        let folder = sqlite::open::folder(dir)?;
        let writer = sqlite::open::writer(&folder)?;
        let source = || {
            let connection = sqlite::open::reader(&folder.file)?;
            Ok(move |read| sqlite::serve(&connection, read))
        };
        let readers = match hand {
            Hand::Thread => Readers::start(source)?,
            Hand::Caller => Readers::by_hand(source()?),
        };
        let writers = vec![Writer::Sqlite(writer)];
        Self::with(render, writers, (Engine::Sqlite(readers), Some(folder)), hand)
    }

    fn postgres(url: &str, render: Arc<dyn Render>, hand: Hand) -> Result<Self, StoreError> {
        let target = postgres::open::target(url, Host::Primary)?;
        apart(|| postgres::open::prepare(&target))?;
        let readers = Readers::start(|| {
            let link = Link::new(Arc::clone(&target))?;
            Ok(move |read| postgres::serve(&link, read))
        })?;
        let lanes = match hand {
            Hand::Caller => 1,
            Hand::Thread => LANES,
        };
        let writers = (0..lanes)
            .map(|_| Ok(Writer::Postgres(Box::new(Link::new(Arc::clone(&target))?))))
            .collect::<Result<_, StoreError>>()?;
        Self::with(render, writers, (Engine::Postgres(readers), None), hand)
    }

    fn with(
        render: Arc<dyn Render>,
        writers: Vec<Writer>,
        (engine, folder): (Engine, Option<Folder>),
        hand: Hand,
    ) -> Result<Self, StoreError> {
        let due = Bell::default();
        let lane = |(writer, render)| Arc::new(Shared::new(render, writer, due.clone()));
        let each = writers.into_iter().zip(std::iter::repeat(render));
        let lanes: Vec<Arc<Shared>> = each.map(lane).collect();
        let mut threads = Vec::new();
        if let Hand::Thread = hand {
            for lane in &lanes {
                let lane = Arc::clone(lane);
                let thread = std::thread::Builder::new()
                    .name("farthing-write".to_owned())
                    .spawn(move || lane.write_loop())
                    .map_err(|error| {
                        tracing::error!(%error, "no thread to be had");
                        StoreError::Unavailable
                    })?;
                threads.push(thread);
            }
        }
        Ok(Self(Arc::new(Inner { threads, engine, lanes, due, _folder: folder })))
    }
}
