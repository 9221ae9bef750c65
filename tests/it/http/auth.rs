//! Who may ask.

use crate::support::{Ask, LIVE, OPERATOR, PUBLISHABLE, SECRET, Server};

const PI: &str = "/v1/payment_intents";

#[test]
fn keys_that_open_nothing() {
    let server = Server::memory();
    let none = server.refused(Ask::get(PI).by_nobody());
    assert_eq!(none.said(), "401 invalid_request_error - -");
    assert!(none.message().starts_with("You did not provide an API key."), "{}", none.message());
    assert!(none.message().contains("Bearer"));
    for key in ["sk_test_nothing_here_abcd", "", " ", "x", &"k".repeat(300)] {
        let answer = server.refused(Ask::get(PI).by(key));
        assert_eq!(answer.status, 401, "{key}");
        assert!(!answer.body.contains("nothing_here"), "the middle of a key is masked");
    }
    let wrong = server.refused(Ask::get(PI).by("sk_test_nothing_here_abcd"));
    let masked = "Invalid API Key provided: sk_test_*************abcd";
    assert_eq!(wrong.message(), masked);
    let bad = server.refused(Ask::post(PI, "amount=100&currency=usd&nope=1").by("sk_test_x"));
    assert_eq!(bad.status, 401, "who asks comes before what is asked");
}

#[test]
fn a_key_comes_as_bearer_as_basic_or_in_the_form() {
    let server = Server::memory();
    // `sk_test_farthing_dev:` in base64.
    let basic = "Basic c2tfdGVzdF9mYXJ0aGluZ19kZXY6";
    let ask = Ask::get(PI).by_nobody().header("authorization", basic);
    assert_eq!(server.send(ask).status, 200);
    let form = format!("amount=100&currency=usd&key={SECRET}");
    assert_eq!(server.send(Ask::post(PI, &form).by_nobody()).status, 200);
    let query = format!("{PI}?key={SECRET}");
    assert_eq!(server.send(Ask::get(&query).by_nobody()).status, 200);
    let answer = server.refused(Ask::post(PI, &form));
    assert_eq!(answer.said(), "400 invalid_request_error parameter_unknown key");
}

#[test]
fn each_class_of_key_has_its_own_doors() {
    let server = Server::memory();
    for (ask, key, said) in [
        (Ask::get(PI), PUBLISHABLE, "403 invalid_request_error secret_key_required -"),
        (Ask::post(PI, ""), PUBLISHABLE, "403 invalid_request_error secret_key_required -"),
        (Ask::get("/v1/events"), PUBLISHABLE, "403 invalid_request_error secret_key_required -"),
        (Ask::get("/v1/balance"), PUBLISHABLE, "403 invalid_request_error secret_key_required -"),
        (
            Ask::post("/v1/refunds", ""),
            PUBLISHABLE,
            "403 invalid_request_error secret_key_required -",
        ),
        (Ask::get(PI), OPERATOR, "403 invalid_request_error - -"),
        (Ask::post("/v1/payment_methods", ""), OPERATOR, "403 invalid_request_error - -"),
        (Ask::post("/v1/farthing/merchants", ""), SECRET, "403 invalid_request_error - -"),
        (
            Ask::post("/v1/farthing/keys", ""),
            PUBLISHABLE,
            "403 invalid_request_error secret_key_required -",
        ),
        (Ask::get(PI), LIVE, "403 invalid_request_error testmode_charges_only -"),
    ] {
        assert_eq!(server.refused(ask.clone().by(key)).said(), said, "{ask:?} {key}");
    }
}
