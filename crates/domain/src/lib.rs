//! What the business decides, as pure functions.
//!
//! Here: the objects and their states, the closed list of commands, [`decide`](decide::decide) over a
//! [`View`](view::View), the changes it answers with, the ledger's rules and the refusals.
//!
//! Deliberately not here: storage, serialization, HTTP, the clock, randomness and the network. A
//! command carries its own `now` and its entropy; a call to the network is described in a reply
//! and its answer comes back as another command.
//!
//! What must stay true: `decide` cannot write, so all it wants changed is in its answer; a
//! refusal changes nothing; two commands decided in one batch give what they would give one by one.
#![no_std]
#![forbid(unsafe_code)]
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

extern crate alloc;

pub mod acquirer;
pub mod attempt;
pub mod audit;
pub mod bank;
pub mod books;
pub mod change;
pub mod charge;
pub mod command;
pub mod customer;
pub mod decide;
pub mod delivery;
pub mod dispute;
pub mod endpoint;
pub mod event;
pub mod idempotency;
pub mod intent;
pub mod key;
pub mod ledger;
pub mod limits;
pub mod method;
pub mod method_type;
pub mod network;
pub mod object;
pub mod payout;
pub mod query;
pub mod refund;
pub mod refusal;
pub mod reply;
pub mod search;
pub mod setup;
pub mod tenant;
pub mod timer;
pub mod token;
pub mod view;
pub mod warning;
