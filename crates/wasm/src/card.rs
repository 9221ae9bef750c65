//! Card numbers as they are typed: brand, grouping, checks. The digits come and go; nothing is kept.

use farthing_core::{
    card::{self, Brand, brand_of, check_cvc, check_expiry, check_number, luhn},
    time::TimestampMs,
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::fault::{Fault, object, whole};

/// What the digits so far say about the card.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CardFacts {
    brand: &'static str,
    lengths: Vec<usize>,
    groups: Vec<usize>,
    cvc_length: usize,
}

/// A number field after a key press: what to show, and what it means.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct TypedNumber {
    digits: String,
    shown: String,
    brand: &'static str,
    cvc_length: usize,
    complete: bool,
}

/// An expiry field after a key press. Month and year are empty until they are typed in full.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct TypedExpiry {
    shown: String,
    month: String,
    year: String,
}

#[derive(Debug, Serialize)]
struct Expiry {
    month: u8,
    year: u16,
}

/// Brand, lengths, display groups and CVC length for a number or the beginning of one.
///
/// # Errors
/// None in practice; the signature is that of every function that hands over an object.
#[wasm_bindgen]
pub fn card_facts(digits: &str) -> Result<JsValue, JsValue> {
    let brand = brand_of(digits.as_bytes());
    object(&CardFacts {
        brand: brand.wire(),
        lengths: brand.lengths().to_vec(),
        groups: card::groups(brand).to_vec(),
        cvc_length: brand.cvc_length(),
    })
}

/// The Luhn check.
#[wasm_bindgen]
pub fn card_luhn(digits: &str) -> bool {
    luhn(digits.as_bytes())
}

/// Checks a whole number and answers its brand.
///
/// # Errors
/// Core's `CardError`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn card_check_number(digits: &str) -> Result<String, JsValue> {
    let brand = check_number(digits.as_bytes()).map_err(Fault::from)?;
    Ok(brand.wire().to_owned())
}

/// Checks a CVC against a brand; a brand that is not known takes any length.
///
/// # Errors
/// Core's `CardError`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn card_check_cvc(brand: &str, cvc: &str) -> Result<(), JsValue> {
    let brand = Brand::parse(brand).unwrap_or(Brand::Unknown);
    check_cvc(brand, cvc.as_bytes()).map_err(Fault::from)?;
    Ok(())
}

/// Checks an expiry at a moment; two-digit years mean this century.
///
/// # Errors
/// Core's `CardError`, or `not_an_integer`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn card_check_expiry(month: &str, year: &str, now_ms: &str) -> Result<JsValue, JsValue> {
    object(&expiry(month, year, now_ms)?)
}

/// Reads a number field as it is typed or pasted: drops what is not a digit, cuts at the brand's
/// longest number, and groups the rest for display.
///
/// # Errors
/// None in practice; the signature is that of every function that hands over an object.
#[wasm_bindgen]
pub fn card_typed_number(text: &str) -> Result<JsValue, JsValue> {
    object(&typed_number(text))
}

/// Reads an expiry field as it is typed, pasted or filled in: `4`, `0434`, `4/34`, `04/2034`.
/// The separator is shown as soon as the month is whole, but not put back while `deleting`.
///
/// # Errors
/// None in practice; the signature is that of every function that hands over an object.
#[wasm_bindgen]
pub fn card_typed_expiry(text: &str, deleting: bool) -> Result<JsValue, JsValue> {
    object(&typed_expiry(text, deleting))
}

fn expiry(month: &str, year: &str, now_ms: &str) -> Result<Expiry, Fault> {
    let now = TimestampMs::from_ms(whole("time", now_ms)?);
    let expiry = check_expiry(whole("month", month)?, whole("year", year)?, now)?;
    Ok(Expiry { month: expiry.month, year: expiry.year })
}

fn typed_number(text: &str) -> TypedNumber {
    let mut digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let brand = brand_of(digits.as_bytes());
    digits.truncate(brand.lengths().iter().copied().max().unwrap_or(digits.len()));
    TypedNumber {
        shown: grouped(brand, &digits),
        brand: brand.wire(),
        cvc_length: brand.cvc_length(),
        complete: check_number(digits.as_bytes()).is_ok(),
        digits,
    }
}

fn grouped(brand: Brand, digits: &str) -> String {
    let mut parts = Vec::new();
    let mut rest = digits;
    for size in card::groups(brand) {
        let (part, after) = rest.split_at(rest.len().min(*size));
        if !part.is_empty() {
            parts.push(part);
        }
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts.join(" ")
}

fn typed_expiry(text: &str, deleting: bool) -> TypedExpiry {
    let (month, year) = split_expiry(text);
    // Somebody who deletes must be able to delete the separator too.
    let shown = if month.len() < 2 || (deleting && year.is_empty()) {
        month.clone()
    } else {
        format!("{month} / {year}")
    };
    let whole = month.len() == 2 && year.len() == 2;
    let (month, year) = if whole { (month, year) } else { (String::new(), String::new()) };
    TypedExpiry { shown, month, year }
}

/// Month and year digits of whatever was typed; at most two each.
fn split_expiry(text: &str) -> (String, String) {
    let digits_of = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    let (month, rest) = match text.split_once(['/', '-', '.']) {
        Some((month, rest)) => (digits_of(month), digits_of(rest)),
        None => (digits_of(text), String::new()),
    };
    let separated = text.contains(['/', '-', '.']);
    // A first digit above 1 can only be a whole month, and so can one digit before a separator.
    let short = month.len() == 1 && (separated || month.as_str() > "1");
    let early = month.len() > 1 && !month.starts_with(['0', '1']);
    let month = if short || early { format!("0{month}") } else { month };
    let (month, spilt) = month.split_at(month.len().min(2));
    let mut year = format!("{spilt}{rest}");
    // Browsers fill in four digits of year, and some people type them: wait for the fourth.
    let four_digits = year.starts_with("20") && year.len() > 2;
    if four_digits && year.len() > 3 {
        year.drain(..2);
    }
    let unfinished = four_digits && year.len() == 3;
    year.truncate(if unfinished { 3 } else { 2 });
    (month.to_owned(), year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_the_brand_prints_them() {
        for (typed, shown, brand) in [
            ("4242", "4242", "visa"),
            ("4242 42", "4242 42", "visa"),
            ("4242-4242-4242-4242", "4242 4242 4242 4242", "visa"),
            ("378282246310005", "3782 822463 10005", "amex"),
            ("3782822463100059999", "3782 822463 10005", "amex"),
            ("", "", "unknown"),
            ("pay me", "", "unknown"),
        ] {
            let number = typed_number(typed);
            assert_eq!((number.shown.as_str(), number.brand), (shown, brand), "{typed}");
        }
        assert!(typed_number("4242 4242 4242 4242").complete);
        assert!(!typed_number("4242 4242 4242 4241").complete);
    }

    #[test]
    fn an_expiry_reads_as_people_and_browsers_write_it() {
        for (typed, deleting, shown, month, year) in [
            ("", false, "", "", ""),
            ("1", false, "1", "", ""),
            ("12", false, "12 / ", "", ""),
            ("12 /", true, "12", "", ""),
            ("4", false, "04 / ", "", ""),
            ("4/34", false, "04 / 34", "04", "34"),
            ("1/34", false, "01 / 34", "01", "34"),
            ("0434", false, "04 / 34", "04", "34"),
            ("434", false, "04 / 34", "04", "34"),
            ("12/2034", false, "12 / 34", "12", "34"),
            ("12 / 203", false, "12 / 203", "", ""),
            ("12 / 2034", false, "12 / 34", "12", "34"),
            ("122034", false, "12 / 34", "12", "34"),
            ("12 / 345", false, "12 / 34", "12", "34"),
        ] {
            let read = typed_expiry(typed, deleting);
            let got = (read.shown.as_str(), read.month.as_str(), read.year.as_str());
            assert_eq!(got, (shown, month, year), "{typed}");
        }
    }
}
