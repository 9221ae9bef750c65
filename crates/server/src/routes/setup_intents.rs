//! `/v1/setup_intents` and `/v1/setup_attempts`

pub mod attempts;
pub mod cancel;
pub mod confirm;
pub mod create;
pub mod list;
pub mod parts;
pub mod retrieve;
pub mod update;
pub mod verify_microdeposits;
