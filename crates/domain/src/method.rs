//! Payment methods: a card, its number sealed by the vault.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::card::Brand;
use farthing_core::id::PaymentMethodId;
use farthing_core::time::TimestampMs;

use crate::object::{Billing, Metadata};
use crate::tenant::TenantId;

/// A card on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentMethod {
    /// Its id.
    pub id: PaymentMethodId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it was made.
    pub created: TimestampMs,
    /// What may be shown of the card.
    pub card: Card,
    /// Whom it belongs to.
    pub billing: Billing,
    /// The number, sealed; opaque to everyone but the vault.
    pub sealed: Vec<u8>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// What may be shown of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its brand.
    pub brand: Brand,
    /// The last four digits.
    pub last4: String,
    /// 1 to 12.
    pub exp_month: u8,
    /// Four digits.
    pub exp_year: u16,
    /// The vault's keyed fingerprint of the number: the same for the same number.
    pub fingerprint: String,
    /// `credit`, `debit`, `prepaid` or `unknown`.
    pub funding: String,
    /// The issuer's country, two letters.
    pub country: Option<String>,
}
