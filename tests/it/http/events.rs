//! `/v1/events`

use farthing_core::id::{EndpointId, EventId};
use farthing_domain::command::{AfterTry, Ask as Order, Try};
use farthing_domain::tenant::{Mode, TenantId};
use farthing_server::flow;
use serde_json::Value;

use crate::support::{Ask, Engine, Server, id};

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        GET /v1/events/evt_nope => 404 invalid_request_error resource_missing id
        GET /v1/events type=a.b&types[]=a.b => 400 invalid_request_error parameters_exclusive -
        GET /v1/events delivery_success=maybe => 400 invalid_request_error - delivery_success
        POST /v1/events/evt_nope/retry => 404 invalid_request_error resource_missing id
        POST /v1/events/evt_nope/retry webhook_endpoint=we_nope => 404 invalid_request_error resource_missing id
        POST /v1/events/evt_nope/retry account=acct_1 => 400 invalid_request_error - account
        POST /v1/events/evt_nope/retry nope=1 => 400 invalid_request_error parameter_unknown nope
        GET /v1/events starting_after=evt_nope => 400 invalid_request_error resource_missing starting_after
        ",
    );
}

#[test]
fn a_payment_tells_its_story_in_order() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let form = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true";
        let ask = Ask::post("/v1/payment_intents", form).idempotent("story-1");
        let paid = server.send(ask);
        let list = server.get("/v1/events").json;
        let events = list["data"].as_array().unwrap();
        let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(
            types,
            ["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"],
            "newest first"
        );
        let (newest, first) = (&events[0], &events[2]);
        assert_eq!(first["data"]["object"]["status"], "requires_confirmation");
        assert_eq!(newest["data"]["object"]["status"], "succeeded");
        assert_eq!((&first["sequence"], &newest["sequence"]), (&1.into(), &2.into()));
        assert_eq!(newest["request"]["idempotency_key"], "story-1");
        assert_eq!(newest["request"]["id"].as_str(), paid.header("request-id"));
        assert_eq!(newest["api_version"], "2026-10-28.endive");
        assert_eq!((&newest["pending_webhooks"], &newest["livemode"]), (&0.into(), &false.into()));
        assert_eq!(&server.get(&format!("/v1/events/{}", id(newest))).json, newest);
        for (filter, count) in [
            ("type=charge.succeeded", 1),
            ("type=payment_intent.*", 2),
            ("type=*", 3),
            ("type=nothing.like_it", 0),
            ("types[]=charge.succeeded&types[]=payment_intent.created", 2),
            ("types[]=charge.*&types[]=payment_intent.created", 2),
            ("delivery_success=true", 3),
            ("delivery_success=false", 0),
        ] {
            let list = server.get(&format!("/v1/events?{filter}")).json;
            assert_eq!(list["data"].as_array().unwrap().len(), count, "{filter}");
        }
    }
}

#[test]
fn an_event_is_listed_by_whether_it_was_taken_and_can_be_sent_again() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let hook = |name: &str| {
            let form = format!("url=https://{name}.example&enabled_events[]=charge.succeeded");
            server.made("/v1/webhook_endpoints", &form)
        };
        let first = hook("first");
        server.paid(1000);
        let count = |filter: &str| {
            server.get(&format!("/v1/events?{filter}")).json["data"].as_array().unwrap().len()
        };
        let split = || (count("delivery_success=true"), count("delivery_success=false"));
        assert_eq!(split(), (2, 1), "the one that somebody waits for");
        let charged = server.get("/v1/events?type=charge.succeeded").json["data"][0].clone();
        let event = EventId::parse(id(&charged)).unwrap();
        let told = |endpoint: &Value, then| {
            let endpoint = EndpointId::parse(id(endpoint)).unwrap();
            let tenant = TenantId::of(1, Mode::Test);
            let tried = Try { tenant, event, endpoint, status: Some(200), then };
            let ask = Order::RecordTries(vec![tried]);
            server.app.store.submit_blocking(flow::own(&server.app, tenant, ask)).unwrap();
        };
        told(&first, AfterTry::GiveUp);
        assert_eq!(split(), (2, 1), "given up on is not taken");
        let path = format!("/v1/events/{}/retry", id(&charged));
        let again = server.made(&path, "");
        assert_eq!((&again["id"], &again["pending_webhooks"]), (&charged["id"], &1.into()));
        told(&first, AfterTry::Delivered);
        assert_eq!(split(), (3, 0));
        // Also to one that came later, and under a key once.
        let later = hook("later");
        let form = format!("webhook_endpoint={}&for_stripecli=false", id(&later));
        let ask = || Ask::post(&path, &form).idempotent("again");
        let (one, two) = (server.send(ask()), server.send(ask()));
        assert_eq!((one.json["pending_webhooks"].as_i64(), &one.body), (Some(1), &two.body));
        told(&later, AfterTry::Delivered);
        server.made(&format!("/v1/webhook_endpoints/{}", id(&later)), "disabled=true");
        let said = "400 invalid_request_error - webhook_endpoint";
        assert_eq!(server.refused(Ask::post(&path, &form)).said(), said);
        assert_eq!(server.app.store.books().unwrap().first_bad, None);
    }
}

#[test]
fn events_are_listed_for_thirty_days() {
    let server = Server::memory();
    server.paid(1000);
    let count = || server.get("/v1/events").json["data"].as_array().unwrap().len();
    server.made("/v1/farthing/test_clock/advance", &format!("seconds={}", 29 * 86_400));
    assert_eq!(count(), 4);
    let event = server.get("/v1/events").json["data"][0].clone();
    server.made("/v1/farthing/test_clock/advance", &format!("seconds={}", 4 * 86_400));
    assert_eq!(count(), 0);
    assert_eq!(server.get(&format!("/v1/events/{}", id(&event))).status, 200);
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let server = Server::memory();
    let made = server.made("/v1/payment_intents", "amount=1000&currency=usd&description=before");
    let before = server.get("/v1/events").json["data"][0].clone();
    server.made(&format!("/v1/payment_intents/{}", id(&made)), "description=after");
    assert_eq!(server.get(&format!("/v1/events/{}", id(&before))).json, before);
    assert_eq!(before["data"]["object"], made);
}
