//! The way to an acquirer: a simulator in this process, or one that another process runs.

use farthing_core::time::TimestampMs;

use crate::Acquirer;
use crate::answer::{Answer, CallError, CardFacts, LookupAnswer, Reversed};
use crate::call::{
    AccountFacts, AnswerCall, AuthorizeCall, CaptureCall, IncrementCall, PayCall, PayoutCall,
    Reference, RefundCall, VoidCall,
};
use crate::notice::Notice;
use crate::remote::Remote;
use crate::simulator::Simulator;
use crate::simulator::book::BookView;

/// The way to an acquirer. A closed list: an acquirer of another kind is a line here.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a process has four of them at the most")]
pub enum Network {
    /// The simulator, in this process.
    Here(Simulator),
    /// The simulator, in a process of its own.
    There(Remote),
}

impl From<Simulator> for Network {
    fn from(simulator: Simulator) -> Self {
        Self::Here(simulator)
    }
}

impl From<Remote> for Network {
    fn from(remote: Remote) -> Self {
        Self::There(remote)
    }
}

impl Network {
    /// Reads the book of a simulator in this process; see [`Simulator::book`].
    ///
    /// # Panics
    /// If the book is another process's, which has it in a file.
    pub fn book<R>(&self, read: impl FnOnce(&BookView) -> R) -> R {
        match self {
            Self::Here(simulator) => simulator.book(read),
            Self::There(remote) => panic!("the book of {remote:?} is not here"),
        }
    }

    /// As [`Simulator::set_clock`].
    ///
    /// # Errors
    /// [`CallError`] if the network could not be told.
    pub async fn set_clock(&self, scope: [u8; 4], offset_ms: i64) -> Result<(), CallError> {
        match self {
            Self::Here(simulator) => simulator.set_clock(scope, offset_ms).await,
            Self::There(remote) => remote.set_clock(scope, offset_ms).await,
        }
    }
}

/// One of two futures.
enum Either<H, T> {
    Here(H),
    There(T),
}

impl<O, H: Future<Output = O>, T: Future<Output = O>> Either<H, T> {
    async fn run(self) -> O {
        match self {
            Self::Here(here) => here.await,
            Self::There(there) => there.await,
        }
    }
}

macro_rules! either {
    ($network:expr, $call:ident($($argument:expr),*)) => {
        match $network {
            Self::Here(simulator) => Either::Here(simulator.$call($($argument),*)),
            Self::There(remote) => Either::There(remote.$call($($argument),*)),
        }
        .run()
    };
}

impl Acquirer for Network {
    fn facts(&self, number: &str) -> CardFacts {
        match self {
            Self::Here(simulator) => simulator.facts(number),
            Self::There(remote) => remote.facts(number),
        }
    }

    fn authorize<'s>(
        &'s self,
        call: &AuthorizeCall<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send + use<'s> {
        either!(self, authorize(call, now))
    }

    fn account(&self, number: &str) -> AccountFacts {
        match self {
            Self::Here(simulator) => simulator.account(number),
            Self::There(remote) => remote.account(number),
        }
    }

    fn pay(
        &self,
        call: PayCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send {
        either!(self, pay(call, now))
    }

    fn capture(
        &self,
        call: CaptureCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send {
        either!(self, capture(call, now))
    }

    fn increment(
        &self,
        call: IncrementCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send {
        either!(self, increment(call, now))
    }

    fn void(
        &self,
        call: VoidCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send {
        either!(self, void(call, now))
    }

    fn refund(
        &self,
        call: RefundCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send {
        either!(self, refund(call, now))
    }

    fn payout<'s>(
        &'s self,
        call: &PayoutCall<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<(), CallError>> + Send + use<'s> {
        either!(self, payout(call, now))
    }

    fn answer(
        &self,
        call: AnswerCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        either!(self, answer(call, now))
    }

    fn has_news(&self, after: u64) -> bool {
        match self {
            Self::Here(simulator) => simulator.has_news(after),
            Self::There(remote) => remote.has_news(after),
        }
    }

    fn lookup(
        &self,
        reference: Reference,
        now: TimestampMs,
    ) -> impl Future<Output = Result<LookupAnswer, CallError>> + Send {
        either!(self, lookup(reference, now))
    }

    fn reverse(
        &self,
        reference: Reference,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Reversed, CallError>> + Send {
        either!(self, reverse(reference, now))
    }

    fn notices(
        &self,
        after: u64,
        limit: usize,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Vec<Notice>, CallError>> + Send {
        either!(self, notices(after, limit, now))
    }
}
