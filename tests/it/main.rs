//! Tests that cross crates, in one binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod at_rest;
mod clock_jumps;
#[path = "../postgres/cluster.rs"]
mod cluster;
mod failures;
mod http;
mod news;
mod openapi;
mod retries;
mod secrecy;
#[path = "../sim/mod.rs"]
mod sim;
mod simulation;
mod slow;
mod support;
