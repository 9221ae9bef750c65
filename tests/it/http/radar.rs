//! Early fraud warnings, several disputes of one charge, and what is said of risk.

use serde_json::{Value, json};

use crate::support::{Ask, Engine, STRANGER, Server, id};

const WARNINGS: &str = "/v1/radar/early_fraud_warnings";

fn pay(server: &Server, card: &str) -> Value {
    let form = format!(
        "amount=1000&currency=usd&confirm=true&payment_method={card}&expand[]=latest_charge"
    );
    server.made("/v1/payment_intents", &form)
}

#[test]
fn an_issuer_warns_of_a_charge() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        server.paid(500);
        let paid = pay(&server, "pm_card_createIssuerFraudRecord");
        let charge = id(&paid["latest_charge"]).to_owned();
        let list = server.get(WARNINGS).json;
        let warning = list["data"][0].clone();
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        assert_eq!(warning["object"], "radar.early_fraud_warning");
        assert_eq!((&warning["charge"], &warning["payment_intent"]), (&json!(charge), &paid["id"]));
        assert_eq!((&warning["actionable"], &warning["livemode"]), (&json!(true), &json!(false)));
        let events = server.get("/v1/events?type=radar.early_fraud_warning.created").json;
        assert_eq!(events["data"][0]["data"]["object"], warning);
        let path = format!("{WARNINGS}/{}", id(&warning));
        assert_eq!(server.get(&path).json, warning);
        let whole = server.get(&format!("{path}?expand[]=charge&expand[]=payment_intent")).json;
        assert_eq!((id(&whole["charge"]), id(&whole["payment_intent"])), (&*charge, id(&paid)));

        let count = |query: &str| {
            let list = server.get(&format!("{WARNINGS}?{query}")).json;
            list["data"].as_array().map_or(0, Vec::len)
        };
        assert_eq!(count(&format!("charge={charge}")), 1);
        assert_eq!(count(&format!("payment_intent={}", id(&paid))), 1);
        assert_eq!(count("created[gt]=99999999999"), 0);
        // News that is heard again is the same warning; a stranger sees none.
        server.hear_news();
        assert_eq!(count(""), 1);
        let foreign = server.refused(Ask::get(&path).by(STRANGER));
        assert_eq!(
            foreign.said(),
            "404 invalid_request_error resource_missing early_fraud_warning"
        );
        // When everything has gone back, nothing is left to do.
        server.made("/v1/refunds", &format!("charge={charge}&amount=400"));
        assert_eq!(server.get(&path).json["actionable"], true);
        server.made("/v1/refunds", &format!("charge={charge}"));
        assert_eq!(server.get(&path).json["actionable"], false);
    }
}

#[test]
fn one_charge_is_disputed_twice() {
    let server = Server::memory();
    let paid = pay(&server, "pm_card_createMultipleDisputes");
    let charge = id(&paid["latest_charge"]).to_owned();
    let disputes = server.get(&format!("/v1/disputes?charge={charge}")).json["data"].clone();
    let amounts: Vec<i64> =
        disputes.as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap()).collect();
    assert_eq!(amounts, [500, 500]);
    let read = server.get(&format!("/v1/charges/{charge}")).json;
    assert_eq!((&read["disputed"], &read["dispute"]), (&json!(true), &disputes[0]["id"]));
    let refund = server.refused(Ask::post("/v1/refunds", &format!("charge={charge}")));
    assert_eq!(refund.said(), "400 invalid_request_error charge_disputed -");
}

#[test]
fn what_is_said_of_risk_and_of_checks() {
    let server = Server::memory();
    let outcome = |card: &str| pay(&server, card)["latest_charge"]["outcome"].clone();
    let elevated = outcome("pm_card_riskLevelElevated");
    assert_eq!(
        (&elevated["type"], &elevated["risk_level"]),
        (&json!("authorized"), &json!("elevated"))
    );
    let highest = outcome("pm_card_riskLevelHighest");
    assert_eq!(
        (&highest["type"], &highest["risk_level"]),
        (&json!("authorized"), &json!("highest"))
    );
    let form = "amount=1000&currency=usd&confirm=true&payment_method=pm_card_radarBlock";
    let blocked = server.post("/v1/payment_intents", form);
    assert_eq!(blocked.said(), "402 card_error card_declined -");
    assert_eq!(blocked.json["error"]["decline_code"], "fraudulent");
    let charge = blocked.json["error"]["charge"].as_str().unwrap();
    let outcome = server.get(&format!("/v1/charges/{charge}")).json["outcome"].clone();
    let said = [&outcome["type"], &outcome["network_status"], &outcome["reason"]];
    assert_eq!(said, ["blocked", "not_sent_to_network", "highest_risk_level"]);

    for (card, line1, postal, cvc) in [
        ("pm_card_cvcCheckFail", Value::Null, Value::Null, json!("fail")),
        ("pm_card_avsZipFail", Value::Null, json!("fail"), json!("pass")),
        ("pm_card_avsLine1Fail", json!("fail"), Value::Null, json!("pass")),
        ("pm_card_avsFail", json!("fail"), json!("fail"), json!("pass")),
        ("pm_card_avsUnchecked", json!("unavailable"), json!("unavailable"), json!("pass")),
    ] {
        let checks =
            pay(&server, card)["latest_charge"]["payment_method_details"]["card"]["checks"].clone();
        let expected = json!({
            "address_line1_check": line1,
            "address_postal_code_check": postal,
            "cvc_check": cvc,
        });
        assert_eq!(checks, expected, "{card}");
    }
}

#[test]
fn refusals() {
    Server::memory().check_refusals(
        "
        GET /v1/radar/early_fraud_warnings/issfr_nope => 404 invalid_request_error resource_missing early_fraud_warning
        GET /v1/radar/early_fraud_warnings charge=ch_nope => 400 invalid_request_error resource_missing charge
        GET /v1/radar/early_fraud_warnings payment_intent=pi_nope => 400 invalid_request_error resource_missing payment_intent
        GET /v1/radar/early_fraud_warnings starting_after=issfr_nope => 400 invalid_request_error resource_missing starting_after
        GET /v1/radar/early_fraud_warnings nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/radar/early_fraud_warnings  => 404 invalid_request_error - -
        ",
    );
}
