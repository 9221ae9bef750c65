//! `/v1/radar/early_fraud_warnings`

pub mod list;
pub mod retrieve;
