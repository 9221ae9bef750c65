//! Finding out what became of calls whose outcome is not on disk (decisions 4, 8 and 9).
//!
//! An attempt is looked up by our reference. What the network knows is settled; what it never saw
//! is reversed first, so that a late request cannot happen after all, and then settled as absent.
//! Each acquirer has turns of its own, and nobody waits for the end of a round: one that hangs keeps
//! its own attempts waiting and no other's. Those that somebody waits for have turns beside the queue.
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
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::{App, Shared};
use crate::flow::Flights;
use crate::{entropy, flow, ops, translate};
use step::{Heard, Next};

/// Look-ups at one time at one acquirer: recovery must not take its room from payments.
const CONCURRENT_MAX: usize = 16;
/// Attempts of one scan, beside those that wait for their turn already.
const SCAN_ROWS: usize = 512;
/// Attempts that a dead process can have left: its queues hold fewer. No more wait for a turn.
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

/// Turns to ask one acquirer.
#[derive(Debug)]
pub(crate) struct Turns {
    due: Arc<Semaphore>,
    /// For those that somebody waits for.
    hurried: Arc<Semaphore>,
}

impl Turns {
    /// All of those who are in the queue, until dropped.
    pub(crate) fn take(&self) -> Option<OwnedSemaphorePermit> {
        let all = u32::try_from(CONCURRENT_MAX).ok()?;
        Arc::clone(&self.due).try_acquire_many_owned(all).ok()
    }
}

impl Default for Turns {
    fn default() -> Self {
        let turns = || Arc::new(Semaphore::new(CONCURRENT_MAX));
        Self { due: turns(), hurried: turns() }
    }
}

/// Attempts that this process looks up.
#[derive(Debug, Default)]
pub struct Recovery {
    /// They wait for a turn, or have one.
    queued: Flights,
    /// They have one.
    asked: Flights,
}

/// Whether somebody waits for an attempt's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Due,
    Hurried,
}

/// Looks at what a dead process left behind, then at whatever becomes due. Runs until dropped.
pub async fn run(app: Shared, inherited: Vec<Attempt>) {
    let mut tasks = JoinSet::new();
    line_up(&app, &mut tasks, (inherited, Turn::Due));
    loop {
        app.pulse.beat("recovery");
        tokio::select! {
            biased;
            () = app.hurry.bell.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
        while tasks.try_join_next().is_some() {} // Done, or their panic is in the log.
        let hurried = hurried(&app).await;
        line_up(&app, &mut tasks, (hurried, Turn::Hurried));
        if app.works() {
            // Those that wait for a turn are due, too, and must not hide the others.
            let limit = SCAN_ROWS.saturating_add(app.recovery.queued.count());
            let due = due(&app, app.clock.now(), limit).await;
            metrics::gauge!("farthing_attempts_due").set(to_gauge(due.len()));
            line_up(&app, &mut tasks, (due, Turn::Due));
        }
    }
}

/// Resolves every open attempt that is due by then, once, and answers when that is done.
pub async fn round(app: &Shared, due_by: TimestampMs, limit: usize) {
    let mut tasks = JoinSet::new();
    let due = due(app, due_by, limit).await;
    line_up(app, &mut tasks, (due, Turn::Due));
    while tasks.join_next().await.is_some() {}
}

async fn due(app: &App, due_by: TimestampMs, limit: usize) -> Vec<Attempt> {
    match app.store.scan(Scan::Attempts { due_by, limit }).await {
        Ok(rows) => rows.into_iter().filter_map(attempt_of).collect(),
        Err(error) => {
            ops::alert("open attempts cannot be listed", &"recover", &error);
            Vec::new()
        }
    }
}

/// Has each looked up when its acquirer's turn comes.
fn line_up(app: &Shared, tasks: &mut JoinSet<()>, (attempts, turn): (Vec<Attempt>, Turn)) {
    for attempt in attempts {
        let line = match turn {
            Turn::Due => &app.recovery.queued,
            Turn::Hurried => &app.recovery.asked,
        };
        if app.flights.has(attempt.id) || line.has(attempt.id) || planted!("no_recovery") {
            continue;
        }
        if turn == Turn::Due && app.recovery.queued.count() >= INHERITED_MAX {
            return;
        }
        let queued = (turn == Turn::Due).then(|| app.recovery.queued.begin(attempt.id));
        let app = Arc::clone(app);
        tasks.spawn(async move {
            in_turn(&app, attempt, turn).await;
            drop(queued);
        });
    }
}

async fn in_turn(app: &Shared, attempt: Attempt, turn: Turn) {
    let turns = app.acquirers.at(attempt.reference.acquirer()).map(|way| match turn {
        Turn::Due => Arc::clone(&way.turns.due),
        Turn::Hurried => Arc::clone(&way.turns.hurried),
    });
    let Some(turns) = turns else { return resolve(app, &attempt).await };
    let (permit, waited) = match Arc::clone(&turns).try_acquire_owned() {
        Ok(permit) => (Some(permit), false),
        Err(_) => (turns.acquire_owned().await.ok(), true),
    };
    if app.flights.has(attempt.id) || app.recovery.asked.has(attempt.id) {
        return;
    }
    let _asked = app.recovery.asked.begin(attempt.id);
    // Somebody may have found out meanwhile, or written down when to look again.
    let attempt = if waited { as_it_is(app, &attempt).await } else { Some(attempt) };
    if let Some(attempt) = attempt {
        resolve(app, &attempt).await;
    }
    drop(permit);
}

/// An attempt as it is stored now, unless it is over; one that cannot be read stays due.
async fn as_it_is(app: &App, attempt: &Attempt) -> Option<Attempt> {
    let view = app.store.fetch(vec![Key::Attempt(attempt.id)]).await.ok()?;
    view.attempt(attempt.id).filter(|now| now.lookups == attempt.lookups).cloned()
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

fn to_gauge(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
