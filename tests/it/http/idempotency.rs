//! One key, one effect, one answer.

use crate::support::{Ask, Engine, Server, counts};

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
