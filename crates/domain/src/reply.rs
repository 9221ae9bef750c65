//! What a command is answered.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::{BankAccountId, CustomerId, EndpointId, IntentId, SetupIntentId};
use farthing_core::money::{Money, SignedMoney};
use farthing_core::time::TimestampMs;

use crate::attempt::Attempt;
use crate::event::BodyId;
use crate::method::PaymentMethod;
use crate::network::Decline;
use crate::object::ObjectRef;
use crate::refusal::Refusal;
use crate::tenant::TenantId;
use crate::view::View;

/// A reply. Replies of money already asked of the network are made when it has answered.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This object, as it is after the command.
    Object(ObjectRef),
    /// The card was refused; the intent carries why.
    Declined(IntentId),
    /// The holder's bank would not hold more, for this reason, and the intent is as it was.
    IncrementDeclined(IntentId, Box<Decline>),
    /// The card was refused; the set-up intent carries why.
    SetupDeclined(SetupIntentId),
    /// The network would not do it, and the intent is as it was.
    NetworkRefused(IntentId),
    /// Whether held funds were taken or released is not known yet; the same key will tell.
    Unresolved(IntentId),
    /// Written down: make this call now, and settle its attempt.
    Begun(Box<Begun>),
    /// The customer is gone.
    CustomerDeleted(CustomerId),
    /// The bank account is gone.
    BankAccountDeleted(BankAccountId),
    /// The endpoint as it is after the command, with its secret shown this once.
    EndpointOpened(EndpointId),
    /// The endpoint is gone.
    EndpointDeleted(EndpointId),
    /// The tenant's clock, as it is after the command.
    ClockAdvanced {
        /// What it shows.
        now: TimestampMs,
        /// How far it is ahead of wall time.
        offset_ms: i64,
    },
    /// When the tenant's funds become available and are paid out, as it is after the command.
    PayoutSettings,
    /// What is kept back of the tenant's funds, as it is after the command.
    ReserveSet {
        /// The whole of it.
        whole: Money,
        /// What is left to be paid out.
        available: SignedMoney,
    },
    /// The answer kept under this key.
    Replay(Replay),
    /// Nothing to say.
    Done,
    /// No, and nothing was written.
    Refused(Box<Refusal>),
}

/// What the caller needs to make the network call.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The open attempt.
    pub attempt: Attempt,
    /// The card, for an authorization.
    pub method: Option<PaymentMethod>,
}

/// An answer kept under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Its status.
    pub status: u16,
    /// Its bytes.
    pub body: BodyId,
    /// The first request's id.
    pub request_id: String,
}

/// A rendered answer: the status is opaque here, chosen in one table in the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Compact JSON.
    pub body: Vec<u8>,
}

/// The pure renderer that `store` is given (decision 2).
pub trait Render: Send + Sync {
    /// One object without expansions, as it is in the view.
    fn object(&self, view: &View, tenant: TenantId, object: ObjectRef) -> Vec<u8>;
    /// What of one rendering of an object is otherwise in a later one, with its former values.
    fn previous(&self, before: &[u8], after: &[u8]) -> Vec<u8>;
    /// A whole reply, with the expansions asked for; none for a reply that nobody sees.
    fn reply(
        &self,
        view: &View,
        tenant: TenantId,
        reply: &Reply,
        expand: &[String],
    ) -> Option<Answer>;
}
