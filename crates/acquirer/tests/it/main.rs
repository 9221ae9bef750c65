//! What the acquirer's simulator promises: each card's behavior, the book's rules, the faults.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as the tests do")]

mod book;
mod cards;
mod remote;
mod simulator;
mod support;
mod walk;
