//! A run that can be repeated to the byte, on one thread: randomness from a seed, a clock that is
//! given, webhooks that go to a function instead of a socket, and processes that end between two of
//! their steps. For tests alone, behind a feature that the binary is never built with.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use farthing_core::time::TimestampMs;
use http::Request;
use http_body_util::Full;

/// What tells the time of a rehearsal.
type Hands = Box<dyn Fn() -> TimestampMs>;
/// The status that an endpoint answers, or none where nobody does.
pub type Posted = Pin<Box<dyn Future<Output = Option<u16>> + Send>>;
/// Takes the webhooks of a rehearsal.
pub type Office = Arc<dyn Fn(Request<Full<Bytes>>) -> Posted + Send + Sync>;

thread_local! {
    static SEED: Cell<Option<u64>> = const { Cell::new(None) };
    static TICKS: Cell<i64> = const { Cell::new(0) };
    static HANDS: RefCell<Option<Hands>> = const { RefCell::new(None) };
    static OFFICE: RefCell<Option<Office>> = const { RefCell::new(None) };
}

/// From now on this thread's randomness follows from the seed, and its clock ticks a millisecond at
/// each reading, from the start.
pub fn begin(seed: u64, start: TimestampMs) {
    SEED.set(Some(seed));
    TICKS.set(start.ms());
    HANDS.set(None);
    OFFICE.set(None);
}

/// From now on this thread's clock shows what this function says.
pub fn tell_time(hands: impl Fn() -> TimestampMs + 'static) {
    HANDS.set(Some(Box::new(hands)));
}

/// From now on what this thread's senders send goes here.
pub fn take_post(office: Office) {
    OFFICE.set(Some(office));
}

/// Whether this thread rehearses.
pub fn active() -> bool {
    SEED.get().is_some()
}

/// Where this thread's webhooks go, if not to a socket.
pub(crate) fn office() -> Option<Office> {
    OFFICE.with_borrow(Clone::clone)
}

/// Fills the bytes from the seed, if this thread rehearses.
pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    let Some(mut seed) = SEED.get() else { return false };
    for chunk in bytes.chunks_mut(8) {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
    }
    SEED.set(Some(seed));
    true
}

/// The clock's next reading, if this thread rehearses.
pub(crate) fn now() -> Option<TimestampMs> {
    SEED.get()?;
    let told = HANDS.with_borrow(|hands| hands.as_ref().map(|hands| hands()));
    Some(told.unwrap_or_else(|| {
        let ticks = TICKS.get();
        TICKS.set(ticks.saturating_add(1));
        TimestampMs::from_ms(ticks)
    }))
}

/// Whether a process is still there. What is held by it takes no further step once it is over: as
/// after `kill -9`, whatever it had not handed on is gone.
#[derive(Clone, Debug, Default)]
pub struct Life(Arc<AtomicBool>);

impl Life {
    /// Ends the process, between two of its steps.
    pub fn end(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ties work to the process. Once that is over, the work is dropped and never ready.
    pub fn hold<F: Future>(&self, work: F) -> Held<F> {
        Held { life: self.clone(), work: Some(Box::pin(work)) }
    }
}

/// Work tied to a process.
#[derive(Debug)]
pub struct Held<F> {
    life: Life,
    work: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Held<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.life.is_over() {
            self.work = None;
        }
        self.work.as_mut().map_or(Poll::Pending, |work| work.as_mut().poll(context))
    }
}
