//! What every answer carries.

use farthing_acquirer::Faults;
use farthing_server::config::Config;

use crate::support::{Ask, Engine, PUBLISHABLE, Server};

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

/// Behind a proxy that does TLS nothing is loaded in the clear again, the card frame least of all.
#[test]
fn behind_tls_everything_says_so() {
    for behind_tls_proxy in [true, false] {
        let config = Config { behind_tls_proxy, ..Config::dev() };
        let server = Server::with(Engine::Memory, config, Faults::none());
        for path in [
            "/v1/payment_intents",
            "/farthing/challenge/2/pi_none",
            &format!("/farthing/frame?key={PUBLISHABLE}"),
            "/farthing/frame?key=pk_none",
            "/farthing/frame.js",
            "/js/farthing.js",
            "/js/0.0.0/farthing.js",
        ] {
            let answer = server.send(Ask::get(path));
            let header = answer.header("strict-transport-security");
            let years = behind_tls_proxy.then_some("max-age=63072000; includeSubDomains");
            assert_eq!(header, years, "{path}");
        }
    }
}
