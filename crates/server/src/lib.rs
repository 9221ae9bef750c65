//! HTTP and JSON: nothing else in the workspace knows them.
//!
//! Here: the router and its handlers, the wire format, and the machinery that calls the network
//! ([`flow`]), finds out what became of calls ([`recover`]) and sends events ([`deliver`]).
//! Deliberately not here: any rule about money (that is `domain`'s) and any SQL (that is `store`'s).
#![deny(clippy::future_not_send)]

pub mod acquirers;
pub mod app;
mod assets;
pub mod auth;
pub mod bank;
pub mod breaker;
pub mod card;
pub mod clock;
pub mod config;
pub mod deliver;
pub mod entropy;
pub mod error;
pub mod flow;
pub mod form;
pub mod gate;
pub mod headers;
pub mod keys;
pub mod lease;
pub mod means;
pub mod mint;
pub mod news;
pub mod notes;
pub mod ops;
pub mod origin;
pub mod params;
pub mod pretty;
pub mod read;
pub mod recover;
#[cfg(feature = "rehearsal")]
pub mod rehearsal;
pub mod request;
pub mod rotation;
pub mod router;
pub mod routes;
pub mod scope;
pub mod search;
pub mod serve;
pub mod setup;
pub mod ssrf;
pub mod timers;
pub mod trail;
pub mod translate;
pub mod verify;
pub mod watch;
pub mod wire;
