//! Webhook endpoints: they take, refuse, hang, and answer what nobody hears; and they remember.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use farthing_core::time::TimestampMs;
use farthing_core::webhook::{Secret, StandardHeaders, Tolerance, verify_standard, verify_stripe};
use farthing_server::rehearsal::{Office, Posted};
use http::Request;
use http_body_util::{BodyExt as _, Full};

use super::world::World;

/// Longer than any sender waits.
const FOR_EVER: Duration = Duration::from_hours(1);

/// The endpoints, by host.
#[derive(Default)]
pub(crate) struct Hooks(Mutex<BTreeMap<String, Hook>>);

/// One endpoint.
struct Hook {
    secret: String,
    /// Taken, by event: how often.
    taken: BTreeMap<String, u32>,
    /// Down until then.
    down_until: TimestampMs,
}

impl Hooks {
    /// An endpoint was made.
    pub(crate) fn open(&self, host: &str, secret: &str) {
        let hook = Hook {
            secret: secret.to_owned(),
            taken: BTreeMap::new(),
            down_until: TimestampMs::from_ms(0),
        };
        self.0.lock().unwrap().insert(host.to_owned(), hook);
    }

    /// An endpoint is down for so long.
    pub(crate) fn shut(&self, number: u64, until: TimestampMs) {
        let mut hooks = self.0.lock().unwrap();
        let count = hooks.len().max(1) as u64;
        if let Some(hook) = hooks.values_mut().nth((number % count) as usize) {
            hook.down_until = until;
        }
    }

    /// How often an endpoint took an event.
    pub(crate) fn taken(&self, host: &str, event: &str) -> u32 {
        let hooks = self.0.lock().unwrap();
        hooks.get(host).and_then(|hook| hook.taken.get(event)).copied().unwrap_or_default()
    }

    pub(crate) fn hosts(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }
}

/// Where the processes' webhooks go.
pub(crate) fn office(world: &Arc<World>) -> Office {
    let world = Arc::clone(world);
    Arc::new(move |request| {
        let world = Arc::clone(&world);
        let posted: Posted = Box::pin(async move { post(&world, request).await });
        posted
    })
}

async fn post(world: &World, request: Request<Full<Bytes>>) -> Option<u16> {
    // Clocks are skipped ahead between bursts; what is on its way then is not late by that.
    let sent = world.now();
    world.pause(1, 60).await;
    let host = request.uri().host().unwrap_or_default().to_owned();
    let down = {
        let hooks = world.hooks.0.lock().unwrap();
        hooks.get(&host).is_none_or(|hook| world.now() < hook.down_until)
    };
    if down && !world.is_calm() {
        world.count("fault: endpoint down", 1);
        return None;
    }
    let odds = world.plan.odds.hook;
    if world.strikes(odds, "fault: endpoint refused") {
        return Some(world.draw(|chance| chance.pick(&[500, 503, 404, 302, 429])));
    }
    if world.strikes(odds / 4, "fault: endpoint hung") {
        tokio::time::sleep(FOR_EVER).await;
    }
    take(world, (&host, sent), request).await;
    if world.strikes(odds / 2, "fault: endpoint's answer lost") {
        return None;
    }
    if world.strikes(odds / 4, "fault: endpoint slow") {
        world.pause(1_000, 19_000).await;
    }
    world.pause(0, 40).await;
    Some(200)
}

/// Checks a webhook as a receiver does, and remembers it.
async fn take(world: &World, (host, now): (&str, TimestampMs), request: Request<Full<Bytes>>) {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("it is in memory").to_bytes();
    let header = |name: &str| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let id = header("webhook-id");
    let mut hooks = world.hooks.0.lock().unwrap();
    let Some(hook) = hooks.get_mut(host) else { return };
    let stripe = verify_stripe(
        &[Secret::stripe(&hook.secret)],
        &header("stripe-signature"),
        &body,
        now,
        Tolerance::DEFAULT,
    );
    let (timestamp, signature) = (header("webhook-timestamp"), header("webhook-signature"));
    let headers = StandardHeaders { id: &id, timestamp: &timestamp, signature: &signature };
    let standard = Secret::standard(&hook.secret)
        .ok()
        .map(|secret| verify_standard(&[secret], headers, &body, now, Tolerance::DEFAULT));
    if stripe.is_err() || standard.is_none_or(|proof| proof.is_err()) {
        world.flaw(format!("a webhook does not verify: {id} at {host}: {stripe:?}"));
    }
    let later = now.plus_ms(600_000);
    let header = header("stripe-signature");
    let secrets = [Secret::stripe(&hook.secret)];
    if verify_stripe(&secrets, &header, &body, later, Tolerance::DEFAULT).is_ok() {
        world.flaw(format!("an old webhook verifies: {id}"));
    }
    *hook.taken.entry(id.clone()).or_default() += 1;
    drop(hooks);
    world.count("webhooks taken", 1);
    world.note(&id, &body);
}
