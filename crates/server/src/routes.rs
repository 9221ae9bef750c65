//! One endpoint per file: parse, submit, render.

pub mod assets;
pub mod balance;
pub mod balance_transactions;
pub mod challenge;
pub mod charges;
pub mod customers;
pub mod disputes;
pub mod events;
pub mod farthing;
pub mod frame;
pub mod payment_intents;
pub mod payment_methods;
pub mod refunds;
pub mod unknown;
pub mod webhook_endpoints;
