//! The shared vectors once more, by core compiled to WebAssembly, in a JavaScript engine:
//! `wasm-pack test --node`. There an address has 32 bits and a panic is a trap; the answers are alike.
#![cfg(target_family = "wasm")]

use farthing_core::currency::Currency;
use farthing_core::money::{Money, MoneyError};
use farthing_core::time::TimestampMs;
use farthing_core::webhook::{Secret, Tolerance, VerifyError, stripe_header, verify_stripe};
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

const MONEY: &str = include_str!("../../../tests/vectors/money.json");

/// Runs the cases that do one thing; the file says how many there are at least.
fn each(does: &str, at_least: usize, check: impl Fn(&Value) -> Value) {
    let document: Value = serde_json::from_str(MONEY).unwrap();
    let cases = document["cases"].as_array().unwrap().iter().filter(|case| case["does"] == does);
    let mut count = 0;
    for case in cases {
        let (found, expected) = (check(case), &case["expect"]);
        // Where in the text it went wrong is compared natively.
        assert_eq!(found["error"], expected["error"], "{}", case["name"]);
        assert!(!expected["error"].is_null() || found == *expected, "{}: {found}", case["name"]);
        count += 1;
    }
    assert!(count >= at_least, "only {count} cases do {does}");
}

fn currency(case: &Value) -> Currency {
    Currency::parse(case["currency"].as_str().unwrap()).unwrap()
}

fn minor(result: Result<Money, MoneyError>) -> Value {
    match result {
        Ok(amount) => serde_json::json!({ "minor": amount.minor().to_string() }),
        Err(error) => serde_json::json!({ "error": error.code() }),
    }
}

#[wasm_bindgen_test]
fn amounts_are_read_alike() {
    each("parse_major", 40, |case| {
        minor(Money::parse_major(case["text"].as_str().unwrap(), currency(case)))
    });
}

#[wasm_bindgen_test]
fn amounts_are_written_alike() {
    each("to_major", 10, |case| {
        let amount = case["minor"].as_str().unwrap().parse().unwrap();
        serde_json::json!({ "text": Money::new(amount, currency(case)).unwrap().to_major() })
    });
}

#[wasm_bindgen_test]
fn amounts_are_divided_alike() {
    each("allocate", 5, |case| {
        let weights: Vec<u64> = case["weights"]
            .as_array()
            .unwrap()
            .iter()
            .map(|weight| weight.as_str().unwrap().parse().unwrap())
            .collect();
        let amount = case["minor"].as_str().unwrap().parse().unwrap();
        match Money::new(amount, currency(case)).unwrap().allocate(&weights) {
            Ok(parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|part| part.minor().to_string()).collect();
                serde_json::json!({ "parts": parts })
            }
            Err(error) => serde_json::json!({ "error": error.code() }),
        }
    });
}

#[wasm_bindgen_test]
fn a_signature_holds_for_its_body_and_its_time() {
    let secrets = [Secret::stripe("whsec_old"), Secret::stripe("whsec_new")];
    let signed_at = TimestampMs::from_seconds(1_700_000_000);
    let header = stripe_header(&[&secrets[1]], signed_at, b"{}");
    let check = |body: &[u8], seconds: i64| {
        let now = TimestampMs::from_seconds(1_700_000_000 + seconds);
        verify_stripe(&secrets, &header, body, now, Tolerance::DEFAULT)
    };
    assert_eq!(check(b"{}", 300).unwrap().secret_index, 1);
    assert_eq!(check(b"{ }", 0), Err(VerifyError::SignatureMismatch));
    assert_eq!(check(b"{}", 301), Err(VerifyError::TooOld { by_s: 1 }));
    assert_eq!(check(b"{}", -301), Err(VerifyError::TooNew { by_s: 1 }));
}
