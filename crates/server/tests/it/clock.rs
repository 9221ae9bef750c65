//! One clock: what is due by a merchant's test clock is done when it is moved there.

use farthing_core::id::{AttemptId, IntentId};
use farthing_core::time::TimestampMs;
use farthing_domain::change::Change;
use farthing_domain::command::{Advance, Ask};
use farthing_domain::intent::{Intent, OpenAttempt, Verb};
use farthing_domain::query::Scan;
use farthing_domain::view::{Key, Row};
use farthing_server::config::Config;
use farthing_server::{flow, recover, timers};
use serde_json::Value;

use crate::support::{Answer, Server, tenant};

const DAY_S: i64 = 24 * 60 * 60;
const ADVANCE: &str = "/v1/farthing/test_clock/advance";
const CLOCK: &str = "/v1/farthing/test_clock";

async fn hold(server: &Server, key: &str) -> Answer {
    let form = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_visa\
                &payment_method_types[]=card&capture_method=manual";
    server.post("/v1/payment_intents", key, form).await
}

async fn advance(server: &Server, key: &str, seconds: i64) -> Answer {
    server.post(ADVANCE, key, &format!("seconds={seconds}")).await
}

fn types(events: &Value) -> Vec<&str> {
    let data = events["data"].as_array().unwrap();
    data.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

async fn timers_left(server: &Server) -> usize {
    let wall = TimestampMs::from_ms(i64::MAX / 2);
    let scan = Scan::Timers { wall, tenant: None, after: None, limit: 100 };
    let rows = server.app.store.scan(scan).await.unwrap();
    rows.iter().filter(|row| matches!(row, Row::Timer(_))).count()
}

#[tokio::test]
async fn a_hold_that_is_not_captured_in_time_is_released() {
    let server = Server::start("", Config::dev()).await;
    let held = hold(&server, "hold").await;
    assert_eq!(held.said(), "200 requires_capture");
    let id = held.text("id").to_owned();
    let path = format!("/v1/payment_intents/{id}");
    let charge = held.text("latest_charge").to_owned();

    // One second before its time it is as it was.
    advance(&server, "almost", 7 * DAY_S - 60).await;
    assert_eq!(server.get(&path).await.text("status"), "requires_capture");
    let clock = advance(&server, "over", 120).await;
    assert_eq!(clock.status, 200, "{}", clock.body);
    let intent = server.get(&path).await.body;
    assert_eq!(intent["status"], "canceled");
    assert_eq!(intent["cancellation_reason"], "automatic");
    assert_eq!(intent["amount_capturable"], 0);
    // It happened when it was due, not when somebody looked.
    let path_of_charge = format!("/v1/charges/{charge}");
    let created = server.get(&path_of_charge).await.body["created"].as_i64().unwrap();
    assert_eq!(intent["canceled_at"], created + 7 * DAY_S);
    let events = server.get("/v1/events?limit=100").await.body;
    assert_eq!(
        types(&events),
        [
            "payment_intent.canceled",
            "charge.expired",
            "payment_intent.amount_capturable_updated",
            "charge.succeeded",
            "payment_intent.created"
        ]
    );
    assert_eq!(events["data"][1]["data"]["object"]["id"], charge.as_str());
    assert_eq!(events["data"][1]["data"]["object"]["captured"], false);
    assert_eq!(events["data"][1]["request"]["id"], Value::Null);
    let capture = server.post(&format!("{path}/capture"), "late", "").await;
    assert_eq!(capture.said(), "400 capture_charge_authorization_expired");
    assert_eq!(server.network().captured.minor(), 0);
    assert_eq!(timers_left(&server).await, 0);
    server.audit().await;
}

#[tokio::test]
async fn what_was_captured_or_canceled_in_time_stands() {
    let server = Server::start("", Config::dev()).await;
    let captured = hold(&server, "one").await.text("id").to_owned();
    let canceled = hold(&server, "two").await.text("id").to_owned();
    server.post(&format!("/v1/payment_intents/{captured}/capture"), "c", "").await;
    server.post(&format!("/v1/payment_intents/{canceled}/cancel"), "d", "").await;
    // Nothing is due of holds that are over: what is left is the day on which what was captured
    // becomes available.
    assert_eq!(timers_left(&server).await, 1);
    advance(&server, "week", 8 * DAY_S).await;
    let get = async |id: &str| server.get(&format!("/v1/payment_intents/{id}")).await.body;
    assert_eq!(get(&captured).await["status"], "succeeded");
    assert_eq!(get(&canceled).await["cancellation_reason"], Value::Null);
    assert_eq!(timers_left(&server).await, 0);
    server.audit().await;
}

#[tokio::test]
async fn a_release_whose_answer_was_lost_is_found_out() {
    // The second call, the release, is done and its answer lost.
    let server = Server::start("at=2:lost_after", crate::support::impatient()).await;
    let id = hold(&server, "hold").await.text("id").to_owned();
    let path = format!("/v1/payment_intents/{id}");
    advance(&server, "week", 7 * DAY_S + 60).await;
    assert_eq!(server.get(&path).await.text("status"), "requires_capture");
    assert_eq!(timers_left(&server).await, 0);
    recover::round(&server.app, TimestampMs::from_ms(i64::MAX), 10).await;
    assert_eq!(server.get(&path).await.text("status"), "canceled");
    server.audit().await;
}

#[tokio::test]
async fn the_clock_goes_forward_only_and_once_for_each_key() {
    let server = Server::start("", Config::dev()).await;
    let before = server.get(CLOCK).await.body;
    assert_eq!(before["object"], "farthing.test_clock");
    assert_eq!((&before["offset_seconds"], &before["livemode"]), (&0.into(), &false.into()));
    let first = advance(&server, "day", DAY_S).await;
    assert_eq!(first.body["offset_seconds"], DAY_S);
    let again = advance(&server, "day", DAY_S).await;
    assert!(again.replayed);
    assert_eq!(again.body, first.body);
    assert_eq!(server.get(CLOCK).await.body["offset_seconds"], DAY_S);

    let now = server.get(CLOCK).await.body["now"].as_i64().unwrap();
    let to = server.post(ADVANCE, "to", &format!("to={}", now + DAY_S)).await;
    assert_eq!(to.body["now"], now + DAY_S);
    let back = server.post(ADVANCE, "back", &format!("to={}", now - DAY_S)).await;
    assert_eq!((back.status, &back.body["error"]["param"]), (400, &"to".into()));
    for form in ["seconds=-1", "seconds=99999999999", "", "seconds=1&to=9", "seconds=x", "days=1"] {
        let refused = server.post(ADVANCE, &format!("bad {form}").replace(' ', "-"), form).await;
        assert_eq!(refused.status, 400, "{form}: {}", refused.body);
    }
    // What is made from now on is made at the clock's time.
    let made = server.pay("pay").await;
    assert!(made.body["created"].as_i64().unwrap() >= now + DAY_S);
}

#[tokio::test]
async fn the_network_keeps_the_same_clock() {
    // The network tells of pending refunds an hour later.
    let server = Server::start("notice_after_ms=3600000", Config::dev()).await;
    let form = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_pendingRefund\
                &payment_method_types[]=card";
    let id = server.post("/v1/payment_intents", "pay", form).await.text("id").to_owned();
    let refund = server.post("/v1/refunds", "back", &format!("payment_intent={id}")).await;
    assert_eq!(refund.said(), "200 pending");
    let path = format!("/v1/refunds/{}", refund.text("id"));
    advance(&server, "half", 1_800).await;
    assert_eq!(server.get(&path).await.text("status"), "pending");
    advance(&server, "hour", 1_860).await;
    assert_eq!(server.get(&path).await.text("status"), "succeeded");
    server.audit().await;
}

#[tokio::test]
async fn a_dispute_that_nobody_answers_is_lost_when_its_time_is_up() {
    let server = Server::start("", Config::dev()).await;
    let form = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_createDispute\
                &payment_method_types[]=card";
    server.post("/v1/payment_intents", "pay", form).await;
    advance(&server, "news", 1).await;
    let disputes = async || server.get("/v1/disputes").await.body["data"].clone();
    assert_eq!(disputes().await[0]["status"], "needs_response");
    advance(&server, "long", 60 * DAY_S).await;
    assert_eq!(disputes().await[0]["status"], "lost");
    server.audit().await;
}

/// A timer that meets a bug is put off, and those of everybody else are run.
#[tokio::test]
async fn a_timer_that_fails_holds_up_nobody() {
    let server = Server::start("", Config::dev()).await;
    let broken = hold(&server, "one").await.text("id").to_owned();
    let sound = hold(&server, "two").await.text("id").to_owned();
    let id = IntentId::parse(&broken).unwrap();
    let view = server.app.store.fetch(vec![Key::Intent(tenant(), id)]).await.unwrap();
    let intent = view.intent(tenant(), id).unwrap().clone();
    write(&server, Change::Delete(Key::Intent(tenant(), id))).await;

    assert_eq!(advance(&server, "week", 7 * DAY_S + 60).await.status, 500, "one of them failed");
    let path = format!("/v1/payment_intents/{sound}");
    assert_eq!(server.get(&path).await.text("status"), "canceled");
    assert_eq!(timers_left(&server).await, 1, "it is kept");
    let round = timers::round(&server.app, None).await.unwrap();
    assert_eq!((round.due, round.failed), (0, 0), "for an hour nobody meets it");

    write(&server, Change::Insert(Row::Intent(intent))).await;
    assert_eq!(advance(&server, "hour", 3_700).await.status, 200);
    let path = format!("/v1/payment_intents/{broken}");
    assert_eq!(server.get(&path).await.text("status"), "canceled");
    assert_eq!(timers_left(&server).await, 0);
    server.audit().await;
}

async fn write(server: &Server, change: Change) {
    let store = server.app.store.clone();
    tokio::task::spawn_blocking(move || store.write(vec![change]).unwrap()).await.unwrap();
}

/// More than a page of them wait for what is in flight; the one behind them is run.
#[tokio::test]
async fn timers_that_wait_hold_up_nobody() {
    let server = Server::start("", Config::dev()).await;
    let mut held = Vec::new();
    for number in 0..300 {
        held.push(hold(&server, &format!("hold-{number}")).await.text("id").to_owned());
    }
    let last = hold(&server, "last").await.text("id").to_owned();
    assert_eq!(timers_left(&server).await, 100, "as many as were asked for");
    for id in held {
        let id = IntentId::parse(&id).unwrap();
        let view = server.app.store.fetch(vec![Key::Intent(tenant(), id)]).await.unwrap();
        let open = OpenAttempt { id: AttemptId::from_bytes(id.bytes()), verb: Verb::Cancel };
        let intent = view.intent(tenant(), id).unwrap().clone();
        write(&server, Change::Update(Row::Intent(Intent { open: Some(open), ..intent }))).await;
    }
    let ask = Ask::AdvanceClock(Advance::By((7 * DAY_S + 60) * 1_000));
    server.app.store.submit(flow::own(&server.app, tenant(), ask)).await.unwrap();
    let round = timers::round(&server.app, None).await.unwrap();
    assert_eq!((round.due, round.done), (301, 1));
    let path = format!("/v1/payment_intents/{last}");
    server.until(&path, |intent| intent["status"] == "canceled").await;
}

/// More holds than may be released at one time lapse together.
#[tokio::test]
async fn a_round_does_all_that_is_due() {
    let server = Server::start("", Config::dev()).await;
    for number in 0..600 {
        hold(&server, &format!("hold-{number}")).await;
    }
    assert_eq!(advance(&server, "week", 7 * DAY_S + 60).await.status, 200);
    assert_eq!(timers_left(&server).await, 0);
    assert_eq!(server.network().captured.minor(), 0);
    server.audit().await;
}

/// A year of daily payouts is over when the clock is there.
#[tokio::test]
async fn a_year_of_daily_payouts_is_done_before_the_answer() {
    let server = Server::start("", Config::dev()).await;
    let account = "country=US&currency=usd&routing_number=110000000\
                   &account_number=000123456789&default_for_currency=true";
    let made = server.post("/v1/farthing/bank_accounts", "bank", account).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let daily = "interval=daily";
    let set = server.post("/v1/farthing/payout_settings", "daily", daily).await;
    assert_eq!(set.status, 200, "{}", set.body);
    server.pay("pay").await;
    assert_eq!(advance(&server, "year", 365 * DAY_S).await.status, 200);
    let payouts = server.get("/v1/payouts").await.body;
    assert_eq!(payouts["data"][0]["status"], "paid", "{payouts}");
    let round = timers::round(&server.app, None).await.unwrap();
    assert_eq!(round.due, 0, "nothing of it is left");
    server.audit().await;
}
