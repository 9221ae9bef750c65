//! `/v1/balance_transactions`

pub mod list;
pub mod retrieve;
