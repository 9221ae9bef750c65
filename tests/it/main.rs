//! Tests that cross crates, in one binary.

mod http;
mod secrecy;
mod support;
