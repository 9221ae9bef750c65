//! What a card's holder is told, by code. One table for declines and for refused details.

/// The sentence for a code and, where the code is `card_declined`, its decline code.
pub fn message(code: &str, decline_code: Option<&str>) -> &'static str {
    match (code, decline_code) {
        ("card_declined", Some("insufficient_funds")) => "Your card has insufficient funds.",
        ("card_declined", Some("currency_not_supported")) => {
            "Your card does not support this currency."
        }
        ("card_declined", Some("invalid_amount")) => {
            "The amount is not one that your card can be charged."
        }
        ("authentication_required", _) | ("card_declined", Some("authentication_required")) => {
            "Your card was declined. This transaction requires authentication."
        }
        ("payment_intent_authentication_failure" | "setup_intent_authentication_failure", _) => {
            "The holder of the card did not pass the issuer's check. Use another payment method, or try again."
        }
        ("payment_intent_payment_attempt_failed", _) => {
            "The payment attempt failed: the payer's bank did not pay. Use another payment method, or try again."
        }
        ("payment_intent_payment_attempt_expired", _) => {
            "The payment attempt has expired: nobody paid in time. Use another payment method, or try again."
        }
        ("account_closed", _) => "The bank account has been closed.",
        ("no_account", _) => "The bank account could not be located.",
        ("insufficient_funds", _) => "The bank account has too little in it.",
        ("debit_not_authorized", _) => "The owner of the bank account did not allow this debit.",
        ("refer_to_customer", _) => "The bank account could not be debited. Ask its owner why.",
        ("charge_exceeds_source_limit" | "charge_exceeds_weekly_limit", _) => {
            "The payment is more than may be taken from this bank account now."
        }
        ("expired_card", _) => "Your card has expired.",
        ("incorrect_cvc", _) => "Your card's security code is incorrect.",
        ("invalid_cvc", _) => "Your card's security code is invalid.",
        ("incorrect_number", _) => "Your card number is incorrect.",
        ("invalid_number", _) => "The card number is not a valid credit card number.",
        ("invalid_expiry_month", _) => "Your card's expiration month is invalid.",
        ("invalid_expiry_year", _) => "Your card's expiration year is invalid.",
        ("incorrect_zip", _) => "Your card's postal code is incorrect.",
        ("processing_error", _) => {
            "An error occurred while processing your card. Try again in a little bit."
        }
        _ => "Your card was declined.",
    }
}
