//! `/v1/events`

use crate::support::{Ask, Engine, Server, id};

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        GET /v1/events/evt_nope => 404 invalid_request_error resource_missing id
        GET /v1/events type=a.b&types[]=a.b => 400 invalid_request_error parameters_exclusive -
        GET /v1/events delivery_success=true => 400 invalid_request_error parameter_unknown delivery_success
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
        ] {
            let list = server.get(&format!("/v1/events?{filter}")).json;
            assert_eq!(list["data"].as_array().unwrap().len(), count, "{filter}");
        }
    }
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
