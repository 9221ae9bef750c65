//! `/v1/webhook_endpoints`

use farthing_acquirer::Faults;
use farthing_server::config::Config;

use crate::support::{Ask, Engine, LIVE, SECRET, STRANGER, Server, id};

const WE: &str = "/v1/webhook_endpoints";
const FORM: &str = "url=https://shop.example/hook&enabled_events[]=*";

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        POST /v1/webhook_endpoints url=https://a.example => 400 invalid_request_error parameter_missing enabled_events
        POST /v1/webhook_endpoints enabled_events[]=* => 400 invalid_request_error parameter_missing url
        POST /v1/webhook_endpoints url=https://a.example&enabled_events=* => 400 invalid_request_error - enabled_events
        POST /v1/webhook_endpoints url=https://a.example&enabled_events= => 400 invalid_request_error parameter_invalid_empty enabled_events
        POST /v1/webhook_endpoints url=https://a.example&enabled_events[]=nope => 400 invalid_request_error - enabled_events
        POST /v1/webhook_endpoints url=nope&enabled_events[]=* => 400 invalid_request_error url_invalid url
        POST /v1/webhook_endpoints url=ftp://a.example&enabled_events[]=* => 400 invalid_request_error url_invalid url
        POST /v1/webhook_endpoints url=https://u:p@a.example&enabled_events[]=* => 400 invalid_request_error url_invalid url
        POST /v1/webhook_endpoints url=http://169.254.169.254/x&enabled_events[]=* => 400 invalid_request_error url_invalid url
        POST /v1/webhook_endpoints url=http://10.0.0.1/x&enabled_events[]=* => 400 invalid_request_error url_invalid url
        POST /v1/webhook_endpoints url=http://[::ffff:10.0.0.1]/x&enabled_events[]=* => 400 invalid_request_error url_invalid url
        POST /v1/webhook_endpoints url=https://a.example&enabled_events[]=*&api_version=latest => 400 invalid_request_error - -
        POST /v1/webhook_endpoints url=https://a.example&enabled_events[]=*&connect=true => 400 invalid_request_error - connect
        POST /v1/webhook_endpoints url=https://a.example&enabled_events[]=*&nope=1 => 400 invalid_request_error parameter_unknown nope
        GET /v1/webhook_endpoints/we_nope => 404 invalid_request_error resource_missing id
        POST /v1/webhook_endpoints/we_nope disabled=true => 404 invalid_request_error resource_missing id
        POST /v1/farthing/webhook_endpoints/we_nope/roll_secret => 404 invalid_request_error resource_missing id
        POST /v1/farthing/webhook_endpoints/we_nope/roll_secret expires_in=-1 => 400 invalid_request_error parameter_invalid_integer expires_in
        POST /v1/farthing/webhook_endpoints/we_nope/roll_secret expires_in=86401 => 400 invalid_request_error parameter_invalid_integer expires_in
        DELETE /v1/webhook_endpoints/we_nope => 404 invalid_request_error resource_missing id
        ",
    );
}

#[test]
fn an_endpoint_lives_and_goes() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let made = server.made(WE, FORM);
        let secret = made["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_") && secret.len() == 38, "{secret}");
        assert_eq!(made["status"], "enabled");
        let path = format!("{WE}/{}", id(&made));
        let seen = server.get(&path);
        assert!(seen.json.get("secret").is_none(), "shown once");
        let form = "disabled=true&enabled_events[]=charge.succeeded&url=https://b.example/x";
        let changed = server.made(&path, form);
        assert_eq!(
            (&changed["status"], &changed["url"]),
            (&"disabled".into(), &"https://b.example/x".into())
        );
        assert_eq!(changed["enabled_events"], serde_json::json!(["charge.succeeded"]));
        let other = server.made(WE, FORM);
        let gone = server.send(Ask::new("DELETE", &path));
        assert_eq!(
            gone.json,
            serde_json::json!({"id": id(&made), "object": "webhook_endpoint", "deleted": true})
        );
        let missing = "404 invalid_request_error resource_missing id";
        assert_eq!(server.refused(Ask::get(&path)).said(), missing);
        assert_eq!(server.refused(Ask::new("DELETE", &path)).said(), missing);
        assert_eq!(server.refused(Ask::post(&path, "disabled=false")).said(), missing);
        let list = server.get(WE).json;
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        let before = server.get(&format!("{WE}?ending_before={}", id(&made)));
        assert_eq!(before.json["data"][0]["id"], other["id"], "a deleted cursor keeps its place");
    }
}

#[test]
fn a_replay_shows_the_secret_and_nothing_stored_does() {
    let server = Server::memory();
    let ask = || Ask::post(WE, FORM).idempotent("endpoint-1");
    let first = server.send(ask());
    let secret = first.json["secret"].as_str().unwrap().to_owned();
    let replay = server.send(ask());
    assert_eq!(replay.header("idempotent-replayed"), Some("true"));
    assert_eq!(replay.body, first.body);
    let stored = format!("{:?}", server.rows());
    let bytes = format!("{:?}", secret.as_bytes());
    assert!(!stored.contains(&secret) && !stored.contains(&bytes[1..bytes.len() - 1]));
}

#[test]
fn a_rolled_secret_is_shown_once_and_its_replay_is_the_same() {
    let server = Server::memory();
    let made = server.made(WE, FORM);
    let path = format!("/v1/farthing/webhook_endpoints/{}/roll_secret", id(&made));
    let ask = || Ask::post(&path, "expires_in=60").idempotent("roll-1");
    let rolled = server.send(ask());
    assert_eq!((rolled.status, rolled.id()), (200, id(&made)));
    let secret = rolled.json["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && made["secret"] != secret);
    assert_eq!(server.send(ask()).body, rolled.body);
    let seen = server.get(&format!("{WE}/{}", id(&made)));
    assert!(seen.json.get("secret").is_none());
    let stored = format!("{:?}", server.rows());
    let bytes = format!("{:?}", secret.as_bytes());
    assert!(!stored.contains(secret) && !stored.contains(&bytes[1..bytes.len() - 1]));
}

#[test]
fn live_endpoints_are_https_and_versions_are_kept() {
    let config = Config { simulate_live: true, ..Config::default() };
    let server = Server::with(Engine::Memory, config, Faults::none());
    let form = "url=http://shop.example/hook&enabled_events[]=*";
    let refused = server.refused(Ask::post(WE, form).by(LIVE));
    assert_eq!(refused.said(), "400 invalid_request_error url_invalid url");
    let form = format!("{FORM}&api_version=2024-06-20");
    let made = server.send(Ask::post(WE, &form).by(LIVE));
    assert_eq!((made.status, &made.json["api_version"]), (200, &"2024-06-20".into()));
    assert_eq!(made.json["livemode"], true);
}

#[test]
fn there_are_only_so_many() {
    let server = Server::memory();
    for _ in 0..16 {
        server.made(WE, FORM);
    }
    assert_eq!(server.refused(Ask::post(WE, FORM)).said(), "400 invalid_request_error - -");
}

#[test]
fn an_event_waits_for_its_endpoint() {
    let server = Server::memory();
    server.made(WE, FORM);
    server.paid(1000);
    let events = server.get("/v1/events").json;
    for event in events["data"].as_array().unwrap() {
        assert_eq!(event["pending_webhooks"], 1);
    }
}

#[test]
fn an_event_is_due_to_ones_own_endpoints_alone() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let form = "url=https://a.example&enabled_events[]=*";
        for key in [SECRET, STRANGER] {
            let made = server.send(Ask::post("/v1/webhook_endpoints", form).by(key));
            assert_eq!(made.status, 200, "{}", made.body);
        }
        server.paid(1000);
        let events = server.get("/v1/events").json["data"].clone();
        for event in events.as_array().unwrap() {
            assert_eq!(event["pending_webhooks"], 1, "{engine:?} {event}");
        }
    }
}
