//! `/v1/payment_methods`

use crate::support::{Ask, Engine, Server};

const PM: &str = "/v1/payment_methods";

fn card(number: &str, month: &str, year: &str, cvc: &str) -> String {
    format!(
        "type=card&card[number]={number}&card[exp_month]={month}&card[exp_year]={year}&card[cvc]={cvc}"
    )
}

#[test]
fn wrong_cards() {
    let server = Server::memory();
    for (number, month, year, cvc, said) in [
        ("4242424242424241", "12", "34", "123", "402 card_error incorrect_number number"),
        ("42x2424242424242", "12", "34", "123", "402 card_error invalid_number number"),
        ("", "12", "34", "123", "402 card_error invalid_number number"),
        ("4242424242424242", "13", "34", "123", "402 card_error invalid_expiry_month exp_month"),
        ("4242424242424242", "0", "34", "123", "402 card_error invalid_expiry_month exp_month"),
        ("4242424242424242", "12", "2020", "123", "402 card_error invalid_expiry_year exp_year"),
        ("4242424242424242", "12", "34", "99", "402 card_error invalid_cvc cvc"),
        ("378282246310005", "12", "34", "123", "402 card_error invalid_cvc cvc"),
        (
            "4242424242424242",
            "x",
            "34",
            "123",
            "400 invalid_request_error parameter_invalid_integer card[exp_month]",
        ),
        (
            "4242424242424242",
            "",
            "34",
            "123",
            "400 invalid_request_error parameter_invalid_empty card[exp_month]",
        ),
    ] {
        let answer = server.refused(Ask::post(PM, &card(number, month, year, cvc)));
        assert_eq!(answer.said(), said, "{number} {month}/{year} {cvc}");
        assert!(number.len() < 12 || !answer.body.contains(number));
    }
    assert_eq!(server.app.cvcs.count(), 0, "the code of a refused card is not kept");
}

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        POST /v1/payment_methods card[number]=4242424242424242 => 400 invalid_request_error parameter_missing type
        POST /v1/payment_methods type=nothing => 400 invalid_request_error - type
        POST /v1/payment_methods type=card => 400 invalid_request_error parameter_missing card
        POST /v1/payment_methods type=card&card=x => 400 invalid_request_error - card
        POST /v1/payment_methods type=card&card[exp_month]=1&card[exp_year]=34 => 400 invalid_request_error parameter_missing card[number]
        POST /v1/payment_methods type=card&card[number]=4242424242424242&card[exp_year]=34 => 400 invalid_request_error parameter_missing card[exp_month]
        POST /v1/payment_methods type=card&card[number]=4242424242424242&card[exp_month]=12 => 400 invalid_request_error parameter_missing card[exp_year]
        POST /v1/payment_methods type=card&card[nope]=1 => 400 invalid_request_error parameter_unknown card[nope]
        POST /v1/payment_methods type=card&card[token]=tok_nope => 400 invalid_request_error resource_missing card[token]
        POST /v1/payment_methods type=card&billing_details[nope]=1 => 400 invalid_request_error parameter_unknown billing_details[nope]
        POST /v1/payment_methods type=card&card[token]=tok_visa&billing_details[email]=x => 400 invalid_request_error email_invalid billing_details[email]
        GET /v1/payment_methods customer=cus_1 => 400 invalid_request_error resource_missing customer
        GET /v1/payment_methods limit=x => 400 invalid_request_error parameter_invalid_integer limit
        GET /v1/payment_methods/pm_nope => 404 invalid_request_error resource_missing payment_method
        ",
    );
}

#[test]
fn a_card_is_shown_without_what_must_not_be() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let form =
            format!("{}&billing_details[name]=N", card("4242+4242+4242+4242", "12", "34", "987"));
        let made = server.made(PM, &form);
        assert_eq!(made["card"]["last4"], "4242");
        assert_eq!(made["card"]["brand"], "visa");
        assert_eq!(made["card"]["exp_year"], 2034);
        assert_eq!(made["billing_details"]["name"], "N");
        let again = server.get(&format!("{PM}/{}", made["id"].as_str().unwrap()));
        assert_eq!(again.json, made);
        let stored = format!("{:?}", server.rows());
        assert!(!stored.contains("4242424242424242") && !stored.contains("\"987\""));
        let bytes: Vec<u8> = b"4242424242424242".to_vec();
        assert!(!stored.contains(&format!("{bytes:?}")[1..40]), "nor as bytes");
    }
}

#[test]
fn the_same_number_has_the_same_fingerprint() {
    let server = Server::memory();
    let one = server.made(PM, &card("4242424242424242", "12", "34", "123"));
    let two = server.made(PM, &card("4242424242424242", "11", "35", "999"));
    let other = server.made(PM, &card("5555555555554444", "12", "34", "123"));
    assert_eq!(one["card"]["fingerprint"], two["card"]["fingerprint"]);
    assert_ne!(one["card"]["fingerprint"], other["card"]["fingerprint"]);
}

#[test]
fn tokens_of_the_simulator_stand_for_cards() {
    let server = Server::memory();
    let made = server.made(PM, "type=card&card[token]=tok_mastercard");
    assert_eq!(made["card"]["brand"], "mastercard");
}

#[test]
fn without_a_customer_the_list_is_empty() {
    let server = Server::memory();
    server.made(PM, "type=card&card[token]=tok_visa");
    let list = server.get(&format!("{PM}?type=card"));
    assert_eq!(list.json["data"], serde_json::json!([]));
    assert_eq!(list.json["url"], PM);
}

#[test]
fn a_card_in_a_wallet_says_so() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        for (name, wallet) in [
            ("applePayVisa", "apple_pay"),
            ("androidPayVisa", "google_pay"),
            ("googlePayVisa", "google_pay"),
        ] {
            let shown = serde_json::json!({ wallet: {}, "dynamic_last4": null, "type": wallet });
            let made = server.made(PM, &format!("type=card&card[token]=tok_{name}"));
            assert_eq!(made["card"]["wallet"], shown, "{name}");
            assert_eq!(made["card"]["brand"], "visa");
            let form = format!(
                "amount=1000&currency=usd&confirm=true&payment_method=pm_card_{name}&expand[]=latest_charge&expand[]=payment_method"
            );
            let paid = server.made("/v1/payment_intents", &form);
            assert_eq!(paid["status"], "succeeded");
            assert_eq!(paid["payment_method"]["card"]["wallet"], shown);
            let details = &paid["latest_charge"]["payment_method_details"];
            assert_eq!(details["card"]["wallet"], shown, "{name}");
        }
        let plain = server.made(PM, "type=card&card[token]=tok_visa");
        assert!(plain["card"]["wallet"].is_null());
    }
}
