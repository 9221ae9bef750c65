//! Limits of the wire, each at its last good value and at its first bad one; both names of parameters
//! that were renamed; expansion to its last level.

use crate::support::{Ask, Server, id};

const PI: &str = "/v1/payment_intents";
const MADE: &str = "amount=1000&currency=usd";

fn pairs(from: usize, to: usize) -> String {
    let pair = |at: usize| format!("metadata[k{at}]=v");
    (from..to).map(pair).collect::<Vec<_>>().join("&")
}

#[test]
fn metadata_has_fifty_pairs() {
    let server = Server::memory();
    let said = "400 invalid_request_error - metadata";
    for (path, form) in [
        (PI, MADE),
        ("/v1/customers", "name=x"),
        ("/v1/setup_intents", "usage=off_session"),
        ("/v1/payment_methods", "type=card&card[token]=tok_visa"),
        ("/v1/webhook_endpoints", "url=https://a.example&enabled_events[]=*"),
    ] {
        let full = server.made(path, &format!("{form}&{}", pairs(0, 50)));
        assert_eq!(full["metadata"].as_object().unwrap().len(), 50, "{path}");
        let over = server.refused(Ask::post(path, &format!("{form}&{}", pairs(0, 51))));
        assert_eq!(over.said(), said, "{path}");
        if path == "/v1/payment_methods" {
            continue; // Only what is a customer's can be changed.
        }
        // Counted after merging: another one is too many, another value or one in place of one is not.
        let of = format!("{path}/{}", id(&full));
        assert_eq!(server.refused(Ask::post(&of, "metadata[new]=v")).said(), said, "{path}");
        server.made(&of, "metadata[k7]=w");
        let other = server.made(&of, "metadata[k7]=&metadata[new]=v");
        assert_eq!(other["metadata"].as_object().unwrap().len(), 50, "{path}");
        assert_eq!(server.made(&of, "metadata=")["metadata"], serde_json::json!({}), "{path}");
    }
}

#[test]
fn lengths() {
    let server = Server::memory();
    let key = |length: usize| format!("{MADE}&metadata[{}]=v", "k".repeat(length));
    let value = |length: usize| format!("{MADE}&metadata[k]={}", "ä".repeat(length));
    let suffix =
        |length: usize| format!("{MADE}&statement_descriptor_suffix={}", "S".repeat(length));
    for (form, param, most) in [
        (&key as &dyn Fn(usize) -> String, "metadata", 40),
        (&value, "metadata", 500),
        (&suffix, "statement_descriptor_suffix", 22),
    ] {
        server.made(PI, &form(most));
        let over = server.refused(Ask::post(PI, &form(most + 1)));
        assert_eq!(over.said(), format!("400 invalid_request_error - {param}"), "{most}");
    }
    let nested = server.refused(Ask::post(PI, &format!("{MADE}&metadata[a][b]=v")));
    assert_eq!(nested.said(), "400 invalid_request_error - metadata[a]");
}

/// Both names, whatever version the client speaks; what is shown has both.
#[test]
fn a_renamed_parameter_has_both_names() {
    let server = Server::memory();
    for name in ["payment_method_types", "allowed_payment_method_types"] {
        for version in ["2026-10-28.endive", "2026-08-26.dahlia", "2024-06-20"] {
            for (path, form) in [(PI, MADE), ("/v1/setup_intents", "usage=off_session")] {
                let named = format!("{form}&{name}[]=card");
                let made = server.send(Ask::post(path, &named).header("stripe-version", version));
                assert_eq!(made.status, 200, "{path} {name} {version}: {}", made.body);
                assert_eq!(made.json["payment_method_types"], serde_json::json!(["card"]));
                let update = Ask::post(&format!("{path}/{}", made.id()), &format!("{name}[]=card"));
                let updated = server.send(update.header("stripe-version", version));
                assert_eq!(updated.status, 200, "{path} {name} {version}: {}", updated.body);
                let wrong = server.refused(Ask::post(path, &format!("{form}&{name}[]=beads")));
                assert_eq!(wrong.said(), format!("400 invalid_request_error - {name}"), "{path}");
            }
        }
    }
    for name in ["payment_method_types", "allowed_payment_method_types"] {
        let intent = server.made(PI, MADE);
        let confirm = format!("{PI}/{}/confirm", id(&intent));
        let paid = server.made(&confirm, &format!("payment_method=pm_card_visa&{name}[]=card"));
        assert_eq!(paid["status"], "succeeded", "{name}");
    }
}

#[test]
fn expansion_has_four_levels() {
    let server = Server::memory();
    let form = format!("{MADE}&payment_method=pm_card_visa&confirm=true&capture_method=automatic");
    let paid = server.made(PI, &form);
    let path = format!("{PI}/{}", id(&paid));
    let four = "latest_charge.balance_transaction.source.payment_intent";
    let seen = server.get(&format!("{path}?expand[]={four}")).json;
    let end = &seen["latest_charge"]["balance_transaction"]["source"]["payment_intent"];
    assert_eq!(end["id"], paid["id"]);
    assert!(end["latest_charge"].is_string(), "no further than asked");
    let five = format!("{four}.latest_charge");
    let said = server.refused(Ask::get(&format!("{path}?expand[]={five}")));
    assert_eq!(said.said(), "400 invalid_request_error - -");
    assert!(said.message().starts_with("This property cannot be expanded"), "{}", said.message());
    // The `data.` of a list is a level of its own kind.
    let listed = server.get(&format!("{PI}?expand[]=data.{four}")).json;
    let end = &listed["data"][0]["latest_charge"]["balance_transaction"]["source"];
    assert_eq!(end["payment_intent"]["id"], paid["id"]);
}

/// A parameter that takes its words from a list says which; places of the address are not looked up.
#[test]
fn words_and_places() {
    Server::memory().check_refusals(
        "
        POST /v1/payment_intents amount=1000&currency=usd&payment_method_options[card][request_three_d_secure]=maybe => 400 invalid_request_error - payment_method_options[card][request_three_d_secure]
        POST /v1/payment_intents amount=1000&currency=usd&payment_method_options[beads][x]=1 => 400 invalid_request_error parameter_unknown payment_method_options[beads][x]
        POST /v1/payment_intents amount=1000&currency=usd&confirmation_method=often => 400 invalid_request_error - confirmation_method
        POST /v1/payment_intents amount=1000&currency=usd&setup_future_usage=never => 400 invalid_request_error - setup_future_usage
        POST /v1/payment_intents amount=1000&currency=usd&automatic_payment_methods[enabled]=true&payment_method_types[]=card => 400 invalid_request_error parameters_exclusive -
        POST /v1/payment_intents amount=1000&currency=usd&automatic_payment_methods[allow_redirects]=never => 400 invalid_request_error parameter_missing automatic_payment_methods[enabled]
        POST /v1/payment_intents amount=1000&currency=usd&receipt_email=nobody => 400 invalid_request_error email_invalid receipt_email
        POST /v1/payment_intents amount=1000&currency=jpy&payment_method=pm_card_visa&payment_method_data[type]=card => 400 invalid_request_error parameters_exclusive -
        POST /v1/payment_intents amount=1050&currency=isk => 400 invalid_request_error invalid_charge_amount amount
        POST /v1/payment_intents amount=1050&currency=ugx => 400 invalid_request_error invalid_charge_amount amount
        POST /v1/payment_intents amount=10001&currency=kwd => 400 invalid_request_error invalid_charge_amount amount
        POST /v1/payment_intents/pi_x/cancel nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/payment_intents/pi_x/capture amount_to_capture=x => 400 invalid_request_error parameter_invalid_integer amount_to_capture
        POST /v1/payment_intents/pi_x/capture final_capture=x => 400 invalid_request_error - final_capture
        POST /v1/payment_intents/pi_x/capture statement_descriptor=x => 400 invalid_request_error - statement_descriptor
        POST /v1/payment_intents/pi_x/increment_authorization => 400 invalid_request_error parameter_missing amount
        POST /v1/payment_intents/pi_x/increment_authorization amount=2000 => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_x/confirm => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_x/capture => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_x/cancel => 404 invalid_request_error resource_missing intent
        POST /v1/setup_intents/seti_x/confirm => 404 invalid_request_error resource_missing intent
        POST /v1/setup_intents/seti_x/cancel cancellation_reason=bored => 400 invalid_request_error - cancellation_reason
        GET /v1/setup_attempts => 400 invalid_request_error parameter_missing setup_intent
        GET /v1/payment_intents/search => 400 invalid_request_error parameter_missing query
        GET /v1/charges/search query=nope:%22x%22 => 400 invalid_request_error - query
        GET /v1/charges/search query=amount~100 => 400 invalid_request_error - query
        GET /v1/customers/search query=email => 400 invalid_request_error - query
        POST /v1/charges amount=1000&currency=usd&source=tok_visa => 400 invalid_request_error - -
        POST /v1/charges/ch_x/capture => 404 invalid_request_error resource_missing id
        POST /v1/refunds/re_x/cancel => 404 invalid_request_error resource_missing refund
        POST /v1/tokens => 400 invalid_request_error parameter_missing card
        ",
    );
}
