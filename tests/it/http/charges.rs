//! `/v1/charges`

use crate::support::Server;

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        GET /v1/charges/ch_nope => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope description=x => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope amount=1 => 400 invalid_request_error parameter_unknown amount
        POST /v1/charges amount=1 => 404 invalid_request_error - -
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
