//! An acquirer and network that exist only here: test cards, its own durable book, seeded faults.
//!
//! One thread owns the book. It takes one call, drains what else has come, does them in one commit
//! and answers then, so that thousands of calls share a sync to disk. This shell adds only what the
//! book must not know: waiting, and things that get lost.

pub(crate) mod book;
pub(crate) mod cards;
pub(crate) mod faults;
pub(crate) mod means;
mod mix;
pub(crate) mod operation;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use farthing_core::time::TimestampMs;
use tokio::sync::oneshot;

use crate::answer::{CallError, Refusal};
use crate::call::Reference;
use crate::limits::{BATCH_MAX, QUEUE_MAX};
use crate::simulator::book::{Book, BookError, BookView, Paying, Reply, Request};
use crate::simulator::faults::{Faults, Loss};
use crate::simulator::operation::Operation;
use crate::way::Way;

/// The simulator. Clones share one book; when the last one goes, what was queued is done and the
/// book is closed.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    /// Taken when the simulator goes, which ends the writer.
    hand: Option<Hand>,
    writer: Option<JoinHandle<()>>,
    /// For counting while the writer is busy.
    view: Mutex<BookView>,
    faults: Faults,
    calls: AtomicU64,
    newest_notice: Arc<AtomicU64>,
}

/// Who does the calls.
enum Hand {
    /// The writer's thread.
    Thread(SyncSender<Job>),
    /// Whoever calls, at once: for runs that are to be repeated to the byte.
    Caller(Mutex<Book>),
}

struct Job {
    request: Request,
    /// Absent for a delivery that nobody waits for.
    reply_to: Option<oneshot::Sender<Reply>>,
}

impl Simulator {
    /// Opens the book in a file, or begins it.
    ///
    /// # Errors
    /// [`BookError`] if the book or its thread cannot be had.
    pub fn open(path: &Path, faults: Faults) -> Result<Self, BookError> {
        Self::start(Book::open(path, faults.notice_after_ms())?, faults)
    }

    /// Begins a book in memory, for tests.
    ///
    /// # Errors
    /// [`BookError`] if the book or its thread cannot be had.
    pub fn in_memory(faults: Faults) -> Result<Self, BookError> {
        Self::start(Book::in_memory(faults.notice_after_ms())?, faults)
    }

    /// As [`in_memory`](Self::in_memory), without a thread: each call is done when it is made.
    ///
    /// # Errors
    /// [`BookError`] if the book cannot be had.
    pub fn by_hand(faults: Faults) -> Result<Self, BookError> {
        let book = Book::in_memory(faults.notice_after_ms())?;
        let (view, newest_notice) = (Mutex::new(book.view()?), book.newest_notice());
        let (hand, writer) = (Some(Hand::Caller(Mutex::new(book))), None);
        let calls = AtomicU64::new(0);
        Ok(Self { inner: Arc::new(Inner { hand, writer, view, faults, calls, newest_notice }) })
    }

    /// Reads the book: everything that was answered is in it. Use it from tests and tools; it waits
    /// for the disk.
    pub fn book<R>(&self, read: impl FnOnce(&BookView) -> R) -> R {
        read(&self.inner.view.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn start(book: Book, faults: Faults) -> Result<Self, BookError> {
        let view = Mutex::new(book.view()?);
        let newest_notice = book.newest_notice();
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let writer = std::thread::Builder::new()
            .name("acquirer-book".to_owned())
            .spawn(move || write_loop(book, &jobs))
            .map_err(BookError::Thread)?;
        let calls = AtomicU64::new(0);
        let (hand, writer) = (Some(Hand::Thread(queue)), Some(writer));
        Ok(Self { inner: Arc::new(Inner { hand, writer, view, faults, calls, newest_notice }) })
    }

    /// Takes a call to the book and its answer back, with whatever happens to them on the way.
    async fn perform(&self, operation: Operation, now: TimestampMs) -> Result<Reply, CallError> {
        let number = self.inner.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let fate = self.inner.faults.fate(number, operation.reference);
        let request = if fate.refused {
            Request::Refuse { operation, now }
        } else {
            Request::Act { operation, now }
        };
        match fate.loss {
            Loss::Call => return Err(CallError::TimedOut),
            Loss::Patience => {
                self.deliver_late(request, fate.delay_ms);
                return Err(CallError::TimedOut);
            }
            Loss::Answer | Loss::Nothing => {}
        }
        // Half of the delay on the way there, half on the way back: a caller who gives up in between
        // cannot know on which side of the effect that was.
        wait(fate.delay_ms / 2).await;
        if fate.duplicate {
            self.inner.post(Job { request: request.clone(), reply_to: None })?;
        }
        let reply = self.post(request).await?;
        wait(fate.delay_ms - fate.delay_ms / 2).await;
        if fate.loss == Loss::Answer { Err(CallError::TimedOut) } else { Ok(reply) }
    }

    /// Delivers a call after its caller was told of a time-out. If the simulator is gone by then, so
    /// is the call.
    fn deliver_late(&self, request: Request, delay_ms: u64) {
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            wait(delay_ms).await;
            if let Some(inner) = inner.upgrade() {
                inner.post(Job { request, reply_to: None }).ok(); // An overloaded network loses it.
            }
        });
    }

    /// Takes a question to the book and its answer back.
    async fn post(&self, request: Request) -> Result<Reply, CallError> {
        let (reply_to, reply) = oneshot::channel();
        self.inner.post(Job { request, reply_to: Some(reply_to) })?;
        reply.await.map_err(|_| CallError::Unreachable)
    }

    /// Takes a payout to the book. Where the answer is lost, the payout was made all the same.
    async fn pay(&self, paying: Paying, now: TimestampMs) -> Result<Reply, CallError> {
        let lost = self.inner.faults.inquiry_lost(paying.reference, now);
        let reply = self.post(Request::Pay { paying, now }).await?;
        if lost { Err(CallError::TimedOut) } else { Ok(reply) }
    }

    /// Asks something that moves no money, unless the question or its answer is lost.
    async fn inquire(
        &self,
        about: Reference,
        request: Request,
        now: TimestampMs,
    ) -> Result<Reply, CallError> {
        if self.inner.faults.inquiry_lost(about, now) {
            return Err(CallError::TimedOut);
        }
        self.post(request).await
    }
}

impl Way for Simulator {
    async fn ask(&self, request: Request, now: TimestampMs) -> Result<Reply, CallError> {
        match request {
            Request::Act { operation, now } => {
                self.perform(operation, now).await.or_else(|error| refused(error, Reply::Verdict))
            }
            Request::Pay { paying, now } => {
                self.pay(paying, now).await.or_else(|error| refused(error, Reply::Paid))
            }
            Request::Answer { call, now } => {
                let mut about = [0; 16];
                about[8..].copy_from_slice(&call.dispute.to_be_bytes());
                let asked = self.inquire(Reference(about), Request::Answer { call, now }, now);
                asked.await.or_else(|error| refused(error, Reply::Answered))
            }
            Request::Lookup { reference } | Request::Reverse { reference, .. } => {
                self.inquire(reference, request, now).await
            }
            Request::Notices { .. } => self.inquire(Reference([0; 16]), request, now).await,
            Request::SetClock { .. } => self.post(request).await,
            // What is refused is the network's own doing.
            Request::Refuse { .. } => Err(CallError::Unreachable),
        }
    }

    fn newest(&self) -> u64 {
        self.inner.newest_notice.load(Ordering::Relaxed)
    }
}

/// A refusal is an answer; what else went wrong is none.
fn refused<T>(
    error: CallError,
    reply: impl FnOnce(Result<T, Refusal>) -> Reply,
) -> Result<Reply, CallError> {
    match error {
        CallError::Refused { reason } => Ok(reply(Err(reason))),
        CallError::TimedOut | CallError::Unreachable | CallError::Unsent => Err(error),
    }
}

impl Inner {
    /// Queues a job. A full queue refuses at once, and the book never sees the call.
    fn post(&self, job: Job) -> Result<(), CallError> {
        let queue = match &self.hand {
            None => return Err(CallError::Unreachable),
            Some(Hand::Thread(queue)) => queue,
            Some(Hand::Caller(book)) => {
                answer(&mut book.lock().unwrap_or_else(PoisonError::into_inner), vec![job]);
                return Ok(());
            }
        };
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => CallError::Refused { reason: Refusal::Overloaded },
            TrySendError::Disconnected(_) => CallError::Unreachable,
        })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.hand = None;
        if let Some(writer) = self.writer.take() {
            writer.join().ok(); // A panic there was reported when it happened.
        }
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("faults", &self.inner.faults).finish_non_exhaustive()
    }
}

/// Takes one job, drains what else is queued, and does it all in one commit.
fn write_loop(mut book: Book, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(BATCH_MAX - 1));
        answer(&mut book, batch);
    }
}

/// Does calls in one commit, and answers then.
fn answer(book: &mut Book, jobs: Vec<Job>) {
    let (requests, reply_to): (Vec<_>, Vec<_>) =
        jobs.into_iter().map(|job| (job.request, job.reply_to)).unzip();
    // When the book fails, the senders are dropped: every caller learns that the outcome is
    // unknown, which is the truth.
    let Ok(replies) = book.run(&requests) else { return };
    assert_eq!(replies.len(), reply_to.len());
    for (reply, to) in replies.into_iter().zip(reply_to) {
        if let Some(to) = to {
            to.send(reply).ok(); // The caller may have hung up; it is in the book all the same.
        }
    }
}

async fn wait(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
