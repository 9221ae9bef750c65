//! Every test card and every magic id of the wire's testing page, paid with over HTTP: by its number and
//! by its names, and what comes of it then and later.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Answer, Ask, Server, id};

/// Number; names after `pm_card_`; what a payment with it is answered; brand and funding of the card.
/// A decline is `code` or `code/decline_code`.
const CARDS: &str = "
4242424242424242     visa,us                                    succeeded visa credit
4000056655665556     visa_debit                                 succeeded visa debit
5555555555554444     mastercard                                 succeeded mastercard credit
2223003122003222     -                                          succeeded mastercard credit
5200828282828210     mastercard_debit                           succeeded mastercard debit
5105105105105100     mastercard_prepaid                         succeeded mastercard prepaid
378282246310005      amex                                       succeeded amex credit
371449635398431      -                                          succeeded amex credit
6011111111111117     discover                                   succeeded discover credit
6011000990139424     -                                          succeeded discover credit
6011981111111113     -                                          succeeded discover debit
3056930009020004     diners                                     succeeded diners credit
36227206271667       -                                          succeeded diners credit
3566002020360505     jcb                                        succeeded jcb credit
6200000000000005     unionpay                                   succeeded unionpay credit
6200000000000047     -                                          succeeded unionpay debit
6205500000000000004  -                                          succeeded unionpay credit
6555900000604105     -                                          succeeded - credit
4000000000000002     visa_chargeDeclined,chargeDeclined         card_declined/generic_decline visa credit
4000000000009995     visa_chargeDeclinedInsufficientFunds       card_declined/insufficient_funds visa credit
4000000000009987     visa_chargeDeclinedLostCard                card_declined/lost_card visa credit
4000000000009979     visa_chargeDeclinedStolenCard              card_declined/stolen_card visa credit
4000000000000069     chargeDeclinedExpiredCard                  expired_card visa credit
4000000000000127     chargeDeclinedIncorrectCvc                 incorrect_cvc visa credit
4000000000000119     chargeDeclinedProcessingError              processing_error visa credit
4000000000006975     visa_chargeDeclinedVelocityLimitExceeded   card_declined/card_velocity_exceeded visa credit
4000000000000341     chargeCustomerFail                         card_declined/generic_decline visa credit
4100000000000019     radarBlock                                 card_declined/fraudulent visa credit
4000000000004954     riskLevelHighest                           succeeded visa credit
4000000000009235     riskLevelElevated                          succeeded visa credit
4000000000000101     cvcCheckFail                               succeeded visa credit
4000000000000036     avsZipFail                                 succeeded visa credit
4000000000000028     avsLine1Fail                               succeeded visa credit
4000000000000010     avsFail                                    succeeded visa credit
4000000000000044     avsUnchecked                               succeeded visa credit
4000000000000259     createDispute                              succeeded visa credit
4000000000002685     createDisputeProductNotReceived            succeeded visa credit
4000000000001976     createDisputeInquiry                       succeeded visa credit
4000000000005423     createIssuerFraudRecord                    succeeded visa credit
4000000404000079     createMultipleDisputes                     succeeded visa credit
4000000000007726     pendingRefund                              succeeded visa credit
4000000000005126     refundFail                                 succeeded visa credit
4000000000000077     bypassPending                              succeeded visa credit
4000003720000278     bypassPendingInternational                 succeeded visa credit
4000002500003155     authenticationRequiredOnSetup              requires_action visa credit
4000002760003184     authenticationRequired                     requires_action visa credit
4000003800000446     authenticationRequiredSetupForOffSession   requires_action visa credit
4000008260003178     authenticationRequiredChargeDeclinedInsufficientFunds requires_action visa credit
4000000000003220     threeDSecure2Required                      requires_action visa credit
4000000000003063     -                                          requires_action visa credit
4000008400000027     -                                          requires_action visa credit
4000008400001629     threeDSecureRequiredChargeDeclined         requires_action visa credit
4000008400001280     threeDSecureRequiredProcessingError        card_declined/processing_error visa credit
4000000000003055     threeDSecureOptional                       succeeded visa credit
4000000000003097     threeDSecureOptionalProcessingError        succeeded visa credit
378282246310005      amex_threeDSecureNotSupported              succeeded amex credit
4000000032200000     -                                          succeeded visa credit
4000582600000094     -                                          requires_action visa credit
4000582600000045     -                                          requires_action visa credit
4000582600000102     -                                          requires_action visa credit
4000582600000110     -                                          requires_action visa credit
4000001240000000     ca                                         succeeded visa credit
4000008260000000     gb                                         succeeded visa credit
4000058260000005     gb_debit                                   succeeded visa debit
5555558265554449     gb_mastercard                              succeeded mastercard credit
4000002500000003     fr                                         succeeded visa credit
4000002760000016     de                                         succeeded visa credit
4000007240000007     es                                         succeeded visa credit
4000000360000006     au                                         succeeded visa credit
4000003920000003     jp                                         succeeded visa credit
3530111333300000     jp_jcb                                     succeeded jcb credit
4000007020000003     sg                                         succeeded visa credit
4000003560000008     in                                         succeeded visa credit
4000000760000002     br                                         succeeded visa credit
4000004840008001     mx                                         succeeded visa credit
4000000320000021     ar                                         succeeded visa credit
4000001560000002     cn                                         succeeded visa credit
";

fn pay(server: &Server, with: &str) -> Answer {
    let form = format!("amount=2000&currency=usd&confirm=true&expand[]=payment_method&{with}");
    server.post("/v1/payment_intents", &form)
}

fn by_number(number: &str) -> String {
    let cvc = if number.starts_with("37") { "1234" } else { "123" };
    let data = "payment_method_data[card]";
    format!(
        "payment_method_data[type]=card&{data}[number]={number}&{data}[exp_month]=12&{data}[exp_year]=2040&{data}[cvc]={cvc}"
    )
}

/// Status of a payment, or code and decline code; brand and funding of the card.
fn told(answer: &Answer) -> String {
    let error = &answer.json["error"];
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let (said, card) = if error.is_object() {
        assert_eq!((answer.status, &error["type"]), (402, &"card_error".into()), "{error}");
        let code = word(&error["code"]);
        let decline = error["decline_code"].as_str().filter(|decline| *decline != code);
        let said = decline.map_or(code.clone(), |decline| format!("{code}/{decline}"));
        (said, &error["payment_method"]["card"])
    } else {
        (word(&answer.json["status"]), &answer.json["payment_method"]["card"])
    };
    format!("{said} {} {}", word(&card["brand"]), word(&card["funding"]))
}

#[test]
fn each_card_by_its_number_and_by_each_of_its_names() {
    let server = Server::memory();
    let mut wrong = String::new();
    for line in CARDS.trim().lines() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [number, names, answer, brand, funding] = columns[..] else { panic!("{line}") };
        let expected = format!("{answer} {brand} {funding}");
        let ways = names.split(',').filter(|name| *name != "-");
        let ways = ways.map(|name| format!("payment_method=pm_card_{name}"));
        for with in std::iter::once(by_number(number)).chain(ways) {
            let told = told(&pay(&server, &with));
            let told = if brand == "-" {
                told.replacen(told.split(' ').nth(1).unwrap(), "-", 1)
            } else {
                told
            };
            if told != expected {
                writeln!(wrong, "{number} {with}\n  told {told}\n  not  {expected}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Tokens are spelled without `card_`; the one exception is recorded.
#[test]
fn tokens_mirror_the_names() {
    let server = Server::memory();
    for line in CARDS.trim().lines() {
        let names = line.split_whitespace().nth(1).unwrap();
        for name in names.split(',').filter(|name| *name != "-") {
            let form = format!("type=card&card[token]=tok_{name}");
            let made = server.made("/v1/payment_methods", &form);
            let wrong = server.refused(Ask::post(
                "/v1/payment_methods",
                &format!("type=card&card[token]=tok_card_{name}"),
            ));
            assert_eq!(wrong.said(), "400 invalid_request_error resource_missing card[token]");
            let direct = pay(&server, &format!("payment_method=pm_card_{name}"));
            let card = &direct.json["payment_method"]["card"];
            let card =
                if card.is_null() { &direct.json["error"]["payment_method"]["card"] } else { card };
            assert_eq!(made["card"]["fingerprint"], card["fingerprint"], "tok_{name}");
        }
    }
    server.made("/v1/payment_methods", "type=card&card[token]=tok_visa_createDispute");
}

/// What nobody can pay with: refused before the network is asked.
#[test]
fn cards_that_cannot_be() {
    let server = Server::memory();
    let data = "payment_method_data[card]";
    for (change, said) in [
        ("[number]=4242424242424241", "402 card_error incorrect_number number"),
        ("[exp_month]=13", "402 card_error invalid_expiry_month exp_month"),
        ("[exp_year]=1999", "402 card_error invalid_expiry_year exp_year"),
        ("[cvc]=99", "402 card_error invalid_cvc cvc"),
    ] {
        let (field, value) = change.split_once('=').unwrap();
        let form: Vec<String> = by_number("4242424242424242")
            .split('&')
            .map(|part| match part.strip_prefix(&format!("{data}{field}=")) {
                Some(_) => format!("{data}{field}={value}"),
                None => part.to_owned(),
            })
            .collect();
        let form = format!("amount=2000&currency=usd&confirm=true&{}", form.join("&"));
        let answer = server.refused(Ask::post("/v1/payment_intents", &form));
        assert_eq!(answer.said(), said, "{change}");
    }
}

/// A wrong code is only wrong when one is given.
#[test]
fn no_code_is_not_a_wrong_one() {
    let server = Server::memory();
    let with = by_number("4000000000000127");
    let with: Vec<&str> = with.split('&').filter(|part| !part.contains("[cvc]")).collect();
    assert_eq!(told(&pay(&server, &with.join("&"))), "succeeded visa credit");
}

/// The holder is not there: what needs authentication is declined, unless it was agreed beforehand.
#[test]
fn off_session() {
    let server = Server::memory();
    for (name, expected) in [
        ("visa", "succeeded"),
        ("authenticationRequiredOnSetup", "authentication_required"),
        ("authenticationRequired", "authentication_required"),
        ("authenticationRequiredSetupForOffSession", "succeeded"),
        ("authenticationRequiredChargeDeclinedInsufficientFunds", "authentication_required"),
        ("threeDSecure2Required", "authentication_required"),
        ("threeDSecureRequiredChargeDeclined", "authentication_required"),
        ("threeDSecureOptional", "succeeded"),
    ] {
        let answer = pay(&server, &format!("payment_method=pm_card_{name}&off_session=true"));
        assert_eq!(told(&answer), format!("{expected} visa credit"), "{name}");
    }
}

/// The merchant asks for authentication where the issuer would not: only cards that can are asked.
#[test]
fn authentication_that_was_asked_for() {
    let server = Server::memory();
    for wish in ["any", "challenge"] {
        for (name, expected) in [
            ("visa", "succeeded visa credit"),
            ("amex_threeDSecureNotSupported", "succeeded amex credit"),
            ("threeDSecureOptional", "requires_action visa credit"),
            ("threeDSecureOptionalProcessingError", "card_declined/processing_error visa credit"),
            ("threeDSecure2Required", "requires_action visa credit"),
            ("authenticationRequiredOnSetup", "requires_action visa credit"),
        ] {
            let asked = format!("payment_method_options[card][request_three_d_secure]={wish}");
            let answer = pay(&server, &format!("payment_method=pm_card_{name}&{asked}"));
            assert_eq!(told(&answer), expected, "{name}");
            if answer.status == 200 {
                let shown = &answer.json["payment_method_options"]["card"];
                assert_eq!(shown["request_three_d_secure"], wish);
            }
        }
    }
    // Nobody is there to be asked.
    let absent = "off_session=true&payment_method_options[card][request_three_d_secure]=any";
    let answer = pay(&server, &format!("payment_method=pm_card_threeDSecureOptional&{absent}"));
    assert_eq!(told(&answer), "succeeded visa credit");
}

/// What is seen of the charge: checks, risk, outcome, and when its funds are there.
#[test]
fn what_the_charge_says() {
    let billing = "payment_method_data[billing_details][address][line1]=x&payment_method_data[billing_details][address][postal_code]=1";
    let server = Server::memory();
    let charge = |number: &str| {
        let answer = pay(&server, &format!("{}&{billing}", by_number(number)));
        let error = &answer.json["error"]["charge"];
        let latest = &answer.json["latest_charge"];
        let id = error.as_str().or(latest.as_str()).unwrap();
        server.get(&format!("/v1/charges/{id}?expand[]=balance_transaction")).json
    };
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    for (number, cvc, line1, postal, risk) in [
        ("4242424242424242", "pass", "pass", "pass", "normal"),
        ("4000000000000101", "fail", "pass", "pass", "normal"),
        ("4000000000000036", "pass", "pass", "fail", "normal"),
        ("4000000000000028", "pass", "fail", "pass", "normal"),
        ("4000000000000010", "pass", "fail", "fail", "normal"),
        ("4000000000000044", "pass", "unavailable", "unavailable", "normal"),
        ("4000000000009235", "pass", "pass", "pass", "elevated"),
        ("4000000000004954", "pass", "pass", "pass", "highest"),
    ] {
        let charge = charge(number);
        let checks = &charge["payment_method_details"]["card"]["checks"];
        let told = [
            &checks["cvc_check"],
            &checks["address_line1_check"],
            &checks["address_postal_code_check"],
            &charge["outcome"]["risk_level"],
        ]
        .map(word);
        assert_eq!(told, [cvc, line1, postal, risk], "{number}");
    }
    let blocked = charge("4100000000000019");
    let outcome = &blocked["outcome"];
    assert_eq!(
        [&outcome["type"], &outcome["network_status"], &outcome["reason"]].map(word),
        ["blocked", "not_sent_to_network", "highest_risk_level"]
    );
    let declined = charge("4000000000000002");
    let outcome = &declined["outcome"];
    assert_eq!(
        [&outcome["type"], &outcome["network_status"]].map(word),
        ["issuer_declined", "declined_by_network"]
    );
    for (number, status) in [
        ("4242424242424242", "pending"),
        ("4000000000000077", "available"),
        ("4000003720000278", "available"),
    ] {
        assert_eq!(charge(number)["balance_transaction"]["status"], status, "{number}");
    }
}

/// What comes later, unasked: disputes by reason and stage.
#[test]
fn what_the_holder_says_later() {
    for (name, expected) in [
        ("visa", &[][..]),
        ("createDispute", &["needs_response fraudulent 10.4"][..]),
        ("createDisputeProductNotReceived", &["needs_response product_not_received 13.1"]),
        ("createDisputeInquiry", &["warning_needs_response"]),
        ("createIssuerFraudRecord", &[]),
    ] {
        let server = Server::memory();
        pay(&server, &format!("payment_method=pm_card_{name}"));
        server.hear_news();
        let list = server.get("/v1/disputes").json;
        let disputes = list["data"].as_array().unwrap();
        assert_eq!(disputes.len(), expected.len(), "{name}: {list}");
        for (dispute, expected) in disputes.iter().zip(expected) {
            let code = &dispute["payment_method_details"]["card"]["network_reason_code"];
            let words = [&dispute["status"], &dispute["reason"], code]
                .map(|word| word.as_str().unwrap_or("-"));
            assert!(words.join(" ").starts_with(expected), "{name}: {words:?}");
        }
    }
    let server = Server::memory();
    pay(&server, "payment_method=pm_card_createMultipleDisputes");
    server.hear_news();
    let several = server.get("/v1/disputes").json;
    assert!(several["data"].as_array().unwrap().len() > 1, "{several}");
}

/// What becomes of a refund: at once, and when the network has had its time.
#[test]
fn what_becomes_of_a_refund() {
    for (name, at_once, later) in [
        ("visa", "succeeded", "succeeded"),
        ("pendingRefund", "pending", "succeeded"),
        ("refundFail", "succeeded", "failed"),
    ] {
        let server = Server::memory();
        let paid = pay(&server, &format!("payment_method=pm_card_{name}"));
        let refund = server.made("/v1/refunds", &format!("payment_intent={}", paid.id()));
        assert_eq!(refund["status"], at_once, "{name}");
        server.made("/v1/farthing/test_clock/advance", "seconds=864000");
        server.hear_news();
        let refund = server.get(&format!("/v1/refunds/{}", id(&refund))).json;
        assert_eq!(refund["status"], later, "{name}");
    }
}

/// A card that every charge refuses can be kept all the same; one that declines at once cannot.
#[test]
fn what_can_be_attached() {
    let server = Server::memory();
    let customer = server.made("/v1/customers", "email=a@b.example");
    let form = format!("customer={}", id(&customer));
    for (name, said) in [
        ("visa", "200 payment_method -"),
        ("chargeCustomerFail", "200 payment_method -"),
        ("chargeDeclined", "402 card_error card_declined -"),
        ("visa_chargeDeclinedInsufficientFunds", "402 card_error card_declined -"),
        ("chargeDeclinedExpiredCard", "402 card_error expired_card -"),
        ("chargeDeclinedIncorrectCvc", "402 card_error incorrect_cvc -"),
        ("chargeDeclinedProcessingError", "402 card_error processing_error -"),
    ] {
        let answer = server.post(&format!("/v1/payment_methods/pm_card_{name}/attach"), &form);
        assert_eq!(answer.said(), said, "{name}");
    }
}
