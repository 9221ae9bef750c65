//! Threads that read: each has a connection of its own and gives each read one snapshot.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::error::StoreError;
use crate::limits::{QUEUE_READS, READERS};
use crate::snapshot::Snapshot;
use crate::sqlite::{open, run};

/// A read: told why where no snapshot could be had.
type Read = Box<dyn FnOnce(Result<&Snapshot<'_>, StoreError>) + Send>;

/// The readers. Dropping them finishes what is queued.
pub(crate) struct Readers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    reads: Mutex<Reads>,
    ready: Condvar,
}

#[derive(Default)]
struct Reads {
    waiting: VecDeque<Read>,
    closed: bool,
}

impl Readers {
    pub(crate) fn open(file: &Path) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::default());
        let mut readers = Self { queue, threads: Vec::with_capacity(READERS) };
        for number in 0..READERS {
            let connection = open::reader(file)?;
            let queue = Arc::clone(&readers.queue);
            let thread = std::thread::Builder::new()
                .name(format!("farthing-read-{number}"))
                .spawn(move || read_loop(&queue, &connection))
                .map_err(|error| {
                    tracing::error!(%error, "no thread to be had");
                    StoreError::Unavailable
                })?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Queues a read.
    pub(crate) fn push(&self, read: Read) -> Result<(), StoreError> {
        let mut reads = self.queue.lock();
        if reads.waiting.len() >= QUEUE_READS {
            return Err(StoreError::Busy);
        }
        reads.waiting.push_back(read);
        drop(reads);
        self.queue.ready.notify_one();
        Ok(())
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.ready.notify_all();
        for thread in self.threads.drain(..) {
            // A reader's panics are caught one by one; nothing is left to report here.
            drop(thread.join());
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Read> {
        let mut reads = self.lock();
        loop {
            if let Some(read) = reads.waiting.pop_front() {
                return Some(read);
            }
            if reads.closed {
                return None;
            }
            reads = self.ready.wait(reads).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn read_loop(queue: &Queue, connection: &Connection) {
    while let Some(read) = queue.next() {
        let caught = catch_unwind(AssertUnwindSafe(|| snapshot(connection, read)));
        if caught.is_err() {
            tracing::error!("an assertion fired while reading");
        }
        // Also after a panic: a snapshot left open would keep the log from being folded.
        if !connection.is_autocommit() && run(connection, "ROLLBACK").is_err() {
            tracing::error!("a snapshot could not be closed");
        }
    }
}

/// Runs a read within one snapshot.
pub(crate) fn snapshot(connection: &Connection, read: Read) {
    match run(connection, "BEGIN DEFERRED") {
        Ok(()) => read(Ok(&Snapshot::Sqlite(connection))),
        Err(error) => read(Err(error)),
    }
}
