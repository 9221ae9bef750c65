//! Expansion.

use crate::support::{Ask, Engine, Server, id};

#[test]
fn pointers_are_replaced_by_what_they_point_to() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let form = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=automatic&expand[]=latest_charge.balance_transaction&expand[]=payment_method&expand[]=customer";
        let paid = server.made("/v1/payment_intents", form);
        assert_eq!(paid["latest_charge"]["object"], "charge");
        assert_eq!(paid["latest_charge"]["balance_transaction"]["object"], "balance_transaction");
        assert_eq!(paid["latest_charge"]["payment_intent"], paid["id"]);
        assert_eq!(paid["payment_method"]["object"], "payment_method");
        assert_eq!(paid["customer"], serde_json::Value::Null);
        let deep = "expand[]=latest_charge.balance_transaction.source.payment_intent";
        let seen = server.get(&format!("/v1/payment_intents/{}?{deep}", id(&paid))).json;
        let line = &seen["latest_charge"]["balance_transaction"];
        assert_eq!(line["source"]["payment_intent"]["object"], "payment_intent");
        let list = server.get("/v1/payment_intents?expand[]=data.latest_charge").json;
        assert_eq!(list["data"][0]["latest_charge"]["object"], "charge");
        assert_eq!(list["data"][0]["payment_method"], paid["payment_method"]["id"]);
        let form = format!(
            "payment_intent={}&expand[]=charge&expand[]=payment_intent.latest_charge",
            id(&paid)
        );
        let refund = server.made("/v1/refunds", &form);
        assert_eq!(refund["charge"]["amount_refunded"], 1000);
        assert_eq!(refund["payment_intent"]["latest_charge"]["object"], "charge");
    }
}

#[test]
fn expanding_is_part_of_the_request() {
    let server = Server::memory();
    let form = "amount=1000&currency=usd";
    let path = "/v1/payment_intents";
    assert_eq!(server.send(Ask::post(path, form).idempotent("k")).status, 200);
    let expanded = Ask::post(path, &format!("{form}&expand[]=latest_charge")).idempotent("k");
    assert_eq!(server.refused(expanded).said(), "400 idempotency_error - -");
}

#[test]
fn paths_that_lead_nowhere() {
    Server::memory().check_refusals(
        "
        GET /v1/payment_intents/pi_x expand[]=nope => 400 invalid_request_error - -
        GET /v1/payment_intents/pi_x expand[]=latest_charge.nope => 400 invalid_request_error - -
        GET /v1/payment_intents/pi_x expand[]=data.latest_charge => 400 invalid_request_error - -
        GET /v1/payment_intents/pi_x expand=latest_charge => 400 invalid_request_error - expand
        GET /v1/payment_intents/pi_x expand[]= => 400 invalid_request_error - -
        GET /v1/charges/ch_x expand[]=refunds.charge => 400 invalid_request_error - -
        GET /v1/balance expand[]=available => 400 invalid_request_error - -
        ",
    );
}
