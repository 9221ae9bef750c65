//! `/v1/farthing`: what an operator does, beside the wire that clients know (decision 10).

pub mod idempotency;
pub mod keys;
pub mod merchants;
