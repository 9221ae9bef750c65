//! The store's handle: submit commands, read snapshots.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::thread::JoinHandle;

use farthing_core::time::TimestampMs;
use farthing_domain::audit::{Kept, Line};
use farthing_domain::books::BooksReport;
use farthing_domain::change::Change;
use farthing_domain::command::Command;
use farthing_domain::decide::batch::Submitted;
use farthing_domain::ledger::account::Balance;
use farthing_domain::ledger::sheet::{Sheet, SheetQuery};
use farthing_domain::query::{Page, Query, Scan, SearchPage, SearchQuery};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row, View};
use tokio::sync::{Notify, oneshot};

use crate::books;
use crate::commits::{Bell, Commits};
use crate::error::StoreError;
use crate::ledger;
use crate::memory::Rows;
use crate::queue::Pending;
use crate::readers::Readers;
use crate::reading::Reading;
use crate::snapshot::{Begin, Snapshot};
use crate::sqlite::open::Folder;
use crate::writer::Shared;

/// A lease as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Of what.
    pub name: String,
    /// Whose it is.
    pub holder: [u8; 16],
    /// For how long still, by the database's clock; negative once it has run out.
    pub left_ms: i64,
}

/// The store. Clones share it; the last one gone finishes what is queued and lets the folder go.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

impl std::fmt::Debug for Store {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let engine = match self.0.engine {
            Engine::Memory(_) => "memory",
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        };
        out.debug_struct("Store").field("engine", &engine).finish_non_exhaustive()
    }
}

/// Dropped in this order: readers cannot fold the log into the file, so the writer's connection is
/// to be the last one; and the folder is let go when nothing of it is open.
pub(crate) struct Inner {
    pub(crate) threads: Vec<JoinHandle<()>>,
    pub(crate) engine: Engine,
    /// One, or several that share merchants between them.
    pub(crate) lanes: Vec<Arc<Shared>>,
    pub(crate) due: Bell,
    pub(crate) _folder: Option<Folder>,
}

/// Where reads come from. Closed: conformance covers every one of them.
pub(crate) enum Engine {
    Memory(Arc<RwLock<Rows>>),
    Sqlite(Readers),
    Postgres(Readers),
}

impl Drop for Inner {
    fn drop(&mut self) {
        for lane in &self.lanes {
            lane.queue.close();
        }
        for thread in self.threads.drain(..) {
            // Its panics are caught batch by batch; nothing is left to report here.
            drop(thread.join());
        }
    }
}

/// Writing.
impl Store {
    /// Whose commands are decided by whom: all of one merchant by one lane.
    fn lane(&self, merchant: i64) -> &Shared {
        let lanes = &self.0.lanes;
        let count = i64::try_from(lanes.len()).unwrap_or(1);
        let place = merchant.checked_rem_euclid(count).unwrap_or_default();
        let place = usize::try_from(place).unwrap_or_default();
        lanes.get(place).expect("a remainder of their number")
    }

    /// Runs a command and answers after its commit. Once polled it will run, even if nobody waits.
    ///
    /// # Errors
    /// [`StoreError::Busy`] at once where too much waits; [`StoreError::OutcomeUnknown`] where the
    /// commit failed half-way; otherwise nothing was written.
    pub async fn submit(&self, command: Command) -> Result<Submitted, StoreError> {
        self.enqueue(command)?.await
    }

    /// As [`submit`](Self::submit), waiting on this thread.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    ///
    /// # Panics
    /// Inside an asynchronous task.
    pub fn submit_blocking(&self, command: Command) -> Result<Submitted, StoreError> {
        let pending = self.enqueue(command)?;
        if self.0.threads.is_empty() {
            self.step();
        }
        pending.wait()
    }

    /// Queues a command now; its answer comes later.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where too much waits, [`StoreError::Closed`] after [`close`](Self::close).
    pub fn enqueue(&self, command: Command) -> Result<Pending, StoreError> {
        self.lane(command.meta.tenant.merchant()).queue.push(command)
    }

    /// Runs one batch of what is queued on this thread, and says how many commands it was. For
    /// stores opened without a writer's thread.
    pub fn step(&self) -> usize {
        let batch = |lane: &Arc<Shared>| {
            let jobs = lane.queue.try_next();
            if jobs.is_empty() { 0 } else { lane.run(jobs) }
        };
        self.0.lanes.iter().map(batch).sum()
    }

    /// Whether a commit is on the disk when it is answered; never so in memory.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn syncs(&self) -> Result<bool, StoreError> {
        self.0.lanes.first().map_or(Ok(false), |lane| lane.syncs())
    }

    /// Whether the last commit failed for a reason that the next would meet, too: no room on the disk,
    /// no database. The next one that succeeds ends it.
    pub fn failing(&self) -> bool {
        self.0.lanes.iter().any(|lane| lane.failing.load(Ordering::Relaxed))
    }

    /// Rings when a command was queued: for whoever calls [`step`](Self::step).
    ///
    /// # Panics
    /// Never in practice: every store has a lane.
    pub fn bell(&self) -> Arc<Notify> {
        let first = self.0.lanes.first().expect("a store has a lane");
        Arc::clone(&first.queue.bell)
    }

    /// Writes changes that nobody decided, all of them or none: for restoring a dump, for loading
    /// a benchmark's rows and for tests. The schema's constraints hold here too.
    ///
    /// # Errors
    /// [`StoreError::Bug`] if they contradict what is stored; otherwise as
    /// [`submit`](Self::submit).
    pub fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.lane(0).write(changes)
    }

    /// Takes no more commands; what is queued is still run.
    pub fn close(&self) {
        for lane in &self.0.lanes {
            lane.queue.close();
        }
    }

    /// Ticks after each commit that has something to deliver.
    pub fn commits(&self) -> Commits {
        self.0.due.listen()
    }
}

/// Reading.
impl Store {
    /// What is stored under these keys, in one snapshot.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn fetch(&self, keys: Vec<Key>) -> Result<View, StoreError> {
        self.read(move |snapshot| {
            let mut view = View::default();
            snapshot.load(&mut view, &keys)?;
            Ok(view)
        })
        .await
    }

    /// As [`fetch`](Self::fetch), asking again within the same snapshot until nothing new is
    /// wanted, for at most [`FOLLOW_UPS`](crate::limits::FOLLOW_UPS) more rounds.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch); [`StoreError::Bug`] if `wants` panics.
    pub async fn fetch_with(
        &self,
        wants: impl FnMut(&View) -> Vec<Key> + Send + 'static,
    ) -> Result<View, StoreError> {
        self.read(move |snapshot| {
            let mut view = View::default();
            snapshot.follow(&mut view, wants)?;
            Ok(view)
        })
        .await
    }

    /// One page of a list.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn page(&self, query: Query) -> Result<Page, StoreError> {
        self.read(move |snapshot| snapshot.page(&query)).await
    }

    /// One page from the query's own cursor, and what its rows point to, in one snapshot.
    ///
    /// # Errors
    /// As [`fetch_with`](Self::fetch_with).
    pub async fn page_with(
        &self,
        query: Query,
        mut wants: impl FnMut(&Page, &View) -> Vec<Key> + Send + 'static,
    ) -> Result<(Page, View), StoreError> {
        self.read(move |snapshot| {
            let page = snapshot.page(&query)?;
            let mut view = View::default();
            snapshot.follow_page(&page, &mut view, &mut wants)?;
            Ok((page, view))
        })
        .await
    }

    /// One page from where an object stands, and what its rows point to, in one snapshot; none
    /// where that object is not there. The query's own cursor is ignored.
    ///
    /// # Errors
    /// As [`fetch_with`](Self::fetch_with).
    pub async fn page_from(
        &self,
        query: Query,
        begin: Begin,
        wants: impl FnMut(&Page, &View) -> Vec<Key> + Send + 'static,
    ) -> Result<Option<(Page, View)>, StoreError> {
        self.read(move |snapshot| snapshot.page_from(query, begin, wants)).await
    }

    /// One page of what a search finds, and what its rows point to, in one snapshot.
    ///
    /// # Errors
    /// As [`fetch_with`](Self::fetch_with).
    pub async fn search_with(
        &self,
        query: SearchQuery,
        mut wants: impl FnMut(&Page, &View) -> Vec<Key> + Send + 'static,
    ) -> Result<(SearchPage, View), StoreError> {
        self.read(move |snapshot| {
            let found = crate::search::search(snapshot, &query)?;
            let mut view = View::default();
            snapshot.follow_page(&found.page, &mut view, &mut wants)?;
            Ok((found, view))
        })
        .await
    }

    /// A tenant's ledger balances at the end of a moment, exactly; by account, then by currency.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn balances_at(
        &self,
        tenant: TenantId,
        at: TimestampMs,
    ) -> Result<Vec<Balance>, StoreError> {
        self.read(move |snapshot| {
            let sums = ledger::balances_at(snapshot, tenant, at)?.0.into_iter();
            Ok(sums
                .map(|((account, currency), minor)| {
                    let none = Balance::none(tenant, account, currency);
                    Balance { minor, ..none }
                })
                .collect())
        })
        .await
    }

    /// A ledger account over a period, in one snapshot.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn sheet(&self, asked: SheetQuery) -> Result<Sheet, StoreError> {
        self.read(move |snapshot| ledger::sheet(snapshot, &asked)).await
    }

    /// A range of what the machinery has to do next.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn scan(&self, scan: Scan) -> Result<Vec<Row>, StoreError> {
        self.read(move |snapshot| snapshot.scan(&scan)).await
    }

    /// A value under a name. For start-up: it waits on this thread.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name.to_owned();
        self.read_blocking(move |snapshot| snapshot.setting(&name))
    }

    /// Keeps a value under a name. For start-up: it waits on this thread.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn set_setting(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.lane(0).set_setting(name, value)
    }

    /// Keeps a value under a name if the one that was read is still there; says whether it was. It
    /// waits on this thread.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; [`StoreError::OutcomeUnknown`].
    pub fn replace_setting(
        &self,
        name: &str,
        old: Option<&[u8]>,
        new: &[u8],
    ) -> Result<bool, StoreError> {
        self.lane(0).replace_setting(name, (old, new))
    }

    /// Takes or keeps a lease for so many milliseconds, by the database's clock; none of them gives
    /// it up. Says whether it is held. A store of one process always holds its leases. It waits on
    /// this thread.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it is not known then whether it is held.
    pub fn lease(&self, name: &str, holder: [u8; 16], ms: i64) -> Result<bool, StoreError> {
        self.lane(0).lease(name, holder, ms)
    }

    /// Takes, keeps or gives up several leases, as [`lease`](Self::lease) does one, in one commit, and
    /// reads those of everybody. A store of one process says that it holds what it asked for.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it is not known then which are held.
    pub fn leases(
        &self,
        holder: [u8; 16],
        asks: &[(String, i64)],
    ) -> Result<Vec<Lease>, StoreError> {
        self.lane(0).leases(holder, asks)
    }

    /// Copies everything from elsewhere, in one commit, and says how many rows that was. It waits
    /// on this thread, as long as that takes.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] if there is something in this store; otherwise as
    /// [`fetch`](Self::fetch) and [`write`](Self::write), and nothing was copied.
    pub fn receive(&self, from: Reading) -> Result<u64, StoreError> {
        self.lane(0).receive(from)
    }

    /// Adds lines to the trail, all of them or none, on disk when this returns. It waits on this
    /// thread.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn note(&self, lines: &[Line]) -> Result<(), StoreError> {
        self.lane(0).note(lines)
    }

    /// The trail, newest first, older than a place.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn trail(&self, before: Option<i64>, limit: usize) -> Result<Vec<Kept>, StoreError> {
        self.read(move |snapshot| snapshot.trail(before, limit)).await
    }

    /// Runs through the books over one snapshot. It waits on this thread, as long as that takes.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub fn books(&self) -> Result<BooksReport, StoreError> {
        self.read_blocking(books::check)
    }

    /// Every row in key order, for tests and the simulation.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub fn dump(&self) -> Result<Vec<Row>, StoreError> {
        self.read_blocking(books::dump)
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.0.engine {
            Engine::Memory(rows) => read_memory(rows, work),
            Engine::Sqlite(readers) | Engine::Postgres(readers) => {
                let (answer, answered) = oneshot::channel();
                readers.push(Box::new(move |snapshot| {
                    // The caller may have hung up.
                    drop(answer.send(snapshot.and_then(work)));
                }))?;
                answered.await.unwrap_or(Err(StoreError::Bug))
            }
        }
    }

    fn read_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.0.engine {
            Engine::Memory(rows) => read_memory(rows, work),
            Engine::Sqlite(readers) | Engine::Postgres(readers) => {
                let (answer, answered) = mpsc::channel();
                readers.push(Box::new(move |snapshot| {
                    drop(answer.send(snapshot.and_then(work)));
                }))?;
                answered.recv().unwrap_or(Err(StoreError::Bug))
            }
        }
    }
}

fn read_memory<T>(
    rows: &RwLock<Rows>,
    work: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let rows = rows.read().unwrap_or_else(PoisonError::into_inner);
    catch_unwind(AssertUnwindSafe(|| work(&Snapshot::Memory(&rows)))).unwrap_or_else(|_| {
        tracing::error!("an assertion fired while reading");
        Err(StoreError::Bug)
    })
}
