//! The binary as an operator runs it: started, asked, killed, started again.
#![cfg(test)] // Tells the lints that all of this is a test, its helpers included.

mod crash;
mod process;
mod start;
