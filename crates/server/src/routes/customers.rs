//! `/v1/customers`

pub mod create;
pub mod delete;
pub mod list;
pub mod nothing;
pub mod parts;
pub mod retrieve;
pub mod search;
pub mod update;
