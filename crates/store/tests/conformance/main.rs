//! One list of checks, run on every engine.

mod books;
#[path = "../../../../tests/postgres/cluster.rs"]
mod cluster;
mod commands;
mod drive;
mod engines;
mod failing;
mod guards;
mod held;
mod leases;
mod lists;
mod machinery;
mod postgres;
mod races;
mod rows;
mod samples;
mod schema;
mod trail;
