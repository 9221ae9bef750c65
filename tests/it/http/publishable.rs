//! What a page can do with a publishable key.

use crate::support::{Ask, PUBLISHABLE, SCRIPTS, SECRET, Server, id};

const PI: &str = "/v1/payment_intents";
const PM: &str = "/v1/payment_methods";
const CARD: &str =
    "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=34&card[cvc]=123";

#[test]
fn a_page_pays_with_the_client_secret() {
    let server = Server::memory();
    let intent = server.made(PI, "amount=1000&currency=usd&metadata[order]=secret-note");
    let secret = intent["client_secret"].as_str().unwrap();
    let method = server.send(Ask::post(PM, CARD).by(PUBLISHABLE).in_frame());
    assert_eq!(method.status, 200, "{}", method.body);
    assert!(method.json["card"].get("fingerprint").is_none());
    let path = format!("{PI}/{}", id(&intent));
    let seen = server.send(Ask::get(&format!("{path}?client_secret={secret}")).by(PUBLISHABLE));
    assert_eq!(seen.json["status"], "requires_payment_method");
    assert!(!seen.body.contains("secret-note") && seen.json.get("metadata").is_none());
    let form = format!("client_secret={secret}&payment_method={}", method.id());
    let paid = server.send(Ask::post(&format!("{path}/confirm"), &form).by(PUBLISHABLE));
    assert_eq!(paid.said(), "200 payment_intent succeeded");
    assert!(paid.json.get("latest_charge").is_none() && paid.json.get("metadata").is_none());
}

#[test]
fn without_the_client_secret_there_is_nothing_to_see() {
    let server = Server::memory();
    let intent = server.made(PI, "amount=1000&currency=usd");
    let other = server.made(PI, "amount=1000&currency=usd");
    let path = format!("{PI}/{}", id(&intent));
    let missing = "404 invalid_request_error resource_missing intent";
    let none = server.refused(Ask::get(&path).by(PUBLISHABLE));
    assert_eq!(none.said(), "400 invalid_request_error parameter_missing client_secret");
    let foreign = other["client_secret"].as_str().unwrap();
    let own = intent["client_secret"].as_str().unwrap();
    for secret in [foreign, &own[..own.len() - 1], &format!("{own}x"), "x"] {
        let read = Ask::get(&format!("{path}?client_secret={secret}"));
        assert_eq!(server.refused(read.clone().by(PUBLISHABLE)).said(), missing, "{secret}");
        assert_eq!(server.refused(read).said(), missing, "{secret}");
        let form = format!("client_secret={secret}&payment_method=pm_card_visa");
        let confirm = Ask::post(&format!("{path}/confirm"), &form).by(PUBLISHABLE);
        assert_eq!(server.refused(confirm).said(), missing, "{secret}");
    }
    let absent = server.refused(Ask::get(&format!("{PI}/pi_nope?client_secret=x")).by(PUBLISHABLE));
    let wrong = server.refused(Ask::get(&format!("{path}?client_secret=x")).by(PUBLISHABLE));
    let same = absent.message().replace("pi_nope", id(&intent));
    assert_eq!(wrong.message(), same, "a wrong secret looks like no intent");
}

#[test]
fn a_page_cannot_say_what_is_the_merchants_to_say() {
    let server = Server::memory();
    let intent = server.made(PI, "amount=1000&currency=usd");
    let secret = intent["client_secret"].as_str().unwrap();
    let confirm = format!("{PI}/{}/confirm", id(&intent));
    for name in ["off_session", "capture_method", "error_on_requires_action"] {
        let form = format!("client_secret={secret}&payment_method=pm_card_visa&{name}=true");
        let answer = server.refused(Ask::post(&confirm, &form).by(PUBLISHABLE));
        assert_eq!(answer.said(), format!("400 invalid_request_error parameter_unknown {name}"));
    }
}

#[test]
fn a_declined_page_learns_why_and_no_more() {
    let server = Server::memory();
    let intent = server.made(PI, "amount=1000&currency=usd&metadata[a]=private");
    let secret = intent["client_secret"].as_str().unwrap();
    let form = format!("client_secret={secret}&payment_method=pm_card_chargeDeclined");
    let confirm = format!("{PI}/{}/confirm", id(&intent));
    let answer = server.send(Ask::post(&confirm, &form).by(PUBLISHABLE));
    assert_eq!(answer.said(), "402 card_error card_declined -");
    assert!(!answer.body.contains("private") && !answer.body.contains("\"ch_"), "{}", answer.body);
}

#[test]
fn a_guessable_key_is_refused_where_nothing_else_tells_pages_apart() {
    let server = Server::memory();
    let ask = |key: &str| Ask::post(PM, CARD).by(PUBLISHABLE).in_frame().idempotent(key);
    for key in ["1", "order-17", &"a".repeat(64)] {
        assert_eq!(server.refused(ask(key)).said(), "400 invalid_request_error - -", "{key}");
    }
    assert_eq!(server.send(ask("3f1c9b62-8f3a-4a57-9a5e-0a2f1d7c6b11")).status, 200);
}

#[test]
fn card_numbers_are_taken_from_the_frame_alone() {
    let server = Server::memory();
    let intent = server.made(PI, "amount=1000&currency=usd");
    let (path, secret) =
        (format!("{PI}/{}", id(&intent)), intent["client_secret"].as_str().unwrap());
    let inner = CARD
        .replace("card[", "payment_method_data[card][")
        .replace("type=", "payment_method_data[type]=");
    let confirm = format!("{path}/confirm");
    let confirming = format!("client_secret={secret}&{inner}");
    let number = "card[number]=4242424242424242".to_owned();
    let refused = "403 invalid_request_error card_number_from_script -";
    for (to, form) in [
        (PM, CARD.to_owned()),
        (PM, number.clone()),
        (PM, CARD.replace('[', "%5B")),
        (PM, "type=card&card[cvc]=123".to_owned()),
        (PM, format!("billing_details[card][number]=4242424242424242&{CARD}")),
        (confirm.as_str(), confirming.clone()),
        (PI, format!("amount=1000&currency=usd&{inner}")),
        (path.as_str(), inner.clone()),
    ] {
        let ask = Ask::post(to, &form);
        for page in [
            None,
            Some("null"),
            Some("https://shop.example"),
            Some("http://127.0.0.1:5173"),
            Some("http://localhost:4242"),
            Some("http://127.0.0.1:4242.evil.example"),
        ] {
            let ask = ask.clone().by(PUBLISHABLE);
            let ask = page.map_or(ask.clone(), |page| ask.on_page(page));
            let answer = server.refused(ask);
            assert_eq!(answer.said(), refused, "{to} {form} {page:?}");
            assert!(!answer.body.contains("4242"), "{}", answer.body);
        }
        // A key in the form is the same key.
        let keyed = Ask::post(to, &format!("{form}&key={PUBLISHABLE}")).by_nobody();
        assert_eq!(server.refused(keyed.on_page("https://shop.example")).said(), refused);
        // Two origins are none.
        let twice = ask.by(PUBLISHABLE).in_frame().header("origin", "https://shop.example");
        assert_eq!(server.refused(twice).said(), refused);
    }
    assert_eq!(server.app.cvcs.count(), 0, "no code is kept");
    for (key, frame) in [(SECRET, false), (SCRIPTS, false), (PUBLISHABLE, true)] {
        let ask = Ask::post(PM, CARD).by(key);
        let ask = if frame { ask.in_frame() } else { ask.on_page("https://shop.example") };
        assert_eq!(server.send(ask).status, 200, "{key}");
    }
    let paid = server.send(Ask::post(&confirm, &confirming).by(PUBLISHABLE).in_frame());
    assert_eq!(paid.said(), "200 payment_intent succeeded");
}

#[test]
fn what_is_no_card_number_needs_no_frame() {
    let server = Server::memory();
    let token = Ask::post(PM, "type=card&card[token]=tok_visa").by(PUBLISHABLE);
    assert_eq!(server.send(token.on_page("https://shop.example")).status, 200);
}
