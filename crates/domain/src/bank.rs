//! Bank accounts: where a merchant's payouts go.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::BankAccountId;
use farthing_core::time::TimestampMs;

use crate::object::Metadata;
use crate::tenant::TenantId;

/// One account at a bank. Its number is sealed; its end is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAccount {
    /// Its id.
    pub id: BankAccountId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it was added.
    pub created: TimestampMs,
    /// What is known of it.
    pub details: BankDetails,
    /// Payouts in its currency go here unless they name another.
    pub is_default: bool,
    /// It takes no more payouts and is not listed; those that went there still name it.
    pub deleted: bool,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// What is known of an account at a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankDetails {
    /// Where the bank is: two capital letters.
    pub country: String,
    /// What it is kept in.
    pub currency: Currency,
    /// The holder's name.
    pub holder: Option<String>,
    /// The bank's own number.
    pub routing: Option<String>,
    /// The last four characters of the number.
    pub last4: String,
    /// The same for the same number of one tenant; says nothing else of it.
    pub fingerprint: String,
    /// The number, sealed with the id as its context.
    pub sealed: Vec<u8>,
}
