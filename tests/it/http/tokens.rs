//! Tokens: a card typed once, used once.

use serde_json::json;

use crate::support::{Ask, Engine, PUBLISHABLE, SCRIPTS, STRANGER, Server, counts, id};

const CARD: &str =
    "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123";

#[test]
fn a_token_becomes_one_payment_method() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let form =
            format!("{CARD}&card[name]=Ann&card[address_line1]=1 Street&card[address_zip]=1");
        let token = server.made("/v1/tokens", &form);
        assert_eq!((&token["object"], &token["type"]), (&json!("token"), &json!("card")));
        assert_eq!((&token["used"], &token["livemode"]), (&json!(false), &json!(false)));
        let card = &token["card"];
        assert_eq!((&card["brand"], &card["last4"]), (&json!("Visa"), &json!("4242")));
        assert_eq!((&card["name"], &card["address_zip"]), (&json!("Ann"), &json!("1")));
        let path = format!("/v1/tokens/{}", id(&token));
        assert_eq!(server.get(&path).json, token);

        let make = format!("type=card&card[token]={}&metadata[a]=b", id(&token));
        let method = server.made("/v1/payment_methods", &make);
        assert_eq!(method["card"]["fingerprint"], card["fingerprint"]);
        assert_eq!(method["billing_details"]["name"], "Ann");
        assert_eq!(method["billing_details"]["address"]["line1"], "1 Street");
        assert_eq!(method["metadata"], json!({"a": "b"}));
        assert_eq!(server.get(&path).json["used"], true);
        let again = server.refused(Ask::post("/v1/payment_methods", &make));
        assert_eq!(again.said(), "400 invalid_request_error token_already_used -");
        // The number went with it, and so did the code for its one use.
        let pay = format!(
            "amount=900&currency=usd&confirm=true&payment_method={}&expand[]=latest_charge",
            id(&method)
        );
        let paid = server.made("/v1/payment_intents", &pay);
        let checks = &paid["latest_charge"]["payment_method_details"]["card"]["checks"];
        assert_eq!(checks["cvc_check"], "pass");
    }
}

#[test]
fn a_token_pays_in_the_same_breath_unless_the_payment_is_refused() {
    let server = Server::memory();
    let token = server.made("/v1/tokens", CARD);
    let data =
        format!("payment_method_data[type]=card&payment_method_data[card][token]={}", id(&token));
    // What is refused has not used it up.
    server.refused(Ask::post(
        "/v1/payment_intents",
        &format!("amount=1&currency=usd&confirm=true&{data}"),
    ));
    let form = format!("amount=900&currency=usd&confirm=true&{data}");
    assert_eq!(server.post("/v1/payment_intents", &form).said(), "200 payment_intent succeeded");
    let again = server.refused(Ask::post("/v1/payment_intents", &form));
    assert_eq!(again.said(), "400 invalid_request_error token_already_used -");
    let form = "payment_method_data[type]=card&payment_method_data[card][token]=tok_mastercard&confirm=true";
    assert_eq!(server.post("/v1/setup_intents", form).said(), "200 setup_intent succeeded");
}

#[test]
fn two_uses_at_once_are_one() {
    let server = Server::new(Engine::Sqlite);
    let token = server.made("/v1/tokens", CARD);
    let form = format!("type=card&card[token]={}", id(&token));
    let answers = server.send_all((0..4).map(|_| Ask::post("/v1/payment_methods", &form)));
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1);
    assert_eq!(counts(&server.rows())["method"], 1);
}

#[test]
fn a_page_makes_tokens_where_it_may_send_cards() {
    let server = Server::memory();
    let made = server.send(Ask::post("/v1/tokens", CARD).by(SCRIPTS));
    assert_eq!(made.status, 200, "{}", made.body);
    assert!(made.json["card"].get("fingerprint").is_none(), "{}", made.body);
    assert_eq!(server.send(Ask::post("/v1/tokens", CARD).by(PUBLISHABLE).in_frame()).status, 200);
    let script = server.refused(Ask::post("/v1/tokens", CARD).by(PUBLISHABLE));
    assert_eq!(script.said(), "403 invalid_request_error card_number_from_script -");
    let read = server.refused(Ask::get(&format!("/v1/tokens/{}", made.id())).by(PUBLISHABLE));
    assert_eq!(read.said(), "403 invalid_request_error secret_key_required -");
    // Another merchant's is nobody's.
    let form = format!("type=card&card[token]={}", made.id());
    let foreign = server.refused(Ask::post("/v1/payment_methods", &form).by(STRANGER));
    assert_eq!(foreign.said(), "400 invalid_request_error resource_missing card[token]");
    assert_eq!(server.send(Ask::post("/v1/payment_methods", &form)).status, 200);
}

/// Every name of a test payment method has its token; `tok_card_…` does not exist.
#[test]
fn every_magic_card_has_its_token() {
    let server = Server::memory();
    let names = "
        visa visa_debit mastercard mastercard_debit mastercard_prepaid amex discover diners jcb
        unionpay visa_chargeDeclined chargeDeclined visa_chargeDeclinedInsufficientFunds
        visa_chargeDeclinedLostCard visa_chargeDeclinedStolenCard chargeDeclinedExpiredCard
        chargeDeclinedIncorrectCvc chargeDeclinedProcessingError
        visa_chargeDeclinedVelocityLimitExceeded chargeCustomerFail radarBlock riskLevelHighest
        riskLevelElevated cvcCheckFail avsZipFail avsLine1Fail avsFail avsUnchecked createDispute
        createDisputeProductNotReceived createDisputeInquiry createIssuerFraudRecord
        createMultipleDisputes pendingRefund refundFail bypassPending bypassPendingInternational
        authenticationRequiredOnSetup authenticationRequired
        authenticationRequiredSetupForOffSession
        authenticationRequiredChargeDeclinedInsufficientFunds threeDSecure2Required
        threeDSecureRequiredChargeDeclined threeDSecureRequiredProcessingError
        threeDSecureOptional threeDSecureOptionalProcessingError amex_threeDSecureNotSupported
        us ca gb gb_debit gb_mastercard fr de es au jp jp_jcb sg in br mx ar cn";
    for name in names.split_whitespace() {
        let form = format!("type=card&card[token]=tok_{name}");
        let method = server.made("/v1/payment_methods", &form);
        let pay = format!(
            "amount=900&currency=usd&payment_method=pm_card_{name}&expand[]=payment_method"
        );
        let intent = server.made("/v1/payment_intents", &pay);
        let of = |method: &serde_json::Value| method["card"]["fingerprint"].clone();
        assert_eq!(of(&method), of(&intent["payment_method"]), "{name}");
        let wrong = format!("type=card&card[token]=tok_card_{name}");
        let wrong = server.refused(Ask::post("/v1/payment_methods", &wrong));
        assert_eq!(wrong.said(), "400 invalid_request_error resource_missing card[token]");
    }
    let form = "type=card&card[token]=tok_visa_createDispute";
    server.made("/v1/payment_methods", form);
}

#[test]
fn refusals() {
    Server::memory().check_refusals(
        "
        POST /v1/tokens  => 400 invalid_request_error parameter_missing card
        POST /v1/tokens card[exp_month]=1&card[exp_year]=2034 => 400 invalid_request_error parameter_missing card[number]
        POST /v1/tokens card[number]=4242424242424242&card[exp_year]=2034 => 400 invalid_request_error parameter_missing card[exp_month]
        POST /v1/tokens card[number]=4242424242424241&card[exp_month]=1&card[exp_year]=2034 => 402 card_error incorrect_number number
        POST /v1/tokens card[number]=4242424242424242&card[exp_month]=13&card[exp_year]=2034 => 402 card_error invalid_expiry_month exp_month
        POST /v1/tokens card[number]=4242424242424242&card[exp_month]=1&card[exp_year]=2001 => 402 card_error invalid_expiry_year exp_year
        POST /v1/tokens card[number]=4242424242424242&card[exp_month]=1&card[exp_year]=2034&card[cvc]=99 => 402 card_error invalid_cvc cvc
        POST /v1/tokens card=tok_visa => 400 invalid_request_error - card
        POST /v1/tokens bank_account[country]=US => 400 invalid_request_error - bank_account
        POST /v1/tokens pii[id_number]=000000000 => 400 invalid_request_error - pii
        POST /v1/tokens cvc_update[cvc]=123 => 400 invalid_request_error - cvc_update
        POST /v1/tokens nope=1 => 400 invalid_request_error parameter_unknown nope
        GET /v1/tokens/tok_nope => 404 invalid_request_error resource_missing token
        GET /v1/tokens => 404 invalid_request_error - -
        ",
    );
}
