//! The network side (decision 9): what an acquirer can be asked, and a simulator that answers.
//!
//! Here: the [`Acquirer`] trait, its plain-data calls and answers, and [`Simulator`], which stands
//! for somebody else's system and therefore keeps its own book in its own file. It answers in this
//! process, or in one of its own ([`listen`]) that others ask over HTTP ([`Remote`]).
//! Not here: what to do with an answer. That is the domain's business, and the server translates.
//!
//! What must stay true:
//! - A call is known by our [`Reference`]. The same reference is the same effect and the same answer,
//!   however often it arrives; once reversed it is refused for ever.
//! - A card number goes in by reference, is looked at before the first await, and is kept nowhere:
//!   not in a future, not in a queue, not in the book.
//! - Time is an argument; so is, for the simulator's faults, the seed.

mod answer;
mod call;
mod limits;
mod listen;
mod network;
mod notice;
mod remote;
mod simulator;
mod way;
mod wire;

use std::future::Future;

use farthing_core::time::TimestampMs;

pub use answer::{
    Answer, Approval, CallError, CardFacts, Check, Decline, DeclineCode, Funding, LookupAnswer,
    Refusal, Reversed, RiskLevel,
};
pub use call::{
    AccountFacts, AnswerCall, Authentication, AuthorizeCall, BankDetails, CaptureCall, CardDetails,
    Direction, DisputeAnswer, IncrementCall, PayCall, PayoutCall, Reference, RefundCall, Rest,
    Steps, VoidCall,
};
pub use limits::NOTICES_MAX;
pub use listen::listen;
pub use network::Network;
pub use notice::{
    DisputeName, DisputeReason, DisputeStage, Notice, NoticeKind, PaymentFailure, PayoutFailure,
    RefundFailure,
};
pub use remote::{Remote, RemoteError};
pub use simulator::Simulator;
pub use simulator::book::{
    Book, BookError, BookView, Entry, Kind, Paying, Reply, Request, State, Totals, Verdict,
};
pub use simulator::cards::{MagicCard, magic};
pub use simulator::faults::{Fate, Fault, Faults, FaultsError, Loss};
pub use simulator::operation::{Ask, CardSeen, Operation};

/// The party that talks to the card networks.
///
/// Every call that can move money carries our reference. [`CallError::TimedOut`] and
/// [`CallError::Unreachable`] say that the outcome is unknown: find it out by [`Acquirer::lookup`], or
/// make it known by [`Acquirer::reverse`], and never by calling again under another reference.
pub trait Acquirer: Send + Sync {
    /// What the card's number alone tells: brand, funding, country. Nothing is sent anywhere.
    fn facts(&self, number: &str) -> CardFacts;

    /// Reserves funds, and takes them at once if the call says so. An amount of zero asks only
    /// whether the card is good.
    ///
    /// The call is encoded before the returned future exists, and the future does not borrow it: the
    /// card may be gone, and should be, by the time the future is awaited.
    fn authorize<'s>(
        &'s self,
        call: &AuthorizeCall<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send + use<'s, Self>;

    /// What the network makes of an account's number: a name of its own, by which later calls mean the
    /// account. The number is not kept.
    fn account(&self, number: &str) -> AccountFacts;

    /// Asks for funds by a method that is no card. An approval may say that they are on their way.
    fn pay(
        &self,
        call: PayCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send;

    /// Takes reserved funds, wholly or partly; the rest is released, or stays reserved for another
    /// capture.
    fn capture(
        &self,
        call: CaptureCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send;

    /// Reserves more under an authorization of which nothing was taken. A decline changes nothing.
    fn increment(
        &self,
        call: IncrementCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send;

    /// Releases reserved funds that were not taken.
    fn void(
        &self,
        call: VoidCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send;

    /// Gives taken funds back.
    fn refund(
        &self,
        call: RefundCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send;

    /// Sends funds to a bank account, or takes back what was sent; what comes of it is told in the
    /// feed, from the day of its arrival on. As for every call, the same reference is the same effect:
    /// whoever did not hear the answer calls again.
    ///
    /// The account's number is looked at before the returned future exists, which does not borrow it.
    fn payout<'s>(
        &'s self,
        call: &PayoutCall<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<(), CallError>> + Send + use<'s, Self>;

    /// Answers a dispute. It is refused if the network knows no such dispute; what comes of the
    /// answer is told in the feed.
    fn answer(
        &self,
        call: AnswerCall,
        now: TimestampMs,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// Whether there is news after the one numbered `after`, as far as the answers to earlier calls
    /// have told: a reason to read the feed now rather than when its turn comes.
    fn has_news(&self, after: u64) -> bool;

    /// What became of a call. [`LookupAnswer::NeverSeen`] is true of the moment only: the call may
    /// still be on its way, until it is reversed.
    fn lookup(
        &self,
        reference: Reference,
        now: TimestampMs,
    ) -> impl Future<Output = Result<LookupAnswer, CallError>> + Send;

    /// Takes a call back, or bars it if it has not arrived. After an answer other than
    /// [`Reversed::Stands`], a late request with this reference is refused.
    fn reverse(
        &self,
        reference: Reference,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Reversed, CallError>> + Send;

    /// News from the network after the one numbered `after` (0 for all), oldest first, at most
    /// `limit` and [`NOTICES_MAX`]. Numbers only grow, and a notice never changes.
    fn notices(
        &self,
        after: u64,
        limit: usize,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Vec<Notice>, CallError>> + Send;
}
