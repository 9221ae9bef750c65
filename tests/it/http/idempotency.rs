//! One key, one effect, one answer.

use farthing_acquirer::Faults;
use farthing_server::config::Config;

use crate::support::{Ask, Engine, PUBLISHABLE, SECRET, STRANGER, Server, counts};

const PI: &str = "/v1/payment_intents";
const PAY: &str = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true";

#[test]
fn a_replay_is_the_same_bytes_and_nothing_happens() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let ask = || Ask::post(PI, PAY).idempotent("k-1");
        let first = server.send(ask());
        assert_eq!(first.said(), "200 payment_intent succeeded");
        assert_eq!(first.header("idempotency-key"), Some("k-1"));
        assert_eq!(first.header("original-request"), first.header("request-id"));
        assert_eq!(first.header("idempotent-replayed"), None);
        let rows = server.rows();
        let again = server.send(ask());
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.header("original-request"), first.header("request-id"));
        assert_ne!(again.header("request-id"), first.header("request-id"));
        assert_eq!(server.rows(), rows);
        assert_eq!(server.calls(), 1, "the network was asked once");
    }
}

#[test]
fn many_at_once_are_one_payment() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let answers = server.send_all((0..20).map(|_| Ask::post(PI, PAY).idempotent("k-1")));
        let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert!(!good.is_empty());
        assert!(good.iter().all(|answer| answer.body == good[0].body));
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.said(), "409 idempotency_error idempotency_key_in_use -");
        }
        assert_eq!((server.calls(), counts(&server.rows())["intent"]), (1, 1));
    }
}

#[test]
fn a_decline_is_kept_too() {
    let server = Server::memory();
    let form = "amount=1000&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true";
    let ask = || Ask::post(PI, form).idempotent("k-1");
    let first = server.send(ask());
    assert_eq!(first.status, 402);
    let again = server.send(ask());
    assert_eq!((again.status, &again.body), (402, &first.body));
    assert_eq!(server.calls(), 1);
}

#[test]
fn a_key_belongs_to_its_request() {
    let server = Server::memory();
    assert_eq!(server.send(Ask::post(PI, PAY).idempotent("k-1")).status, 200);
    let form = "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true&description=x";
    let other = server.refused(Ask::post(PI, form).idempotent("k-1"));
    assert_eq!(other.said(), "400 idempotency_error - -");
    let start = "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'k-1' if you meant to execute a different request.";
    assert!(other.message().starts_with(start), "{}", other.message());
    assert!(other.message().contains("amount, description"), "{}", other.message());
    assert!(!other.message().contains("2000"), "names, never values");
    let elsewhere =
        server.refused(Ask::post("/v1/refunds", "payment_intent=pi_x").idempotent("k-1"));
    assert_eq!(elsewhere.said(), "400 invalid_request_error resource_missing payment_intent");
    let reordered = "confirm=true&payment_method=pm_card_visa&currency=usd&amount=1000";
    let same = server.send(Ask::post(PI, reordered).idempotent("k-1"));
    assert_eq!(same.header("idempotent-replayed"), Some("true"), "order does not matter");
}

#[test]
fn a_refusal_leaves_its_key_usable() {
    let server = Server::memory();
    let ask = |form: &str| Ask::post(PI, form).idempotent("k-1");
    for form in ["currency=usd", "amount=1&currency=usd", "amount=100&currency=usd&nope=1"] {
        assert_eq!(server.refused(ask(form)).status, 400, "{form}");
    }
    assert_eq!(server.send(ask(PAY)).status, 200);
}

#[test]
fn bad_keys() {
    let server = Server::memory();
    let long = "k".repeat(256);
    for key in ["", &long, "with space", "gr\u{fc}n"] {
        let answer = server.refused(Ask::post(PI, PAY).idempotent(key));
        assert_eq!(answer.said(), "400 invalid_request_error - -", "{key}");
    }
    assert_eq!(server.send(Ask::post(PI, PAY).idempotent(&"k".repeat(255))).status, 200);
}

#[test]
fn reads_ignore_keys() {
    let server = Server::memory();
    let answer = server.send(Ask::get(PI).idempotent(""));
    assert_eq!((answer.status, answer.header("idempotency-key")), (200, None));
}

#[test]
fn a_card_typed_twice_is_the_same_request_and_its_code_is_in_no_fingerprint() {
    let server = Server::memory();
    let form = |number: &str, cvc: &str| {
        format!(
            "type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=34&card[cvc]={cvc}"
        )
    };
    let send =
        |form: &str| server.send(Ask::post("/v1/payment_methods", form).idempotent("k-card"));
    let first = send(&form("4242424242424242", "123"));
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(send(&form("4242 4242 4242 4242", "999")).body, first.body);
    let other = send(&form("5555555555554444", "123"));
    assert_eq!(other.said(), "400 idempotency_error - -");
    assert!(other.message().contains("card") && !other.message().contains("4444"));
}

fn look_up(server: &Server, key: &str, by: &str) -> serde_json::Value {
    let path = format!("/v1/farthing/idempotency/{key}");
    let answer = server.send(Ask::get(&path).by(by));
    assert_eq!(
        answer.said(),
        format!("200 farthing.idempotency_record {}", answer.json["status"].as_str().unwrap())
    );
    answer.json
}

#[test]
fn a_key_tells_what_became_of_its_request() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid = server.send(Ask::post(PI, PAY).idempotent("k/1%"));
        let refund = format!("payment_intent={}", paid.id());
        let refund = server.send(Ask::post("/v1/refunds", &refund).idempotent("k-2"));
        let declined = PAY.replace("pm_card_visa", "pm_card_chargeDeclined");
        let declined = server.send(Ask::post(PI, &declined).idempotent("k-3"));
        let declined_id = declined.json["error"]["payment_intent"]["id"].as_str().unwrap();
        let intent = server.send(Ask::post(PI, "amount=1000&currency=usd").idempotent("k-4"));
        let confirm = format!("{PI}/{}/confirm", intent.id());
        let confirmed =
            server.send(Ask::post(&confirm, "payment_method=pm_card_visa").idempotent("k-5"));
        server.refused(Ask::post(PI, "amount=1").idempotent("k-6"));
        for (key, id, path, status, answer) in [
            ("k%2F1%25", paid.id(), PI, 200, &paid),
            ("k-2", refund.id(), "/v1/refunds", 200, &refund),
            ("k-3", declined_id, PI, 402, &declined),
            ("k-4", intent.id(), PI, 200, &intent),
            ("k-5", intent.id(), &confirm, 200, &confirmed),
        ] {
            let found = look_up(&server, key, SECRET);
            assert_eq!(found["status"], "finished", "{key}");
            assert_eq!(found["object_id"], id, "{key}");
            assert_eq!(found["response_status"], status, "{key}");
            assert_eq!(found["response_body"], answer.json, "{key}");
            let request = serde_json::json!({
                "id": answer.header("request-id").unwrap(), "method": "POST", "path": path,
            });
            assert_eq!(found["request"], request, "{key}");
            assert!(found["created"].as_i64().unwrap() > 1_700_000_000, "{key}");
        }
        assert_eq!(look_up(&server, "k%2F1%25", SECRET)["key"], "k/1%");
        for (key, by) in [("k-6", SECRET), ("k-7", SECRET), ("K-2", SECRET), ("k-2", STRANGER)] {
            let found = look_up(&server, key, by);
            let nothing = serde_json::json!({
                "object": "farthing.idempotency_record", "key": key, "status": "unknown",
                "created": null, "object_id": null, "request": null,
                "response_body": null, "response_status": null,
            });
            assert_eq!(found, nothing, "{key}: a stranger's key and no key look the same");
        }
    }
}

#[test]
fn a_pages_key_is_not_the_merchants() {
    let server = Server::memory();
    let key = "3f1c9b62-8f3a-4a57-9a5e-0a2f1d7c6b11";
    let form = "type=card&card[token]=tok_visa";
    let page = Ask::post("/v1/payment_methods", form).by(PUBLISHABLE).idempotent(key);
    assert_eq!(server.send(page).status, 200);
    assert_eq!(look_up(&server, key, SECRET)["status"], "unknown");
    let path = format!("/v1/farthing/idempotency/{key}");
    let refused = server.refused(Ask::get(&path).by(PUBLISHABLE));
    assert_eq!(refused.said(), "400 invalid_request_error parameter_missing client_secret");
    let long = "k".repeat(256);
    for bad in ["with%20space", "gr%C3%BCn", &long] {
        let answer = server.refused(Ask::get(&format!("/v1/farthing/idempotency/{bad}")));
        assert_eq!(answer.said(), "400 invalid_request_error - -", "{bad}");
    }
}

/// What a page did under its key is told to whoever holds the same client secret, and to nobody else.
#[test]
fn a_page_learns_what_became_of_its_key() {
    let server = Server::memory();
    let form = "amount=1000&currency=usd&metadata[order]=6735";
    let (intent, other) = (server.made(PI, form), server.made(PI, form));
    let secret = |intent: &serde_json::Value| intent["client_secret"].as_str().unwrap().to_owned();
    let confirm = format!("{PI}/{}/confirm", intent["id"].as_str().unwrap());
    let shown = format!("client_secret={}&payment_method=pm_card_visa", secret(&intent));
    let paid = server.send(Ask::post(&confirm, &shown).by(PUBLISHABLE).idempotent("k-page"));
    assert_eq!((paid.status, paid.header("idempotency-status")), (200, Some("stored")));
    let asked = |secret: &str| format!("k-page?client_secret={secret}");
    for by in [PUBLISHABLE, SECRET] {
        let found = look_up(&server, &asked(&secret(&intent)), by);
        assert_eq!((&found["status"], &found["object_id"]), (&"finished".into(), &intent["id"]));
        assert_eq!(found["request"]["path"], confirm);
        let of_merchant = found["response_body"].get("metadata").is_some();
        assert_eq!(of_merchant, by == SECRET, "a page is shown what is a page's");
        assert_eq!(look_up(&server, &asked(&secret(&other)), by)["status"], "unknown");
    }
    assert_eq!(look_up(&server, "k-page", SECRET)["status"], "unknown");
    let foreign = server.send(Ask::post(PI, form).by(STRANGER));
    let wrong = format!("{}_secret_{}", intent["id"].as_str().unwrap(), "x".repeat(25));
    for bad in [secret(&foreign.json), wrong, "pi_secret_1".to_owned(), "x".to_owned()] {
        let path = format!("/v1/farthing/idempotency/{}", asked(&bad));
        for by in [PUBLISHABLE, SECRET] {
            let answer = server.refused(Ask::get(&path).by(by));
            assert_eq!(answer.said(), "400 invalid_request_error resource_missing client_secret");
            assert_eq!(answer.message(), format!("No such client_secret: '{bad}'"));
        }
    }
}

/// A restricted key may be open for keys and closed for payments.
#[test]
fn a_restricted_key_learns_the_id_alone() {
    let server = Server::memory();
    let paid = server.send(Ask::post(PI, PAY).idempotent("k-1"));
    let form = "class=restricted&scopes[idempotency]=read";
    let key = server.made("/v1/farthing/keys", form);
    let found = look_up(&server, "k-1", key["key"].as_str().unwrap());
    assert_eq!((&found["status"], &found["object_id"]), (&"finished".into(), &paid.id().into()));
    assert!(found["response_body"].is_null());
}

/// Every answer says what became of it under its key, whatever the request and whatever the answer.
#[test]
fn every_answer_says_whether_it_is_kept() {
    let network_timeout = std::time::Duration::from_millis(30);
    let config = Config { network_timeout, ..Config::dev() };
    let server = Server::with(Engine::Memory, config, "lost_after=0.0".parse().unwrap());
    let intent = server.made(PI, "amount=1000&currency=usd");
    let update = format!("{PI}/{}", intent["id"].as_str().unwrap());
    let declined = PAY.replace("pm_card_visa", "pm_card_chargeDeclined");
    let hook = "url=https://a.example/&enabled_events[]=*";
    for (path, form, status, first, again) in [
        (PI, PAY, 200, "stored", "replayed"),
        (PI, declined.as_str(), 402, "stored", "replayed"),
        (update.as_str(), "description=x", 200, "stored", "replayed"),
        ("/v1/customers", "name=Ann", 200, "stored", "replayed"),
        ("/v1/webhook_endpoints", hook, 200, "stored", "replayed"),
        // Refused before or while deciding: the key is as it was.
        (PI, "amount=1", 400, "ignored", "ignored"),
        ("/v1/refunds", "payment_intent=pi_x", 400, "ignored", "ignored"),
        (update.as_str(), "currency=nope", 400, "ignored", "ignored"),
        // Not repeated under a key: their answers hold secrets.
        ("/v1/farthing/keys", "class=restricted&scopes[events]=read", 200, "ignored", "ignored"),
    ] {
        let key = format!("{path}-{form}").replace(['/', '&', '=', '[', ']', ' '], "-");
        for expected in [first, again] {
            let answer = server.send(Ask::post(path, form).idempotent(&key));
            assert_eq!(answer.status, status, "{path} {form}: {}", answer.body);
            assert_eq!(answer.header("idempotency-status"), Some(expected), "{path} {form}");
        }
        let keyless = server.send(Ask::post(path, form));
        assert_eq!(keyless.header("idempotency-status"), Some("ignored"), "{path} {form}");
    }
    for ask in [Ask::get(PI).idempotent("k"), Ask::get("/v1/nope"), Ask::get(PI).by_nobody()] {
        assert_eq!(server.send(ask).header("idempotency-status"), Some("ignored"));
    }
    let mismatch = |key: &str| server.send(Ask::post(PI, "amount=77&currency=usd").idempotent(key));
    assert_eq!(mismatch("k-1").header("idempotency-status"), Some("stored"));
    let other = server.send(Ask::post(PI, "amount=78&currency=usd").idempotent("k-1"));
    assert_eq!((other.status, other.header("idempotency-status")), (400, Some("ignored")));
}

/// What is answered while the outcome is open is not what will be kept.
#[test]
fn an_answer_before_the_end_is_not_kept() {
    let network_timeout = std::time::Duration::from_millis(30);
    let config = Config { network_timeout, ..Config::dev() };
    let server = Server::with(Engine::Memory, config, "lost_after=1".parse().unwrap());
    let ask = || Ask::post(PI, PAY).idempotent("k-1");
    let first = server.send(ask());
    assert_eq!(first.said(), "200 payment_intent processing");
    assert_eq!(first.header("idempotency-status"), Some("ignored"));
    let early = server.send(ask());
    assert_eq!((early.status, early.header("idempotency-status")), (409, Some("ignored")));
    server.recover();
    let late = server.send(ask());
    assert_eq!(late.said(), "200 payment_intent succeeded");
    assert_eq!(late.header("idempotency-status"), Some("replayed"));
}

#[test]
fn a_key_whose_outcome_is_not_known_says_so() {
    let faults: Faults = "lost_after=1".parse().unwrap();
    let network_timeout = std::time::Duration::from_millis(30);
    let config = Config { network_timeout, ..Config::dev() };
    let server = Server::with(Engine::Memory, config, faults);
    let answer = server.send(Ask::post(PI, PAY).idempotent("k-1"));
    assert_eq!(answer.said(), "200 payment_intent processing");
    let found = look_up(&server, "k-1", SECRET);
    assert_eq!(found["status"], "in_progress");
    assert_eq!(found["object_id"], answer.id());
    assert_eq!(found["request"]["path"], PI);
    assert!(found["response_status"].is_null());
}

/// Kept for as long as was said, counted from when the answer was final; then the key is new again.
#[test]
fn a_kept_answer_goes_after_its_time() {
    const HOUR_MS: i64 = 60 * 60 * 1_000;
    for (engine, hours) in [(Engine::Memory, 24), (Engine::Sqlite, 48)] {
        let config = Config { key_retention_ms: hours * HOUR_MS, ..Config::dev() };
        let server = Server::with(engine, config, Faults::none());
        let purge = |after_ms: i64| {
            let now = server.app.clock.now().plus_ms(after_ms);
            server.block_on(farthing_server::ops::purge(&server.app, now)).unwrap()
        };
        let paid = server.send(Ask::post(PI, PAY).idempotent("k-paid"));
        server.send(Ask::post(PI, "amount=1000&currency=usd").idempotent("k-open"));
        // More than one command deletes at a time.
        for n in 0..70 {
            let key = format!("k-{n}");
            server.send(Ask::post("/v1/customers", "name=Ann").idempotent(&key));
        }
        assert_eq!(purge(hours * HOUR_MS - 60_000), 0, "not yet");
        let found: Vec<_> = (0..3).map(|_| purge(hours * HOUR_MS + 60_000)).collect();
        assert_eq!(found, [64, 8, 0]);
        let records = counts(&server.rows())["record"];
        assert_eq!(records, 1, "only that of the payment that can still be made");
        assert_eq!(look_up(&server, "k-paid", SECRET)["status"], "unknown");
        assert_eq!(look_up(&server, "k-open", SECRET)["status"], "finished");
        let again = server.send(Ask::post(PI, PAY).idempotent("k-paid"));
        assert_ne!(again.id(), paid.id(), "a key that is gone is a new one");
        assert_eq!(again.header("idempotency-status"), Some("stored"));
    }
}
