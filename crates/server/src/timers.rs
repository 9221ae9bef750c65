//! Timers: what becomes due by the clocks of the tenants, and what follows when one is moved
//! (decision 14).
//!
//! The timers of a page are given to the store together and share its commits; what a lapsed hold has
//! to say to its network is said beside the round, by a bounded number at one time for each acquirer.
//!
//! What must stay true: a timer is removed by the commit that does what it is for, so a crash at any
//! moment leaves it to be run again; what waits for something in flight stays and is asked again; one
//! that fails is told by its name and put off, and holds up nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farthing_core::id::{EndpointId, EventId};
use farthing_core::time::TimestampMs;
use farthing_domain::command::{Ask, HastenDeliveries, PutOffTimer};
use farthing_domain::delivery::DeliveryState;
use farthing_domain::limits::RESULTS_PER_COMMAND;
use farthing_domain::network::Reference;
use farthing_domain::query::Scan;
use farthing_domain::reply::{Begun, Reply};
use farthing_domain::tenant::TenantId;
use farthing_domain::timer::{Due, Timer};
use farthing_domain::view::Row;
use farthing_store::{Pending, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::app::{App, Shared};
use crate::{flow, news, ops};

/// How often what is due is looked for, while it is all done.
const POLL: Duration = Duration::from_secs(1);
/// Timers of one page: those that share a commit.
const TIMERS: usize = 256;
/// Pages of one round. Those of the first ones may all wait for something in flight.
const PAGES: usize = 64;
/// Releases of lapsed holds that have begun, at one time: beyond it they wait as timers.
const LAPSES_MAX: usize = 512;
/// Of them, calls at one time to one acquirer: lapses must not take its room from payments.
pub(crate) const CALLS_MAX: usize = 16;
/// Of those that wait, as many are remembered: it costs a round to find them out again.
const WAITING_MAX: usize = 65_536;
/// How long one that failed is put off: the time in which somebody can look.
const PUT_OFF_MS: i64 = 3_600_000;
/// While one waits for what is in flight.
const PAUSE: Duration = Duration::from_millis(20);
/// Whoever moves a clock waits so long for what is due by it; whoever asks again waits on.
const CATCH_UP_MS: i64 = 30_000;

/// What a timer is known by.
type Place = (TenantId, TimestampMs, Due);

/// What this process remembers of timers.
#[derive(Debug)]
pub struct Timers {
    /// For the releases that they begin.
    room: Arc<Semaphore>,
    /// Those that waited for something in flight when they were last asked: what is later must not
    /// wait for them.
    waiting: Mutex<BTreeSet<Place>>,
}

impl Timers {
    fn waiting(&self) -> MutexGuard<'_, BTreeSet<Place>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Timers {
    fn default() -> Self {
        let room = Arc::new(Semaphore::new(LAPSES_MAX));
        Self { room, waiting: Mutex::default() }
    }
}

/// Runs timers until dropped.
pub async fn run(app: Shared) {
    loop {
        app.pulse.beat("timers");
        if app.works() {
            match round(&app, None).await {
                Ok(round) if round.more && round.done > 0 => continue,
                Ok(_) => {}
                Err(error) => ops::alert("what is due was not done", &"timers", &error),
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

/// What a round found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Timers that were due.
    pub due: usize,
    /// Those of them that are done with.
    pub done: usize,
    /// Those of them that failed, and were put off.
    pub failed: usize,
    /// Whether it left some that another round may do at once.
    pub more: bool,
}

/// A timer that was given to the store.
struct Asked {
    timer: Timer,
    pending: Pending,
    /// For what it may begin.
    room: Option<OwnedSemaphorePermit>,
}

/// Runs the timers that are due, once, perhaps those of one tenant alone; then what those have begun
/// is done, too, when this answers.
///
/// # Errors
/// [`StoreError`] if they could not be listed, or the store takes no commands now; they stay due.
pub async fn round(app: &Shared, tenant: Option<TenantId>) -> Result<Round, StoreError> {
    let mut round = Round::default();
    let mut days: BTreeMap<TenantId, i64> = BTreeMap::new();
    let mut after: Option<Timer> = None;
    for _ in 0..PAGES {
        let wall = app.clock.now();
        let scan = Scan::Timers { wall, tenant, after: after.clone(), limit: TIMERS };
        let found = app.store.scan(scan).await?;
        let full = found.len() >= TIMERS;
        let mut asked = Vec::with_capacity(found.len());
        for row in found {
            let Row::Timer(timer) = row else { continue };
            after = Some(timer.clone());
            // What was done of one day may have set what is due on the next: that comes before what
            // is later, in the next round.
            let day = timer.at.utc_day();
            if !app.timers.waiting().contains(&place(&timer))
                && *days.entry(timer.tenant).or_insert(day) != day
            {
                round.more = true;
                continue;
            }
            round.due += 1;
            let room = match may_call(timer.due).then(|| room(app)) {
                Some(None) => {
                    round.more = true;
                    continue;
                }
                room => room.flatten(),
            };
            let ask = Ask::RunTimer(timer.at, timer.due);
            let pending = app.store.enqueue(flow::own(app, timer.tenant, ask))?;
            asked.push(Asked { timer, pending, room });
        }
        // In a task of its own: what has begun goes on, even if nobody waits for the round.
        let own = Arc::clone(app);
        let finished = app.spawn(async move { finish(&own, asked).await }).await;
        let Finished { done, failed, calls } = finished.map_err(|_| StoreError::Bug)??;
        round.done += done;
        round.failed += failed;
        if tenant.is_some() {
            for call in calls {
                call.await.ok(); // It said so in the log.
            }
        }
        if !full {
            return Ok(round);
        }
    }
    round.more = true;
    Ok(round)
}

fn place(timer: &Timer) -> Place {
    (timer.tenant, timer.at, timer.due)
}

/// Whether a timer may begin a call.
fn may_call(due: Due) -> bool {
    match due {
        Due::HoldLapses(_) | Due::ActionLapses(..) => true,
        Due::Ripens(_) | Due::PaysOut(_) | Due::PayoutLeaves(_) => false,
    }
}

fn room(app: &App) -> Option<OwnedSemaphorePermit> {
    Arc::clone(&app.timers.room).try_acquire_owned().ok()
}

/// What became of the timers of a page.
#[derive(Default)]
struct Finished {
    done: usize,
    failed: usize,
    /// Being made.
    calls: Vec<JoinHandle<()>>,
}

async fn finish(app: &Shared, asked: Vec<Asked>) -> Result<Finished, StoreError> {
    let (mut finished, mut failure) = (Finished::default(), None);
    for Asked { timer, pending, room } in asked {
        let answer = pending.await;
        app.timers.waiting().remove(&place(&timer));
        match answer {
            Ok(submitted) => match submitted.reply {
                // Something is in flight, and comes first.
                Reply::Refused(_) => {
                    let mut waiting = app.timers.waiting();
                    if waiting.len() >= WAITING_MAX {
                        waiting.clear();
                    }
                    waiting.insert(place(&timer));
                }
                Reply::Begun(begun) => {
                    finished.done += 1;
                    finished.calls.push(release(app, *begun, room));
                }
                _ => finished.done += 1,
            },
            Err(error @ (StoreError::Bug | StoreError::Corrupt { .. })) => {
                finished.failed += 1;
                put_off(app, &timer, &error).await;
            }
            // The world's. All of them are waited for: what another has begun is to be called.
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(finished), Err)
}

/// Makes the call of what a timer has begun, when its acquirer's turn comes.
fn release(app: &Shared, begun: Begun, room: Option<OwnedSemaphorePermit>) -> JoinHandle<()> {
    // Recovery leaves the attempt alone while it waits.
    let flight = app.flights.begin(begun.attempt.id);
    let own = Arc::clone(app);
    app.spawn(async move {
        let acquirer = begun.attempt.reference.acquirer();
        let lapses = own.acquirers.at(acquirer).map(|way| Arc::clone(&way.lapses));
        let turn = match lapses {
            Some(lapses) => lapses.acquire_owned().await.ok(),
            None => None,
        };
        flow::call_and_settle(&own, &begun).await.ok(); // Told there; recovery finds it out.
        drop((turn, room, flight));
    })
}

/// A timer that cannot be run: an operator is told which, and it is tried again later.
async fn put_off(app: &App, timer: &Timer, error: &StoreError) {
    let name = format!("{:?} of tenant {} at {}", timer.due, timer.tenant.raw(), timer.at.ms());
    ops::alert("a timer failed and is tried again in an hour", &name, error);
    // Where the tenant's clock cannot be read either, it is met again a little sooner.
    let ahead_ms = app.offsets.of(&app.store, timer.tenant).await.unwrap_or_default();
    let now = app.clock.now().plus_ms(ahead_ms);
    let until = now.max(timer.at).plus_ms(PUT_OFF_MS);
    let ask = Ask::PutOffTimer(PutOffTimer { at: timer.at, due: timer.due, until });
    if let Err(error) = app.store.submit(flow::own(app, timer.tenant, ask)).await {
        ops::alert("a timer that failed could not be put off", &name, &error);
    }
}

/// After a tenant's clock was moved: tells the network, brings the tenant's deliveries nearer, and
/// runs everything that is due by now, until nothing is.
///
/// # Errors
/// [`StoreError`] if something of it could not be done, [`StoreError::Bug`] if that was put off;
/// [`StoreError::Unavailable`] if there is still something due after half a minute. The loops do it
/// later, and whoever asks again waits for it.
pub async fn catch_up(app: &Shared, tenant: TenantId, by_ms: i64) -> Result<(), StoreError> {
    let offset_ms = app.offsets.of(&app.store, tenant).await?;
    let (mut told, mut failed) = (true, 0);
    for way in app.acquirers.iter() {
        let scope = Reference::scope(tenant, way.acquirer);
        if way.network.set_clock(scope, offset_ms).await.is_err() {
            ops::alert("the network's clock was not moved", &way.name, &tenant.raw());
            told = false;
        }
    }
    hasten(app, tenant, by_ms).await?;
    let began = app.clock.now();
    while app.clock.now().since(began) < CATCH_UP_MS {
        let timers = round(app, Some(tenant)).await?;
        failed += timers.failed;
        let heard = news::round(app).await?;
        if timers.due == 0 && heard == 0 {
            return match (told, failed) {
                (true, 0) => Ok(()),
                (true, _) => Err(StoreError::Bug),
                (false, _) => Err(StoreError::Unavailable),
            };
        }
        if timers.done == 0 && heard == 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Err(StoreError::Unavailable)
}

/// Brings the deliveries of a tenant that wait for their next try nearer by so much.
async fn hasten(app: &App, tenant: TenantId, by_ms: i64) -> Result<(), StoreError> {
    if by_ms <= 0 {
        return Ok(());
    }
    let mut after: Option<(TimestampMs, EventId, EndpointId)> = None;
    loop {
        let scan = Scan::DeliveriesOf { tenant, after, limit: RESULTS_PER_COMMAND };
        let mut which = Vec::new();
        for row in app.store.scan(scan).await? {
            if let Row::Delivery(delivery) = row
                && let DeliveryState::Due { at } = delivery.state
            {
                after = Some((at, delivery.event, delivery.endpoint));
                which.push((delivery.event, delivery.endpoint));
            }
        }
        if which.is_empty() {
            return Ok(());
        }
        let ask = Ask::HastenDeliveries(HastenDeliveries { by_ms, which });
        app.store.submit(flow::own(app, tenant, ask)).await?;
    }
}
