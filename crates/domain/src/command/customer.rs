//! What is asked of customers and of their cards.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::{CustomerId, PaymentMethodId};

use crate::customer::TaxExempt;
use crate::method::{Card, Redisplay};
use crate::method_type::MethodType;
use crate::network::Outcome;
use crate::object::{Address, Billing, Metadata, Shipping};

use super::{MetadataPatch, MethodSource, Patch};

/// A new card.
#[derive(Clone, Debug)]
pub struct CreateMethod {
    /// Given before, because the number is sealed with the id as its context.
    pub id: PaymentMethodId,
    /// Which kind of method it is.
    pub kind: MethodType,
    /// What may be shown of it.
    pub card: Card,
    /// What was said of it within its kind's own hash, and the network's name for its account.
    pub parts: Metadata,
    /// Whom it belongs to.
    pub billing: Billing,
    /// The number, sealed.
    pub sealed: Vec<u8>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Whether it may be shown to its customer again.
    pub redisplay: Redisplay,
}

/// Attach a card to a customer.
#[derive(Clone, Debug)]
pub struct AttachMethod {
    /// The card.
    pub method: MethodSource,
    /// To whom.
    pub customer: CustomerId,
    /// What the network said of the card when it was asked just before.
    pub verdict: Outcome,
}

/// Changes to what is said of a card.
#[derive(Clone, Debug)]
pub struct UpdateMethod {
    /// Which.
    pub id: PaymentMethodId,
    /// The holder's address.
    pub address: Patch<Address>,
    /// The holder's e-mail.
    pub email: Patch<String>,
    /// The holder's name.
    pub name: Patch<String>,
    /// The holder's telephone.
    pub phone: Patch<String>,
    /// Another expiry, and the number sealed again with it.
    pub expiry: Option<NewExpiry>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
    /// Whether it may be shown to its customer again.
    pub redisplay: Option<Redisplay>,
}

/// Another expiry of a card on file.
#[derive(Clone, Debug)]
pub struct NewExpiry {
    /// 1 to 12.
    pub month: u8,
    /// Four digits.
    pub year: u16,
    /// The number, sealed with them.
    pub sealed: Vec<u8>,
}

/// Changes to a customer.
#[derive(Clone, Debug)]
pub struct UpdateCustomer {
    /// Which.
    pub id: CustomerId,
    /// Where it lives.
    pub address: Patch<Address>,
    /// The card it pays with where none is named.
    pub default_method: Patch<PaymentMethodId>,
    /// What it owes or is owed, in minor units.
    pub balance: Option<i64>,
    /// The caller's note.
    pub description: Patch<String>,
    /// Its e-mail.
    pub email: Patch<String>,
    /// In front of its invoices' numbers.
    pub invoice_prefix: Option<String>,
    /// Below its invoices.
    pub invoice_footer: Patch<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
    /// Its name.
    pub name: Patch<String>,
    /// The number of its next invoice.
    pub next_invoice_sequence: Option<i64>,
    /// Its telephone.
    pub phone: Patch<String>,
    /// Its languages, the best first.
    pub preferred_locales: Option<Vec<String>>,
    /// Where its goods go.
    pub shipping: Patch<Shipping>,
    /// Whether it pays tax.
    pub tax_exempt: Option<TaxExempt>,
}

impl UpdateCustomer {
    /// Of this customer, nothing.
    pub fn of(id: CustomerId) -> Self {
        Self {
            id,
            address: Patch::Keep,
            default_method: Patch::Keep,
            balance: None,
            description: Patch::Keep,
            email: Patch::Keep,
            invoice_prefix: None,
            invoice_footer: Patch::Keep,
            metadata: MetadataPatch::default(),
            name: Patch::Keep,
            next_invoice_sequence: None,
            phone: Patch::Keep,
            preferred_locales: None,
            shipping: Patch::Keep,
            tax_exempt: None,
        }
    }
}
