//! Customers: who pays, and pays again.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::{CustomerId, PaymentMethodId};
use farthing_core::time::TimestampMs;

use crate::object::{Address, Metadata, Shipping, Trail};
use crate::tenant::TenantId;

/// One customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When it was made.
    pub created: TimestampMs,
    /// Deleted: shown as a stub for ever, in no list, and of no use to anybody. The row keeps its
    /// place, because a cursor on it still works.
    pub deleted: bool,
    /// What the merchant says of it.
    pub profile: Profile,
    /// Its events so far.
    pub trail: Trail,
}

/// What the merchant says of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Where it lives.
    pub address: Option<Address>,
    /// The card it pays with where none is named; attached to it.
    pub default_method: Option<PaymentMethodId>,
    /// What it owes (above zero) or is owed, in minor units; ours to keep, not to act on.
    pub balance: i64,
    /// The caller's note.
    pub description: Option<String>,
    /// Its e-mail.
    pub email: Option<String>,
    /// In front of its invoices' numbers.
    pub invoice_prefix: String,
    /// Below its invoices.
    pub invoice_footer: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Its name.
    pub name: Option<String>,
    /// The number of its next invoice.
    pub next_invoice_sequence: i64,
    /// Its telephone.
    pub phone: Option<String>,
    /// Its languages, the best first.
    pub preferred_locales: Vec<String>,
    /// Where its goods go.
    pub shipping: Option<Shipping>,
    /// Whether it pays tax.
    pub tax_exempt: TaxExempt,
}

/// Whether a customer pays tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaxExempt {
    /// It does.
    #[default]
    None,
    /// It does not.
    Exempt,
    /// It accounts for it itself.
    Reverse,
}

impl TaxExempt {
    /// The wire's word.
    pub fn wire(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Exempt => "exempt",
            Self::Reverse => "reverse",
        }
    }
}
