//! Which answers may be asked again, how long to wait, and what an answer means for a payment.

use farthing_core::retry::{
    PaymentAnswer, RetryAdvice, client_backoff_ms, client_retries, payment_answer,
};
use wasm_bindgen::prelude::*;

use crate::fault::{Fault, whole};

/// What an answer means for the payment it answers: `accepted`, `declined`, `refused` or `unknown`.
/// An empty status means that no answer came.
///
/// # Errors
/// `not_an_integer` or `overflow`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn answer_to_payment(status: &str) -> Result<String, JsValue> {
    Ok(meaning(status)?.to_owned())
}

/// Whether to send the same request again. `advice` is the `Stripe-Should-Retry` header, or empty.
///
/// # Errors
/// `not_an_integer` or `overflow`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn retry_again(status: &str, advice: &str) -> Result<bool, JsValue> {
    Ok(again(status, advice)?)
}

/// How long to wait before a retry (the first is 1), in milliseconds.
///
/// # Errors
/// `not_an_integer` or `overflow`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn retry_delay_ms(retry: &str, entropy: &str) -> Result<u32, JsValue> {
    Ok(delay_ms(retry, entropy)?)
}

fn meaning(status: &str) -> Result<&'static str, Fault> {
    Ok(match payment_answer(status_of(status)?) {
        PaymentAnswer::Accepted => "accepted",
        PaymentAnswer::Declined => "declined",
        PaymentAnswer::Refused => "refused",
        PaymentAnswer::Unknown => "unknown",
    })
}

fn again(status: &str, advice: &str) -> Result<bool, Fault> {
    let advice = match advice {
        "true" => RetryAdvice::Yes,
        "false" => RetryAdvice::No,
        _ => RetryAdvice::None,
    };
    Ok(client_retries(status_of(status)?, advice))
}

fn delay_ms(retry: &str, entropy: &str) -> Result<u32, Fault> {
    let delay = client_backoff_ms(whole("retry", retry)?, whole("entropy", entropy)?);
    // The back-off is capped at seconds; this is only the way into a number that JavaScript can hold.
    Ok(u32::try_from(delay).unwrap_or(u32::MAX))
}

fn status_of(text: &str) -> Result<Option<u16>, Fault> {
    if text.is_empty() { Ok(None) } else { whole("status", text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_definite_answer_moves_a_payment_on() {
        for (status, means, resent) in [
            ("200", "accepted", false),
            ("400", "refused", false),
            ("401", "refused", false),
            ("402", "declined", false),
            ("404", "refused", false),
            ("409", "unknown", true),
            ("429", "unknown", false),
            ("500", "unknown", true),
            ("503", "unknown", true),
            ("302", "unknown", false),
            ("", "unknown", true),
        ] {
            assert_eq!(meaning(status), Ok(means), "{status}");
            assert_eq!(again(status, ""), Ok(resent), "{status}");
        }
        assert_eq!(again("429", "true"), Ok(true));
        assert_eq!(again("503", "false"), Ok(false));
        assert_eq!(delay_ms("1", "0"), Ok(500));
    }
}
