//! `/v1/refunds`

pub mod cancel;
pub mod create;
pub mod expire;
pub mod list;
pub mod retrieve;
pub mod update;
