//! What every answer carries.

use crate::support::{Ask, Server};

const PI: &str = "/v1/payment_intents";

#[test]
fn every_answer_can_be_traced() {
    let server = Server::memory();
    for answer in [server.get(PI), server.post(PI, ""), server.get("/v1/nope")] {
        let id = answer.header("request-id").unwrap();
        assert!(id.starts_with("req_") && id.len() == 18, "{id}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-cache, no-store"));
        assert_eq!(answer.header("stripe-version"), Some("2026-10-28.endive"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
}

#[test]
fn versions_are_echoed_and_bad_ones_refused() {
    let server = Server::memory();
    let ask = |version: &str| Ask::get(PI).header("stripe-version", version);
    for version in ["2024-06-20", "2026-08-26.dahlia"] {
        let answer = server.send(ask(version));
        assert_eq!((answer.status, answer.header("stripe-version")), (200, Some(version)));
    }
    let answer = server.refused(ask("latest"));
    assert_eq!(answer.said(), "400 invalid_request_error - -");
    assert_eq!(answer.message(), "Invalid Stripe API version: latest");
    assert_eq!(answer.header("stripe-version"), Some("latest"));
}

#[test]
fn browsers_may_ask_first() {
    let server = Server::memory();
    let answer = server.send(Ask::new("OPTIONS", "/v1/payment_methods").by_nobody());
    assert_eq!(answer.status, 204);
    let allowed = answer.header("access-control-allow-headers").unwrap();
    assert!(allowed.contains("Authorization") && allowed.contains("Idempotency-Key"));
}

#[test]
fn answers_are_indented_by_two() {
    let answer = Server::memory().get(PI);
    let expected = "{\n  \"object\": \"list\",\n  \"data\": [],\n  \"has_more\": false,\n  \"url\": \"/v1/payment_intents\"\n}\n";
    assert_eq!(answer.body, expected);
}
