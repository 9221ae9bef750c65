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

use crate::Acquirer;
use crate::answer::{Answer, CallError, CardFacts, LookupAnswer, Refusal, Reversed};
use crate::call::{
    AccountFacts, AnswerCall, AuthorizeCall, CaptureCall, IncrementCall, PayCall, PayoutCall,
    Reference, RefundCall, VoidCall,
};
use crate::limits::{BATCH_MAX, QUEUE_MAX};
use crate::notice::Notice;
use crate::simulator::book::{Book, BookError, BookView, Paying, Reply, Request};
use crate::simulator::faults::{Faults, Loss};
use crate::simulator::operation::Operation;

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

    /// The number of the newest notice that was published.
    pub(crate) fn newest_notice(&self) -> u64 {
        self.inner.newest_notice.load(Ordering::Relaxed)
    }

    /// What another process asks, with whatever happens to it on the way.
    pub(crate) async fn asked(
        &self,
        request: Request,
        now: TimestampMs,
    ) -> Result<Reply, CallError> {
        fn said<T>(result: Result<T, CallError>) -> Result<Result<T, Refusal>, CallError> {
            match result {
                Ok(done) => Ok(Ok(done)),
                Err(CallError::Refused { reason }) => Ok(Err(reason)),
                Err(error) => Err(error),
            }
        }
        match request {
            Request::Act { operation, now } => {
                said(self.perform(operation, now).await).map(Reply::Verdict)
            }
            Request::Pay { paying, now } => said(self.pay(paying, now).await).map(Reply::Paid),
            Request::Answer { call, now } => {
                said(self.answer(call, now).await).map(Reply::Answered)
            }
            Request::Lookup { reference } => self.lookup(reference, now).await.map(Reply::Lookup),
            Request::Reverse { reference, now } => {
                self.reverse(reference, now).await.map(Reply::Reversed)
            }
            Request::Notices { after, limit, now } => {
                self.notices(after, limit, now).await.map(Reply::Notices)
            }
            Request::SetClock { .. } => self.ask(request).await,
            // What is refused is the network's own doing.
            Request::Refuse { .. } => Err(CallError::Unreachable),
        }
    }

    /// Sets how far the clock of some references, those whose first four bytes are `scope`, is ahead of
    /// everybody's: what the network does later to their calls comes by it. It only goes forward.
    ///
    /// # Errors
    /// [`CallError`] if the book could not take it.
    pub async fn set_clock(&self, scope: [u8; 4], offset_ms: i64) -> Result<(), CallError> {
        self.ask(Request::SetClock { scope, offset_ms }).await.map(|_| ())
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
    async fn perform(&self, operation: Operation, now: TimestampMs) -> Result<Answer, CallError> {
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
        let reply = self.ask(request).await?;
        wait(fate.delay_ms - fate.delay_ms / 2).await;
        match (reply, fate.loss) {
            (_, Loss::Answer) => Err(CallError::TimedOut),
            (Reply::Verdict(verdict), _) => verdict.map_err(|reason| CallError::Refused { reason }),
            (reply, _) => unreachable!("a call was answered by {reply:?}"),
        }
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

    async fn ask(&self, request: Request) -> Result<Reply, CallError> {
        let (reply_to, reply) = oneshot::channel();
        self.inner.post(Job { request, reply_to: Some(reply_to) })?;
        reply.await.map_err(|_| CallError::Unreachable)
    }

    /// Takes a payout to the book. Where the answer is lost, the payout was made all the same.
    async fn pay(&self, paying: Paying, now: TimestampMs) -> Result<(), CallError> {
        let lost = self.inner.faults.inquiry_lost(paying.reference, now);
        match self.ask(Request::Pay { paying, now }).await? {
            Reply::Paid(_) if lost => Err(CallError::TimedOut),
            Reply::Paid(done) => done.map_err(|reason| CallError::Refused { reason }),
            reply => unreachable!("a payout was answered by {reply:?}"),
        }
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
        self.ask(request).await
    }
}

impl Acquirer for Simulator {
    fn facts(&self, number: &str) -> CardFacts {
        cards::facts(number)
    }

    fn authorize<'s>(
        &'s self,
        call: &AuthorizeCall<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send + use<'s> {
        self.perform(Operation::from(call), now)
    }

    fn account(&self, number: &str) -> AccountFacts {
        AccountFacts { name: means::of_account(number).name.to_owned() }
    }

    async fn pay(&self, call: PayCall, now: TimestampMs) -> Result<Answer, CallError> {
        self.perform(call.into(), now).await
    }

    async fn capture(&self, call: CaptureCall, now: TimestampMs) -> Result<Answer, CallError> {
        self.perform(call.into(), now).await
    }

    async fn increment(&self, call: IncrementCall, now: TimestampMs) -> Result<Answer, CallError> {
        self.perform(call.into(), now).await
    }

    async fn void(&self, call: VoidCall, now: TimestampMs) -> Result<Answer, CallError> {
        self.perform(call.into(), now).await
    }

    async fn refund(&self, call: RefundCall, now: TimestampMs) -> Result<Answer, CallError> {
        self.perform(call.into(), now).await
    }

    fn payout<'s>(
        &'s self,
        call: &PayoutCall<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<(), CallError>> + Send + use<'s> {
        // Looked at now: the number is gone when the future is awaited.
        self.pay(Paying::look(call), now)
    }

    async fn answer(&self, call: AnswerCall, now: TimestampMs) -> Result<(), CallError> {
        let mut about = [0; 16];
        about[8..].copy_from_slice(&call.dispute.to_be_bytes());
        match self.inquire(Reference(about), Request::Answer { call, now }, now).await? {
            Reply::Answered(done) => done.map_err(|reason| CallError::Refused { reason }),
            reply => unreachable!("an answer to a dispute was answered by {reply:?}"),
        }
    }

    fn has_news(&self, after: u64) -> bool {
        self.inner.newest_notice.load(Ordering::Relaxed) > after
    }

    async fn lookup(
        &self,
        reference: Reference,
        now: TimestampMs,
    ) -> Result<LookupAnswer, CallError> {
        match self.inquire(reference, Request::Lookup { reference }, now).await? {
            Reply::Lookup(answer) => Ok(answer),
            reply => unreachable!("a look-up was answered by {reply:?}"),
        }
    }

    async fn reverse(&self, reference: Reference, now: TimestampMs) -> Result<Reversed, CallError> {
        match self.inquire(reference, Request::Reverse { reference, now }, now).await? {
            Reply::Reversed(reversed) => Ok(reversed),
            reply => unreachable!("a reversal was answered by {reply:?}"),
        }
    }

    async fn notices(
        &self,
        after: u64,
        limit: usize,
        now: TimestampMs,
    ) -> Result<Vec<Notice>, CallError> {
        let feed = Reference([0; 16]);
        match self.inquire(feed, Request::Notices { after, limit, now }, now).await? {
            Reply::Notices(notices) => Ok(notices),
            reply => unreachable!("the feed was answered by {reply:?}"),
        }
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
