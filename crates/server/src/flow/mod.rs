//! From a command to its answer: one commit, or two with a call to the network between them.
//!
//! What must stay true: no call is made for an attempt that is not on disk; an answer of the
//! network is settled before anybody sees it; a caller that hangs up stops nothing; an outcome
//! that is not known is left to [`recover`](crate::recover), and nobody calls again; once a call may
//! have been made, no failure of ours is told as if nothing had been done.

mod call;
mod caught;
mod flights;

use std::sync::Arc;

use farthing_core::id::PaymentMethodId;
use farthing_core::planted;
use farthing_core::retry::Schedule;
use farthing_core::time::TimestampMs;
use farthing_domain::attempt::{Attempt, Call};
use farthing_domain::command::{Ask, Command, Meta, MethodSource, Postpone};
use farthing_domain::decide::batch::Submitted;
use farthing_domain::network::Outcome;
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::{Begun, Reply};
use farthing_domain::tenant::TenantId;
use farthing_store::StoreError;
use tokio::time::timeout;

use crate::app::{App, Shared};
use crate::breaker::Operation;
use crate::config::CrashPoint;
use crate::{entropy, news, ops};

pub use flights::{Flight, Flights};

/// Runs a command to the answer its caller is to see.
///
/// # Errors
/// [`StoreError`] if the store could not take it, or could not say whether it did.
pub async fn run(app: &Shared, command: Command) -> Result<Submitted, StoreError> {
    let new_card = new_card(&command.ask);
    let answers = matches!(command.ask, Ask::UpdateDispute(_) | Ask::CloseDispute(_));
    let submitted = call_or_submit(app, command).await;
    let stored = matches!(&submitted, Ok(submitted) if matches!(submitted.reply, Reply::Object(_)));
    if let Some(method) = new_card
        && !stored
    {
        // Refused or replayed: that card was never stored, so its code has no use to wait for.
        drop(app.cvcs.take(method, app.clock.now()));
    }
    if answers && stored {
        news::told_promptly(app).await;
    }
    submitted
}

async fn call_or_submit(app: &Shared, command: Command) -> Result<Submitted, StoreError> {
    if !may_call(&command.ask) {
        return app.store.submit(command).await;
    }
    // In a task of its own: a caller that hangs up between the two commits must not keep the
    // second one from happening.
    let own = Arc::clone(app);
    match app.spawn(async move { pay(&own, command).await }).await {
        Ok(answer) => answer,
        // It panicked, and has said so in the log; how far it had come is not known.
        Err(_) => Err(StoreError::OutcomeUnknown),
    }
}

/// A command of the machinery's own, for one tenant: no key, no request.
pub fn own(app: &App, tenant: TenantId, ask: Ask) -> Command {
    let now = app.clock.now();
    let meta = Meta {
        tenant,
        now,
        entropy: entropy::command(),
        claim: None,
        request: None,
        expand: Vec::new(),
        spender: None,
        acquirer: app.acquirers.first(Operation::Authorize, now),
    };
    Command { meta, ask }
}

/// What follows a call: an outcome is settled, or known to be none and another acquirer is asked;
/// without one the attempt is left to recovery.
fn after_call(app: &App, attempt: &Attempt, outcome: Option<Outcome>) -> Ask {
    let now = app.clock.now();
    match outcome {
        Some(outcome) => app.acquirers.follows(attempt, outcome, now),
        None if planted!("time_out_is_refusal") => {
            Ask::Settle(attempt.id, Box::new(Outcome::Absent))
        }
        None if planted!("fail_over_unknown") => {
            app.acquirers.follows(attempt, Outcome::Absent, now)
        }
        None => Ask::Postpone(Postpone { attempt: attempt.id, lookup_at: first_lookup(now) }),
    }
}

async fn pay(app: &Shared, command: Command) -> Result<Submitted, StoreError> {
    let submitted = app.store.submit(command).await?;
    match &submitted.reply {
        Reply::Begun(begun) => call_and_settle(app, begun).await,
        Reply::Refused(refusal) => {
            if let Refusal::KeyInUse { attempt } = **refusal {
                // Somebody waits: look now rather than when it would have been due (decision 4).
                app.hurry.up(attempt);
            }
            Ok(submitted)
        }
        Reply::Object(_)
        | Reply::Declined(_)
        | Reply::IncrementDeclined(..)
        | Reply::SetupDeclined(_)
        | Reply::NetworkRefused(_)
        | Reply::Unresolved(_)
        | Reply::CustomerDeleted(_)
        | Reply::EndpointOpened(_)
        | Reply::EndpointDeleted(_)
        | Reply::BankAccountDeleted(_)
        | Reply::ClockAdvanced { .. }
        | Reply::PayoutSettings
        | Reply::ReserveSet { .. }
        | Reply::Replay(_)
        | Reply::Done => Ok(submitted),
    }
}

/// Makes the calls of what has begun, one acquirer after the other while each is known to have done
/// nothing, and settles the last.
pub(crate) async fn call_and_settle(app: &Shared, begun: &Begun) -> Result<Submitted, StoreError> {
    let mut submitted = call_or_postpone(app, begun).await?;
    while let Reply::Begun(next) = &submitted.reply {
        submitted = call_or_postpone(app, next).await?;
    }
    let call = &begun.attempt.call;
    let takes = matches!(call, Call::Authorize { .. } | Call::Capture { .. } | Call::Void { .. });
    if takes && news::waits(app) {
        news::promptly(app).await;
    }
    Ok(submitted)
}

/// Makes a call, and writes down what follows from it. Whatever fails here, the commit, the database
/// or an assertion of ours, the call may have been made: nobody is told anything but that its outcome
/// is not known, and where the store takes it the object says so at once.
async fn call_or_postpone(app: &Shared, begun: &Begun) -> Result<Submitted, StoreError> {
    let attempt = &begun.attempt;
    // Recovery leaves the attempt alone for as long as this guard lives.
    let _flight = app.flights.begin(attempt.id);
    let error = match caught::caught(call_once(app, begun)).await {
        Ok(submitted) => return Ok(submitted),
        Err(error) => error,
    };
    ops::alert("an answer of the network is not settled yet", &attempt.id, &error);
    // If it was settled after all, this finds no attempt and changes nothing. If it cannot be
    // written either, the attempt stays as it was begun, with the time of its first look-up.
    let lookup_at = first_lookup(app.clock.now());
    let ask = Ask::Postpone(Postpone { attempt: attempt.id, lookup_at });
    app.store.submit(own(app, attempt.tenant, ask)).await.ok();
    Err(StoreError::OutcomeUnknown)
}

/// Makes a call, and submits what follows from it.
async fn call_once(app: &Shared, begun: &Begun) -> Result<Submitted, StoreError> {
    let attempt = &begun.attempt;
    let mut outcome = call_or_hold_back(app, begun).await;
    if outcome.is_none() && planted!("fresh_reference") {
        let mut again = begun.clone();
        again.attempt.reference.0[15] ^= 1;
        outcome = call_or_hold_back(app, &again).await;
    }
    if outcome.is_some() && app.config.crash_at == Some(CrashPoint::BetweenAnswerAndCommit) {
        tracing::error!(attempt = %attempt.id, "crashing on purpose");
        std::process::abort();
    }
    let ask = after_call(app, attempt, outcome);
    let mut command = own(app, attempt.tenant, ask);
    // A kept answer takes these from its attempt; one without a key has only the command's.
    command.meta.expand.clone_from(&attempt.expand);
    app.store.submit(command).await
}

/// Makes the call, unless its breaker is open: then it is not made, now or later, and its outcome is
/// known. None means that the outcome is not.
async fn call_or_hold_back(app: &App, begun: &Begun) -> Option<Outcome> {
    let operation = Operation::of(&begun.attempt.call);
    let acquirer = begun.attempt.reference.acquirer();
    let Some(way) = app.acquirers.at(acquirer) else {
        // Nothing was sent, and nothing will be.
        ops::alert("a call is for an acquirer that is not there", &begun.attempt.id, &acquirer);
        return Some(Outcome::Absent);
    };
    if !way.breakers.may_call(operation, app.clock.now()) {
        return Some(Outcome::Absent);
    }
    let call = call::make(app, way, begun, app.clock.now());
    // Dropped at the limit: from then on only recovery decides, so that a late answer cannot
    // contradict a reversal.
    let made = timeout(app.config.network_timeout, call).await.unwrap_or(call::Made::UNKNOWN);
    way.breakers.heard(operation, made.answered, app.clock.now());
    made.outcome
}

fn first_lookup(now: TimestampMs) -> TimestampMs {
    let delay_ms = Schedule::recovery().delay_ms(1, entropy::jitter()).unwrap_or_default();
    now.plus_ms(i64::try_from(delay_ms).unwrap_or(i64::MAX))
}

/// The card that a command would store.
fn new_card(ask: &Ask) -> Option<PaymentMethodId> {
    let source = match ask {
        Ask::CreateMethod(card) | Ask::CreateToken(card) => return Some(card.id),
        Ask::CreateIntent(ask) => ask.method.as_ref(),
        Ask::UpdateIntent(ask) => ask.method.as_ref(),
        Ask::ConfirmIntent(ask) => ask.method.as_ref(),
        Ask::CreateSetup(ask) => ask.method.as_ref(),
        Ask::UpdateSetup(ask) => ask.method.as_ref(),
        Ask::ConfirmSetup(ask) => ask.method.as_ref(),
        _ => None,
    };
    match source? {
        MethodSource::New(card) => Some(card.id),
        MethodSource::Stored(_) | MethodSource::Token(_) => None,
    }
}

/// Whether a command can lead to a call.
fn may_call(ask: &Ask) -> bool {
    match ask {
        Ask::CreateIntent(ask) => ask.confirm.is_some(),
        Ask::CreateSetup(ask) => ask.confirm.is_some(),
        Ask::ConfirmIntent(_)
        | Ask::ConfirmSetup(_)
        | Ask::AnswerSetup(_)
        | Ask::CaptureIntent(_)
        | Ask::IncrementIntent(_)
        | Ask::CancelIntent(_)
        | Ask::AnswerChallenge(_)
        | Ask::CreateRefund(_)
        | Ask::RunTimer(..) => true,
        Ask::UpdateIntent(_)
        | Ask::CreateMethod(_)
        | Ask::CreateToken(_)
        | Ask::UseToken(_)
        | Ask::UpdateSetup(_)
        | Ask::CancelSetup(_)
        | Ask::WarnOfFraud(_)
        | Ask::AttachMethod(_)
        | Ask::DetachMethod(_)
        | Ask::UpdateMethod(_)
        | Ask::UpdateRefund(..)
        | Ask::UpdateCharge(..)
        | Ask::UpdateDispute(_)
        | Ask::CloseDispute(_)
        | Ask::OpenDispute(_)
        | Ask::HearDispute(..)
        | Ask::DisputeTold(..)
        | Ask::DisputeDue(_)
        | Ask::CreatePayout(_)
        | Ask::UpdatePayout(..)
        | Ask::CancelPayout(_)
        | Ask::ReversePayout(_)
        | Ask::PayoutTold(..)
        | Ask::HearPayout(_)
        | Ask::AddBankAccount(_)
        | Ask::UpdatePayoutSettings(_)
        | Ask::Settle(..)
        | Ask::FailOver(_)
        | Ask::Postpone(_)
        | Ask::HearRefund(..)
        | Ask::HearPayment(..)
        | Ask::CreateCustomer(_)
        | Ask::UpdateCustomer(_)
        | Ask::DeleteCustomer(_)
        | Ask::CreateEndpoint(_)
        | Ask::UpdateEndpoint(_)
        | Ask::DeleteEndpoint(_)
        | Ask::DeleteBankAccount(_)
        | Ask::RecordTries(_)
        | Ask::OpenMerchant(_)
        | Ask::SetSettlement(_)
        | Ask::SetReserve(_)
        | Ask::AddKeys(_)
        | Ask::UpdateKey(_)
        | Ask::RollSecret(_)
        | Ask::ResendEvent(_)
        | Ask::RollKey(_)
        | Ask::EndKey(_)
        | Ask::RecordUses(_)
        | Ask::Reseal(_)
        | Ask::AdvanceClock(_)
        | Ask::PutOffTimer(_)
        | Ask::HastenDeliveries(_)
        | Ask::PurgeRecords(_) => false,
    }
}
