//! `/v1/disputes`

pub mod close;
pub mod list;
pub mod retrieve;
pub mod update;
