//! The loops of the server: one row, one acquirer or one silence holds up nobody else.

use std::sync::Arc;
use std::time::Duration;

use farthing_acquirer::{Network, Remote, Simulator};
use farthing_domain::acquirer::Acquirer;
use farthing_server::acquirers::{Connection, Connections};
use farthing_server::breaker::{Answered, Operation, Settings};
use farthing_server::config::Config;
use farthing_server::{news, ops, recover};
use http::Request;
use tower_service::Service as _;

use crate::support::{EVER, Server, impatient};

fn paying(method: &str) -> String {
    format!(
        "amount=1099&currency=usd&confirm=true&payment_method={method}&payment_method_types[]=card"
    )
}

/// A refund whose own answer was lost, and of which there is news already.
async fn waiting(server: &Server) -> String {
    let paid = server.post("/v1/payment_intents", "one", &paying("pm_card_refundFail")).await;
    let form = format!("payment_intent={}", paid.text("id"));
    let refund = server.post("/v1/refunds", "back", &form).await;
    assert_eq!(refund.said(), "200 pending");
    format!("/v1/refunds/{}", refund.text("id"))
}

/// The last of so many payments that are all disputed.
async fn disputed(server: &Server, count: usize) -> String {
    let mut last = String::new();
    for number in 0..count {
        let form = paying("pm_card_createDispute");
        let paid = server.post("/v1/payment_intents", &format!("pay-{number}"), &form).await;
        last = paid.text("id").to_owned();
    }
    last
}

async fn disputes_of(server: &Server, intent: &str) -> usize {
    let path = format!("/v1/disputes?payment_intent={intent}");
    server.get(&path).await.body["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_piece_of_news_that_waits_stops_no_later_page_of_the_feed() {
    let server = Server::start("at=2:lost_after,notice_after_ms=1000", impatient()).await;
    let refund = waiting(&server).await;
    let last = disputed(&server, 300).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    news::round(&server.app).await.unwrap();
    assert_eq!(disputes_of(&server, &last).await, 1, "the last of three hundred");
    assert_eq!(news::round(&server.app).await.unwrap(), 0, "one waits");
    assert_eq!(server.get(&refund).await.text("status"), "pending");
    // Nobody is kept waiting for it.
    assert!(!news::waits(&server.app));

    recover::round(&server.app, EVER, 100).await;
    assert_eq!(server.get(&refund).await.text("status"), "succeeded");
    assert_eq!(news::round(&server.app).await.unwrap(), 1);
    assert_eq!(server.get(&refund).await.text("status"), "failed");
    assert_eq!(news::round(&server.app).await.unwrap(), 0);
    assert!(news::aside(&server.app).await.unwrap().is_empty());
    server.audit().await;
}

#[tokio::test]
async fn what_waits_is_asked_for_by_its_number_after_a_start() {
    let simulator = simulator("at=2:lost_after");
    let server = Server::on(simulator.clone(), impatient()).await;
    let refund = waiting(&server).await;
    let last = disputed(&server, 3).await;
    news::round(&server.app).await.unwrap();
    assert_eq!(disputes_of(&server, &last).await, 1);
    recover::round(&server.app, EVER, 100).await;

    let anew = server.again(simulator).await;
    assert_eq!(news::round(&anew.app).await.unwrap(), 1, "that one, and none of the others");
    assert_eq!(anew.get(&refund).await.text("status"), "failed");
    // Whoever heard before knows that it is dealt with.
    assert_eq!(news::round(&server.app).await.unwrap(), 0);
    server.audit().await;
}

fn simulator(faults: &str) -> Simulator {
    Simulator::in_memory(faults.parse().unwrap()).unwrap()
}

/// The first acquirer hangs with many calls unknown; what is unknown at the second is found out while
/// the look-ups at the first are under way.
#[tokio::test]
async fn an_acquirer_that_hangs_delays_no_look_up_at_another() {
    let hole = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", hole.local_addr().unwrap());
    let silent: Network = Remote::new(&url).unwrap().into();
    let connection =
        |acquirer, name: &str, network| Connection { acquirer, name: name.to_owned(), network };
    let networks = Connections(vec![
        connection(Acquirer::ALL[0], "a", silent),
        connection(Acquirer::ALL[1], "b", simulator("at=1:lost_after").into()),
    ]);
    let config = Config {
        network_timeout: Duration::from_secs(2),
        breaker: Settings { failures: 1_000, open_ms: 3_600_000 },
        ..Config::dev()
    };
    let server = Server::on(networks, config).await;
    let unknown = (0..64).map(|number| {
        let server = server.clone();
        tokio::spawn(async move { server.pay(&format!("a-{number}")).await })
    });
    for paid in unknown.collect::<Vec<_>>() {
        assert_eq!(paid.await.unwrap().said(), "200 processing");
    }
    for _ in 0..1_000 {
        let first = &server.app.acquirers.principal().breakers;
        first.heard(Operation::Authorize, Answered::No, server.app.clock.now());
    }
    let lost = server.pay("b").await;
    assert_eq!(lost.said(), "200 processing");
    // All of them are due: four rounds of two seconds at the first.
    let began = tokio::time::Instant::now();
    let hanging = tokio::spawn({
        let app = Arc::clone(&server.app);
        async move { recover::round(&app, EVER, 1_000).await }
    });
    let path = format!("/v1/payment_intents/{}", lost.text("id"));
    server.until(&path, |intent| intent["status"] == "succeeded").await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    hanging.abort();
}

/// A caller who comes back for its answer is not behind those who do not.
#[tokio::test]
async fn who_waits_is_served_before_the_queue() {
    let server = Server::start("at=1:lost_after", impatient()).await;
    let first = server.pay("k").await;
    assert_eq!(first.said(), "200 processing");
    let turns = server.app.acquirers.principal().take_turns();
    let running = tokio::spawn(recover::run(Arc::clone(&server.app), Vec::new()));
    assert_eq!(server.pay("k").await.said(), "409 idempotency_key_in_use");
    let path = format!("/v1/payment_intents/{}", first.text("id"));
    server.until(&path, |intent| intent["status"] == "succeeded").await;
    running.abort();
    drop(turns);
}

async fn ready(server: &Server) -> u16 {
    let request = Request::get("/readyz").body(axum::body::Body::empty()).unwrap();
    let answer = ops::router(Arc::clone(&server.app)).call(request).await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn a_loop_that_makes_no_round_is_seen() {
    let server = Server::start("", Config::dev()).await;
    assert_eq!(ready(&server).await, 200);
    server.app.pulse.beat("timers");
    assert_eq!(ready(&server).await, 200);
    let long_ago = tokio::time::Instant::now().checked_sub(Duration::from_secs(61));
    server.app.pulse.beat_at("timers", long_ago.unwrap());
    assert_eq!(ready(&server).await, 503);
    server.app.pulse.beat("timers");
    assert_eq!(ready(&server).await, 200);
}
