//! The binary as an operator runs it: started, asked, killed, started again.
#![cfg(test)] // Tells the lints that all of this is a test, its helpers included.

mod backup;
#[path = "../../../../tests/postgres/cluster.rs"]
mod cluster;
mod crash;
mod cycles;
mod deliveries;
mod faults;
mod limits;
mod network;
mod postgres;
mod process;
#[path = "../../../../tests/redis/server.rs"]
mod redis;
mod replica;
mod start;
mod tls;
