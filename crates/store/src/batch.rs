//! A batch of commands: decided, written, answered. And what is in its way: a bug that one of them
//! meets, a row that somebody holds; the others are not to suffer.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{MutexGuard, PoisonError};

use farthing_domain::command::Command;
use farthing_domain::decide::batch::{Submitted, Write, WriteSet, decide_all};
use farthing_domain::delivery::DeliveryState;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;

use crate::error::StoreError;
use crate::held::{self, Held};
use crate::limits::BATCH_TRIES;
use crate::queue::Job;
use crate::writer::{Shared, Writer};

/// A batch that was not committed.
struct Failed {
    error: StoreError,
    /// Because somebody holds a row of it; nothing was written.
    held: bool,
}

impl Shared {
    /// Until the queue is closed and drained.
    pub(crate) fn write_loop(&self) {
        loop {
            let pause = self.held().pause();
            let Some(jobs) = self.queue.next(pause) else { return };
            // Deciding and writing catch their own panics; this is for a bug of the writer itself.
            // Whoever was not answered yet learns that the outcome is unknown.
            if catch_unwind(AssertUnwindSafe(|| self.run(jobs))).is_err() {
                tracing::error!("an assertion fired while answering a batch");
            }
        }
    }

    /// One batch, and everybody's answer. Returns how many commands it was. Those of tenants whose
    /// rows somebody holds are answered later.
    pub(crate) fn run(&self, jobs: Vec<Job>) -> usize {
        let count = jobs.len();
        let tenants = self.held().tenants();
        let known = if tenants.is_empty() { tenants } else { self.held_among(&tenants) };
        let mut batch = self.held().free(&known);
        for job in jobs {
            if known.contains(&job.command.meta.tenant) {
                self.held().add(job, held::now());
            } else {
                batch.push(job);
            }
        }
        if let Some(batch) = self.answer(batch) {
            self.answer_apart(batch);
        }
        self.held().give_up(held::now(), self.queue.is_closed());
        count
    }

    /// Somebody holds a row of one of them: the others are not to wait for it.
    fn answer_apart(&self, batch: Vec<Job>) {
        let tenants = batch.iter().map(|job| job.command.meta.tenant).collect();
        let known = self.held_among(&tenants);
        let (wait, go): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|job| known.contains(&job.command.meta.tenant));
        self.wait(wait);
        let Some(rest) = self.answer(go) else { return };
        // It is no tenant's own row, or it was taken just now: one tenant at a time.
        let mut each: BTreeMap<TenantId, Vec<Job>> = BTreeMap::new();
        for job in rest {
            each.entry(job.command.meta.tenant).or_default().push(job);
        }
        for jobs in each.into_values() {
            if let Some(jobs) = self.answer(jobs) {
                self.wait(jobs);
            }
        }
    }

    fn wait(&self, jobs: Vec<Job>) {
        let mut held = self.held();
        for job in jobs {
            held.add(job, held::now());
        }
    }

    /// Runs a batch and answers it; gives it back where somebody holds a row of it, and nothing was
    /// written then.
    fn answer(&self, jobs: Vec<Job>) -> Option<Vec<Job>> {
        if jobs.is_empty() {
            return None;
        }
        let (commands, reply_to): (Vec<_>, Vec<_>) =
            jobs.into_iter().map(|job| (job.command, job.reply_to)).unzip();
        let answers = match self.commit(&commands) {
            Ok(submitted) => submitted.into_iter().map(Ok).collect(),
            Err(Failed { held: true, .. }) => {
                let jobs = commands.into_iter().zip(reply_to);
                return Some(jobs.map(|(command, reply_to)| Job { command, reply_to }).collect());
            }
            Err(Failed { error, .. }) if blames_one(&error) && commands.len() > 1 => {
                // Whoever it was, the others are not to suffer (decision 7).
                tracing::error!(commands = commands.len(), "a batch failed; going one by one");
                commands.iter().map(|command| self.commit_one(command)).collect()
            }
            Err(Failed { error, .. }) => {
                commands.iter().map(|_| Err(error.clone())).collect::<Vec<_>>()
            }
        };
        assert_eq!(answers.len(), reply_to.len(), "everybody is answered");
        for (answer, to) in answers.into_iter().zip(reply_to) {
            // The caller may have hung up; its write is durable all the same.
            drop(to.send(answer));
        }
        None
    }

    fn commit_one(&self, command: &Command) -> Result<Submitted, StoreError> {
        let answer = self.commit(std::slice::from_ref(command));
        if answer.is_err() {
            let request = command.meta.request.as_ref().map(|request| request.id.as_str());
            tracing::error!(request, tenant = command.meta.tenant.raw(), "this command failed");
        }
        answer.map_err(|failed| failed.error)?.pop().ok_or(StoreError::Bug)
    }

    /// Decides and writes a batch: all of it, or nothing.
    fn commit(&self, commands: &[Command]) -> Result<Vec<Submitted>, Failed> {
        let writer = self.lock();
        writer.about(commands.iter().map(|command| command.meta.tenant));
        let mut outcome = self.decide(&writer, commands);
        for _ in 1..BATCH_TRIES {
            // Nobody was answered, so what was only in somebody's way is decided anew.
            if outcome.is_ok() || !writer.wants_again() {
                break;
            }
            outcome = self.decide(&writer, commands);
        }
        let held = writer.met_lock();
        drop(writer);
        if !held {
            self.note_outcome(outcome.as_ref().err());
        }
        let (has_due, submitted) = outcome.map_err(|error| Failed { error, held })?;
        if has_due {
            self.due.ring();
        }
        Ok(submitted)
    }

    fn decide(
        &self,
        writer: &Writer,
        commands: &[Command],
    ) -> Result<(bool, Vec<Submitted>), StoreError> {
        writer.whole(|writer| {
            let (change, submitted) =
                decide_all(commands, &*self.render, |view, keys| writer.load(view, keys))?;
            writer.apply(&change)?;
            Ok((has_due(&change), submitted))
        })
    }

    /// Those of these tenants whose rows somebody holds.
    fn held_among(&self, tenants: &BTreeSet<TenantId>) -> BTreeSet<TenantId> {
        // If that cannot be said, a batch will find out.
        self.lock().held_among(tenants).unwrap_or_default()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a failure can be one command's doing.
pub(crate) fn blames_one(error: &StoreError) -> bool {
    match error {
        StoreError::Bug | StoreError::Corrupt { .. } | StoreError::Damaged => true,
        StoreError::Busy
        | StoreError::Unavailable
        | StoreError::ReadOnly
        | StoreError::OutcomeUnknown
        | StoreError::Closed
        | StoreError::Locked { .. }
        | StoreError::Unusable { .. }
        | StoreError::Unreachable
        | StoreError::NotEmpty
        | StoreError::SchemaNewer { .. } => false,
    }
}

/// Whether there is something new to deliver.
fn has_due(writes: &WriteSet) -> bool {
    writes.iter().any(|(_, write)| match write {
        Write::Insert(Row::Delivery(row)) | Write::Update(Row::Delivery(row)) => {
            matches!(row.state, DeliveryState::Due { .. })
        }
        Write::Insert(_) | Write::Update(_) | Write::Delete => false,
    })
}
