//! References between objects, and small values that several objects share.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{
    BalanceTransactionId, BankAccountId, ChargeId, CustomerId, DisputeId, EndpointId, EventId,
    FraudWarningId, IntentId, PaymentMethodId, PayoutId, RefundId, SetupAttemptId, SetupIntentId,
    TokenId,
};

/// Caller's own pairs; at most [`limits::METADATA_PAIRS`](crate::limits::METADATA_PAIRS).
pub type Metadata = BTreeMap<String, String>;

/// One object of the API, by kind and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectRef {
    /// A payment intent.
    Intent(IntentId),
    /// A charge.
    Charge(ChargeId),
    /// A refund.
    Refund(RefundId),
    /// A dispute.
    Dispute(DisputeId),
    /// A payment method.
    Method(PaymentMethodId),
    /// A webhook endpoint.
    Endpoint(EndpointId),
    /// An event.
    Event(EventId),
    /// A balance transaction.
    BalanceTransaction(BalanceTransactionId),
    /// A customer.
    Customer(CustomerId),
    /// A set-up intent.
    Setup(SetupIntentId),
    /// One try to set a card up.
    SetupAttempt(SetupAttemptId),
    /// A card that was typed, to be used once.
    Token(TokenId),
    /// An issuer's word that a charge is fraud.
    Warning(FraudWarningId),
    /// A payout.
    Payout(PayoutId),
    /// The balance, for what happens to its funds in one currency.
    Balance(Currency),
    /// A bank account.
    BankAccount(BankAccountId),
}

/// How far an object's events have come, so that each carries its place and each delivery the
/// place before it that was due to the same endpoint (decision 12).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// Events of this object so far.
    pub sequence: u32,
    /// Per endpoint, the last place that was due to it.
    pub due: Vec<(EndpointId, u32)>,
}

/// A postal address as the caller gave it; every part is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// City or town.
    pub city: Option<String>,
    /// Two-letter country code.
    pub country: Option<String>,
    /// Street and number.
    pub line1: Option<String>,
    /// Apartment, suite.
    pub line2: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// State or province.
    pub state: Option<String>,
}

/// Where the goods go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shipping {
    /// Where.
    pub address: Address,
    /// The carrier's name.
    pub carrier: Option<String>,
    /// Who receives it.
    pub name: Option<String>,
    /// The receiver's telephone.
    pub phone: Option<String>,
    /// The carrier's number for the parcel.
    pub tracking_number: Option<String>,
}

/// Whom the card belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Billing {
    /// The holder's address.
    pub address: Address,
    /// The holder's e-mail.
    pub email: Option<String>,
    /// The holder's name.
    pub name: Option<String>,
    /// The holder's telephone.
    pub phone: Option<String>,
}
