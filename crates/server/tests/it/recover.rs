//! Answers that never came: what the network did is found out, and nobody is charged by it.

use std::time::Duration;

use farthing_core::time::TimestampMs;
use farthing_server::config::Config;
use farthing_server::recover;

use crate::support::{Server, impatient};

const EVER: TimestampMs = TimestampMs::from_ms(i64::MAX);

/// Looks up everything that is open, now.
async fn look(server: &Server) {
    recover::round(&server.app, EVER, 100).await;
}

#[tokio::test]
async fn a_lost_answer_is_found() {
    let server = Server::start("at=1:lost_after", impatient()).await;
    let first = server.pay("k").await;
    assert_eq!(first.said(), "200 processing");
    let path = format!("/v1/payment_intents/{}", first.text("id"));
    assert_eq!(server.network().charges, 1);
    assert_eq!(server.pay("k").await.said(), "409 idempotency_key_in_use");

    look(&server).await;
    assert_eq!(server.get(&path).await.said(), "200 succeeded");
    let again = server.pay("k").await;
    assert_eq!((again.said().as_str(), again.replayed), ("200 succeeded", true));
    assert_eq!(again.text("id"), first.text("id"));
    assert_eq!((server.network().charges, server.calls()), (1, 1));
    server.audit().await;
}

#[tokio::test]
async fn a_lost_call_is_barred_and_declined() {
    let server = Server::start("at=1:lost_before", impatient()).await;
    let first = server.pay("k").await;
    assert_eq!(first.said(), "200 processing");
    assert_eq!(server.network().charges, 0);

    look(&server).await;
    let path = format!("/v1/payment_intents/{}", first.text("id"));
    assert_eq!(server.get(&path).await.said(), "200 requires_payment_method");
    let again = server.pay("k").await;
    assert_eq!((again.said().as_str(), again.replayed), ("402 processing_error", true));
    assert_eq!(server.network().charges, 0);
    server.audit().await;
}

#[tokio::test]
async fn a_call_that_arrives_after_its_reversal_is_refused() {
    let server = Server::start("at=1:late,slow_ms=700", impatient()).await;
    assert_eq!(server.pay("k").await.said(), "200 processing");
    look(&server).await;
    assert_eq!(server.pay("k").await.said(), "402 processing_error");
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!((server.network().charges, server.network().captured.minor()), (0, 0));
    server.audit().await;
}

#[tokio::test]
async fn an_answer_after_the_limit_is_left_to_recovery() {
    // The network does it at 400 ms and would answer at 800; the limit is 300.
    let server = Server::start("at=1:slow,slow_ms=800", impatient()).await;
    let first = server.pay("k").await;
    assert_eq!(first.said(), "200 processing");
    look(&server).await;
    let path = format!("/v1/payment_intents/{}", first.text("id"));
    let known = server.get(&path).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    let later = server.get(&path).await;
    assert_eq!(known.said(), later.said());
    let paid = u64::from(later.said() == "200 succeeded");
    assert_eq!(server.network().charges, paid, "the two books agree");
    server.audit().await;
}

#[tokio::test]
async fn nothing_is_closed_while_the_network_is_silent() {
    let server = Server::start("at=1:lost_after,lookup_lost=1", impatient()).await;
    let first = server.pay("k").await;
    let path = format!("/v1/payment_intents/{}", first.text("id"));
    for _ in 0..8 {
        look(&server).await;
        assert_eq!(server.get(&path).await.said(), "200 processing");
        assert_eq!(server.pay("k").await.said(), "409 idempotency_key_in_use");
    }
    server.audit().await;
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_pending_and_then_known() {
    let server = Server::start("at=2:lost_after", impatient()).await;
    let paid = server.pay("k").await;
    let form = format!("payment_intent={}", paid.text("id"));
    let refund = server.post("/v1/refunds", "r", &form).await;
    assert_eq!(refund.said(), "200 pending");
    // Its amount is reserved: nobody can give it back a second time meanwhile.
    let second = server.post("/v1/refunds", "r2", &form).await;
    assert_eq!(second.said(), "400 charge_already_refunded");

    look(&server).await;
    let path = format!("/v1/refunds/{}", refund.text("id"));
    assert_eq!(server.get(&path).await.said(), "200 succeeded");
    assert_eq!(server.network().refunded.minor(), 1_099);
    server.audit().await;
}

#[tokio::test]
async fn an_unknown_capture_changes_nothing_until_it_is_known() {
    let server = Server::start("at=2:lost_after", impatient()).await;
    let form = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_visa\
                &payment_method_types[]=card&capture_method=manual";
    let held = server.post("/v1/payment_intents", "k", form).await;
    assert_eq!(held.said(), "200 requires_capture");
    let path = format!("/v1/payment_intents/{}", held.text("id"));
    let capture = server.post(&format!("{path}/capture"), "c", "").await;
    assert_eq!(capture.status, 500);
    assert_eq!(server.get(&path).await.said(), "200 requires_capture");
    let cancel = server.post(&format!("{path}/cancel"), "x", "").await;
    assert_eq!(cancel.said(), "429 lock_timeout");
    look(&server).await;
    assert_eq!(server.get(&path).await.said(), "200 succeeded");
    assert_eq!(server.post(&format!("{path}/capture"), "c", "").await.said(), "200 succeeded");
    assert_eq!(server.network().captured.minor(), 1_099);
    server.audit().await;
}

#[tokio::test]
async fn a_waiting_caller_hurries_the_look_up() {
    let server = Server::start("at=1:lost_after", impatient()).await;
    let running = tokio::spawn(recover::run(server.app.clone(), Vec::new()));
    let first = server.pay("k").await;
    assert_eq!(first.said(), "200 processing");
    // The first look-up is due after a second; the retry brings it forward.
    assert_eq!(server.pay("k").await.said(), "409 idempotency_key_in_use");
    let path = format!("/v1/payment_intents/{}", first.text("id"));
    server.until(&path, |body| body["status"] == "succeeded").await;
    running.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_in_flight_is_left_alone() {
    // The network does it at 500 ms: before, it would be taken for a call that was never seen.
    let server = Server::start("at=1:slow,slow_ms=1000", Config::dev()).await;
    let paying = tokio::spawn({
        let server = server.clone();
        async move { server.pay("k").await }
    });
    while server.app.flights.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    look(&server).await;
    assert_eq!(paying.await.unwrap().said(), "200 succeeded");
    assert_eq!(server.network().charges, 1);
    server.audit().await;
}
