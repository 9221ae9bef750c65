//! `/v1/charges`

pub mod capture;
pub mod create;
pub mod dispute;
pub mod list;
pub mod parts;
pub mod refund;
pub mod refunds;
pub mod retrieve;
pub mod search;
pub mod update;
