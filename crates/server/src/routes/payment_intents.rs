//! `/v1/payment_intents`

pub mod amount_details_line_items;
pub mod apply_customer_balance;
pub mod cancel;
pub mod capture;
pub mod confirm;
pub mod create;
pub mod increment_authorization;
pub mod list;
mod options;
pub mod parts;
pub mod retrieve;
pub mod search;
pub mod update;
pub mod verify_microdeposits;
