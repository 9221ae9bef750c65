//! The closed list of what can be asked of the domain.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{
    AttemptId, ChargeId, CustomerId, DisputeId, EndpointId, EventId, IntentId, MerchantId,
    PaymentMethodId, RefundId,
};
use farthing_core::money::Money;
use farthing_core::origin::Origin;
use farthing_core::time::TimestampMs;

use crate::attempt::Presence;
use crate::customer::{Profile, TaxExempt};
use crate::dispute::{DisputeAnswer, DisputeReason, DisputeStage};
use crate::endpoint::{EndpointStatus, EventFilter};
use crate::idempotency::Claim;
use crate::intent::{CancelReason, CaptureMethod, ConfirmationMethod, FutureUsage, MethodChoice};
use crate::method::{Card, Redisplay};
use crate::network::Outcome;
use crate::object::{Address, Billing, Metadata, Shipping};
use crate::refund::{FailureReason, RefundReason};
use crate::tenant::{KeyClass, Pages, TenantId};
use crate::timer::Due;

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
    /// Give an intent up; with held funds, begin to release them.
    CancelIntent(CancelIntent),
    /// The holder came back from the issuer's challenge.
    AnswerChallenge(AnswerChallenge),
    /// Store a card.
    CreateMethod(Box<CreateMethod>),
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
    UpdateCharge(ChargeId, MetadataPatch, Patch<String>),
    /// The network's answer.
    Settle(AttemptId, Box<Outcome>),
    /// News of a refund that the network had taken.
    HearRefund(RefundId, RefundNews),
    /// News that a charge is disputed.
    OpenDispute(OpenDispute),
    /// News of a dispute.
    HearDispute(DisputeId, DisputeNews),
    /// The network has been told of this answer to a dispute, after so many submissions.
    DisputeTold(DisputeId, DisputeAnswer, u32),
    /// The time to answer a dispute may be up.
    DisputeDue(DisputeId),
    /// No answer within the limit, or the call's process died: say so, and look again later.
    Postpone(Postpone),
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
    /// What became of tries to deliver.
    RecordTries(Vec<Try>),
    /// Open a merchant: its test and live tenants and their keys.
    OpenMerchant(Box<OpenMerchant>),
    /// Add keys.
    AddKeys(Vec<NewKey>),
    /// Change what pages may do with a publishable key.
    UpdateKey(UpdateKey),
    /// Move the tenant's clock forward.
    AdvanceClock(Advance),
    /// Do what a timer of the tenant is for.
    RunTimer(TimestampMs, Due),
    /// The tenant's clock went forward: its deliveries that are still due come nearer.
    HastenDeliveries(HastenDeliveries),
    /// Delete idempotency records that may go (decision 6).
    PurgeRecords(Vec<(TenantId, crate::idempotency::ScopedKey)>),
}

/// How far a clock goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// By so many milliseconds, zero or more.
    By(i64),
    /// To this moment.
    To(TimestampMs),
}

/// Deliveries that come nearer.
#[derive(Clone, Debug)]
pub struct HastenDeliveries {
    /// By so many milliseconds.
    pub by_ms: i64,
    /// Which of the tenant's.
    pub which: Vec<(EventId, EndpointId)>,
}

/// What became of a refund after the network had taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundNews {
    /// It is done.
    Succeeded,
    /// It came back: the funds are the merchant's again.
    Failed(FailureReason),
}

/// News that a charge is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenDispute {
    /// Its id, see [`id_of`](crate::dispute::id_of).
    pub id: DisputeId,
    /// Which charge.
    pub charge: ChargeId,
    /// How much of it.
    pub amount: Money,
    /// Why.
    pub reason: DisputeReason,
    /// Whether funds moved.
    pub stage: DisputeStage,
}

/// What became of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeNews {
    /// An inquiry became a chargeback.
    Escalated,
    /// It is over, for the merchant.
    Won,
    /// It is over, for the holder.
    Lost,
}

/// Changes to a dispute.
#[derive(Clone, Debug)]
pub struct UpdateDispute {
    /// Which.
    pub id: DisputeId,
    /// Evidence by its name: to set, or with none to remove.
    pub evidence: Vec<(&'static str, Option<String>)>,
    /// Whether to submit; without a word, if there is evidence.
    pub submit: Option<bool>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
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

/// A new intent.
#[derive(Clone, Debug)]
pub struct CreateIntent {
    /// How much.
    pub amount: Money,
    /// When funds are taken.
    pub capture: CaptureMethod,
    /// Who confirms after the holder acted.
    pub confirmation: ConfirmationMethod,
    /// How methods are chosen.
    pub methods: MethodChoice,
    /// Who pays.
    pub customer: Option<CustomerId>,
    /// The card.
    pub method: Option<MethodSource>,
    /// Confirm at once.
    pub confirm: Option<Confirm>,
    /// The caller's note.
    pub description: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Where a receipt would go.
    pub receipt_email: Option<String>,
    /// Where the goods go.
    pub shipping: Option<Shipping>,
    /// The card is to be used again.
    pub setup_future_usage: Option<FutureUsage>,
    /// Added to the statement's descriptor.
    pub statement_descriptor_suffix: Option<String>,
    /// The caller's group.
    pub transfer_group: Option<String>,
}

/// The card a command names: one on file, or a new one stored in the same commit.
#[derive(Clone, Debug)]
pub enum MethodSource {
    /// On file.
    Stored(PaymentMethodId),
    /// New; stored only if the command is not refused.
    New(Box<CreateMethod>),
}

/// How to confirm.
#[derive(Clone, Debug, Default)]
pub struct Confirm {
    /// Nobody is at the checkout.
    pub off_session: bool,
    /// Where to send the holder after a challenge.
    pub return_url: Option<String>,
    /// Fail rather than wait for the holder.
    pub error_on_requires_action: bool,
}

/// Changes to an intent.
#[derive(Clone, Debug)]
pub struct UpdateIntent {
    /// Which.
    pub id: IntentId,
    /// Another number of minor units, at least 1.
    pub amount_minor: Option<i64>,
    /// Another currency; without an amount the number of minor units stays.
    pub currency: Option<Currency>,
    /// Another customer.
    pub customer: Option<CustomerId>,
    /// Another card.
    pub method: Option<MethodSource>,
    /// When funds are taken.
    pub capture: Option<CaptureMethod>,
    /// The caller's note.
    pub description: Patch<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
    /// Where a receipt would go.
    pub receipt_email: Patch<String>,
    /// Where the goods go.
    pub shipping: Patch<Shipping>,
    /// The card is to be used again.
    pub setup_future_usage: Patch<FutureUsage>,
    /// Added to the statement's descriptor.
    pub statement_descriptor_suffix: Patch<String>,
    /// The caller's group.
    pub transfer_group: Patch<String>,
}

/// Begin to get the money.
#[derive(Clone, Debug)]
pub struct ConfirmIntent {
    /// Of which intent.
    pub id: IntentId,
    /// The card, if another than the intent's.
    pub method: Option<MethodSource>,
    /// How.
    pub confirm: Confirm,
    /// Set before confirming.
    pub receipt_email: Patch<String>,
    /// Set before confirming.
    pub shipping: Patch<Shipping>,
    /// Set before confirming.
    pub setup_future_usage: Patch<FutureUsage>,
    /// Set before confirming.
    pub capture: Option<CaptureMethod>,
}

/// Begin to take held funds.
#[derive(Clone, Debug)]
pub struct CaptureIntent {
    /// Of which intent.
    pub id: IntentId,
    /// Minor units in the intent's currency, at least 1; all of it when absent.
    pub amount_minor: Option<i64>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
}

/// Give an intent up.
#[derive(Clone, Debug)]
pub struct CancelIntent {
    /// Which.
    pub id: IntentId,
    /// Why.
    pub reason: Option<CancelReason>,
}

/// The holder came back.
#[derive(Clone, Debug)]
pub struct AnswerChallenge {
    /// To which intent.
    pub id: IntentId,
    /// Which of its confirmations the holder was asked about: what
    /// [`Intent::confirmations`](crate::intent::Intent::confirmations) was when the question was shown.
    pub confirmation: u32,
    /// Whether the issuer is satisfied.
    pub passed: bool,
}

/// A new card.
#[derive(Clone, Debug)]
pub struct CreateMethod {
    /// Given before, because the number is sealed with the id as its context.
    pub id: PaymentMethodId,
    /// What may be shown of it.
    pub card: Card,
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

/// Begin to give funds back.
#[derive(Clone, Debug)]
pub struct CreateRefund {
    /// Of which payment.
    pub of: RefundOf,
    /// Minor units in the charge's currency, at least 1; all that is left when absent.
    pub amount_minor: Option<i64>,
    /// Why.
    pub reason: Option<RefundReason>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// What a refund was asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundOf {
    /// A charge.
    Charge(ChargeId),
    /// An intent's newest charge.
    Intent(IntentId),
}

/// Look again later.
#[derive(Clone, Copy, Debug)]
pub struct Postpone {
    /// At which attempt.
    pub attempt: AttemptId,
    /// When, in wall time.
    pub lookup_at: TimestampMs,
}

/// Changes to a customer.
#[derive(Clone, Debug)]
pub struct UpdateCustomer {
    /// Which.
    pub id: CustomerId,
    /// Where it lives.
    pub address: Patch<Address>,
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

/// A new endpoint.
#[derive(Clone, Debug)]
pub struct CreateEndpoint {
    /// Given before, because the secret is sealed with the id as its context.
    pub id: EndpointId,
    /// Where to.
    pub url: String,
    /// Which events.
    pub events: EventFilter,
    /// Echoed in its events.
    pub api_version: Option<String>,
    /// The caller's note.
    pub description: Option<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// The signing secret, sealed.
    pub sealed_secret: Vec<u8>,
}

/// Changes to an endpoint.
#[derive(Clone, Debug)]
pub struct UpdateEndpoint {
    /// Which.
    pub id: EndpointId,
    /// Another address.
    pub url: Option<String>,
    /// Other events.
    pub events: Option<EventFilter>,
    /// On or off.
    pub status: Option<EndpointStatus>,
    /// The caller's note.
    pub description: Patch<String>,
    /// The caller's own pairs.
    pub metadata: MetadataPatch,
}

/// One try to deliver, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Try {
    /// Whose.
    pub tenant: TenantId,
    /// Which event.
    pub event: EventId,
    /// To which endpoint.
    pub endpoint: EndpointId,
    /// The answer's status; none when nobody answered.
    pub status: Option<u16>,
    /// What follows.
    pub then: AfterTry,
}

/// What follows a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterTry {
    /// Accepted.
    Delivered,
    /// Try again, not before this wall time.
    Again(TimestampMs),
    /// The schedule ran out, or the endpoint is gone.
    GiveUp,
}

/// A new merchant.
#[derive(Clone, Debug)]
pub struct OpenMerchant {
    /// Its number, 1 and up; refused if taken.
    pub number: i64,
    /// Its public account id.
    pub account: MerchantId,
    /// Its display name.
    pub name: String,
    /// The keys to begin with.
    pub keys: Vec<NewKey>,
}

/// A key to be stored: its hash only.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Keyed hash of the whole key text.
    pub hash: [u8; 32],
    /// What it may do.
    pub class: KeyClass,
    /// Whose.
    pub tenant: TenantId,
    /// Its last four characters.
    pub hint: String,
    /// What pages may do with it.
    pub pages: Pages,
}

/// Changes to what pages may do with a publishable key.
#[derive(Clone, Debug)]
pub struct UpdateKey {
    /// Which.
    pub hash: [u8; 32],
    /// Other origins, in place of all it had.
    pub origins: Option<Vec<Origin>>,
    /// Whether card numbers are taken from scripts.
    pub allow_scripts: Option<bool>,
}

/// Whether an attempt's holder is at hand, from the way it was confirmed.
impl Confirm {
    /// As the attempt carries it.
    pub fn presence(&self) -> Presence {
        if self.off_session { Presence::OffSession } else { Presence::OnSession }
    }
}
