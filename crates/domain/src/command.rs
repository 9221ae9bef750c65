//! The closed list of what can be asked of the domain: the command and what every one carries
//! (here), and what is asked of each kind of object.

mod customer;
mod house;
mod intent;
mod payout;
mod reversal;
mod setup;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::{
    AttemptId, BankAccountId, ChargeId, CustomerId, DisputeId, EndpointId, EventId,
    PaymentMethodId, PayoutId, RefundId, TokenId,
};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::acquirer::Acquirer;
use crate::customer::Profile;
use crate::dispute::DisputeAnswer;
use crate::idempotency::Claim;
use crate::network::Outcome;
use crate::tenant::TenantId;
use crate::timer::Due;

pub use customer::{AttachMethod, CreateMethod, NewExpiry, UpdateCustomer, UpdateMethod};
pub use house::{
    AfterTry, CreateEndpoint, NewKey, OpenMerchant, ResendEvent, RollKey, RollSecret,
    SetSettlement, Try, UpdateEndpoint, UpdateKey,
};
pub use intent::{
    AnswerChallenge, CancelIntent, CaptureIntent, Confirm, ConfirmIntent, CreateIntent, Extras,
    IncrementIntent, MethodSource, UpdateIntent,
};
pub use payout::{
    AddBankAccount, CreatePayout, Funds, HearPayout, PayoutNews, PayoutTold, ReversePayout,
    UpdatePayoutSettings,
};
pub use reversal::{
    CreateRefund, DisputeNews, OpenDispute, PaymentNews, RefundNews, RefundOf, UpdateCharge,
    UpdateDispute,
};
pub use setup::{
    AnswerSetup, CancelSetup, ConfirmSetup, CreateSetup, SetupConfirm, UpdateSetup, UseToken,
    WarnOfFraud,
};

/// One command: what is asked, by whom, when, and with which randomness.
#[derive(Clone, Debug)]
pub struct Command {
    /// By whom and when.
    pub meta: Meta,
    /// What.
    pub ask: Ask,
}

/// What every command carries.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Whose rows it may touch.
    pub tenant: TenantId,
    /// The command's own time. Whoever submits it gives wall time; to the rules it is their tenant's
    /// time, which is that and the tenant's offset (decision 14).
    pub now: TimestampMs,
    /// The command's own randomness.
    pub entropy: Entropy,
    /// The idempotency key it came with.
    pub claim: Option<Claim>,
    /// The request it came in.
    pub request: Option<RequestMark>,
    /// Expand paths of its reply, already checked.
    pub expand: Vec<String>,
    /// The hash of the key it came with, if that one has caps.
    pub spender: Option<[u8; 32]>,
    /// The acquirer that a new attempt goes to, where it may go to any.
    pub acquirer: Acquirer,
}

/// Randomness given to a command. The two parts are separate because ids are public and secrets
/// must not follow from them.
#[derive(Clone)]
pub struct Entropy {
    /// For ids and references.
    pub ids: [u8; 16],
    /// For the one secret a command may mint.
    pub secret: [u8; 19],
}

impl core::fmt::Debug for Entropy {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Entropy([redacted])")
    }
}

/// The request an event can be traced to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMark {
    /// `req_…`
    pub id: String,
    /// Its idempotency key, as given.
    pub key: Option<String>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Make an intent, and confirm it in the same breath if `confirm` is there.
    CreateIntent(Box<CreateIntent>),
    /// Change an intent.
    UpdateIntent(Box<UpdateIntent>),
    /// Begin to get the money.
    ConfirmIntent(Box<ConfirmIntent>),
    /// Begin to take held funds.
    CaptureIntent(CaptureIntent),
    /// Begin to hold more funds.
    IncrementIntent(Box<IncrementIntent>),
    /// Give an intent up; with held funds, begin to release them.
    CancelIntent(CancelIntent),
    /// The holder came back from the issuer's challenge.
    AnswerChallenge(AnswerChallenge),
    /// Store a card.
    CreateMethod(Box<CreateMethod>),
    /// Keep a typed card, to be used once.
    CreateToken(Box<CreateMethod>),
    /// Turn such a card into a payment method.
    UseToken(Box<UseToken>),
    /// Make a set-up intent, and confirm it in the same breath if `confirm` is there.
    CreateSetup(Box<CreateSetup>),
    /// Change a set-up intent.
    UpdateSetup(Box<UpdateSetup>),
    /// Begin to ask the network about a set-up intent's card.
    ConfirmSetup(Box<ConfirmSetup>),
    /// Give a set-up intent up.
    CancelSetup(CancelSetup),
    /// The holder came back from the issuer's challenge to a set-up.
    AnswerSetup(AnswerSetup),
    /// Attach a card to a customer.
    AttachMethod(Box<AttachMethod>),
    /// Detach a card from its customer, for good.
    DetachMethod(PaymentMethodId),
    /// Change what is said of a card.
    UpdateMethod(Box<UpdateMethod>),
    /// Begin to give funds back.
    CreateRefund(CreateRefund),
    /// Change a refund's own pairs.
    UpdateRefund(RefundId, MetadataPatch),
    /// Change a dispute's evidence or its own pairs, and perhaps submit.
    UpdateDispute(Box<UpdateDispute>),
    /// Accept a dispute.
    CloseDispute(DisputeId),
    /// Change a charge's own fields.
    UpdateCharge(Box<UpdateCharge>),
    /// The network's answer.
    Settle(AttemptId, Box<Outcome>),
    /// The acquirer of an attempt is known to have done nothing, and never to do anything: ask another
    /// one, if the attempt may still go there.
    FailOver(FailOver),
    /// News of a refund that the network had taken.
    HearRefund(RefundId, RefundNews),
    /// News of a charge whose funds were on their way.
    HearPayment(ChargeId, PaymentNews),
    /// News that a charge is disputed.
    OpenDispute(OpenDispute),
    /// News that an issuer believes a charge to be fraud.
    WarnOfFraud(WarnOfFraud),
    /// News of a dispute.
    HearDispute(DisputeId, DisputeNews),
    /// The network has been told of this answer to a dispute, after so many submissions.
    DisputeTold(DisputeId, DisputeAnswer, u32),
    /// The time to answer a dispute may be up.
    DisputeDue(DisputeId),
    /// No answer within the limit, or the call's process died: say so, and look again later.
    Postpone(Postpone),
    /// Send funds to the bank.
    CreatePayout(Box<CreatePayout>),
    /// Change a payout's own pairs.
    UpdatePayout(PayoutId, MetadataPatch),
    /// Give a payout up before it leaves.
    CancelPayout(PayoutId),
    /// Take back what was paid out.
    ReversePayout(Box<ReversePayout>),
    /// The network has been told of a payout.
    PayoutTold(PayoutId, PayoutTold),
    /// News of a payout.
    HearPayout(HearPayout),
    /// Add a bank account.
    AddBankAccount(Box<AddBankAccount>),
    /// Delete a bank account.
    DeleteBankAccount(BankAccountId),
    /// Change when funds become available and are paid out.
    UpdatePayoutSettings(UpdatePayoutSettings),
    /// Make a customer.
    CreateCustomer(Box<Profile>),
    /// Change a customer.
    UpdateCustomer(Box<UpdateCustomer>),
    /// Delete a customer.
    DeleteCustomer(CustomerId),
    /// Make an endpoint.
    CreateEndpoint(Box<CreateEndpoint>),
    /// Change an endpoint.
    UpdateEndpoint(Box<UpdateEndpoint>),
    /// Remove an endpoint.
    DeleteEndpoint(EndpointId),
    /// Give an endpoint another secret.
    RollSecret(Box<RollSecret>),
    /// Deliver an event once more.
    ResendEvent(ResendEvent),
    /// What became of tries to deliver.
    RecordTries(Vec<Try>),
    /// Open a merchant: its test and live tenants and their keys.
    OpenMerchant(Box<OpenMerchant>),
    /// Change in which currency a tenant's charges settle.
    SetSettlement(Box<SetSettlement>),
    /// So much of what is the tenant's is to be in reserve.
    SetReserve(Money),
    /// Add keys.
    AddKeys(Vec<NewKey>),
    /// Change what pages may do with a publishable key.
    UpdateKey(UpdateKey),
    /// Make a key that takes another one's place, which works for a while yet.
    RollKey(RollKey),
    /// End a key, by its hash.
    EndKey([u8; 32]),
    /// When keys were last used, by their hashes.
    RecordUses(Vec<([u8; 32], TimestampMs)>),
    /// Put seals of the newest key in the place of older ones.
    Reseal(Vec<Reseal>),
    /// Move the tenant's clock forward.
    AdvanceClock(Advance),
    /// Do what a timer of the tenant is for.
    RunTimer(TimestampMs, Due),
    /// A timer of the tenant could not be run: it is due again later.
    PutOffTimer(PutOffTimer),
    /// The tenant's clock went forward: its deliveries that are still due come nearer.
    HastenDeliveries(HastenDeliveries),
    /// Delete idempotency records that may go (decision 6).
    PurgeRecords(PurgeRecords),
}

/// A timer that is to be due later than it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutOffTimer {
    /// When it was due, by the tenant's clock.
    pub at: TimestampMs,
    /// What is due.
    pub due: Due,
    /// When it is due from now on, by the same clock.
    pub until: TimestampMs,
}

/// Idempotency records that may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeRecords {
    /// Which.
    pub keys: Vec<(TenantId, crate::idempotency::ScopedKey)>,
    /// What became final later than this stays, whoever named it.
    pub finished_before: TimestampMs,
}

/// How far a clock goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// By so many milliseconds, zero or more.
    By(i64),
    /// To this moment.
    To(TimestampMs),
}

/// The same content under a newer key.
#[derive(Clone, Debug)]
pub struct Reseal {
    /// Whose.
    pub tenant: TenantId,
    /// Of which row.
    pub row: SealedRow,
    /// The seal that was read.
    pub old: Vec<u8>,
    /// The one to take its place.
    pub new: Vec<u8>,
}

/// A row that holds a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedRow {
    /// A card on file.
    Method(PaymentMethodId),
    /// A card that waits to be one.
    Token(TokenId),
    /// One of an endpoint's webhook secrets.
    Endpoint(EndpointId),
    /// The number of a bank account.
    BankAccount(BankAccountId),
}

/// Deliveries that come nearer.
#[derive(Clone, Debug)]
pub struct HastenDeliveries {
    /// By so many milliseconds.
    pub by_ms: i64,
    /// Which of the tenant's.
    pub which: Vec<(EventId, EndpointId)>,
}

/// A field that may be set, unset or left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// As it is.
    #[default]
    Keep,
    /// To nothing.
    Unset,
    /// To this.
    Set(T),
}

impl<T> Patch<T> {
    /// Puts the change into effect.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Unset => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }
}

/// A change of metadata: pairs to set, names to remove, or all to remove first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataPatch {
    /// Remove all first.
    pub clear: bool,
    /// Set, or with none remove.
    pub pairs: Vec<(String, Option<String>)>,
}

/// Ask another acquirer.
#[derive(Clone, Copy, Debug)]
pub struct FailOver {
    /// The attempt that ends; another one takes its place.
    pub attempt: AttemptId,
    /// Who is asked.
    pub to: Acquirer,
}

/// Look again later.
#[derive(Clone, Copy, Debug)]
pub struct Postpone {
    /// At which attempt.
    pub attempt: AttemptId,
    /// When, in wall time.
    pub lookup_at: TimestampMs,
}
