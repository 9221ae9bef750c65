//! `/v1/payment_methods`

pub mod attach;
pub mod create;
pub mod detach;
pub mod list;
pub mod parts;
pub mod retrieve;
pub mod update;
