//! The machinery of the server, driven over its own router: paying, recovering, delivering.
#![cfg(test)] // Tells the lints that all of this is a test, its helpers included.

mod chain;
mod clock;
mod deliver;
mod fail_over;
mod loops;
mod news;
mod pay;
mod receiver;
mod recover;
mod support;
