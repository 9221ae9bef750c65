//! `/v1/farthing`: what is added beside the wire that clients know (decision 10).

pub mod audit;
pub mod bank_accounts;
pub mod events;
pub mod idempotency;
pub mod keys;
pub mod ledger;
pub mod merchants;
pub mod openapi;
pub mod payout_settings;
pub mod reserve;
pub mod settlement;
pub mod test_clock;
pub mod vault;
