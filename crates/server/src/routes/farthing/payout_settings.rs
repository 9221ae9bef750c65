//! `/v1/farthing/payout_settings`: when a merchant's funds become available, and when they are paid
//! out.

pub mod retrieve;
pub mod update;
