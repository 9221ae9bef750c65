//! The face that `farthing-core` shows to JavaScript.
//!
//! Here are conversions only: text and bytes in, text out. No rule lives here. Four things stay true:
//!
//! - No function takes or returns a 64-bit integer: amounts, times and counts cross as decimal text,
//!   or in halves.
//!   A border that converts numbers turns `NaN` into 0 and wraps what is out of range without a word;
//!   text that is not an integer is refused by name instead.
//! - What fails is answered as a code and a sentence. Codes are core's own.
//! - Time and randomness are arguments, as in core.
//! - Nothing that a call left can be reached by the next. An instance that trapped can be thrown away
//!   and made anew.
//!
//! The border is plain: numbers, and bytes in linear memory ([`message`]; [`verify`] works in place,
//! where numbers are JavaScript's own and checked on this side). A generated binding weighs
//! more than what it binds, keeps its one instance for good, and cannot be turned into JavaScript.
#![cfg_attr(target_family = "wasm", no_std)]
#![cfg_attr(
    feature = "core",
    expect(clippy::unnecessary_wraps, reason = "every face has one signature")
)]

#[cfg(any(feature = "core", feature = "diagnose"))]
extern crate alloc;

#[cfg(target_family = "wasm")]
mod arena;
#[cfg(feature = "core")]
mod card;
#[cfg(feature = "core")]
mod idempotency;
#[cfg(feature = "core")]
mod journal;
#[cfg(any(feature = "core", feature = "diagnose"))]
pub mod message;
#[cfg(feature = "core")]
mod money;
#[cfg(feature = "core")]
mod retry;

#[cfg(any(feature = "core", feature = "diagnose"))]
/// Names functions for JavaScript: a table for whoever calls them here, exports for the artefact.
macro_rules! faces {
    ($(#[$meta:meta])* $table:ident { $($name:ident => $module:ident::$function:ident,)+ }) => {
        $(#[$meta])*
        pub const $table: &[(&str, message::Face)] = &[$((stringify!($name), $module::$function)),+];

        #[cfg(target_family = "wasm")]
        #[expect(unsafe_code, reason = "an export has a name that could clash; these are all there are")]
        mod exports {
            $(
                #[unsafe(no_mangle)]
                extern "C" fn $name(length: usize) -> *const u8 {
                    crate::arena::run(crate::$module::$function, length)
                }
            )+
        }
    };
}

#[cfg(feature = "core")]
faces! {
    /// Money, idempotency keys, cards and retries.
    CORE {
        answer_to_payment => retry::answer_to_payment,
        card_check_cvc => card::check_cvc,
        card_check_expiry => card::check_expiry,
        card_check_number => card::check_number,
        card_facts => card::facts,
        card_luhn => card::luhn,
        card_typed_expiry => card::typed_expiry,
        card_typed_number => card::typed_number,
        currency_codes => money::currency_codes,
        currency_facts => money::currency_facts,
        currency_table_version => money::currency_table_version,
        journal_after => journal::followed,
        journal_demand => journal::demanded,
        journal_reading => journal::read,
        journal_trusts => journal::trusts,
        key_check => idempotency::check,
        key_generate => idempotency::generate,
        money_allocate => money::allocate,
        money_check_charge => money::check_charge,
        money_format => money::format,
        money_parse => money::parse,
        retry_again => retry::again,
        retry_delay_ms => retry::delay_ms,
    }
}

#[cfg(feature = "verify")]
pub mod verify;
#[cfg(feature = "diagnose")]
mod verify_diagnose;
#[cfg(feature = "verify")]
pub mod verify_fast;
#[cfg(feature = "verify")]
pub mod verify_fault;
#[cfg(feature = "diagnose")]
mod verify_options;
#[cfg(feature = "verify")]
pub use verify::VERIFY;
#[cfg(feature = "diagnose")]
pub use verify_diagnose::DIAGNOSE;
