//! The border itself, in a real JavaScript engine: `wasm-pack test --node`.
//!
//! What the values are is tested in core; here is how they cross. Natively there is nothing to run.
#![cfg(target_arch = "wasm32")]

use farthing_wasm::{
    answer_to_payment, card_typed_number, currency_codes, currency_facts, key_generate,
    money_allocate, money_check_charge, money_format, money_parse, webhook_sign_stripe,
    webhook_verify_stripe,
};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[derive(Debug, Deserialize)]
struct Fault {
    code: String,
    message: String,
}

fn code<T: core::fmt::Debug>(result: Result<T, JsValue>) -> String {
    let fault: Fault = serde_wasm_bindgen::from_value(result.unwrap_err()).unwrap();
    assert!(fault.message.ends_with('.'), "{fault:?} is not a sentence");
    fault.code
}

#[wasm_bindgen_test]
fn amounts_cross_as_decimal_text() {
    assert_eq!(money_parse("71.87", "usd").unwrap(), "7187");
    assert_eq!(money_format("7187", "USD").unwrap(), "71.87");
    assert_eq!(money_format("999999999999", "jpy").unwrap(), "999999999999");
    let thirds = ["1", "1", "1"].map(str::to_owned).to_vec();
    assert_eq!(money_allocate("100", "usd", thirds).unwrap(), ["34", "33", "33"]);
}

#[wasm_bindgen_test]
fn faults_cross_as_a_code_and_a_sentence() {
    assert_eq!(code(money_format("NaN", "usd")), "not_an_integer");
    assert_eq!(code(money_format("9223372036854775808", "usd")), "amount_overflow");
    assert_eq!(code(money_format("-1", "usd")), "amount_negative");
    assert_eq!(code(money_parse("1", "zzz")), "currency_unknown");
    assert_eq!(code(money_check_charge("1", "usd")), "amount_too_small");
    assert_eq!(code(key_generate(&[0; 3])), "wrong_entropy");
    assert_eq!(code(answer_to_payment("70000")), "overflow");
}

#[wasm_bindgen_test]
fn facts_cross_as_plain_objects() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Facts {
        exponent: u32,
        quantum: String,
        payout_quantum: String,
    }
    let facts: Facts = serde_wasm_bindgen::from_value(currency_facts("HUF").unwrap()).unwrap();
    assert_eq!((facts.exponent, facts.quantum.as_str()), (2, "1"));
    assert_eq!(facts.payout_quantum, "100");
    assert!(currency_codes().len() > 130);

    #[derive(Deserialize)]
    struct Typed {
        shown: String,
        complete: bool,
    }
    let typed: Typed =
        serde_wasm_bindgen::from_value(card_typed_number("378282246310005").unwrap()).unwrap();
    assert_eq!(typed.shown, "3782 822463 10005");
    assert!(typed.complete);
}

#[wasm_bindgen_test]
fn a_signature_verifies_and_a_changed_body_does_not() {
    let secrets = || vec!["whsec_first".to_owned(), "whsec_second".to_owned()];
    let verify = |body: &[u8], header: &str, now_ms: &str| {
        webhook_verify_stripe(secrets(), header, body, now_ms, "300")
    };
    let header =
        webhook_sign_stripe(vec!["whsec_second".to_owned()], "1700000000000", b"{}").unwrap();

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Match {
        secret_index: u32,
        timestamp_ms: String,
    }
    let verified = verify(b"{}", &header, "1700000000000");
    let found: Match = serde_wasm_bindgen::from_value(verified.unwrap()).unwrap();
    assert_eq!((found.secret_index, found.timestamp_ms.as_str()), (1, "1700000000000"));

    let changed = verify(b"{ }", &header, "1700000000000");
    assert_eq!(code(changed), "signature_mismatch");
    let late = verify(b"{}", &header, "1700000400000");
    assert_eq!(code(late), "timestamp_too_old");
    let nan = verify(b"{}", &header, "NaN");
    assert_eq!(code(nan), "not_an_integer");
}
