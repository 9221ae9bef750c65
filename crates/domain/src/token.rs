//! Tokens: a card that was typed, kept to be used once.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::{CardId, PaymentMethodId, TokenId};
use farthing_core::time::TimestampMs;

use crate::method::Card;
use crate::object::Address;
use crate::tenant::TenantId;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose.
    pub tenant: TenantId,
    /// When it was made.
    pub created: TimestampMs,
    /// What may be shown of the card.
    pub card: Card,
    /// The holder's name.
    pub name: Option<String>,
    /// The holder's address.
    pub address: Address,
    /// The payment method that it becomes when it is used. Given before, because the number is
    /// sealed with that id as its context.
    pub method: PaymentMethodId,
    /// The number, sealed; opaque to everyone but the vault.
    pub sealed: Vec<u8>,
    /// It has become its payment method: it is of no further use.
    pub used: bool,
}

impl Token {
    /// What the wire calls the card inside it.
    pub fn card_id(&self) -> CardId {
        CardId::from_bytes(self.method.bytes())
    }
}
