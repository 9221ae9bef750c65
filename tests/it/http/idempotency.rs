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
                "created": null, "object_id": null, "request": null, "response_status": null,
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
    assert_eq!(refused.said(), "403 invalid_request_error secret_key_required -");
    let long = "k".repeat(256);
    for bad in ["with%20space", "gr%C3%BCn", &long] {
        let answer = server.refused(Ask::get(&format!("/v1/farthing/idempotency/{bad}")));
        assert_eq!(answer.said(), "400 invalid_request_error - -", "{bad}");
    }
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
