//! What a decline says, card by card: the error itself, what is kept of it on the intent, and the failed
//! charge behind it; at a payment, at a set-up and at attaching.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Ask, Server, id};

/// Name after `pm_card_`; code; decline code; the issuer's code; its advice; the words.
const DECLINES: &str = "
visa_chargeDeclined                         card_declined     generic_decline         05 try_again_later   Your card was declined.
chargeDeclined                              card_declined     generic_decline         05 try_again_later   Your card was declined.
visa_chargeDeclinedInsufficientFunds        card_declined     insufficient_funds      51 try_again_later   Your card has insufficient funds.
visa_chargeDeclinedLostCard                 card_declined     lost_card               41 do_not_try_again  Your card was declined.
visa_chargeDeclinedStolenCard               card_declined     stolen_card             43 do_not_try_again  Your card was declined.
visa_chargeDeclinedVelocityLimitExceeded    card_declined     card_velocity_exceeded  65 try_again_later   Your card was declined.
chargeDeclinedExpiredCard                   expired_card      -                       54 do_not_try_again  Your card has expired.
chargeDeclinedIncorrectCvc                  incorrect_cvc     -                       82 confirm_card_data Your card's security code is incorrect.
chargeDeclinedProcessingError               processing_error  -                       96 try_again_later   An error occurred while processing your card. Try again in a little bit.
chargeCustomerFail                          card_declined     generic_decline         05 try_again_later   Your card was declined.
radarBlock                                  card_declined     fraudulent              -  do_not_try_again  Your card was declined.
threeDSecureRequiredProcessingError         card_declined     processing_error        96 try_again_later   -
";

/// The columns of one error.
fn columns(error: &Value) -> [String; 5] {
    ["code", "decline_code", "network_decline_code", "advice_code", "message"]
        .map(|name| error[name].as_str().unwrap_or("-").to_owned())
}

fn rows() -> impl Iterator<Item = (&'static str, [String; 5])> {
    DECLINES.trim().lines().map(|line| {
        let mut rest = line;
        let mut word = || {
            let (word, left) = rest.split_once(' ').unwrap();
            rest = left.trim_start();
            word
        };
        let name = word();
        let [code, decline, network, advice] = [word(), word(), word(), word()];
        (name, [code, decline, network, advice, rest].map(str::to_owned))
    })
}

fn differs(said: &[String; 5], expected: &[String; 5]) -> bool {
    let words = expected[4] != "-" && said[4] != expected[4];
    said[..4] != expected[..4] || words
}

#[test]
fn a_payment_that_is_declined() {
    let server = Server::memory();
    let mut wrong = String::new();
    for (name, expected) in rows() {
        let form = format!("amount=1000&currency=usd&confirm=true&payment_method=pm_card_{name}");
        let answer = server.post("/v1/payment_intents", &form);
        let error = &answer.json["error"];
        assert_eq!((answer.status, &error["type"]), (402, &"card_error".into()), "{name}");
        let said = columns(error);
        if differs(&said, &expected) {
            writeln!(wrong, "{name}\n  said {said:?}\n  not  {expected:?}").unwrap();
        }
        let code = error["code"].as_str().unwrap();
        let page = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
        assert_eq!(error["doc_url"], page, "{name}");
        assert!(error.get("param").is_none(), "{name}: {error}");
        let intent = &error["payment_intent"];
        assert_eq!(intent["status"], "requires_payment_method", "{name}");
        assert!(intent["payment_method"].is_null(), "{name}");
        let kept = &intent["last_payment_error"];
        assert_eq!(columns(kept), said, "{name}: the same is kept");
        assert_eq!(kept["payment_method"], error["payment_method"], "{name}");
        assert_eq!(intent["latest_charge"], error["charge"], "{name}");
        let charge = server.get(&format!("/v1/charges/{}", error["charge"].as_str().unwrap())).json;
        assert_eq!(
            (&charge["status"], &charge["failure_code"]),
            (&"failed".into(), &error["code"])
        );
        assert_eq!((&charge["paid"], &charge["captured"]), (&false.into(), &false.into()));
        assert_eq!(charge["failure_message"], error["message"], "{name}");
        assert_eq!(charge["outcome"]["advice_code"], error["advice_code"], "{name}");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A set-up asks only whether the card is good, and says no in the same words.
#[test]
fn a_set_up_that_is_declined() {
    let server = Server::memory();
    for (name, expected) in rows().filter(|(name, _)| *name != "chargeCustomerFail") {
        let form = format!("confirm=true&payment_method=pm_card_{name}");
        let answer = server.post("/v1/setup_intents", &form);
        let error = &answer.json["error"];
        assert_eq!(answer.status, 402, "{name}: {}", answer.body);
        let said = columns(error);
        assert!(!differs(&said, &expected), "{name}\n  said {said:?}\n  not  {expected:?}");
        let setup = &error["setup_intent"];
        assert_eq!(setup["status"], "requires_payment_method", "{name}");
        assert_eq!(columns(&setup["last_setup_error"]), said, "{name}: the same is kept");
        let param = if name == "chargeDeclinedExpiredCard" { "exp_month" } else { "-" };
        assert_eq!(error["param"].as_str().unwrap_or("-"), param, "{name}");
    }
}

/// What is refused while it is being attached is not the customer's.
#[test]
fn a_card_that_cannot_be_attached() {
    let server = Server::memory();
    let customer = server.made("/v1/customers", "email=a@b.example");
    let form = format!("customer={}", id(&customer));
    for (name, expected) in rows().filter(|(name, _)| {
        !["chargeCustomerFail", "threeDSecureRequiredProcessingError"].contains(name)
    }) {
        let answer = server.post(&format!("/v1/payment_methods/pm_card_{name}/attach"), &form);
        let said = columns(&answer.json["error"]);
        assert_eq!(answer.status, 402, "{name}: {}", answer.body);
        assert!(!differs(&said, &expected), "{name}\n  said {said:?}\n  not  {expected:?}");
    }
    let list = server.get(&format!("/v1/customers/{}/payment_methods", id(&customer))).json;
    assert_eq!(list["data"], serde_json::json!([]));
}

/// The holder is not there, or does not pass.
#[test]
fn authentication_that_does_not_come() {
    let server = Server::memory();
    let pay = |with: &str| {
        let form = format!("amount=1000&currency=usd&confirm=true&{with}");
        server.send(Ask::post("/v1/payment_intents", &form))
    };
    let absent = pay("payment_method=pm_card_authenticationRequired&off_session=true");
    let error = &absent.json["error"];
    assert_eq!(
        columns(error),
        [
            "authentication_required",
            "authentication_required",
            "1A",
            "-",
            "Your card was declined. This transaction requires authentication."
        ]
        .map(str::to_owned)
    );
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    let parked = pay("payment_method=pm_card_authenticationRequired&error_on_requires_action=true");
    assert_eq!(parked.said(), "402 card_error authentication_required -");
    let waiting = pay("payment_method=pm_card_authenticationRequired");
    assert_eq!(waiting.json["status"], "requires_action");
    assert!(waiting.json["latest_charge"].is_null(), "no charge yet");
    assert!(waiting.json["payment_method"].is_string(), "the method is kept");
}
