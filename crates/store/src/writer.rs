//! A writer: a batch of commands becomes one commit. One for each store, or for each lane of it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use farthing_core::planted;
use farthing_domain::audit::Line;
use farthing_domain::change::Change;
use farthing_domain::decide::batch::WriteSet;
use farthing_domain::reply::Render;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, View};
use rusqlite::Connection;

use crate::batch::blames_one;
use crate::commits::Bell;
use crate::error::StoreError;
use crate::held::Held;
use crate::memory::Rows;
use crate::postgres::link::{Link, Mode};
use crate::queue::Queue;
use crate::reading::Reading;
use crate::snapshot::Snapshot;
use crate::store::Lease;
use crate::{copy, postgres, sqlite};

/// What the callers and the writer's thread share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) render: Arc<dyn Render>,
    /// One batch, or one setting, at a time.
    writer: Mutex<Writer>,
    /// What waits for somebody else.
    pub(crate) held: Mutex<Held>,
    /// Ticks when there is something to deliver.
    pub(crate) due: Bell,
    /// The last commit failed, and by no fault of what was to be written.
    pub(crate) failing: AtomicBool,
}

/// Where the writer writes.
pub(crate) enum Writer {
    Memory(Arc<RwLock<Rows>>),
    Sqlite(Connection),
    Postgres(Box<Link>),
}

impl Shared {
    pub(crate) fn new(render: Arc<dyn Render>, writer: Writer, due: Bell) -> Self {
        let (held, failing) = (Mutex::default(), AtomicBool::new(false));
        Self { queue: Queue::default(), render, writer: Mutex::new(writer), held, due, failing }
    }

    pub(crate) fn set_setting(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let set = self.apart(|writer| match writer {
            Writer::Memory(rows) => {
                let mut rows = rows.write().unwrap_or_else(PoisonError::into_inner);
                rows.set_setting(name, value);
                Ok(())
            }
            Writer::Sqlite(connection) => sqlite::set_setting(connection, name, value),
            Writer::Postgres(link) => {
                link.about(std::iter::empty());
                writer.whole(|_| postgres::open::set_setting(link, name, value))
            }
        });
        self.note_outcome(set.as_ref().err());
        set
    }

    /// What became of a commit says whether the next can be made, unless it was its own fault.
    pub(crate) fn note_outcome(&self, error: Option<&StoreError>) {
        if error.is_none_or(|error| !blames_one(error)) {
            self.failing.store(error.is_some(), Ordering::Relaxed);
        }
    }

    /// Whether a commit is on the disk when it is answered.
    pub(crate) fn syncs(&self) -> Result<bool, StoreError> {
        self.lock().syncs()
    }

    /// Adds lines to the trail, in a commit of their own.
    pub(crate) fn note(&self, lines: &[Line]) -> Result<(), StoreError> {
        self.apart(|writer| {
            writer.about(std::iter::empty());
            writer.whole(|writer| writer.note(lines))
        })
    }

    /// Puts a value under a name in the place of the one that was read, and says whether that was
    /// still there.
    pub(crate) fn replace_setting(
        &self,
        name: &str,
        (old, new): (Option<&[u8]>, &[u8]),
    ) -> Result<bool, StoreError> {
        self.apart(|writer| {
            writer.about(std::iter::empty());
            writer.whole(|writer| writer.replace(name, (old, new)))
        })
    }

    /// Writes changes that nobody decided, in a commit of their own.
    pub(crate) fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.apart(|writer| {
            writer.about(std::iter::empty());
            writer.whole(|writer| writer.apply(&changes.into_iter().collect()))
        })
    }

    /// Takes or keeps a lease.
    pub(crate) fn lease(&self, name: &str, holder: [u8; 16], ms: i64) -> Result<bool, StoreError> {
        self.apart(|writer| match writer {
            // One process has it all.
            Writer::Sqlite(_) => Ok(true),
            Writer::Memory(rows) => {
                let held = remembered(rows, holder, &[(name.to_owned(), ms)]);
                Ok(held.iter().any(|each| each.name == name && each.holder == holder))
            }
            Writer::Postgres(link) => {
                link.about(std::iter::empty());
                writer.whole(|_| postgres::lease::lease(link, name, (holder, ms)))
            }
        })
    }

    /// Takes, keeps or gives up several, and reads everybody's.
    pub(crate) fn leases(
        &self,
        holder: [u8; 16],
        asks: &[(String, i64)],
    ) -> Result<Vec<Lease>, StoreError> {
        self.apart(|writer| match writer {
            Writer::Memory(rows) => Ok(remembered(rows, holder, asks)),
            Writer::Sqlite(_) => {
                let held = asks.iter().filter(|(_, left_ms)| *left_ms > 0).cloned();
                Ok(held.map(|(name, left_ms)| Lease { name, holder, left_ms }).collect())
            }
            Writer::Postgres(link) => {
                link.about(std::iter::empty());
                writer.whole(|_| postgres::lease::leases(link, holder, asks))
            }
        })
    }

    /// Copies everything from elsewhere, in one commit.
    pub(crate) fn receive(&self, from: Reading) -> Result<u64, StoreError> {
        self.apart(move |writer| {
            writer.about(std::iter::empty());
            writer.whole(|writer| from.at_once(|snapshot| copy::copy(snapshot, writer)))
        })
    }

    /// Does something with the writer that waits on this thread, which may be one where a database
    /// across a socket must not be waited for: then on a thread of its own.
    fn apart<T: Send>(&self, work: impl FnOnce(&Writer) -> T + Send) -> T {
        let across = matches!(&*self.lock(), Writer::Postgres(_));
        if !across {
            return work(&self.lock());
        }
        apart(|| work(&self.lock()))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Writer> {
        // A panic under it is caught, and what was begun is rolled back.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Does something in a commit of its own: all of it, or nothing.
    pub(crate) fn whole<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            self.begin()?;
            let done = work(self)?;
            self.commit()?;
            Ok(done)
        }));
        let outcome = caught.unwrap_or(Err(StoreError::Bug));
        if outcome.is_err() {
            self.rollback();
        }
        outcome
    }

    /// Whose rows the next commit is about; asked only where others write too.
    pub(crate) fn about(&self, tenants: impl Iterator<Item = TenantId>) {
        match self {
            Self::Memory(_) | Self::Sqlite(_) => {}
            Self::Postgres(link) => link.about(tenants),
        }
    }

    /// Whether the last failure was somebody else's doing and may not happen again.
    pub(crate) fn wants_again(&self) -> bool {
        match self {
            Self::Memory(_) | Self::Sqlite(_) => false,
            Self::Postgres(link) => link.wants_again(),
        }
    }

    /// Whether the last failure was that somebody holds a row.
    pub(crate) fn met_lock(&self) -> bool {
        match self {
            Self::Memory(_) | Self::Sqlite(_) => false,
            Self::Postgres(link) => link.met_lock(),
        }
    }

    pub(crate) fn held_among(
        &self,
        tenants: &BTreeSet<TenantId>,
    ) -> Result<BTreeSet<TenantId>, StoreError> {
        match self {
            Self::Memory(_) | Self::Sqlite(_) => Ok(BTreeSet::new()),
            Self::Postgres(link) => postgres::held::held(link, tenants),
        }
    }

    fn begin(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(connection) => {
                if planted!("answered_first") && !connection.is_autocommit() {
                    sqlite::run(connection, "COMMIT")?; // Of the batch before.
                }
                sqlite::run(connection, "BEGIN IMMEDIATE")
            }
            Self::Postgres(link) => {
                link.begin(Mode::Write);
                Ok(())
            }
        }
    }

    pub(crate) fn load(&self, view: &mut View, keys: &[Key]) -> Result<(), StoreError> {
        match self {
            Self::Memory(rows) => {
                let rows = rows.read().unwrap_or_else(PoisonError::into_inner);
                Snapshot::Memory(&rows).load(view, keys)
            }
            Self::Sqlite(connection) => Snapshot::Sqlite(connection).load(view, keys),
            Self::Postgres(link) => postgres::load::load_locked(link, view, keys),
        }
    }

    /// What this writer sees of what is stored.
    pub(crate) fn see<T>(
        &self,
        look: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Memory(rows) => {
                let rows = rows.read().unwrap_or_else(PoisonError::into_inner);
                look(&Snapshot::Memory(&rows))
            }
            Self::Sqlite(connection) => look(&Snapshot::Sqlite(connection)),
            Self::Postgres(link) => look(&Snapshot::Postgres(link)),
        }
    }

    /// Keeps a value under a name, within the commit that is open.
    pub(crate) fn keep(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        match self {
            Self::Memory(rows) => {
                rows.write().unwrap_or_else(PoisonError::into_inner).set_setting(name, value);
                Ok(())
            }
            Self::Sqlite(connection) => sqlite::set_setting(connection, name, value),
            Self::Postgres(link) => postgres::open::set_setting(link, name, value),
        }
    }

    /// As [`keep`](Self::keep), in the place of a value that must be there still.
    fn replace(&self, name: &str, (old, new): (Option<&[u8]>, &[u8])) -> Result<bool, StoreError> {
        if let Self::Postgres(link) = self {
            return postgres::open::replace_setting(link, name, (old, new));
        }
        // Nobody else writes here.
        if self.see(|snapshot| snapshot.setting(name))?.as_deref() != old {
            return Ok(false);
        }
        self.keep(name, new)?;
        Ok(true)
    }

    /// Adds lines to the trail, within the commit that is open.
    pub(crate) fn note(&self, lines: &[Line]) -> Result<(), StoreError> {
        match self {
            Self::Memory(rows) => {
                rows.write().unwrap_or_else(PoisonError::into_inner).note(lines);
                Ok(())
            }
            Self::Sqlite(connection) => sqlite::note(connection, lines),
            Self::Postgres(link) => postgres::note(link, lines),
        }
    }

    pub(crate) fn apply(&self, writes: &WriteSet) -> Result<(), StoreError> {
        match self {
            Self::Memory(rows) => {
                // Checks all before it changes anything, so a panic leaves nothing half-done.
                rows.write().unwrap_or_else(PoisonError::into_inner).apply(writes);
                Ok(())
            }
            Self::Sqlite(connection) => sqlite::apply::apply(connection, writes),
            Self::Postgres(link) => postgres::apply::apply(link, writes),
        }
    }

    fn commit(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Sqlite(_) if planted!("answered_first") => Ok(()),
            // The log may have reached the disk or not: only a restart can tell.
            Self::Sqlite(connection) => {
                sqlite::run(connection, "COMMIT").map_err(|_| StoreError::OutcomeUnknown)
            }
            Self::Postgres(link) => link.commit(),
        }
    }

    /// Whether what was committed survives the loss of power.
    pub(crate) fn syncs(&self) -> Result<bool, StoreError> {
        match self {
            Self::Memory(_) | Self::Postgres(_) => Ok(false),
            Self::Sqlite(connection) => sqlite::syncs(connection),
        }
    }

    fn rollback(&self) {
        match self {
            Self::Memory(_) => {}
            Self::Sqlite(connection) => {
                if !connection.is_autocommit() && sqlite::run(connection, "ROLLBACK").is_err() {
                    tracing::error!("a failed batch could not be rolled back");
                }
            }
            Self::Postgres(link) => link.rollback(),
        }
    }
}

fn remembered(rows: &RwLock<Rows>, holder: [u8; 16], asks: &[(String, i64)]) -> Vec<Lease> {
    rows.write().unwrap_or_else(PoisonError::into_inner).lease(holder, asks)
}

/// Does something that waits for a database across a socket: on a thread of its own, because the
/// caller's may be one where nothing may wait.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let done = scope.spawn(work).join();
        done.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
    })
}
