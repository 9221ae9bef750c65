//! Commands whose tenant's rows somebody else holds: they wait beside the queue, in their order, and
//! hold up no other tenant.
//!
//! Only on PostgreSQL can that be: another process that froze in the middle of a batch, an operator's
//! own session. What finishes something already begun waits for as long as it takes (decision 7: it is
//! never answered away); what has begun nothing waits for less than its caller does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use farthing_domain::limits::BATCH_COMMANDS;
use farthing_domain::tenant::TenantId;

use crate::error::StoreError;
use crate::limits::{HELD_LOOK_MS, HELD_PATIENCE_MS, QUEUE_COMMANDS};
use crate::queue::{Job, never_shed};

/// What waits, by tenant.
#[derive(Default)]
pub(crate) struct Held {
    waiting: BTreeMap<TenantId, VecDeque<(Instant, Job)>>,
    count: usize,
}

impl Held {
    /// Whose commands wait.
    pub(crate) fn tenants(&self) -> BTreeSet<TenantId> {
        self.waiting.keys().copied().collect()
    }

    /// How long the writer may wait for something new before it looks here again.
    pub(crate) fn pause(&self) -> Option<Duration> {
        (self.count > 0).then(|| Duration::from_millis(HELD_LOOK_MS))
    }

    /// Behind whatever else waits for its tenant; or not at all, where too much waits already.
    pub(crate) fn add(&mut self, job: Job, now: Instant) {
        if self.count >= QUEUE_COMMANDS && !never_shed(&job.command.ask) {
            return refuse(job);
        }
        self.count = self.count.saturating_add(1);
        self.waiting.entry(job.command.meta.tenant).or_default().push_back((now, job));
    }

    /// What may be tried: of tenants that nobody holds any more, a batch at the most.
    pub(crate) fn free(&mut self, held: &BTreeSet<TenantId>) -> Vec<Job> {
        let mut jobs = Vec::new();
        for (tenant, waiting) in &mut self.waiting {
            if !held.contains(tenant) {
                let room = BATCH_COMMANDS.saturating_sub(jobs.len()).min(waiting.len());
                jobs.extend(waiting.drain(..room).map(|(_, job)| job));
            }
        }
        self.counted();
        jobs
    }

    /// Answers those that have waited for too long and have begun nothing; at the store's end all.
    pub(crate) fn give_up(&mut self, now: Instant, closed: bool) {
        let patience = Duration::from_millis(HELD_PATIENCE_MS);
        for waiting in self.waiting.values_mut() {
            for (since, job) in std::mem::take(waiting) {
                let late = now.saturating_duration_since(since) >= patience;
                if late && (closed || !never_shed(&job.command.ask)) {
                    refuse(job);
                } else {
                    waiting.push_back((since, job));
                }
            }
        }
        self.counted();
    }

    fn counted(&mut self) {
        self.waiting.retain(|_, waiting| !waiting.is_empty());
        self.count = self.waiting.values().map(VecDeque::len).sum();
    }
}

/// Nothing was written for it.
fn refuse(job: Job) {
    // The caller may have hung up.
    drop(job.reply_to.send(Err(StoreError::Busy)));
}

/// The time by which patience is measured: no answer of the domain depends on it.
#[expect(clippy::disallowed_methods, reason = "how long a caller waits is no time of the domain")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
