//! `/v1/payment_methods`

pub mod create;
pub mod list;
pub mod parts;
pub mod retrieve;
