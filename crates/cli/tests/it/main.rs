//! The binary as an operator runs it: started, asked, killed, started again.

mod crash;
mod process;
mod start;
