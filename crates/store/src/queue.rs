//! What waits for the writer: three lanes, one condition variable, no clock.
//!
//! The reserved lane holds what finishes something already begun (decision 7): the settling or
//! postponing of an attempt, the results of deliveries. It is drained first and never answers
//! [`StoreError::Busy`]. It needs no bound of its own: each of its commands belongs to one open call
//! or one claimed group of deliveries, and those are bounded where they are begun, because beginning
//! goes through the ordinary lane.
//!
//! The idle lane holds what nobody waits for (decision 6: old records go). It is looked at when the
//! other two are empty, one command at a time, so that whoever comes meanwhile waits for one small
//! commit; and once in [`IDLE_PATIENCE`] batches in any case, so that it is done under any load.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use farthing_domain::command::{Ask, Command};
use farthing_domain::decide::batch::Submitted;
use farthing_domain::limits::BATCH_COMMANDS;
use tokio::sync::{Notify, oneshot};

use crate::error::StoreError;
use crate::limits::{IDLE_COMMANDS, IDLE_PATIENCE, QUEUE_COMMANDS};

/// What a caller is answered.
pub(crate) type Answered = Result<Submitted, StoreError>;

/// A command and who waits for it.
pub(crate) struct Job {
    pub(crate) command: Command,
    pub(crate) reply_to: oneshot::Sender<Answered>,
}

/// A command that is queued. Dropping it does not take the command back.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<Answered>);

impl Pending {
    /// Waits on this thread.
    ///
    /// # Errors
    /// As [`Store::submit`](crate::Store::submit).
    ///
    /// # Panics
    /// Inside an asynchronous task.
    pub fn wait(self) -> Result<Submitted, StoreError> {
        self.0.blocking_recv().unwrap_or(Err(StoreError::OutcomeUnknown))
    }
}

impl Future for Pending {
    type Output = Result<Submitted, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // A writer that went away without a word may have committed before.
        Pin::new(&mut self.0)
            .poll(context)
            .map(|received| received.unwrap_or(Err(StoreError::OutcomeUnknown)))
    }
}

/// The queue between callers and the writer.
#[derive(Default)]
pub(crate) struct Queue {
    lanes: Mutex<Lanes>,
    ready: Condvar,
    /// Rings for whoever runs the batches by hand.
    pub(crate) bell: Arc<Notify>,
}

#[derive(Default)]
struct Lanes {
    reserved: VecDeque<Job>,
    ordinary: VecDeque<Job>,
    idle: VecDeque<Job>,
    /// Batches since the idle lane was last looked at.
    passed_over: u32,
    closed: bool,
}

impl Queue {
    /// Queues a command, at once or not at all.
    pub(crate) fn push(&self, command: Command) -> Result<Pending, StoreError> {
        let (reply_to, receiver) = oneshot::channel();
        let mut lanes = self.lock();
        if lanes.closed {
            return Err(StoreError::Closed);
        }
        let lane = if never_shed(&command.ask) {
            &mut lanes.reserved
        } else if matches!(command.ask, Ask::PurgeRecords(_)) {
            if lanes.idle.len() >= IDLE_COMMANDS {
                return Err(StoreError::Busy);
            }
            &mut lanes.idle
        } else if lanes.ordinary.len() < QUEUE_COMMANDS {
            &mut lanes.ordinary
        } else {
            return Err(StoreError::Busy);
        };
        lane.push_back(Job { command, reply_to });
        drop(lanes);
        self.ready.notify_one();
        self.bell.notify_one();
        Ok(Pending(receiver))
    }

    /// The next batch: all that waits, up to the bound. Waits for the first, or for so long only;
    /// none once closed and drained.
    pub(crate) fn next(&self, at_most: Option<Duration>) -> Option<Vec<Job>> {
        let mut lanes = self.lock();
        loop {
            let batch = lanes.drain();
            if !batch.is_empty() {
                return Some(batch);
            }
            if let Some(limit) = at_most {
                let waited = self.ready.wait_timeout(lanes, limit);
                let (mut lanes, _) = waited.unwrap_or_else(PoisonError::into_inner);
                return Some(lanes.drain());
            }
            if lanes.closed {
                return None;
            }
            lanes = self.ready.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether nothing more is taken.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// The next batch, or an empty one.
    pub(crate) fn try_next(&self) -> Vec<Job> {
        self.lock().drain()
    }

    /// Takes nothing more; what waits is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // Nothing under this lock can leave the lanes half-changed.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lanes {
    fn drain(&mut self) -> Vec<Job> {
        let from_reserved = self.reserved.len().min(BATCH_COMMANDS);
        let room = BATCH_COMMANDS.saturating_sub(from_reserved);
        let from_ordinary = self.ordinary.len().min(room);
        let mut batch: Vec<Job> = self.reserved.drain(..from_reserved).collect();
        batch.extend(self.ordinary.drain(..from_ordinary));
        if batch.is_empty() || self.passed_over >= IDLE_PATIENCE {
            self.passed_over = 0;
            batch.extend(self.idle.pop_front());
        } else if !self.idle.is_empty() {
            self.passed_over = self.passed_over.saturating_add(1);
        }
        batch
    }
}

/// Whether a command finishes what another began.
pub(crate) fn never_shed(ask: &Ask) -> bool {
    match ask {
        Ask::Settle(..)
        | Ask::FailOver(_)
        | Ask::Postpone(_)
        | Ask::HearRefund(..)
        | Ask::HearPayment(..)
        | Ask::OpenDispute(_)
        | Ask::HearDispute(..)
        | Ask::DisputeTold(..)
        | Ask::WarnOfFraud(_)
        | Ask::PayoutTold(..)
        | Ask::HearPayout(_)
        | Ask::RecordTries(_) => true,
        Ask::CreateIntent(_)
        | Ask::UpdateIntent(_)
        | Ask::ConfirmIntent(_)
        | Ask::CaptureIntent(_)
        | Ask::IncrementIntent(_)
        | Ask::CancelIntent(_)
        | Ask::AnswerChallenge(_)
        | Ask::CreateMethod(_)
        | Ask::CreateToken(_)
        | Ask::UseToken(_)
        | Ask::CreateSetup(_)
        | Ask::UpdateSetup(_)
        | Ask::ConfirmSetup(_)
        | Ask::CancelSetup(_)
        | Ask::AnswerSetup(_)
        | Ask::AttachMethod(_)
        | Ask::DetachMethod(_)
        | Ask::UpdateMethod(_)
        | Ask::CreateRefund(_)
        | Ask::UpdateRefund(..)
        | Ask::UpdateCharge(..)
        | Ask::CreateCustomer(_)
        | Ask::UpdateCustomer(_)
        | Ask::DeleteCustomer(_)
        | Ask::UpdateDispute(_)
        | Ask::CloseDispute(_)
        | Ask::DisputeDue(_)
        | Ask::CreatePayout(_)
        | Ask::UpdatePayout(..)
        | Ask::CancelPayout(_)
        | Ask::ReversePayout(_)
        | Ask::AddBankAccount(_)
        | Ask::DeleteBankAccount(_)
        | Ask::UpdatePayoutSettings(_)
        | Ask::CreateEndpoint(_)
        | Ask::UpdateEndpoint(_)
        | Ask::DeleteEndpoint(_)
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
        | Ask::RunTimer(..)
        | Ask::PutOffTimer(_)
        | Ask::HastenDeliveries(_)
        | Ask::PurgeRecords(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use farthing_core::time::TimestampMs;
    use farthing_domain::acquirer::Acquirer;
    use farthing_domain::command::{Entropy, Meta, PurgeRecords};
    use farthing_domain::tenant::TenantId;

    use super::*;

    fn command(ask: Ask) -> Command {
        let meta = Meta {
            tenant: TenantId::from_raw(2),
            now: TimestampMs::from_ms(1),
            entropy: Entropy { ids: [0; 16], secret: [0; 19] },
            claim: None,
            request: None,
            expand: Vec::new(),
            spender: None,
            acquirer: Acquirer::FIRST,
        };
        Command { meta, ask }
    }

    fn purge() -> Command {
        let finished_before = TimestampMs::from_ms(0);
        command(Ask::PurgeRecords(PurgeRecords { keys: Vec::new(), finished_before }))
    }

    fn ordinary() -> Command {
        command(Ask::RecordUses(Vec::new()))
    }

    fn finishing() -> Command {
        command(Ask::RecordTries(Vec::new()))
    }

    fn is_purge(job: &Job) -> bool {
        matches!(job.command.ask, Ask::PurgeRecords(_))
    }

    #[test]
    fn nobody_waits_for_what_nobody_waits_for() {
        let queue = Queue::default();
        for each in [purge(), ordinary(), purge(), finishing()] {
            queue.push(each).expect("there is room");
        }
        let first = queue.try_next();
        assert_eq!((first.len(), first.iter().any(is_purge)), (2, false));
        let is_try = |job: &Job| matches!(job.command.ask, Ask::RecordTries(_));
        assert!(first.first().is_some_and(is_try), "what was begun comes first");
        queue.push(ordinary()).expect("there is room");
        assert!(!queue.try_next().iter().any(is_purge), "who came meanwhile comes first");
        for _ in 0..2 {
            let idle = queue.try_next();
            assert_eq!((idle.len(), idle.iter().all(is_purge)), (1, true), "one at a time");
        }
        assert!(queue.try_next().is_empty());
    }

    #[test]
    fn a_writer_that_never_rests_deletes_all_the_same() {
        let queue = Queue::default();
        queue.push(purge()).expect("there is room");
        let mut batches = 0;
        loop {
            queue.push(ordinary()).expect("there is room");
            if queue.try_next().iter().any(is_purge) {
                break;
            }
            batches += 1;
        }
        assert_eq!(batches, IDLE_PATIENCE);
    }

    #[test]
    fn every_lane_that_callers_fill_is_bounded() {
        let queue = Queue::default();
        let fill = |make: fn() -> Command, bound: usize| {
            for _ in 0..bound {
                queue.push(make()).expect("there is room");
            }
            assert_eq!(queue.push(make()).err(), Some(StoreError::Busy));
        };
        fill(purge, IDLE_COMMANDS);
        fill(ordinary, QUEUE_COMMANDS);
        queue.push(finishing()).expect("what was begun is finished, however full it is");
    }
}
