//! The only crate that speaks SQL: rows in, rows out, one commit per batch.
//!
//! Here: the [`Store`] with its three engines (memory, the
//! reference; SQLite; PostgreSQL), the queue and the one
//! writer that turns a batch of commands into one commit, reads from one snapshot, and the run
//! through the books. Deliberately not here: any rule. What a command does is decided by
//! `farthing_domain`; the constraints in the schema repeat the rules about amounts only as the second
//! half of a pair of assertions.
//!
//! What must stay true: nobody is answered before the commit; a batch gives what its commands would
//! give one by one; all engines give the same answers and hold the same rows.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_arithmetic,
    clippy::float_cmp,
    clippy::integer_division,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm
)]

mod batch;
mod body;
mod books;
mod commits;
mod copy;
mod error;
mod held;
mod ledger;
pub mod limits;
mod memory;
mod opening;
mod postgres;
mod queue;
mod readers;
mod reading;
mod row;
mod search;
mod snapshot;
mod sql;
mod sqlite;
mod store;
mod writer;

pub use commits::Commits;
pub use error::StoreError;
pub use farthing_domain::books::BooksReport;
pub use queue::Pending;
pub use reading::Reading;
pub use snapshot::Begin;
pub use store::{Lease, Store};
