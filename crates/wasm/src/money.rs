//! Amounts and currencies.

use farthing_core::{
    currency::{self, Currency},
    money::{Money, MoneyError},
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::fault::{Fault, object, whole};

/// What is known of one currency. Amounts are decimal text, in minor units.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CurrencyFacts {
    code: &'static str,
    exponent: u32,
    iso_exponent: Option<u32>,
    quantum: String,
    payout_quantum: String,
    minimum: Option<String>,
    withdrawn: bool,
}

/// Reads a major-unit amount such as `12.34` and answers it in minor units, as decimal text.
///
/// # Errors
/// Core's `MoneyError` or `CurrencyError`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn money_parse(text: &str, currency: &str) -> Result<String, JsValue> {
    Ok(parse(text, currency)?.minor().to_string())
}

/// Writes a minor-unit amount in major units: `1234` of `usd` as `12.34`.
///
/// # Errors
/// `not_an_integer`, `overflow`, or core's own, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn money_format(minor: &str, currency: &str) -> Result<String, JsValue> {
    Ok(amount(minor, currency)?.to_major())
}

/// Says whether an amount can be charged: minimum, maximum and smallest step of its currency.
///
/// # Errors
/// Core's `ChargeAmountError`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn money_check_charge(minor: &str, currency: &str) -> Result<(), JsValue> {
    amount(minor, currency)?.check_charge().map_err(Fault::from)?;
    Ok(())
}

/// Splits an amount by weights so that the parts add up to it exactly.
///
/// # Errors
/// `not_an_integer` for a weight, or core's own, thrown as `{ code, message }`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "the binding hands over owned lists only")]
pub fn money_allocate(
    minor: &str,
    currency: &str,
    weights: Vec<String>,
) -> Result<Vec<String>, JsValue> {
    Ok(allocate(minor, currency, &weights)?)
}

/// The facts of one currency, as a plain object.
///
/// # Errors
/// Core's `CurrencyError`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn currency_facts(code: &str) -> Result<JsValue, JsValue> {
    object(&facts(code)?)
}

/// Every currency code there is, in the wire's listed order.
#[wasm_bindgen]
pub fn currency_codes() -> Vec<String> {
    Currency::all().iter().map(|currency| currency.code().to_owned()).collect()
}

/// The version of the currency table inside.
#[wasm_bindgen]
pub fn currency_table_version() -> String {
    currency::TABLE_VERSION.to_owned()
}

fn parse(text: &str, currency: &str) -> Result<Money, Fault> {
    Ok(Money::parse_major(text, Currency::parse(currency)?)?)
}

fn amount(minor: &str, currency: &str) -> Result<Money, Fault> {
    let minor = whole("amount", minor).map_err(|fault| match fault.code {
        "overflow" => MoneyError::Overflow.into(),
        _ => fault,
    })?;
    Ok(Money::new(minor, Currency::parse(currency)?)?)
}

fn allocate(minor: &str, currency: &str, weights: &[String]) -> Result<Vec<String>, Fault> {
    let weights: Vec<u64> =
        weights.iter().map(|weight| whole("weight", weight)).collect::<Result<_, _>>()?;
    let parts = amount(minor, currency)?.allocate(&weights)?;
    Ok(parts.iter().map(|part| part.minor().to_string()).collect())
}

fn facts(code: &str) -> Result<CurrencyFacts, Fault> {
    let currency = Currency::parse(code)?;
    Ok(CurrencyFacts {
        code: currency.code(),
        exponent: currency.exponent(),
        iso_exponent: currency.iso_exponent(),
        quantum: currency.quantum().to_string(),
        payout_quantum: currency.payout_quantum().to_string(),
        minimum: currency.minimum().map(|minimum| minimum.to_string()),
        withdrawn: currency.withdrawn(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_trip_as_text() {
        assert_eq!(parse("71.87", "usd").map(Money::minor), Ok(7187));
        assert_eq!(amount("7187", "USD").map(|m| m.to_major()), Ok("71.87".to_owned()));
        assert_eq!(amount("-1", "usd").map_err(|f| f.code), Err("amount_negative"));
        assert_eq!(
            amount("9223372036854775808", "usd").map_err(|f| f.code),
            Err("amount_overflow")
        );
    }

    #[test]
    fn parts_add_up() {
        let thirds = ["1", "1", "1"].map(str::to_owned);
        assert_eq!(
            allocate("100", "usd", &thirds),
            Ok(["34", "33", "33"].map(str::to_owned).to_vec())
        );
    }
}
