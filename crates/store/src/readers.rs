//! Threads that read: each has a connection of its own and gives each read one snapshot.
//!
//! What a snapshot is, the engine knows; here is only who waits for whom.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::error::StoreError;
use crate::limits::{QUEUE_READS, READERS};
use crate::snapshot::Snapshot;

/// A read: told why where no snapshot could be had.
pub(crate) type Read = Box<dyn FnOnce(Result<&Snapshot<'_>, StoreError>) + Send>;

/// Serves reads on the thread that asks.
type Own = Box<dyn FnMut(Read) + Send>;

/// The readers. Dropping them finishes what is queued.
pub(crate) struct Readers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
    /// Without threads: whoever reads does it at once.
    own: Option<Mutex<Own>>,
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
    /// Each source serves the reads of one thread.
    pub(crate) fn start<S>(source: impl Fn() -> Result<S, StoreError>) -> Result<Self, StoreError>
    where
        S: FnMut(Read) + Send + 'static,
    {
        let queue = Arc::new(Queue::default());
        let mut readers = Self { queue, threads: Vec::with_capacity(READERS), own: None };
        for number in 0..READERS {
            let mut serve = source()?;
            let queue = Arc::clone(&readers.queue);
            let thread = std::thread::Builder::new()
                .name(format!("farthing-read-{number}"))
                .spawn(move || {
                    while let Some(read) = queue.next() {
                        serve(read);
                    }
                })
                .map_err(|error| {
                    tracing::error!(%error, "no thread to be had");
                    StoreError::Unavailable
                })?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Without threads, for runs that are to be repeated to the byte.
    pub(crate) fn by_hand(serve: impl FnMut(Read) + Send + 'static) -> Self {
        let own: Own = Box::new(serve);
        Self { queue: Arc::default(), threads: Vec::new(), own: Some(Mutex::new(own)) }
    }

    /// Queues a read.
    pub(crate) fn push(&self, read: Read) -> Result<(), StoreError> {
        if let Some(own) = &self.own {
            own.lock().unwrap_or_else(PoisonError::into_inner)(read);
            return Ok(());
        }
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

/// Gives a read its snapshot. A panic is the bug of one read.
pub(crate) fn give(read: Read, snapshot: Result<&Snapshot<'_>, StoreError>) {
    if catch_unwind(AssertUnwindSafe(|| read(snapshot))).is_err() {
        tracing::error!("an assertion fired while reading");
    }
}
