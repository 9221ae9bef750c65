//! Webhooks as real receivers see them.

use std::time::Duration;

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{Secret, StandardHeaders, Tolerance, verify_standard, verify_stripe};
use farthing_server::config::Config;
use farthing_server::deliver;
use tokio::time::Instant;

use crate::receiver::{Manner, Receiver};
use crate::support::Server;

/// A server that delivers, with an endpoint for each receiver; and the endpoints' secrets.
async fn serving(config: Config, receivers: &[&Receiver]) -> (Server, Vec<String>) {
    let server = Server::start("", config).await;
    let mut secrets = Vec::new();
    for receiver in receivers {
        let form = format!("url={}&enabled_events[]=*", receiver.url);
        let made = server.post("/v1/webhook_endpoints", &receiver.url, &form).await;
        assert_eq!(made.status, 200, "{}", made.body);
        secrets.push(made.text("secret").to_owned());
    }
    tokio::spawn(deliver::run(server.app.clone()));
    (server, secrets)
}

fn now(server: &Server) -> TimestampMs {
    server.app.clock.now()
}

/// Whoever still has the former secret goes on verifying while it signs, and not a moment longer.
#[tokio::test]
async fn a_rolled_secret_and_its_successor_both_verify_for_a_while() {
    for (expires_in, former_verifies) in [("3600", true), ("0", false)] {
        let receiver = Receiver::start(Manner::Accept).await;
        let (server, secrets) = serving(Config::dev(), &[&receiver]).await;
        let list = server.get("/v1/webhook_endpoints").await;
        let endpoint = list.body["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/farthing/webhook_endpoints/{endpoint}/roll_secret");
        let rolled = server.post(&path, "roll", &format!("expires_in={expires_in}")).await;
        assert_eq!(rolled.status, 200, "{}", rolled.body);
        server.post("/v1/payment_intents", "k", "amount=1099&currency=usd").await;
        let webhook = receiver.wait_for(1).await.remove(0);
        let (body, now) = (&webhook.body, now(&server));
        for (secret, verifies) in
            [(rolled.text("secret"), true), (secrets[0].as_str(), former_verifies)]
        {
            let stripe = [Secret::stripe(secret)];
            let header = webhook.header("stripe-signature");
            let told = verify_stripe(&stripe, header, body, now, Tolerance::DEFAULT);
            assert_eq!(told.is_ok(), verifies, "{header}");
            let standard = [Secret::standard(secret).unwrap()];
            let headers = StandardHeaders {
                id: webhook.header("webhook-id"),
                timestamp: webhook.header("webhook-timestamp"),
                signature: webhook.header("webhook-signature"),
            };
            let told = verify_standard(&standard, headers, body, now, Tolerance::DEFAULT);
            assert_eq!(told.is_ok(), verifies);
        }
    }
}

#[tokio::test]
async fn both_signatures_are_accepted() {
    let receiver = Receiver::start(Manner::Accept).await;
    let (server, secrets) = serving(Config::dev(), &[&receiver]).await;
    let form = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_visa\
                &payment_method_types[]=card&description=Zo%C3%AB%20%F0%9F%98%80";
    let paid = server.post("/v1/payment_intents", "k", form).await;
    let mut kinds = Vec::new();
    for webhook in receiver.wait_for(3).await {
        let (body, now) = (&webhook.body, now(&server));
        assert!(body.is_ascii());
        assert_eq!(webhook.header("content-type"), "application/json; charset=utf-8");
        let stripe = [Secret::stripe(&secrets[0])];
        let header = webhook.header("stripe-signature");
        verify_stripe(&stripe, header, body, now, Tolerance::DEFAULT).unwrap();
        let standard = [Secret::standard(&secrets[0]).unwrap()];
        let headers = StandardHeaders {
            id: webhook.header("webhook-id"),
            timestamp: webhook.header("webhook-timestamp"),
            signature: webhook.header("webhook-signature"),
        };
        verify_standard(&standard, headers, body, now, Tolerance::DEFAULT).unwrap();
        let event = webhook.event();
        assert_eq!(event["id"], webhook.header("webhook-id"));
        assert_eq!(event["request"]["idempotency_key"], "k");
        if event["data"]["object"]["object"] == "payment_intent" {
            assert_eq!(event["data"]["object"]["id"], paid.text("id"));
            assert_eq!(event["data"]["object"]["description"], "Zoë 😀");
        }
        kinds.push(event["type"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    let expected = ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"];
    assert_eq!(kinds, expected);
    let pending = |body: &serde_json::Value| {
        body["data"].as_array().unwrap().iter().all(|event| event["pending_webhooks"] == 0)
    };
    server.until("/v1/events", pending).await;
    assert_eq!(receiver.received().len(), 3, "each came once");
    server.audit().await;
}

#[tokio::test]
async fn a_failure_is_retried_and_signed_anew() {
    let receiver = Receiver::start(Manner::Fail(1, 500)).await;
    let (server, secrets) = serving(Config::dev(), &[&receiver]).await;
    let form = "amount=1099&currency=usd";
    server.post("/v1/payment_intents", "k", form).await;
    let tries = receiver.wait_for(2).await;
    let [first, second] = [&tries[0], &tries[1]];
    assert_eq!(first.event()["id"], second.event()["id"]);
    assert!(second.at - first.at >= Duration::from_millis(900), "{:?}", second.at - first.at);
    let secret = [Secret::stripe(&secrets[0])];
    for webhook in [first, second] {
        let header = webhook.header("stripe-signature");
        verify_stripe(&secret, header, &webhook.body, now(&server), Tolerance::DEFAULT).unwrap();
    }
    assert_ne!(first.header("webhook-timestamp"), second.header("webhook-timestamp"));
}

/// The waits of a development process are one, five and thirty seconds.
#[tokio::test]
async fn a_clock_that_is_moved_brings_the_next_try() {
    let receiver = Receiver::start(Manner::Fail(2, 500)).await;
    let (server, _) = serving(Config::dev(), &[&receiver]).await;
    server.post("/v1/payment_intents", "k", "amount=1099&currency=usd").await;
    receiver.wait_for(2).await;
    tokio::time::sleep(Duration::from_millis(300)).await; // What was tried is written down.
    let moved = server.post("/v1/farthing/test_clock/advance", "clock", "seconds=60").await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    let tries = receiver.wait_for(3).await;
    let waited = tries[2].at - tries[1].at;
    assert!(waited < Duration::from_millis(3_500), "{waited:?}");
    assert_eq!(tries[2].event()["id"], tries[1].event()["id"]);
    let taken = |body: &serde_json::Value| body["data"][0]["pending_webhooks"] == 0;
    server.until("/v1/events", taken).await;
}

#[tokio::test]
async fn an_endpoint_that_hangs_delays_nobody_else() {
    let hanging = Receiver::start(Manner::Hang).await;
    let healthy = Receiver::start(Manner::Accept).await;
    let (server, _) = serving(Config::dev(), &[&hanging, &healthy]).await;
    let begin = Instant::now();
    for number in 0..40 {
        let form = "amount=1099&currency=usd";
        server.post("/v1/payment_intents", &format!("k{number}"), form).await;
    }
    healthy.wait_for(40).await;
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    // The other one is tried, one at a time: it has never answered.
    assert_eq!(hanging.wait_for(1).await.len(), 1);
}

#[tokio::test]
async fn a_hang_ends_at_the_time_limit_and_counts_as_a_failure() {
    let hanging = Receiver::start(Manner::Hang).await;
    let config = Config { delivery_timeout: Duration::from_millis(200), ..Config::dev() };
    let (server, _) = serving(config, &[&hanging]).await;
    server.post("/v1/payment_intents", "k", "amount=1099&currency=usd").await;
    let received = hanging.wait_for(2).await;
    let between = received[1].at - received[0].at;
    assert!(between >= Duration::from_millis(1_100), "{between:?}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Receiver::start(Manner::Accept).await;
    let redirecting = Receiver::start(Manner::Redirect(elsewhere.url.clone())).await;
    let (server, _) = serving(Config::dev(), &[&redirecting]).await;
    server.post("/v1/payment_intents", "k", "amount=1099&currency=usd").await;
    redirecting.wait_for(2).await; // Tried again: a redirect is a failure.
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_gone_endpoint_is_given_up() {
    let gone = Receiver::start(Manner::Fail(10, 410)).await;
    let (server, _) = serving(Config::dev(), &[&gone]).await;
    server.post("/v1/payment_intents", "k", "amount=1099&currency=usd").await;
    let given_up = |body: &serde_json::Value| body["data"][0]["pending_webhooks"] == 0;
    server.until("/v1/events", given_up).await;
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    assert_eq!(gone.received().len(), 1);
}

#[tokio::test]
async fn production_reaches_no_loopback_address_whatever_is_stored() {
    let receiver = Receiver::start(Manner::Accept).await;
    // Made while it was allowed, tried when it is not.
    let config = Config { dev: false, ..Config::dev() };
    let dev = Server::start("", Config::dev()).await;
    let form = format!("url={}&enabled_events[]=*", receiver.url);
    assert_eq!(dev.post("/v1/webhook_endpoints", "e", &form).await.status, 200);
    let by_name = receiver.url.replace("127.0.0.1", "localhost.");
    let form = format!("url={by_name}&enabled_events[]=*");
    assert_eq!(dev.post("/v1/webhook_endpoints", "n", &form).await.status, 200);
    let production = dev.with(config).await;
    assert_eq!(production.post("/v1/webhook_endpoints", "p", &form).await.status, 400);
    tokio::spawn(deliver::run(production.app.clone()));
    production.post("/v1/payment_intents", "k", "amount=1099&currency=usd").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(receiver.received().is_empty());
}
