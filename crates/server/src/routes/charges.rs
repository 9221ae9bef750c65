//! `/v1/charges`

pub mod list;
pub mod retrieve;
pub mod search;
pub mod update;
