//! `/v1/events`

pub mod list;
pub mod retrieve;
pub mod retry;
