//! `/v1/webhook_endpoints`

pub mod create;
pub mod delete;
pub mod list;
pub mod parts;
pub mod retrieve;
pub mod roll;
pub mod update;
