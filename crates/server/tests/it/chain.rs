//! What a delivery says of the ones before it: `previous_sequence` belongs to the endpoint.
//!
//! Everything is taken from what receivers were really sent, and compared with nothing but what
//! the same receivers were sent: the server's rows are not looked at.

use std::collections::{BTreeMap, BTreeSet};

use farthing_server::config::Config;
use farthing_server::deliver;
use serde_json::Value;

use crate::receiver::{Manner, Receiver};
use crate::support::Server;

/// What one endpoint was sent, by object and place.
type Sent = BTreeMap<String, BTreeMap<u64, Value>>;

/// One endpoint and what stands behind it.
struct Endpoint {
    id: String,
    receiver: Receiver,
}

async fn subscribed(server: &Server, kinds: &[&str]) -> Endpoint {
    let receiver = Receiver::start(Manner::Accept).await;
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("&enabled_events[]={kind}")).collect();
    let form = format!("url={}{}", receiver.url, kinds.concat());
    let made = server.post("/v1/webhook_endpoints", &receiver.url, &form).await;
    assert_eq!(made.status, 200, "{}", made.body);
    Endpoint { id: made.text("id").to_owned(), receiver }
}

/// A client that makes up a key for each request.
struct Client<'s>(&'s Server, std::cell::Cell<u32>);

impl Client<'_> {
    async fn post(&self, path: &str, form: &str) -> Value {
        self.1.set(self.1.get() + 1);
        let answer = self.0.post(path, &format!("chain-{}", self.1.get()), form).await;
        assert!([200, 402].contains(&answer.status), "{path} {form}: {}", answer.body);
        answer.body
    }

    async fn intent(&self, form: &str) -> String {
        let made =
            self.post("/v1/payment_intents", &format!("amount=1099&currency=usd{form}")).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Payments with two to four events each, and charges and refunds with as many.
    async fn trade(&self) {
        let pay = "&confirm=true&payment_method=pm_card_visa&payment_method_types[]=card";
        self.intent(pay).await;
        let held = self.intent(&format!("{pay}&capture_method=manual")).await;
        self.post(&format!("/v1/payment_intents/{held}/capture"), "").await;
        let canceled = self.intent("").await;
        self.post(&format!("/v1/payment_intents/{canceled}/cancel"), "").await;
        let tried = self.intent("&payment_method_types[]=card").await;
        let path = format!("/v1/payment_intents/{tried}/confirm");
        self.post(&path, "payment_method=pm_card_chargeDeclined").await;
        self.post(&path, "payment_method=pm_card_chargeDeclined").await;
        let paid = self.post(&path, "payment_method=pm_card_visa").await;
        let charge = paid["latest_charge"].as_str().unwrap();
        for number in 0..3 {
            self.post(&format!("/v1/charges/{charge}"), &format!("metadata[n]={number}")).await;
            let form = format!("charge={charge}&amount=100");
            let refund = self.post("/v1/refunds", &form).await;
            let path = format!("/v1/refunds/{}", refund["id"].as_str().unwrap());
            self.post(&path, "metadata[seen]=yes").await;
        }
    }
}

/// Waits until nothing is pending; then what came, by object, each once.
async fn sent(server: &Server, endpoint: &Endpoint) -> Sent {
    let done = |body: &Value| {
        body["data"].as_array().unwrap().iter().all(|event| event["pending_webhooks"] == 0)
    };
    server.until("/v1/events?limit=100", done).await;
    let mut sent = Sent::new();
    for webhook in endpoint.receiver.received() {
        let event = webhook.event();
        let object = event["data"]["object"]["id"].as_str().unwrap().to_owned();
        let place = event["sequence"].as_u64().unwrap();
        let again = sent.entry(object).or_default().insert(place, event);
        assert!(again.is_none(), "{again:?}");
    }
    sent
}

/// Every delivery names the one before it that went to the same receiver, or says that there is none.
fn assert_chained(sent: &Sent) {
    for (object, events) in sent {
        let mut before = None;
        for (place, event) in events {
            let said = event.as_object().unwrap().get("previous_sequence");
            let expected = before.map_or(Value::Null, Value::from);
            assert_eq!(said, Some(&expected), "{object} {place}: {}", event["type"]);
            before = Some(*place);
        }
    }
}

#[tokio::test]
async fn no_endpoint_is_told_of_what_was_not_due_to_it() {
    let server = Server::start("", Config::dev()).await;
    let all = subscribed(&server, &["*"]).await;
    let paid = subscribed(&server, &["payment_intent.succeeded"]).await;
    let some = subscribed(&server, &["charge.refunded", "payment_intent.payment_failed"]).await;
    let moody = subscribed(&server, &["charge.succeeded", "payment_intent.created"]).await;
    tokio::spawn(deliver::run(server.app.clone()));
    let client = Client(&server, std::cell::Cell::new(0));
    client.trade().await;
    // What is due later does not count what was not due before.
    client.post(&format!("/v1/webhook_endpoints/{}", moody.id), "enabled_events[]=*").await;
    client.trade().await;

    let everything = sent(&server, &all).await;
    assert_chained(&everything);
    let mut longest = 0;
    for (object, events) in &everything {
        let places: Vec<u64> = events.keys().copied().collect();
        let unbroken: Vec<u64> = (1..=events.len() as u64).collect();
        assert_eq!(places, unbroken, "{object}");
        longest = longest.max(events.len());
    }
    assert!(longest >= 7, "a charge that was changed and refunded: {longest}");
    let mut skipped = 0;
    for endpoint in [&paid, &some, &moody] {
        let own = sent(&server, endpoint).await;
        assert_chained(&own);
        let gaps = own.values().flat_map(BTreeMap::keys).filter(|place| **place > 1).count();
        skipped += gaps;
    }
    assert!(skipped > 10, "filters leave much out: {skipped}");
    for event in sent(&server, &paid).await.values().flat_map(BTreeMap::values) {
        assert_eq!(event["previous_sequence"], Value::Null, "an intent succeeds once");
        assert!(event["sequence"].as_u64().unwrap() > 1);
    }
}

#[tokio::test]
async fn what_was_lost_is_read_again_as_it_was_sent() {
    let server = Server::start("", Config::dev()).await;
    let endpoints = [
        subscribed(&server, &["*"]).await,
        subscribed(&server, &["charge.updated", "charge.refunded", "refund.created"]).await,
    ];
    tokio::spawn(deliver::run(server.app.clone()));
    Client(&server, std::cell::Cell::new(0)).trade().await;
    let mut read = 0;
    for endpoint in &endpoints {
        for (object, events) in sent(&server, endpoint).await {
            let places: BTreeSet<u64> = events.keys().copied().chain([0, 1_000]).collect();
            for after in places {
                let path = format!(
                    "/v1/farthing/events?object={object}&after_sequence={after}\
                     &webhook_endpoint={}&limit=100",
                    endpoint.id
                );
                let found = server.get(&path).await;
                let beyond = events.range(after + 1..).map(|(_, event)| {
                    let mut event = event.clone();
                    event["pending_webhooks"] = 0.into(); // All that has changed since.
                    event
                });
                let beyond: Vec<Value> = beyond.collect();
                read += beyond.len();
                assert_eq!(found.body["data"], Value::from(beyond), "{path}");
                assert_eq!(found.body["has_more"], false);
            }
        }
    }
    assert!(read > 50, "{read}");
}
