//! What `farthing-core` promises, checked from outside: by the shared vectors, by laws that hold
//! for any input, and by tables of rules.
#![cfg(not(target_family = "wasm"))]

mod currencies;
mod diagnose;
mod errors;
mod inbox;
mod inbox_line;
mod inbox_trial;
mod laws;
mod read;
mod retry;
mod time;
mod vectors;
mod vectors_webhook;
