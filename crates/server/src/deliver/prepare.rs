//! From a due delivery to a signed request.

use bytes::Bytes;
use farthing_core::planted;
use farthing_core::time::TimestampMs;
use farthing_core::webhook::{Secret, standard_header, stripe_header};
use farthing_domain::delivery::Delivery;
use farthing_domain::endpoint::{Endpoint, EndpointStatus};
use farthing_domain::view::{Key, View};
use http::{HeaderName, Request, Uri, header};
use http_body_util::Full;

use crate::app::App;
use crate::wire::event::{Reader, envelope};
use crate::{ops, ssrf};

const USER_AGENT: &str = concat!("Farthing/", env!("CARGO_PKG_VERSION"), " (webhooks)");
const STRIPE_SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// What can be done with a due delivery.
#[derive(Debug)]
pub(super) enum Prepared {
    /// Send this.
    Request(Box<Request<Full<Bytes>>>),
    /// Its endpoint is disabled or removed.
    Gone,
    /// Something of ours is in the way; it counts as a try, so that it cannot go on for ever.
    NotNow,
}

/// Prepares a batch with one read.
pub(super) async fn all(app: &App, due: Vec<Delivery>) -> Vec<(Delivery, Prepared)> {
    let wanted = due.clone();
    let view = app.store.fetch_with(move |view| wants(view, &wanted)).await;
    let now = app.clock.now();
    due.into_iter()
        .map(|delivery| {
            let prepared = match &view {
                Ok(view) => one(app, view, &delivery, now),
                Err(error) => {
                    ops::alert("a due event cannot be read", &delivery.event, error);
                    Prepared::NotNow
                }
            };
            (delivery, prepared)
        })
        .collect()
}

fn wants(view: &View, due: &[Delivery]) -> Vec<Key> {
    let mut keys = Vec::new();
    for Delivery { tenant, event, endpoint, .. } in due {
        let event_key = Key::Event(*tenant, *event);
        if view.knows(&event_key) {
            let event = view.event(*tenant, *event);
            let bodies = event.into_iter().flat_map(|event| [Some(event.body), event.previous]);
            keys.extend(bodies.flatten().map(|body| Key::Body(*tenant, body)));
        } else {
            keys.push(event_key);
            keys.push(Key::Endpoint(*tenant, *endpoint));
            keys.push(Key::Deliveries(*tenant, *event));
        }
    }
    keys
}

fn one(app: &App, view: &View, delivery: &Delivery, now: TimestampMs) -> Prepared {
    let endpoint = view.endpoint(delivery.tenant, delivery.endpoint);
    let Some(endpoint) = endpoint.filter(|each| each.status == EndpointStatus::Enabled) else {
        return Prepared::Gone;
    };
    let Some(event) = view.event(delivery.tenant, delivery.event) else {
        return Prepared::Gone;
    };
    // Once more: the rules may have become stricter since the endpoint was made.
    let reach = app.config.reach();
    let Ok(uri) = ssrf::check_url(&endpoint.url, delivery.tenant.mode(), reach) else {
        return Prepared::NotNow;
    };
    let Some(stored) = view.body(delivery.tenant, event.body) else { return Prepared::Gone };
    // ASCII without exception: the official receivers disagree on other bytes.
    let reader = Reader::Endpoint(endpoint, delivery);
    let body = Bytes::from(envelope(view, event, &stored.bytes, reader));
    match signed(app, endpoint, &event.id.to_string(), (body, now)) {
        Some(request) => Prepared::Request(Box::new(request.to(uri))),
        None => Prepared::NotNow,
    }
}

/// A body with its signatures.
struct Signed {
    id: String,
    at: TimestampMs,
    body: Bytes,
    stripe: String,
    /// Only where the secret is one of that scheme: base64 after its prefix.
    standard: Option<String>,
}

fn signed(
    app: &App,
    endpoint: &Endpoint,
    id: &str,
    (body, at): (Bytes, TimestampMs),
) -> Option<Signed> {
    // The former secret signs as well until its time is up; whoever verifies has one of the two.
    let former = endpoint.old_secret.as_ref().filter(|old| at < old.until);
    let mut secrets = Vec::with_capacity(2);
    for sealed in [Some(&endpoint.sealed_secret), former.map(|old| &old.sealed)] {
        let Some(sealed) = sealed else { continue };
        match app.vault.open_secret(endpoint.id, sealed) {
            Ok(secret) => secrets.push(secret),
            Err(error) => {
                ops::alert("a webhook secret cannot be opened", &endpoint.id, &error);
                return None;
            }
        }
    }
    let of_stripe: Vec<Secret> =
        secrets.iter().map(|secret| Secret::stripe(secret.as_str())).collect();
    let at = if planted!("stale_signature") { at.plus_ms(-3_600_000) } else { at };
    let stripe = stripe_header(&of_stripe.iter().collect::<Vec<_>>(), at, &body);
    let of_standard: Option<Vec<Secret>> =
        secrets.iter().map(|secret| Secret::standard(secret.as_str()).ok()).collect();
    let standard = of_standard
        .map(|secrets| standard_header(&secrets.iter().collect::<Vec<_>>(), id, at, &body));
    Some(Signed { id: id.to_owned(), at, body, stripe, standard })
}

impl Signed {
    fn to(self, uri: Uri) -> Request<Full<Bytes>> {
        let mut request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::ACCEPT, "*/*")
            .header(STRIPE_SIGNATURE, self.stripe);
        if let Some(standard) = self.standard {
            request = request
                .header(WEBHOOK_ID, self.id)
                .header(WEBHOOK_TIMESTAMP, self.at.seconds())
                .header(WEBHOOK_SIGNATURE, standard);
        }
        request.body(Full::new(self.body)).expect("ids, times and signatures are fit for headers")
    }
}
