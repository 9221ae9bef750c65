//! What every way to the simulator has in common: a question goes, an answer comes, and each call of
//! [`Acquirer`] is one of them.

use std::future::Future;

use farthing_core::time::TimestampMs;

use crate::Acquirer;
use crate::answer::{Answer, CallError, CardFacts, LookupAnswer, Refusal, Reversed};
use crate::call::{
    AccountFacts, AnswerCall, AuthorizeCall, CaptureCall, IncrementCall, PayCall, PayoutCall,
    Reference, RefundCall, VoidCall,
};
use crate::notice::Notice;
use crate::simulator::book::{Paying, Reply, Request};
use crate::simulator::operation::Operation;
use crate::simulator::{cards, means};

/// A way to the simulator.
pub(crate) trait Way: Send + Sync {
    /// Asks, and hears the answer, with whatever happens to them on the way.
    fn ask(
        &self,
        request: Request,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Reply, CallError>> + Send;

    /// The number of the newest notice, as far as answers have told.
    fn newest(&self) -> u64;
}

/// Makes a call. It is encoded already: what it was made of may be gone.
async fn perform(
    way: &impl Way,
    operation: Operation,
    now: TimestampMs,
) -> Result<Answer, CallError> {
    match way.ask(Request::Act { operation, now }, now).await? {
        Reply::Verdict(verdict) => said(verdict),
        reply => odd(&reply),
    }
}

async fn pay_out(way: &impl Way, paying: Paying, now: TimestampMs) -> Result<(), CallError> {
    match way.ask(Request::Pay { paying, now }, now).await? {
        Reply::Paid(done) => said(done),
        reply => odd(&reply),
    }
}

fn said<T>(result: Result<T, Refusal>) -> Result<T, CallError> {
    result.map_err(|reason| CallError::Refused { reason })
}

/// An answer to another question: whoever gives it is not the network that was asked.
fn odd<T>(_reply: &Reply) -> Result<T, CallError> {
    Err(CallError::Unreachable)
}

impl<W: Way> Acquirer for W {
    fn facts(&self, number: &str) -> CardFacts {
        cards::facts(number)
    }

    fn authorize<'s>(
        &'s self,
        call: &AuthorizeCall<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send + use<'s, W> {
        perform(self, Operation::from(call), now)
    }

    fn account(&self, number: &str) -> AccountFacts {
        AccountFacts { name: means::of_account(number).name.to_owned() }
    }

    async fn pay(&self, call: PayCall, now: TimestampMs) -> Result<Answer, CallError> {
        perform(self, call.into(), now).await
    }

    async fn capture(&self, call: CaptureCall, now: TimestampMs) -> Result<Answer, CallError> {
        perform(self, call.into(), now).await
    }

    async fn increment(&self, call: IncrementCall, now: TimestampMs) -> Result<Answer, CallError> {
        perform(self, call.into(), now).await
    }

    async fn void(&self, call: VoidCall, now: TimestampMs) -> Result<Answer, CallError> {
        perform(self, call.into(), now).await
    }

    async fn refund(&self, call: RefundCall, now: TimestampMs) -> Result<Answer, CallError> {
        perform(self, call.into(), now).await
    }

    fn payout<'s>(
        &'s self,
        call: &PayoutCall<'_>,
        now: TimestampMs,
    ) -> impl Future<Output = Result<(), CallError>> + Send + use<'s, W> {
        pay_out(self, Paying::look(call), now)
    }

    async fn answer(&self, call: AnswerCall, now: TimestampMs) -> Result<(), CallError> {
        match self.ask(Request::Answer { call, now }, now).await? {
            Reply::Answered(done) => said(done),
            reply => odd(&reply),
        }
    }

    fn has_news(&self, after: u64) -> bool {
        self.newest() > after
    }

    async fn lookup(
        &self,
        reference: Reference,
        now: TimestampMs,
    ) -> Result<LookupAnswer, CallError> {
        match self.ask(Request::Lookup { reference }, now).await? {
            Reply::Lookup(answer) => Ok(answer),
            reply => odd(&reply),
        }
    }

    async fn reverse(&self, reference: Reference, now: TimestampMs) -> Result<Reversed, CallError> {
        match self.ask(Request::Reverse { reference, now }, now).await? {
            Reply::Reversed(reversed) => Ok(reversed),
            reply => odd(&reply),
        }
    }

    async fn notices(
        &self,
        after: u64,
        limit: usize,
        now: TimestampMs,
    ) -> Result<Vec<Notice>, CallError> {
        match self.ask(Request::Notices { after, limit, now }, now).await? {
            Reply::Notices(notices) => Ok(notices),
            reply => odd(&reply),
        }
    }
}
