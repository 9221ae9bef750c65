//! The face that `farthing-core` shows to JavaScript.
//!
//! Here are conversions only: text and bytes in, text, small numbers and plain objects out. No rule
//! lives here. Three things stay true:
//!
//! - No function takes or returns a 64-bit integer, and none takes a number at all: amounts, times and
//!   counts cross as decimal text. The binding turns `NaN` into 0 and wraps what is out of range
//!   without a word; text that is not an integer is refused by name instead.
//! - What fails is thrown as a plain object `{ code, message }`. Codes are core's own.
//! - Time and randomness are arguments, as in core.

mod card;
mod fault;
mod idempotency;
mod money;
mod retry;
mod webhook;

pub use card::{
    card_check_cvc, card_check_expiry, card_check_number, card_facts, card_luhn, card_typed_expiry,
    card_typed_number,
};
pub use idempotency::{key_check, key_generate};
pub use money::{
    currency_codes, currency_facts, currency_table_version, money_allocate, money_check_charge,
    money_format, money_parse,
};
pub use retry::{answer_to_payment, retry_again, retry_delay_ms};
pub use webhook::{
    webhook_diagnose_stripe, webhook_sign_standard, webhook_sign_stripe, webhook_verify_standard,
    webhook_verify_stripe,
};
