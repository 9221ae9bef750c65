//! Every case of the shared vectors, except those of the webhook signatures.

use std::collections::BTreeMap;

use farthing_core::card::{self, Brand, CardError};
use farthing_core::currency::{Currency, CurrencyError};
use farthing_core::id;
use farthing_core::idempotency::{IdempotencyKey, KeyError, Param, canonical_request, differing};
use farthing_core::money::{ChargeAmountError, Money, MoneyError, SignedMoney};
use serde_json::{Value, json};

use crate::read::{bytes, currency, each_case, hex, moment, number, text, unhex, units};

#[test]
fn money() {
    each_case("money.json", 190, |case| {
        let amount = || Money::new(units(case, "minor"), currency(case));
        match text(case, "does") {
            "new" => minor(amount()),
            "parse_major" => minor(Money::parse_major(text(case, "text"), currency(case))),
            "to_major" => json!({"text": amount().expect("an amount").to_major()}),
            "signed_to_major" => {
                let net = SignedMoney::new(units(case, "minor"), currency(case));
                json!({"text": net.expect("a net amount").to_major()})
            }
            "allocate" => {
                let weights: Vec<u64> = case["weights"]
                    .as_array()
                    .expect("weights")
                    .iter()
                    .map(|weight| weight.as_str().expect("text").parse().expect("a weight"))
                    .collect();
                match amount().expect("an amount").allocate(&weights) {
                    Ok(parts) => {
                        let parts: Vec<String> =
                            parts.iter().map(|part| part.minor().to_string()).collect();
                        json!({ "parts": parts })
                    }
                    Err(error) => money_error(error),
                }
            }
            "share" => {
                let basis_points = u32::try_from(number(case, "basis_points")).expect("a share");
                minor(amount().expect("an amount").share(basis_points))
            }
            "check_charge" => charge(amount().expect("an amount").check_charge()),
            "plus" => minor(side(case, "left").plus(side(case, "right"))),
            "minus" => minor(side(case, "left").minus(side(case, "right"))),
            "covers" => match side(case, "left").covers(side(case, "right")) {
                Ok(covers) => json!({ "covers": covers }),
                Err(error) => money_error(error),
            },
            other => panic!("money.json asks for {other}"),
        }
    });
}

#[test]
fn currencies() {
    each_case("currency.json", 160, |case| match text(case, "does") {
        "row" => {
            let currency = Currency::parse(text(case, "code")).expect("a currency of the table");
            // A row says all there is to say, so it is its own expectation.
            let mut row = case.clone();
            row["code"] = json!(currency.code());
            row["exponent"] = json!(currency.exponent());
            row["iso_exponent"] = json!(currency.iso_exponent());
            row["quantum"] = json!(currency.quantum().to_string());
            row["payout_quantum"] = json!(currency.payout_quantum().to_string());
            row["minimum"] = json!(currency.minimum().map(|least| least.to_string()));
            row["withdrawn"] = json!(currency.withdrawn());
            assert_eq!(row, *case);
            Value::Null
        }
        "parse" => match Currency::parse(text(case, "text")) {
            Ok(currency) => json!({"code": currency.code()}),
            Err(error @ (CurrencyError::Malformed | CurrencyError::Unknown)) => {
                json!({"error": error.code()})
            }
        },
        other => panic!("currency.json asks for {other}"),
    });
}

#[test]
fn the_table_is_in_the_listed_order() {
    let seen = std::cell::RefCell::new(Vec::new());
    each_case("currency.json", 160, |case| {
        if text(case, "does") == "row" {
            seen.borrow_mut().push(text(case, "code").to_owned());
        }
        case["expect"].clone()
    });
    let listed: Vec<&str> = Currency::all().iter().map(|currency| currency.code()).collect();
    assert_eq!(*seen.borrow(), listed);
    let named = [Currency::USD, Currency::EUR, Currency::JPY, Currency::GBP];
    assert_eq!(named.map(Currency::code), ["usd", "eur", "jpy", "gbp"]);
}

#[test]
fn idempotency() {
    each_case("idempotency.json", 45, |case| match text(case, "does") {
        "parse" => match IdempotencyKey::parse(text(case, "key")) {
            Ok(key) => {
                assert_eq!(key.as_str(), text(case, "key"));
                json!({"ok": true})
            }
            Err(error) => match error {
                KeyError::Empty => json!({"error": error.code()}),
                KeyError::TooLong { length } => json!({"error": error.code(), "length": length}),
                KeyError::NotVisibleAscii { at } => json!({"error": error.code(), "at": at}),
            },
        },
        "generate" => {
            let key = IdempotencyKey::generate(bytes(text(case, "entropy")));
            assert_eq!(IdempotencyKey::parse(key.as_str()).as_ref(), Ok(&key));
            json!({"key": key.as_str()})
        }
        "bits" => {
            let key = IdempotencyKey::parse(text(case, "key")).expect("a key");
            json!({"at_least_128": key.bits_at_least_128()})
        }
        "canonical_request" => {
            let Param::Map(params) = param(&case["params"]) else { panic!("params is a map") };
            let canonical = canonical_request(text(case, "method"), text(case, "path"), &params);
            json!({"hex": hex(&canonical)})
        }
        "differing" => json!({"names": differing(&tags(&case["a"]), &tags(&case["b"]))}),
        other => panic!("idempotency.json asks for {other}"),
    });
}

#[test]
fn ids() {
    each_case("id.json", 90, |case| match text(case, "does") {
        "new" => new_id(case),
        "parse" => match parse_id(text(case, "prefix"), text(case, "text")) {
            Some(bytes) => json!({"bytes": hex(&bytes)}),
            None => Value::Null,
        },
        "base62" => {
            let chars = usize::try_from(number(case, "chars")).expect("a width");
            json!({"text": id::base62(&unhex(text(case, "bytes")), chars)})
        }
        "request_id" => json!({"text": id::request_id(bytes(text(case, "entropy")))}),
        other => panic!("id.json asks for {other}"),
    });
}

#[test]
fn cards() {
    each_case("card.json", 105, |case| match text(case, "does") {
        "number" => match card::check_number(text(case, "number").as_bytes()) {
            Ok(brand) => json!({"brand": brand.wire()}),
            Err(error) => card_error(error),
        },
        "brand" => json!({"brand": card::brand_of(text(case, "digits").as_bytes()).wire()}),
        "cvc" => {
            let brand = Brand::parse(text(case, "brand")).expect("a brand");
            match card::check_cvc(brand, text(case, "cvc").as_bytes()) {
                Ok(()) => json!({"ok": true}),
                Err(error) => card_error(error),
            }
        }
        "expiry" => {
            let (month, year) = (number(case, "month"), number(case, "year"));
            match card::check_expiry(month, year, moment(case, "now_ms")) {
                Ok(expiry) => json!({"month": expiry.month, "year": expiry.year}),
                Err(error) => card_error(error),
            }
        }
        other => panic!("card.json asks for {other}"),
    });
}

fn side(case: &Value, name: &str) -> Money {
    let side = &case[name];
    Money::new(units(side, "minor"), currency(side)).expect("an amount")
}

fn minor(result: Result<Money, MoneyError>) -> Value {
    match result {
        Ok(money) => json!({"minor": money.minor().to_string()}),
        Err(error) => money_error(error),
    }
}

fn money_error(error: MoneyError) -> Value {
    match error {
        MoneyError::Unparsable { at } => json!({"error": error.code(), "at": at}),
        MoneyError::TooManyDecimals { exponent } => {
            json!({"error": error.code(), "exponent": exponent})
        }
        MoneyError::Negative
        | MoneyError::Mismatch { .. }
        | MoneyError::Overflow
        | MoneyError::Below
        | MoneyError::NoWeights => json!({"error": error.code()}),
    }
}

fn charge(result: Result<(), ChargeAmountError>) -> Value {
    let Err(error) = result else { return json!({"ok": true}) };
    let code = error.code();
    match error {
        ChargeAmountError::TooSmall { minimum } => {
            json!({"error": code, "minimum": minimum.minor().to_string()})
        }
        ChargeAmountError::TooLarge { maximum } => {
            json!({"error": code, "maximum": maximum.minor().to_string()})
        }
        ChargeAmountError::NotMultiple { quantum } => {
            json!({"error": code, "quantum": quantum.to_string()})
        }
    }
}

fn card_error(error: CardError) -> Value {
    json!({"error": error.code()})
}

fn param(value: &Value) -> Param {
    match value {
        Value::String(text) => Param::Text(text.clone()),
        Value::Array(items) => Param::List(items.iter().map(param).collect()),
        Value::Object(map) => {
            let map: BTreeMap<String, Param> =
                map.iter().map(|(name, value)| (name.clone(), param(value))).collect();
            Param::Map(map)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => panic!("parameters are text"),
    }
}

fn tags(value: &Value) -> Vec<(String, [u8; 8])> {
    let pairs = value.as_array().expect("pairs").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    pairs.map(|pair| (text(&pair[0]), bytes(&text(&pair[1])))).collect()
}

macro_rules! by_prefix {
    ($prefix:expr, $type:ident => $body:expr) => {
        match $prefix {
            "pi" => {
                type $type = id::IntentId;
                $body
            }
            "ch" => {
                type $type = id::ChargeId;
                $body
            }
            "re" => {
                type $type = id::RefundId;
                $body
            }
            "txn" => {
                type $type = id::BalanceTransactionId;
                $body
            }
            "pm" => {
                type $type = id::PaymentMethodId;
                $body
            }
            "evt" => {
                type $type = id::EventId;
                $body
            }
            "we" => {
                type $type = id::EndpointId;
                $body
            }
            "att" => {
                type $type = id::AttemptId;
                $body
            }
            "acct" => {
                type $type = id::MerchantId;
                $body
            }
            other => panic!("no ids begin with {other}"),
        }
    };
}

fn new_id(case: &Value) -> Value {
    let (now, entropy) = (moment(case, "now_ms"), bytes(text(case, "entropy")));
    by_prefix!(text(case, "prefix"), Id => {
        let id = Id::new(now, entropy);
        assert_eq!(Id::parse(&id.to_string()), Some(id), "what is printed can be read");
        assert_eq!(Id::from_bytes(id.bytes()), id);
        json!({"bytes": hex(&id.bytes()), "text": id.to_string()})
    })
}

fn parse_id(prefix: &str, text: &str) -> Option<[u8; 12]> {
    by_prefix!(prefix, Id => Id::parse(text).map(Id::bytes))
}
