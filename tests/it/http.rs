//! The API, request by request: exact status, type, code and param, and that a refusal leaves nothing.

mod assets;
mod auth;
mod balance;
mod challenge;
mod charges;
mod customer_cards;
mod customers;
mod disputes;
mod errors;
mod events;
mod events_of;
mod expand;
mod farthing;
mod frame;
mod headers;
mod idempotency;
mod lists;
mod payment_intents;
mod payment_methods;
mod publishable;
mod refunds;
mod search;
mod shapes;
mod tenancy;
mod transport;
mod webhook_endpoints;
