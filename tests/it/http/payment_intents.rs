//! `/v1/payment_intents`

use serde_json::json;

use crate::support::{Ask, Engine, Server, counts, id};

const PI: &str = "/v1/payment_intents";

#[test]
fn parameters_of_create() {
    Server::memory().check_refusals(
        "
        POST /v1/payment_intents currency=usd => 400 invalid_request_error parameter_missing amount
        POST /v1/payment_intents amount=100 => 400 invalid_request_error parameter_missing currency
        POST /v1/payment_intents amount=100&currency=usd&nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/payment_intents nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/payment_intents amount=100&currency=usd&customer=cus_1 => 400 invalid_request_error resource_missing customer
        POST /v1/payment_intents amount=100&currency=usd&shipping[nope]=1 => 400 invalid_request_error parameter_unknown shipping[nope]
        POST /v1/payment_intents amount=100&currency=usd&nope[a][b]=1 => 400 invalid_request_error parameter_unknown nope[a][b]
        POST /v1/payment_intents amount=abc&currency=usd => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents amount=1.5&currency=usd => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents amount=1e3&currency=usd => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents amount=%2B100&currency=usd => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents amount=99999999999999999999&currency=usd => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents amount=0&currency=usd => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents amount=-1&currency=usd => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents amount=49&currency=usd => 400 invalid_request_error amount_too_small amount
        POST /v1/payment_intents amount=1000000000000&currency=usd => 400 invalid_request_error amount_too_large amount
        POST /v1/payment_intents amount=100001&currency=ugx => 400 invalid_request_error invalid_charge_amount amount
        POST /v1/payment_intents amount=&currency=usd => 400 invalid_request_error parameter_invalid_empty amount
        POST /v1/payment_intents amount[a]=1&currency=usd => 400 invalid_request_error - amount
        POST /v1/payment_intents amount=100&currency=xxx => 400 invalid_request_error - currency
        POST /v1/payment_intents amount=100&currency=usd&capture_method=later => 400 invalid_request_error - capture_method
        POST /v1/payment_intents amount=100&currency=usd&confirm=yes => 400 invalid_request_error - confirm
        POST /v1/payment_intents amount=100&currency=usd&receipt_email=nobody => 400 invalid_request_error email_invalid receipt_email
        POST /v1/payment_intents amount=100&currency=usd&metadata=x => 400 invalid_request_error - metadata
        POST /v1/payment_intents amount=100&currency=usd&metadata[a][b]=1 => 400 invalid_request_error - metadata[a]
        POST /v1/payment_intents amount=100&currency=usd&metadata[12345678901234567890123456789012345678901]=1 => 400 invalid_request_error - metadata
        POST /v1/payment_intents amount=100&currency=usd&shipping[name]=x => 400 invalid_request_error parameter_missing shipping[address]
        POST /v1/payment_intents amount=100&currency=usd&shipping[address][line1]=x => 400 invalid_request_error parameter_missing shipping[name]
        POST /v1/payment_intents amount=100&currency=usd&payment_method_types[]=ideal => 400 invalid_request_error payment_method_currency_mismatch currency
        POST /v1/payment_intents amount=100&currency=usd&payment_method_types[]=nothing => 400 invalid_request_error - payment_method_types
        POST /v1/payment_intents amount=100&currency=usd&automatic_payment_methods[allow_redirects]=never => 400 invalid_request_error parameter_missing automatic_payment_methods[enabled]
        POST /v1/payment_intents amount=100&currency=usd&automatic_payment_methods[enabled]=true&payment_method_types[]=card => 400 invalid_request_error parameters_exclusive -
        POST /v1/payment_intents amount=100&currency=usd&off_session=true => 400 invalid_request_error - off_session
        POST /v1/payment_intents amount=100&currency=usd&statement_descriptor=x => 400 invalid_request_error - statement_descriptor
        POST /v1/payment_intents amount=100&currency=usd&statement_descriptor_suffix=12345678901234567890123 => 400 invalid_request_error - statement_descriptor_suffix
        POST /v1/payment_intents amount=100&currency=usd&expand[]=nope => 400 invalid_request_error - -
        POST /v1/payment_intents amount=100&currency=usd&payment_method=pm_nope => 400 invalid_request_error resource_missing payment_method
        POST /v1/payment_intents amount=100&currency=usd&confirm=true => 400 invalid_request_error payment_intent_unexpected_state -
        POST /v1/payment_intents amount=100&currency=usd&payment_method=pm_card_visa&payment_method_data[type]=card => 400 invalid_request_error parameters_exclusive -
        ",
    );
}

#[test]
fn messages_that_clients_match_on() {
    let server = Server::memory();
    for (form, message) in [
        ("amount=100&currency=usd&nope[a]=1", "Received unknown parameter: nope[a]"),
        ("currency=usd", "Missing required param: amount."),
        ("amount=abc&currency=usd", "Invalid integer: abc"),
        ("amount=-5&currency=usd", "This value must be greater than or equal to 1."),
        ("amount=100&currency=usd&receipt_email=x", "Invalid email address: x"),
        ("amount=100&currency=usd&payment_method=pm_x", "No such PaymentMethod: 'pm_x'"),
        ("amount=100&currency=usd&expand[]=x", "This property cannot be expanded (x)."),
        (
            "amount=100&currency=usd&capture_method=x",
            "Invalid capture_method: must be one of automatic, automatic_async, or manual",
        ),
    ] {
        assert_eq!(server.refused(Ask::post(PI, form)).message(), message, "{form}");
    }
    let answer = server.refused(Ask::post(PI, "amount=100&currency=xxx"));
    let start = "Invalid currency: xxx. Stripe currently supports these currencies: usd, aed, ";
    assert!(answer.message().starts_with(start), "{}", answer.message());
    let answer = server.refused(Ask::post(PI, "currency=usd"));
    let url = "https://stripe.com/docs/error-codes/parameter-missing";
    assert_eq!(answer.json["error"]["doc_url"], url);
}

#[test]
fn a_life_from_nothing_to_paid() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let made = server.made(PI, "amount=1000&currency=usd&metadata[order]=6");
        assert_eq!(made["status"], "requires_payment_method");
        assert_eq!(made["capture_method"], "automatic_async");
        let path = format!("{PI}/{}", id(&made));
        let updated = server.made(&path, "payment_method=pm_card_visa&metadata[note]=x");
        assert_eq!(updated["status"], "requires_confirmation");
        assert_eq!(updated["metadata"], serde_json::json!({"note": "x", "order": "6"}));
        let paid = server.made(&format!("{path}/confirm"), "");
        assert_eq!(paid["status"], "succeeded");
        assert_eq!(paid["amount_received"], 1000);
        assert!(paid["latest_charge"].as_str().unwrap().starts_with("ch_3"));
        assert_eq!(server.get(&path).json, paid);
        let rows = counts(&server.rows());
        assert_eq!((rows["intent"], rows["charge"], rows["method"]), (1, 1, 1));
        assert!(!rows.contains_key("attempt"), "the attempt is settled");
    }
}

#[test]
fn one_request_creates_and_pays() {
    let server = Server::memory();
    let paid = server.paid(2500);
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(server.calls(), 1);
}

#[test]
fn a_declined_card_is_402_with_the_whole_story() {
    let server = Server::memory();
    let form = "amount=1000&currency=usd&confirm=true&payment_method=";
    for (card, code, decline, message) in [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline", "Your card was declined."),
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
            "Your card has insufficient funds.",
        ),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "", "Your card has expired."),
        (
            "pm_card_chargeDeclinedIncorrectCvc",
            "incorrect_cvc",
            "",
            "Your card's security code is incorrect.",
        ),
    ] {
        let answer = server.post(PI, &format!("{form}{card}"));
        assert_eq!(answer.said(), format!("402 card_error {code} -"), "{card}");
        let error = &answer.json["error"];
        if !decline.is_empty() {
            assert_eq!(error["decline_code"], decline, "{card}");
        }
        assert_eq!(error["message"], message, "{card}");
        assert!(error["charge"].as_str().unwrap().starts_with("ch_"), "{card}");
        assert_eq!(error["payment_method"]["object"], "payment_method");
        let intent = &error["payment_intent"];
        assert_eq!(intent["status"], "requires_payment_method");
        assert_eq!(intent["payment_method"], serde_json::Value::Null);
        assert_eq!(intent["last_payment_error"]["code"], code);
        assert_eq!(intent["latest_charge"], error["charge"]);
        let charge = server.get(&format!("/v1/charges/{}", error["charge"].as_str().unwrap()));
        assert_eq!(charge.json["status"], "failed");
        assert_eq!(charge.json["failure_code"], code);
    }
}

#[test]
fn held_funds_are_captured_once_and_never_too_much() {
    let server = Server::memory();
    let form =
        "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual";
    let held = server.made(PI, form);
    assert_eq!(
        (&held["status"], &held["amount_capturable"]),
        (&"requires_capture".into(), &1000.into())
    );
    let capture = format!("{PI}/{}/capture", id(&held));
    for (form, said) in [
        ("amount_to_capture=0", "400 invalid_request_error parameter_invalid_integer amount"),
        ("amount_to_capture=-1", "400 invalid_request_error - amount_to_capture"),
        (
            "amount_to_capture=x",
            "400 invalid_request_error parameter_invalid_integer amount_to_capture",
        ),
        ("amount_to_capture=1001", "400 invalid_request_error amount_too_large -"),
        (
            "final_capture=false",
            "400 invalid_request_error payment_intent_invalid_parameter final_capture",
        ),
        ("nope=1", "400 invalid_request_error parameter_unknown nope"),
    ] {
        assert_eq!(server.refused(Ask::post(&capture, form)).said(), said, "{form}");
    }
    let over = server.refused(Ask::post(&capture, "amount_to_capture=1001"));
    assert_eq!(over.json["error"]["payment_intent"], held, "the refusal carries the intent");
    let done = server.made(&capture, "amount_to_capture=600");
    assert_eq!((&done["status"], &done["amount_received"]), (&"succeeded".into(), &600.into()));
    assert_eq!(done["amount_capturable"], 0);
    let again = server.refused(Ask::post(&capture, ""));
    assert_eq!(again.said(), "400 invalid_request_error payment_intent_unexpected_state -");
    let charge = server.get(&format!("/v1/charges/{}", done["latest_charge"].as_str().unwrap()));
    assert_eq!(charge.json["amount_captured"], 600);
    assert_eq!(charge.json["amount_refunded"], 0, "what was not captured is not refunded");
    assert!(charge.json["balance_transaction"].is_string());
}

#[test]
fn canceling_needs_a_state_that_can_be_left() {
    let server = Server::memory();
    let open = server.made(PI, "amount=1000&currency=usd");
    let cancel = format!("{PI}/{}/cancel", id(&open));
    assert_eq!(
        server.refused(Ask::post(&cancel, "cancellation_reason=because")).said(),
        "400 invalid_request_error - cancellation_reason"
    );
    let gone = server.made(&cancel, "cancellation_reason=abandoned");
    assert_eq!(
        (&gone["status"], &gone["cancellation_reason"]),
        (&"canceled".into(), &"abandoned".into())
    );
    let state = "400 invalid_request_error payment_intent_unexpected_state -";
    assert_eq!(server.refused(Ask::post(&cancel, "")).said(), state);
    let confirm = format!("{PI}/{}/confirm", id(&open));
    assert_eq!(server.refused(Ask::post(&confirm, "payment_method=pm_card_visa")).said(), state);
    let paid = server.paid(1000);
    let path = format!("{PI}/{}", id(&paid));
    assert_eq!(server.refused(Ask::post(&format!("{path}/cancel"), "")).said(), state);
    assert_eq!(
        server.refused(Ask::post(&path, "amount=2000")).said(),
        "400 invalid_request_error payment_intent_unexpected_state amount"
    );
    assert_eq!(server.made(&path, "description=late")["description"], "late");
}

#[test]
fn confirming_without_a_card_names_the_intent() {
    let server = Server::memory();
    let open = server.made(PI, "amount=1000&currency=usd");
    let answer = server.refused(Ask::post(&format!("{PI}/{}/confirm", id(&open)), ""));
    assert_eq!(answer.said(), "400 invalid_request_error payment_intent_unexpected_state -");
    assert_eq!(answer.json["error"]["payment_intent"], open);
}

#[test]
fn a_challenge_parks_the_intent_and_an_absent_holder_is_declined() {
    let server = Server::memory();
    let form =
        "amount=1000&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired";
    let parked = server.made(PI, &format!("{form}&return_url=https://shop.example/back"));
    assert_eq!(parked["status"], "requires_action");
    assert_eq!(parked["next_action"]["type"], "redirect_to_url");
    assert_eq!(parked["next_action"]["redirect_to_url"]["return_url"], "https://shop.example/back");
    assert!(parked["payment_method"].is_string());
    let parked = server.made(PI, form);
    assert_eq!(parked["next_action"]["type"], "use_stripe_sdk");
    let challenge = &parked["next_action"]["use_stripe_sdk"];
    assert_eq!(challenge["type"], "farthing_challenge");
    assert!(challenge["url"].as_str().unwrap().contains("/farthing/challenge/"), "{challenge}");
    let answer = server.post(PI, &format!("{form}&off_session=true"));
    assert_eq!(answer.said(), "402 card_error authentication_required -");
    assert_eq!(answer.json["error"]["decline_code"], "authentication_required");
}

#[test]
fn empty_values_unset_and_metadata_merges() {
    let server = Server::memory();
    let form = "amount=1000&currency=usd&description=d&metadata[a]=1&metadata[b]=2&shipping[name]=n&shipping[address][line1]=l";
    let made = server.made(PI, form);
    assert_eq!(made["shipping"]["address"]["line1"], "l");
    let path = format!("{PI}/{}", id(&made));
    let changed = server.made(&path, "description=&metadata[a]=&metadata[c]=3&shipping=");
    assert_eq!(changed["description"], serde_json::Value::Null);
    assert_eq!(changed["shipping"], serde_json::Value::Null);
    assert_eq!(changed["metadata"], serde_json::json!({"b": "2", "c": "3"}));
    assert_eq!(server.made(&path, "metadata=")["metadata"], serde_json::json!({}));
}

#[test]
fn older_and_newer_clients_are_understood() {
    let server = Server::memory();
    for extra in [
        "payment_method_types[]=card",
        "payment_method_types[0]=card",
        "allowed_payment_method_types[]=card",
        "automatic_payment_methods[enabled]=true",
        "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never",
        "use_stripe_sdk=true",
        "payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242&payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=34&payment_method_data[card][cvc]=123",
    ] {
        let made = server.made(PI, &format!("amount=1000&currency=usd&{extra}"));
        let types = &made["payment_method_types"];
        let listed = extra.contains("payment_method_types");
        assert_eq!(types[0], "card", "{extra}");
        // Whoever leaves the choice to the backend is offered all that fits.
        assert_eq!(types.as_array().unwrap().len() == 1, listed, "{extra}: {types}");
        let redirects = !listed && !extra.contains("never");
        assert_eq!(types.to_string().contains("klarna"), redirects, "{extra}: {types}");
    }
}

#[test]
fn what_is_not_there() {
    Server::memory().check_refusals(
        "
        GET /v1/payment_intents/pi_nope => 404 invalid_request_error resource_missing intent
        GET /v1/payment_intents/ch_nope => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_nope amount=100 => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_nope/confirm => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_nope/capture => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_nope/cancel => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_nope/confirm nope=1 => 400 invalid_request_error parameter_unknown nope
        GET /v1/payment_intents/pi_nope nope=1 => 400 invalid_request_error parameter_unknown nope
        ",
    );
}

#[test]
fn a_currency_and_an_amount_change_together_or_apart() {
    for (form, said, amount, currency) in [
        ("currency=usd", "200 payment_intent requires_payment_method", 1000, "usd"),
        ("currency=eur", "200 payment_intent requires_payment_method", 1000, "eur"),
        ("amount=1100", "200 payment_intent requires_payment_method", 1100, "usd"),
        ("amount=1100&currency=eur", "200 payment_intent requires_payment_method", 1100, "eur"),
        (
            "currency=jpy&amount=30",
            "400 invalid_request_error amount_too_small amount",
            1000,
            "usd",
        ),
        ("currency=isk", "200 payment_intent requires_payment_method", 1000, "isk"),
        (
            "currency=isk&amount=1050",
            "400 invalid_request_error invalid_charge_amount amount",
            1000,
            "usd",
        ),
        ("currency=xyz", "400 invalid_request_error - currency", 1000, "usd"),
    ] {
        let server = Server::memory();
        let made = server.made(PI, "amount=1000&currency=usd");
        let path = format!("{PI}/{}", id(&made));
        assert_eq!(server.post(&path, form).said(), said, "{form}");
        let after = server.get(&path).json;
        assert_eq!(
            (&after["amount"], &after["currency"]),
            (&amount.into(), &currency.into()),
            "{form}"
        );
    }
    let server = Server::memory();
    let paid = format!("{PI}/{}", id(&server.paid(1000)));
    assert_eq!(server.post(&paid, "currency=usd").status, 200, "nothing is changed");
    let late = server.refused(Ask::post(&paid, "currency=eur"));
    assert_eq!(late.said(), "400 invalid_request_error payment_intent_unexpected_state amount");
}

/// Whoever tries stolen cards through one intent does it fifty times and no more.
#[test]
fn an_intent_is_given_up_after_fifty_confirmations() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let made = server.made(PI, "amount=1000&currency=usd");
        let confirm = format!("{PI}/{}/confirm", id(&made));
        let refused = || server.post(&confirm, "payment_method=pm_card_chargeDeclined");
        for number in 1..=50 {
            assert_eq!(refused().said(), "402 card_error card_declined -", "{number}");
        }
        let calls = server.calls();
        let ask = || Ask::post(&confirm, "payment_method=pm_card_visa").idempotent("k-51");
        let last = server.send(ask());
        assert_eq!(last.said(), "200 payment_intent canceled");
        assert_eq!(last.json["cancellation_reason"], "automatic");
        assert_eq!(server.send(ask()).body, last.body, "kept under its key");
        assert_eq!(server.calls(), calls, "nothing was asked of the network");
        let events = server.get("/v1/events?limit=1").json;
        assert_eq!(events["data"][0]["type"], "payment_intent.canceled");
        let over = server.refused(Ask::post(&confirm, "payment_method=pm_card_visa"));
        assert_eq!(over.said(), "400 invalid_request_error payment_intent_unexpected_state -");
        let capture = server.refused(Ask::post(&format!("{PI}/{}/capture", id(&made)), ""));
        assert_eq!(capture.said(), "400 invalid_request_error payment_intent_unexpected_state -");
    }
}

#[test]
fn kinds_that_are_excluded_and_names_in_other_papers() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let form = "amount=1000&currency=eur&payment_details[order_reference]=order-7&radar_options[session]=rse_1";
        let excluded = "excluded_payment_method_types";
        let made = server.made(PI, &format!("{form}&{excluded}[]=ideal&{excluded}[]=card"));
        assert_eq!(made[excluded], json!(["card", "ideal"]));
        let types = made["payment_method_types"].as_array().unwrap();
        assert!(!types.contains(&json!("ideal")) && types.contains(&json!("eps")), "{types:?}");
        let papers = json!({ "customer_reference": null, "order_reference": "order-7" });
        assert_eq!(made["payment_details"], papers);
        let path = format!("{PI}/{}", id(&made));
        assert_eq!(server.get(&path).json, made);
        let confirm = |form: &str| Ask::post(&format!("{path}/confirm"), form);
        let said =
            "400 invalid_request_error payment_intent_incompatible_payment_method payment_method";
        let card = "payment_method=pm_card_visa";
        assert_eq!(server.refused(confirm(card)).said(), said);
        let listed = format!("{card}&payment_method_types[]=card");
        assert_eq!(server.refused(confirm(&listed)).said(), said, "whatever allows it");
        let changed =
            server.made(&path, &format!("{excluded}=&payment_details[customer_reference]=PO-7"));
        assert!(changed[excluded].is_null());
        let papers = json!({ "customer_reference": "PO-7", "order_reference": "order-7" });
        assert_eq!(changed["payment_details"], papers);
        let again = format!("{card}&{excluded}[]=card");
        assert_eq!(server.refused(confirm(&again)).said(), said);
        let paid = server.send(confirm(&format!("{card}&payment_details=")));
        assert_eq!(paid.said(), "200 payment_intent succeeded");
        assert!(paid.json.get("payment_details").is_none(), "not there where nobody said any");
        server.check_refusals(&format!(
            "
            POST {path} {excluded}[]=card => 400 invalid_request_error payment_intent_unexpected_state payment_method
            POST {PI} amount=1000&currency=usd&{excluded}[]=nope => 400 invalid_request_error - {excluded}
            POST {PI} amount=1000&currency=usd&payment_details[nope]=1 => 400 invalid_request_error parameter_unknown payment_details[nope]
            POST {PI} amount=1000&currency=usd&amount_details[tip][amount]=1 => 400 invalid_request_error - amount_details
            POST {PI} amount=1000&currency=usd&confirmation_token=ctoken_1 => 400 invalid_request_error - confirmation_token
            POST {PI} amount=1000&currency=usd&customer_account=acct_1 => 400 invalid_request_error - customer_account
            POST {PI} amount=1000&currency=usd&hooks[inputs][tax][calculation]=x => 400 invalid_request_error - hooks
            POST {PI} amount=1000&currency=usd&mandate=mandate_1 => 400 invalid_request_error - mandate
            POST {PI} amount=1000&currency=usd&payment_method_configuration=pmc_1 => 400 invalid_request_error - payment_method_configuration
            POST {path}/confirm amount_to_confirm=5 => 400 invalid_request_error - amount_to_confirm
            "
        ));
    }
}
