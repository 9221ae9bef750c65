//! `/v1/charges`

use crate::support::{Ask, Server};

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        GET /v1/charges/ch_nope => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope description=x => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope amount=1 => 400 invalid_request_error parameter_unknown amount
        POST /v1/charges amount=100&currency=usd&source=tok_visa => 400 invalid_request_error - -
        POST /v1/charges nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/charges/ch_nope/capture => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope/capture amount=x => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents/pi_nope/apply_customer_balance => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_nope/verify_microdeposits => 404 invalid_request_error resource_missing intent
        GET /v1/payment_intents/pi_nope/amount_details_line_items => 404 invalid_request_error resource_missing intent
        GET /v1/charges payment_intent=pi_nope => 400 invalid_request_error resource_missing payment_intent
        GET /v1/charges nope=1 => 400 invalid_request_error parameter_unknown nope
        ",
    );
}

#[test]
fn a_charge_shows_its_card_and_its_outcome() {
    let server = Server::memory();
    let paid = server.paid(1000);
    let path = format!("/v1/charges/{}", paid["latest_charge"].as_str().unwrap());
    let charge = server.get(&path).json;
    assert_eq!(charge["status"], "succeeded");
    assert_eq!((&charge["paid"], &charge["captured"]), (&true.into(), &true.into()));
    assert_eq!(charge["outcome"]["network_status"], "approved_by_network");
    let card = &charge["payment_method_details"]["card"];
    assert_eq!((&card["brand"], &card["last4"]), (&"visa".into(), &"4242".into()));
    assert_eq!(card["checks"]["cvc_check"], "pass");
    assert!(card.get("capture_before").is_none(), "only where funds are held");
    assert!(charge.get("refunds").is_none(), "absent unless expanded");
    let changed = server.made(&path, "description=d&metadata[a]=b");
    assert_eq!((&changed["description"], &changed["metadata"]["a"]), (&"d".into(), &"b".into()));
}

/// Verbs that are there and never have anything to do.
#[test]
fn verbs_that_have_nothing_to_do_say_so() {
    let server = Server::memory();
    let paid = server.paid(1000);
    let path = format!("/v1/payment_intents/{}", paid["id"].as_str().unwrap());
    let items = server.get(&format!("{path}/amount_details_line_items?limit=3")).json;
    let url = format!("{path}/amount_details_line_items");
    let empty = serde_json::json!({"object": "list", "data": [], "has_more": false, "url": url});
    assert_eq!(items, empty);
    let refused = |path: &str, form: &str| server.refused(Ask::post(path, form));
    let cursor = format!("{path}/amount_details_line_items?starting_after=li_1");
    let said = server.refused(Ask::get(&cursor)).said();
    assert_eq!(said, "400 invalid_request_error resource_missing starting_after");
    let said = refused(&format!("{path}/apply_customer_balance"), "amount=5&currency=usd").said();
    assert_eq!(said, "400 invalid_request_error payment_intent_incompatible_payment_method -");
    let said = refused(&format!("{path}/verify_microdeposits"), "descriptor_code=SM11AA").said();
    assert_eq!(said, "400 invalid_request_error intent_invalid_state -");
    let capture = format!("/v1/charges/{}/capture", paid["latest_charge"].as_str().unwrap());
    let said = refused(&capture, "").said();
    assert_eq!(said, "400 invalid_request_error charge_already_captured -");
    let form =
        "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual";
    let held = server.made("/v1/payment_intents", form);
    let capture = format!("/v1/charges/{}/capture", held["latest_charge"].as_str().unwrap());
    let told = refused(&capture, "amount=5");
    assert_eq!(told.said(), "400 invalid_request_error - -");
    assert!(told.message().contains("Capture the PaymentIntent instead"), "{}", told.message());
}
