//! Timers: what becomes due by the clocks of the tenants, and what follows when one is moved
//! (decision 14).
//!
//! What must stay true: a timer is removed by the commit that does what it is for, so a crash at any
//! moment leaves it to be run again; what waits for something in flight stays and is asked again.

use std::collections::BTreeMap;
use std::time::Duration;

use farthing_core::id::{EndpointId, EventId};
use farthing_core::time::TimestampMs;
use farthing_domain::command::{Ask, HastenDeliveries};
use farthing_domain::delivery::DeliveryState;
use farthing_domain::limits::RESULTS_PER_COMMAND;
use farthing_domain::network::Reference;
use farthing_domain::query::Scan;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;
use farthing_store::StoreError;

use crate::app::{App, Shared};
use crate::{flow, news, ops};

/// How often what is due is looked for.
const POLL: Duration = Duration::from_secs(1);
/// Timers of one scan.
const TIMERS: usize = 256;
/// While one waits for what is in flight.
const PAUSE: Duration = Duration::from_millis(20);
/// Whoever moves a clock waits this long for what is in flight at most; what is still due then is
/// done by the loop.
const CATCH_UP_MS: i64 = 30_000;

/// Runs timers until dropped.
pub async fn run(app: Shared) {
    loop {
        tokio::time::sleep(POLL).await;
        if !app.works() {
            continue;
        }
        if let Err(error) = round(&app, None).await {
            ops::alert("what is due was not done", &"timers", &error);
        }
    }
}

/// What a round found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Timers that were due.
    pub due: usize,
    /// Those of them that are done with.
    pub done: usize,
}

/// Runs the timers that are due, once, perhaps those of one tenant alone.
///
/// # Errors
/// [`StoreError`] if they could not be listed or one could not be run; they stay due.
pub async fn round(app: &Shared, tenant: Option<TenantId>) -> Result<Round, StoreError> {
    let scan = Scan::Timers { wall: app.clock.now(), tenant, limit: TIMERS };
    let mut round = Round::default();
    let mut days: BTreeMap<TenantId, i64> = BTreeMap::new();
    for row in app.store.scan(scan).await? {
        let Row::Timer(timer) = row else { continue };
        // What was done of one day may have set what is due on the next: that comes before what is
        // later, in the next round.
        if days.get(&timer.tenant).is_some_and(|day| *day != timer.at.utc_day()) {
            continue;
        }
        round.due += 1;
        let ask = Ask::RunTimer(timer.at, timer.due);
        let submitted = flow::run(app, flow::own(app, timer.tenant, ask)).await?;
        if !matches!(submitted.reply, Reply::Refused(_)) {
            round.done += 1;
            days.insert(timer.tenant, timer.at.utc_day());
        }
    }
    Ok(round)
}

/// After a tenant's clock was moved: tells the network, brings the tenant's deliveries nearer, and
/// runs everything that is due by now, until nothing is.
///
/// # Errors
/// [`StoreError`] if something of it could not be done; the loops do it later.
pub async fn catch_up(app: &Shared, tenant: TenantId, by_ms: i64) -> Result<(), StoreError> {
    let offset_ms = app.offsets.of(&app.store, tenant).await?;
    for way in app.acquirers.iter() {
        let scope = Reference::scope(tenant, way.acquirer);
        if way.network.set_clock(scope, offset_ms).await.is_err() {
            ops::alert("the network's clock was not moved", &way.name, &tenant.raw());
        }
    }
    hasten(app, tenant, by_ms).await?;
    let began = app.clock.now();
    while app.clock.now().since(began) < CATCH_UP_MS {
        let timers = round(app, Some(tenant)).await?;
        let heard = news::round(app).await?;
        if timers.due == 0 && heard == 0 {
            break;
        }
        if timers.done == 0 && heard == 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
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
