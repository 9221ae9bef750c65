//! One shape for everything that can go wrong at this border.

use std::{
    fmt::{Debug, Display},
    num::{IntErrorKind, ParseIntError},
    str::FromStr,
};

use farthing_core::{
    card::CardError,
    currency::CurrencyError,
    idempotency::KeyError,
    money::{ChargeAmountError, MoneyError},
    webhook::{SecretError, ToleranceError, VerifyError},
};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// What JavaScript catches: a stable code and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Display) -> Self {
        Self { code, message: message.to_string() }
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        // Two strings always convert; if they ever did not, the code alone is still worth throwing.
        serde_wasm_bindgen::to_value(&fault).unwrap_or_else(|_| Self::from_str(fault.code))
    }
}

macro_rules! from_core {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::new(error.code(), error)
            }
        })+
    };
}

from_core!(
    CardError,
    ChargeAmountError,
    CurrencyError,
    KeyError,
    MoneyError,
    SecretError,
    ToleranceError,
    VerifyError,
);

/// Reads an integer that crossed as decimal text. `name` is the argument's, for the message.
///
/// # Errors
/// `not_an_integer` for anything but digits and a leading minus; `overflow` past the type's range.
pub(crate) fn whole<T>(name: &str, text: &str) -> Result<T, Fault>
where
    T: FromStr<Err = ParseIntError> + Debug,
{
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
            Fault::new("overflow", format_args!("{name} is out of range."))
        }
        _ => Fault::new("not_an_integer", format_args!("{name} must be a whole number.")),
    })
}

/// Hands a plain object to JavaScript.
///
/// # Errors
/// Whatever the conversion says; a plain struct of text and small numbers always converts.
pub(crate) fn object<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    serde_wasm_bindgen::to_value(value).map_err(JsValue::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_cross_as_text_or_not_at_all() {
        assert_eq!(whole::<i64>("amount", "-5"), Ok(-5));
        for (text, code) in [
            ("NaN", "not_an_integer"),
            ("", "not_an_integer"),
            ("1.5", "not_an_integer"),
            ("1e+21", "not_an_integer"),
            ("9223372036854775808", "overflow"),
            ("-9223372036854775809", "overflow"),
        ] {
            assert_eq!(whole::<i64>("amount", text).map_err(|f| f.code), Err(code), "{text}");
        }
    }
}
