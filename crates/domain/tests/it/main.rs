//! The rules, read as a specification: tables, properties, and a batch against its sequence.
#![cfg(test)] // Tells the lints that all of this is a test, its helpers included.

mod caps;
mod clock;
mod conversion;
mod disputes;
mod fail_over;
mod held;
mod keys;
mod laws;
mod methods;
mod model;
mod pages;
mod payments;
mod setups;
mod states;
mod world;
