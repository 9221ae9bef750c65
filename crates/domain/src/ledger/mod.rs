//! The ledger: accounts, transfers and what each movement of funds posts.
//!
//! Signs: a positive entry brings funds into its account. What the network owes us shows as a
//! negative balance of [`Account::Network`](account::Account::Network), so that every transfer
//! sums to zero per currency and so does the whole ledger.
//! Two ledger accounts are a memorandum beside the funds: what is held, and what the network promised.

pub mod account;
pub mod conversion;
pub mod posting;
pub mod sheet;
pub mod transfer;
