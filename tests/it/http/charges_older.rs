//! The older addresses below a charge: refund, refunds, dispute; and what is only ever refused.

use serde_json::json;

use crate::support::{Ask, STRANGER, Server, id};

#[test]
fn a_charge_is_given_back_under_its_own_address() {
    let server = Server::memory();
    let charge = server.paid(1000)["latest_charge"].as_str().unwrap().to_owned();
    let path = format!("/v1/charges/{charge}");
    let ask = || {
        Ask::post(&format!("{path}/refund"), "amount=300&expand[]=payment_intent").idempotent("k")
    };
    let part = server.send(ask());
    assert_eq!((part.status, &part.json["id"]), (200, &json!(charge)), "{}", part.body);
    assert_eq!(
        (&part.json["amount_refunded"], &part.json["refunded"]),
        (&json!(300), &json!(false))
    );
    assert_eq!(part.json["payment_intent"]["object"], "payment_intent");
    let refund = server.made(&format!("{path}/refunds"), "reason=duplicate&metadata[a]=b");
    assert_eq!((&refund["object"], &refund["amount"]), (&json!("refund"), &json!(700)));
    let again = server.send(ask());
    assert_eq!(again.body, part.body, "the charge as it was then");
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let list = server.get(&format!("{path}/refunds?limit=1")).json;
    assert_eq!(
        (&list["url"], &list["has_more"]),
        (&json!(format!("{path}/refunds")), &json!(true))
    );
    assert_eq!(list["data"][0]["id"], refund["id"]);
    for line in ["/refund", "/refunds"] {
        let none = server.refused(Ask::post(&format!("{path}{line}"), ""));
        assert_eq!(none.said(), "400 invalid_request_error charge_already_refunded -");
        let foreign = server.refused(Ask::post(&format!("{path}{line}"), "").by(STRANGER));
        assert_eq!(foreign.said(), "404 invalid_request_error resource_missing id");
    }
    let helper = format!("/v1/test_helpers/refunds/{}/expire", id(&refund));
    assert_eq!(server.refused(Ask::post(&helper, "")).said(), "400 invalid_request_error - -");
}

#[test]
fn a_dispute_is_answered_under_its_charges_address() {
    let server = Server::memory();
    let form = "amount=900&currency=usd&payment_method=pm_card_createDispute&confirm=true";
    let charge =
        server.made("/v1/payment_intents", form)["latest_charge"].as_str().unwrap().to_owned();
    let path = format!("/v1/charges/{charge}/dispute");
    let dispute = server.get(&path).json;
    assert_eq!((&dispute["object"], &dispute["charge"]), (&json!("dispute"), &json!(charge)));
    let noted = server.made(&path, "metadata[a]=b");
    assert_eq!((&noted["id"], &noted["metadata"]), (&dispute["id"], &json!({"a": "b"})));
    let foreign = server.refused(Ask::get(&path).by(STRANGER));
    assert_eq!(foreign.said(), "404 invalid_request_error resource_missing id");
    assert_eq!(server.made(&format!("{path}/close"), "")["status"], "lost");
    let late = server.refused(Ask::post(&path, "evidence[uncategorized_text]=winning_evidence"));
    assert_eq!(late.said(), "400 invalid_request_error - -");
    let quiet = server.paid(500)["latest_charge"].as_str().unwrap().to_owned();
    let none = server.refused(Ask::get(&format!("/v1/charges/{quiet}/dispute")));
    assert_eq!(none.said(), "404 invalid_request_error resource_missing dispute");
}

#[test]
fn refusals() {
    Server::memory().check_refusals(
        "
        POST /v1/charges/ch_nope/refund amount=0 => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/charges/ch_nope/refund charge=ch_nope => 400 invalid_request_error parameter_unknown charge
        POST /v1/charges/ch_nope/refund  => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope/refunds  => 404 invalid_request_error resource_missing id
        GET /v1/charges/ch_nope/refunds => 404 invalid_request_error resource_missing id
        GET /v1/charges/ch_nope/dispute => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope/dispute nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/charges/ch_nope/dispute/close  => 404 invalid_request_error resource_missing id
        POST /v1/test_helpers/refunds/re_nope/expire  => 404 invalid_request_error resource_missing refund
        GET /v1/confirmation_tokens/ctoken_1 => 404 invalid_request_error resource_missing confirmation_token
        ",
    );
}
