//! One intent, many at once; and callers that hang up.

use std::collections::BTreeMap;
use std::time::Duration;

use farthing_server::config::Config;
use tokio::task::JoinSet;

use crate::support::{Answer, Server, counted};

const MANY: usize = 50;
/// Long enough that all fifty come while the first one's call is in flight.
const SLOW: &str = "slow=1,slow_ms=3000";

/// Each with a key of its own.
async fn all_at_once(server: &Server, round: &str, path: &str, form: &str) -> Vec<Answer> {
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        let (server, key) = (server.clone(), format!("{round}-{number}"));
        let (path, form) = (path.to_owned(), form.to_owned());
        tasks.spawn(async move { server.post(&path, &key, &form).await });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_confirmations_are_one_charge_and_fifty_refunds_are_one_refund() {
    let server = Server::start(SLOW, Config::dev()).await;
    let form = "amount=5000&currency=usd&payment_method=pm_card_visa&payment_method_types[]=card";
    let intent = server.post("/v1/payment_intents", "make", form).await;
    let id = intent.text("id").to_owned();
    assert_eq!(intent.said(), "200 requires_confirmation");
    let confirm = format!("/v1/payment_intents/{id}/confirm");

    let confirms = all_at_once(&server, "confirm", &confirm, "").await;
    let expected = [("200 succeeded".to_owned(), 1), ("429 lock_timeout".to_owned(), MANY - 1)];
    assert_eq!(counted(confirms), BTreeMap::from(expected));
    let network = server.network();
    assert_eq!((network.charges, network.captured.minor(), server.calls()), (1, 5_000, 1));

    let form = format!("payment_intent={id}");
    let refunds = all_at_once(&server, "refund", "/v1/refunds", &form).await;
    let expected = [("200 succeeded".to_owned(), 1), ("429 lock_timeout".to_owned(), MANY - 1)];
    assert_eq!(counted(refunds), BTreeMap::from(expected));
    let network = server.network();
    assert_eq!((network.charges, network.refunded.minor(), server.calls()), (1, 5_000, 2));

    // Now that nothing is in flight, the state's own refusals apply.
    let late = all_at_once(&server, "late", &confirm, "").await;
    let expected = [("400 payment_intent_unexpected_state".to_owned(), MANY)];
    assert_eq!(counted(late), BTreeMap::from(expected));
    let refund = server.post("/v1/refunds", "one-more", &form).await;
    assert_eq!(refund.said(), "400 charge_already_refunded");
    assert_eq!(server.calls(), 2);
    server.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_sent_fifty_times_is_one_charge() {
    let server = Server::start(SLOW, Config::dev()).await;
    let mut tasks = JoinSet::new();
    for _ in 0..MANY {
        let server = server.clone();
        tasks.spawn(async move { server.pay("the-one-key").await });
    }
    let answers = tasks.join_all().await;
    let expected =
        [("200 succeeded".to_owned(), 1), ("409 idempotency_key_in_use".to_owned(), MANY - 1)];
    assert_eq!(counted(answers), BTreeMap::from(expected));
    let again = server.pay("the-one-key").await;
    assert_eq!((again.said().as_str(), again.replayed), ("200 succeeded", true));
    assert_eq!((server.network().charges, server.calls()), (1, 1));
    server.audit().await;
}

#[tokio::test]
async fn a_caller_that_hangs_up_stops_nothing() {
    let server = Server::start("slow=1,slow_ms=400", Config::dev()).await;
    let paying = server.pay("hung-up");
    assert!(tokio::time::timeout(Duration::from_millis(100), paying).await.is_err());
    let list = "/v1/payment_intents";
    let body = server.until(list, |body| body["data"][0]["status"] == "succeeded").await;
    assert_eq!(body["data"][0]["amount_received"], 1099);
    assert_eq!(server.network().charges, 1);
    assert_eq!(server.pay("hung-up").await.said(), "200 succeeded");
    assert_eq!(server.network().charges, 1);
    server.audit().await;
}
