//! `/v1/farthing/bank_accounts`: where a merchant's payouts go.

pub mod create;
pub mod delete;
pub mod list;
pub mod retrieve;
