//! Payment methods: a card, its number sealed by the vault, or one of the other kinds.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::card::Brand;
use farthing_core::id::{CustomerId, PaymentMethodId};
use farthing_core::time::TimestampMs;

use crate::method_type::MethodType;
use crate::network::Check;
use crate::object::{Billing, Metadata, Trail};
use crate::tenant::TenantId;

/// A method on file.
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
    /// Which kind of method it is.
    pub kind: MethodType,
    /// What may be shown of the card; of an account, what it has in common with one.
    pub card: Card,
    /// What was said of it within its kind's own hash, and the network's name for its account.
    pub parts: Metadata,
    /// Whom it belongs to.
    pub billing: Billing,
    /// A card's number, sealed; opaque to everyone but the vault. Empty for every other kind.
    pub sealed: Vec<u8>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Who may use it, and how often.
    pub holder: Holder,
    /// Its holder agreed, with the issuer looking on, that it is charged when nobody is there.
    pub set_up: bool,
    /// What the issuer said of its code when it was last verified.
    pub cvc_check: Check,
    /// Whether it may be shown to its customer again.
    pub redisplay: Redisplay,
    /// Its events so far.
    pub trail: Trail,
}

impl PaymentMethod {
    /// The customer it is attached to.
    pub fn customer(&self) -> Option<CustomerId> {
        match self.holder {
            Holder::Customer(id) => Some(id),
            Holder::Nobody | Holder::Spent => None,
        }
    }
}

/// Who may use a method, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody's yet: good for one payment, or to be attached.
    Nobody,
    /// A customer's: good for any number of its payments.
    Customer(CustomerId),
    /// Used without a customer, or detached from one: of no use any more.
    Spent,
}

/// Whether a method may be shown to its customer again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redisplay {
    /// Nobody has said.
    #[default]
    Unspecified,
    /// Where the customer has agreed.
    Limited,
    /// In any checkout.
    Always,
}

impl Redisplay {
    /// The wire's word.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Limited => "limited",
            Self::Always => "always",
        }
    }
}

/// Under which name the parts keep the network's name for an account.
pub const NETWORK_NAME: &str = "network_name";

/// Under which name a card's parts keep the wallet that it is paid from.
pub const WALLET: &str = "wallet";

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

impl Card {
    /// Of what is no card: nothing. The expiry is a month that every column takes.
    pub fn none() -> Self {
        Self {
            brand: Brand::Unknown,
            last4: String::new(),
            exp_month: 1,
            exp_year: 0,
            fingerprint: String::new(),
            funding: String::new(),
            country: None,
        }
    }
}
