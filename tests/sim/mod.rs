//! The whole system on one thread, with everything that can go wrong, from one seed.
//!
//! What runs is the production code: the router, the forms, the keys, the two commits of a payment
//! with the call between them, recovery, timers, news, deliveries, the store's batches, the domain.
//! Four things are replaced: the clock and randomness by the seed's, sockets by [`wire`] and
//! [`hooks`], threads by turns on one. Processes die between any two of their steps; clients, the
//! network and the store's rows are still there afterwards.
//!
//! What must stay true: the same plan gives the same history, to the byte.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "counts of a run are small"
)]

mod chance;
mod client;
mod hooks;
mod panics;
mod plan;
mod process;
mod promises;
mod wire;
mod world;

use std::sync::Arc;
use std::time::Duration;

use farthing_core::time::TimestampMs;
use farthing_domain::delivery::Groups;
use farthing_domain::query::Scan;
use farthing_domain::view::Row;
use tokio::task::JoinSet;

use self::wire::{Ask, send};
use self::world::World;

pub(crate) use self::plan::Plan;
#[cfg(feature = "planted")]
pub(crate) use self::promises::comparisons;
pub(crate) use self::world::Counts;

/// Orders that are placed in one burst.
const BURST: u64 = 25;
/// Within so much time.
const BURST_MS: u64 = 20_000;
const HOUR_MS: u64 = 3_600_000;
/// Endpoints of a run.
const ENDPOINTS: u64 = 2;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Everything that was answered and delivered, and when, as a number.
    pub(crate) history: u64,
    /// What was counted.
    pub(crate) counts: Counts,
    /// Wall time that went by.
    pub(crate) lasted_ms: i64,
    /// Promises that were broken.
    pub(crate) flaws: Vec<String>,
}

/// Runs a plan to its end.
pub(crate) fn run(plan: Plan) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime on this thread");
    let world = {
        let _within = runtime.enter();
        World::new(plan)
    };
    farthing_server::rehearsal::take_post(hooks::office(&world));
    panics::listen();
    runtime.block_on(live(&world));
    // Outside of the runtime its clock would be the real one.
    let _within = runtime.enter();
    for panic in panics::heard() {
        world.flaw(format!("an assertion fired: {panic}"));
    }
    promises::check(&world);
    panics::ignore();
    Outcome {
        history: world.history(),
        counts: world.counts(),
        lasted_ms: world.lasted_ms(),
        flaws: world.flaws(),
    }
}

async fn live(world: &Arc<World>) {
    process::start_all(world).await;
    let writing = tokio::spawn(process::write(Arc::clone(world)));
    open_endpoints(world).await;
    let reaping = tokio::spawn(process::reap(Arc::clone(world)));
    let auditing = tokio::spawn(audit(Arc::clone(world)));
    let bursts = world.plan.orders.div_ceil(BURST);
    let mut left = world.plan.orders;
    for _ in 0..bursts {
        let mut clients = JoinSet::new();
        for _ in 0..left.min(BURST) {
            let world = Arc::clone(world);
            clients.spawn(async move {
                world.pause(0, BURST_MS).await;
                client::order(world).await;
            });
        }
        left = left.saturating_sub(BURST);
        while clients.join_next().await.is_some() {}
        rest(world, world.plan.days * 24 * HOUR_MS / bursts).await;
    }
    world.calm_down();
    reaping.abort();
    auditing.abort();
    settle(world).await;
    writing.abort();
}

/// Looks at the books while everything goes on: promise 3 holds always.
async fn audit(world: Arc<World>) {
    loop {
        world.pause(world.plan.audit_ms / 2, world.plan.audit_ms).await;
        promises::books(&world);
    }
}

/// Time goes by without customers, an hour or so at a time, with some seconds in which what has
/// become due is done.
async fn rest(world: &Arc<World>, for_ms: u64) {
    let mut left = for_ms;
    while left > 0 {
        if world.strikes(100, "fault: endpoint shut") {
            let (number, hours) = world.draw(|chance| (chance.number(), chance.between(1, 100)));
            let until = world.now().plus_ms((hours * HOUR_MS) as i64);
            world.hooks.shut(number, until);
        }
        let step = world.draw(|chance| chance.between(HOUR_MS / 4, 12 * HOUR_MS)).min(left);
        left -= step;
        world.skip_ms(step as i64);
        world.pause(2_500, 6_000).await;
    }
}

/// With nothing going wrong any more, everything comes to its end.
async fn settle(world: &Arc<World>) {
    // Processes that are down come up again, and calls that are out come back.
    tokio::time::sleep(Duration::from_secs(90)).await;
    let (mut before, mut stuck) = (None, 0);
    for _ in 0..2_000 {
        let Some(next) = next_due(world).await else { return };
        stuck = if before == Some(next) { stuck + 1 } else { 0 };
        before = Some(next);
        if stuck > 30 {
            break;
        }
        world.skip_ms(next.since(world.now()).min(HOUR_MS as i64 * 24));
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    world.flaw("it never came to an end".to_owned());
}

/// When the next thing that is due is due; none if nothing is.
async fn next_due(world: &World) -> Option<TimestampMs> {
    let due_by = TimestampMs::from_ms(i64::MAX);
    let mut rows = Vec::new();
    for scan in [
        Scan::Attempts { due_by, limit: 1 },
        Scan::Deliveries {
            since: TimestampMs::from_ms(i64::MIN),
            due_by,
            limit: 1,
            groups: Groups::ALL,
            except: Vec::new(),
        },
        Scan::Timers {
            wall: TimestampMs::from_ms(i64::MAX >> 1),
            tenant: None,
            after: None,
            limit: 1,
        },
    ] {
        rows.extend(world.store().scan(scan).await.expect("memory can be read"));
    }
    let due = |row: Row| match row {
        Row::Attempt(row) => Some(row.lookup_at),
        Row::Timer(row) => Some(row.at),
        Row::Delivery(row) => match row.state {
            farthing_domain::delivery::DeliveryState::Due { at } => Some(at),
            _ => None,
        },
        _ => None,
    };
    rows.into_iter().filter_map(due).min()
}

/// The merchant's endpoints, before anything goes wrong with them.
async fn open_endpoints(world: &Arc<World>) {
    for number in 0..ENDPOINTS {
        let host = format!("hooks-{number}.example.com");
        let form = format!("url=https://{host}/farthing&enabled_events[]=*");
        let ask = Ask::post("/v1/webhook_endpoints", &format!("endpoint-{number}"), &form);
        let answer = loop {
            if let Some(answer) = send(world, &ask).await
                && answer.status == 200
            {
                break answer;
            }
            world.pause(500, 1_000).await;
        };
        let answer = answer.json();
        world.hooks.open(&host, answer["secret"].as_str().expect("it is shown with its secret"));
    }
}
