//! Reads the shared vector files. Amounts are decimal strings in them, bytes hexadecimal or base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farthing_core::currency::Currency;
use farthing_core::time::TimestampMs;
use serde_json::Value;

/// Runs `check` over every case of a file. It returns what came out; the case says what should.
pub(crate) fn each_case(file: &str, at_least: usize, check: impl Fn(&Value) -> Value) {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    let document: Value = serde_json::from_str(&text).expect(&path);
    assert_eq!(document["version"], 1, "{file}");
    let cases = document["cases"].as_array().expect("cases");
    assert!(cases.len() >= at_least, "{file} has lost cases: {}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let found = check(case);
        if found != case["expect"] {
            wrong.push(format!("{}: {found}, not {}", case["name"], case["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

pub(crate) fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_else(|| panic!("{} has no text {field}", case["name"]))
}

pub(crate) fn number(case: &Value, field: &str) -> i64 {
    case[field].as_i64().unwrap_or_else(|| panic!("{} has no number {field}", case["name"]))
}

pub(crate) fn units(case: &Value, field: &str) -> i64 {
    text(case, field).parse().expect(field)
}

pub(crate) fn currency(case: &Value) -> Currency {
    Currency::parse(text(case, "currency")).expect("a currency of the table")
}

pub(crate) fn moment(case: &Value, field: &str) -> TimestampMs {
    TimestampMs::from_ms(number(case, field))
}

pub(crate) fn body(case: &Value) -> Vec<u8> {
    STANDARD.decode(text(case, "body_base64")).expect("base64")
}

pub(crate) fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    unhex(hex).try_into().expect("as many bytes as are wanted")
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(byte).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).map(digit).collect()
}

fn digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).expect("four bits")
}
