//! One endpoint per file: parse, submit, render.

pub mod assets;
pub mod balance;
pub mod balance_transactions;
pub mod challenge;
pub mod charges;
pub mod confirmation_tokens;
pub mod customers;
pub mod disputes;
pub mod events;
pub mod farthing;
pub mod frame;
pub mod payment_intents;
pub mod payment_methods;
pub mod payouts;
pub mod radar;
pub mod refunds;
pub mod setup_intents;
pub mod tokens;
pub mod unknown;
pub mod webhook_endpoints;
