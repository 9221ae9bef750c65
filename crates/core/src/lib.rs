//! The shared vocabulary of Farthing: what the checkout page, the merchant's server, the edge
//! Worker and the backend must agree on to the byte.
//!
//! Here: money, currencies, ids, time, idempotency keys, webhook signatures, card shapes, web
//! origins, retry schedules, the inbox of the edge and the reader of JSON that it goes by. Deliberately not here: I/O, a clock,
//! randomness and serialization. Time and entropy are arguments, so that every answer can be reproduced.
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_arithmetic,
    clippy::float_cmp,
    clippy::integer_division,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod card;
pub mod currency;
pub mod id;
pub mod idempotency;
pub mod inbox;
pub mod journal;
pub mod json;
pub mod limit;
pub mod money;
pub mod origin;
#[macro_use]
pub mod planted;
pub mod print;
pub mod retry;
pub mod time;
pub mod webhook;
