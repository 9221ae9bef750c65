//! Finding out what became of calls whose outcome is not on disk (decisions 4, 8 and 9).
//!
//! An attempt is looked up by our reference. What the network knows is settled; what it never saw
//! is reversed first, so that a late request cannot happen after all, and then settled as absent.
//! What must stay true: nobody is charged by a recovery, and no attempt is closed on a guess.

mod step;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use farthing_acquirer::Acquirer as _;
use farthing_core::id::AttemptId;
use farthing_core::planted;
use farthing_core::time::TimestampMs;
use farthing_domain::attempt::Attempt;
use farthing_domain::command::Ask;
use farthing_domain::query::Scan;
use farthing_domain::reply::Reply;
use farthing_domain::view::{Key, Row};
use farthing_store::StoreError;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::{App, Shared};
use crate::{entropy, flow, ops, translate};
use step::{Heard, Next};

/// Look-ups at one time: recovery must not take the acquirer's room from payments.
const CONCURRENT_MAX: usize = 16;
/// Attempts of one scan.
const SCAN_ROWS: usize = 512;
/// Attempts that a dead process can have left: its queues hold fewer.
const INHERITED_MAX: usize = 65_536;
/// How often what is due is looked for. Attempts become due in whole seconds.
const POLL: Duration = Duration::from_secs(1);
/// Keys somebody waits for at one time; past it they are served when they are due.
const HURRIED_MAX: usize = 1_024;

/// Attempts that a caller waits for.
#[derive(Debug, Default)]
pub struct Hurry {
    wanted: Mutex<BTreeSet<AttemptId>>,
    bell: Notify,
}

impl Hurry {
    /// A caller came back with the key of this attempt.
    pub fn up(&self, attempt: AttemptId) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.len() < HURRIED_MAX {
            wanted.insert(attempt);
            self.bell.notify_one();
        }
    }

    fn take(&self) -> Vec<AttemptId> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *wanted).into_iter().collect()
    }
}

/// The attempts that a dead process left behind. Asked for before the first request is taken:
/// whatever is open then was made by somebody who is gone, and nothing made later is among them.
pub async fn inherited(app: &App) -> Vec<Attempt> {
    if !app.config.alone {
        return Vec::new();
    }
    let due_by = TimestampMs::from_ms(i64::MAX);
    match app.store.scan(Scan::Attempts { due_by, limit: INHERITED_MAX }).await {
        Ok(rows) => rows.into_iter().filter_map(attempt_of).collect(),
        Err(error) => {
            // They become due by themselves, a little later.
            ops::alert("attempts left open cannot be listed", &"recover", &error);
            Vec::new()
        }
    }
}

/// Looks at what a dead process left behind, then at whatever becomes due. Runs until dropped.
pub async fn run(app: Shared, inherited: Vec<Attempt>) {
    resolve_all(&app, inherited).await;
    loop {
        tokio::select! {
            biased;
            () = app.hurry.bell.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
        let hurried = hurried(&app).await;
        resolve_all(&app, hurried).await;
        if app.works() {
            round(&app, app.clock.now(), SCAN_ROWS).await;
        }
    }
}

/// Resolves every open attempt that is due by then, once.
pub async fn round(app: &Shared, due_by: TimestampMs, limit: usize) {
    match app.store.scan(Scan::Attempts { due_by, limit }).await {
        Ok(rows) => resolve_all(app, rows.into_iter().filter_map(attempt_of).collect()).await,
        Err(error) => ops::alert("open attempts cannot be listed", &"recover", &error),
    }
}

async fn resolve_all(app: &Shared, attempts: Vec<Attempt>) {
    let permits = Arc::new(Semaphore::new(CONCURRENT_MAX));
    let mut tasks = JoinSet::new();
    for attempt in attempts {
        if app.flights.has(attempt.id) || planted!("no_recovery") {
            continue;
        }
        let (app, permits) = (Arc::clone(app), Arc::clone(&permits));
        tasks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            resolve(&app, &attempt).await;
        });
    }
    while tasks.join_next().await.is_some() {}
}

/// Attempts that somebody waits for and that are still open, unless they were looked up a moment
/// ago: a caller who retries quickly must not press the network.
async fn hurried(app: &App) -> Vec<Attempt> {
    let wanted = app.hurry.take();
    if wanted.is_empty() {
        return Vec::new();
    }
    let keys = wanted.iter().map(|id| Key::Attempt(*id)).collect();
    // None yet: its call to another acquirer is being made, by whichever process.
    let lookups = 1..=step::HURRIED_LOOKUPS;
    match app.store.fetch(keys).await {
        Ok(view) => wanted
            .into_iter()
            .filter_map(|id| view.attempt(id).cloned())
            .filter(|attempt| attempt.announced && lookups.contains(&attempt.lookups))
            .collect(),
        Err(_) => Vec::new(), // They are found when they are due.
    }
}

async fn resolve(app: &Shared, attempt: &Attempt) {
    let mut heard = look_up(app, attempt).await;
    loop {
        match step::next(attempt, heard, app.clock.now(), entropy::jitter()) {
            Next::Reverse => heard = reverse(app, attempt).await,
            Next::End(outcome) => {
                let ask = app.acquirers.follows(attempt, outcome, app.clock.now());
                return write_down(app, attempt, ask).await;
            }
            Next::Submit(ask) => return write_down(app, attempt, *ask).await,
        }
    }
}

async fn write_down(app: &Shared, attempt: &Attempt, ask: Ask) {
    match app.store.submit(flow::own(app, attempt.tenant, ask)).await {
        Ok(submitted) => {
            report(attempt);
            if let Reply::Begun(begun) = submitted.reply {
                // Another acquirer is asked. Whatever came of it is written down, or looked up later.
                flow::call_and_settle(app, &begun).await.ok();
            }
        }
        Err(error) => postpone(app, attempt, &error).await,
    }
}

/// What the network said could not be settled: say so, and come back on the schedule (decision 7).
async fn postpone(app: &App, attempt: &Attempt, error: &StoreError) {
    ops::alert("what the network said is not settled yet", &attempt.id, error);
    let now = app.clock.now();
    if let Next::Submit(ask) = step::next(attempt, Heard::Nothing, now, entropy::jitter()) {
        app.store.submit(flow::own(app, attempt.tenant, *ask)).await.ok(); // Or it stays due.
    }
}

async fn look_up(app: &App, attempt: &Attempt) -> Heard {
    let Some(way) = app.acquirers.at(attempt.reference.acquirer()) else { return Heard::Nothing };
    let reference = translate::reference(attempt.reference);
    let answer = way.network.lookup(reference, app.clock.now());
    timeout(app.config.network_timeout, answer).await.map_or(Heard::Nothing, Heard::of_lookup)
}

async fn reverse(app: &App, attempt: &Attempt) -> Heard {
    let Some(way) = app.acquirers.at(attempt.reference.acquirer()) else { return Heard::Nothing };
    let reference = translate::reference(attempt.reference);
    let answer = way.network.reverse(reference, app.clock.now());
    timeout(app.config.network_timeout, answer).await.map_or(Heard::Nothing, Heard::of_reversal)
}

fn report(attempt: &Attempt) {
    metrics::counter!("farthing_lookups_total").increment(1);
    if attempt.lookups >= step::ALERT_LOOKUPS {
        ops::alert("the outcome of a call was unknown for long", &attempt.id, &attempt.lookups);
    }
}

fn attempt_of(row: Row) -> Option<Attempt> {
    match row {
        Row::Attempt(attempt) => Some(attempt),
        _ => None, // A scan of attempts gives nothing else.
    }
}
