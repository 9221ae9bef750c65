//! `/v1/refunds`

use crate::support::{Ask, Engine, Server, id};

const RE: &str = "/v1/refunds";

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        POST /v1/refunds => 400 invalid_request_error - -
        POST /v1/refunds charge=ch_x&payment_intent=pi_x => 400 invalid_request_error parameters_exclusive -
        POST /v1/refunds charge=ch_x => 404 invalid_request_error resource_missing id
        POST /v1/refunds payment_intent=pi_x => 400 invalid_request_error resource_missing payment_intent
        POST /v1/refunds charge=ch_x&reason=bored => 400 invalid_request_error - reason
        POST /v1/refunds charge=ch_x&amount=0 => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/refunds charge=ch_x&amount=-1 => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/refunds charge=ch_x&amount=x => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/refunds charge=ch_x&customer=cus_1 => 400 invalid_request_error - customer
        POST /v1/refunds charge=ch_x&origin=customer_balance => 400 invalid_request_error - origin
        POST /v1/refunds charge=ch_x&currency=usd => 400 invalid_request_error - currency
        POST /v1/refunds charge=ch_x&instructions_email=a@b.ch => 400 invalid_request_error - instructions_email
        POST /v1/refunds charge=ch_x&refund_application_fee=true => 400 invalid_request_error - refund_application_fee
        POST /v1/refunds charge=ch_x&reverse_transfer=true => 400 invalid_request_error - reverse_transfer
        POST /v1/refunds charge=ch_x&reverse_transfer=false => 404 invalid_request_error resource_missing id
        POST /v1/refunds charge=ch_x&nope=1 => 400 invalid_request_error parameter_unknown nope
        GET /v1/refunds/re_nope => 404 invalid_request_error resource_missing refund
        POST /v1/refunds/re_nope metadata[a]=b => 404 invalid_request_error resource_missing refund
        POST /v1/refunds/re_nope amount=5 => 400 invalid_request_error parameter_unknown amount
        ",
    );
    let answer = Server::memory().refused(Ask::post(RE, ""));
    let message = "One of the following params should be provided for this request: payment_intent or charge.";
    assert_eq!(answer.message(), message);
}

#[test]
fn funds_go_back_until_there_is_nothing_left() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid = server.paid(3000);
        let charge = paid["latest_charge"].as_str().unwrap();
        let part = server.made(RE, &format!("charge={charge}&amount=1000&reason=duplicate"));
        assert_eq!((&part["status"], &part["amount"]), (&"succeeded".into(), &1000.into()));
        assert_eq!(part["reason"], "duplicate");
        assert!(part.get("livemode").is_none());
        let over = server.refused(Ask::post(RE, &format!("charge={charge}&amount=2001")));
        assert_eq!(over.said(), "400 invalid_request_error - amount");
        assert_eq!(
            over.message(),
            "Refund amount ($20.01) is greater than unrefunded amount on charge ($20.00)"
        );
        let rest = server.made(RE, &format!("payment_intent={}", id(&paid)));
        assert_eq!(rest["amount"], 2000);
        let none = server.refused(Ask::post(RE, &format!("charge={charge}")));
        assert_eq!(none.said(), "400 invalid_request_error charge_already_refunded -");
        assert_eq!(none.message(), format!("Charge {charge} has already been refunded."));
        let charge = server.get(&format!("/v1/charges/{charge}")).json;
        assert_eq!((&charge["refunded"], &charge["amount_refunded"]), (&true.into(), &3000.into()));
        let changed = server.made(&format!("{RE}/{}", id(&part)), "metadata[a]=b");
        assert_eq!(changed["metadata"]["a"], "b");
    }
}

#[test]
fn what_was_never_taken_cannot_go_back() {
    let server = Server::memory();
    let form =
        "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual";
    let held = server.made("/v1/payment_intents", form);
    let answer = server.refused(Ask::post(RE, &format!("payment_intent={}", id(&held))));
    assert_eq!(answer.said(), "400 invalid_request_error - -");
    let open = server.made("/v1/payment_intents", "amount=1000&currency=usd");
    let answer = server.refused(Ask::post(RE, &format!("payment_intent={}", id(&open))));
    assert_eq!(answer.said(), "400 invalid_request_error - -");
}

#[test]
fn two_refunds_at_once_never_give_back_too_much() {
    let server = Server::memory();
    let paid = server.paid(1000);
    let form = format!("payment_intent={}&amount=700", id(&paid));
    let answers = server.send_all((0..8).map(|_| Ask::post(RE, &form)));
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(
        done,
        1,
        "{:?}",
        answers.iter().map(crate::support::Answer::said).collect::<Vec<_>>()
    );
    for answer in answers.iter().filter(|answer| answer.status == 429) {
        assert_eq!(answer.said(), "429 invalid_request_error lock_timeout -");
        assert_eq!(answer.header("stripe-should-retry"), Some("true"));
    }
}

#[test]
fn a_refund_to_a_card_cannot_be_canceled() {
    let server = Server::memory();
    for card in ["pm_card_visa", "pm_card_pendingRefund"] {
        let form = format!("amount=2000&currency=usd&payment_method={card}&confirm=true");
        let intent = server.made("/v1/payment_intents", &form);
        let refund = server.made("/v1/refunds", &format!("payment_intent={}", id(&intent)));
        let cancel = format!("POST /v1/refunds/{}/cancel", id(&refund));
        let refused = server.refused(Ask::line(&cancel));
        assert_eq!(refused.said(), "400 invalid_request_error - -");
        assert_eq!(refused.message(), "Canceling this refund is unsupported.");
    }
    let missing = server.refused(Ask::line("POST /v1/refunds/re_none/cancel"));
    assert_eq!(missing.said(), "404 invalid_request_error resource_missing refund");
}
