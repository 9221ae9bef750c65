//! Which rows a command needs, asked again until nothing is missing.

mod funds;
mod keys;
mod payout;
mod setup;

use alloc::vec::Vec;

use farthing_core::id::{
    AttemptId, ChargeId, CustomerId, DisputeId, EndpointId, EventId, IntentId, PaymentMethodId,
    RefundId,
};
use farthing_core::time::TimestampMs;

use crate::attempt::{Attempt, Call};
use crate::command::{
    AnswerChallenge, Ask, CancelIntent, CaptureIntent, Command, HastenDeliveries, MethodSource,
    OpenDispute, PutOffTimer, RefundOf, UpdateIntent, UpdateKey,
};
use crate::decide::reseal;
use crate::idempotency::{RecordState, ScopedKey};
use crate::intent::{Intent, IntentState};
use crate::object::ObjectRef;
use crate::tenant::TenantId;
use crate::timer::Due;
use crate::view::{Key, View};

/// How far expansions reach: four levels, as the wire has it.
const EXPAND_LEVELS: u32 = 4;

/// The keys that a command needs and the view does not know yet. Empty means: decide.
pub fn wanted(view: &View, command: &Command) -> Vec<Key> {
    let mut needs = Needs { view, keys: Vec::new() };
    let meta = &command.meta;
    if let Some(claim) = &meta.claim
        && needs.known(Key::Record(meta.tenant, claim.key))
        && let Some(record) = view.record(meta.tenant, claim.key)
        && let RecordState::Done { body, .. } = record.state
    {
        needs.known(Key::Body(meta.tenant, body));
    }
    needs.spender(command);
    needs.ask(command);
    needs.keys
}

/// The keys that rendering an object needs and the view does not know yet; with `expanded`, those
/// of everything it points to as well.
pub fn rendering(view: &View, tenant: TenantId, object: ObjectRef, expanded: bool) -> Vec<Key> {
    let mut needs = Needs { view, keys: Vec::new() };
    needs.render(tenant, object, if expanded { EXPAND_LEVELS } else { 0 });
    needs.keys.sort_unstable();
    needs.keys.dedup();
    needs.keys
}

struct Needs<'v> {
    view: &'v View,
    keys: Vec<Key>,
}

impl Needs<'_> {
    /// Whether a key is known; if not, it is wanted.
    fn known(&mut self, key: Key) -> bool {
        let known = self.view.knows(&key);
        if !known {
            self.keys.push(key);
        }
        known
    }

    fn ask(&mut self, command: &Command) {
        let (tenant, expanded) = (command.meta.tenant, !command.meta.expand.is_empty());
        match &command.ask {
            Ask::CreateIntent(ask) => self.paying(tenant, ask.customer, ask.method.as_ref()),
            Ask::IncrementIntent(ask) => self.paid(tenant, ask.id, expanded),
            Ask::UpdateIntent(ask) => self.changed_intent(tenant, ask, expanded),
            Ask::ConfirmIntent(ask) => {
                self.paying(tenant, None, ask.method.as_ref());
                self.intent(tenant, ask.id, expanded);
            }
            Ask::CaptureIntent(CaptureIntent { id, .. })
            | Ask::CancelIntent(CancelIntent { id, .. })
            | Ask::AnswerChallenge(AnswerChallenge { id, .. }) => self.paid(tenant, *id, expanded),
            Ask::UseToken(ask) => self.used(tenant, ask.token),
            Ask::CreateSetup(ask) => self.paying(tenant, ask.customer, ask.method.as_ref()),
            Ask::UpdateSetup(ask) => self.changed_setup(tenant, ask, expanded),
            Ask::ConfirmSetup(ask) => self.confirmed_setup(tenant, ask, expanded),
            Ask::CancelSetup(ask) => self.setup(tenant, ask.id, expanded),
            Ask::AnswerSetup(ask) => self.setup(tenant, ask.id, expanded),
            Ask::AttachMethod(ask) => self.paying(tenant, Some(ask.customer), Some(&ask.method)),
            Ask::DetachMethod(id) => self.detached(tenant, *id, expanded),
            Ask::UpdateMethod(ask) => self.changed(tenant, ObjectRef::Method(ask.id), expanded),
            Ask::CreateRefund(ask) => self.refunded(tenant, ask.of, expanded),
            Ask::UpdateRefund(id, ..) => self.changed(tenant, ObjectRef::Refund(*id), expanded),
            Ask::UpdateDispute(ask) => self.answer(tenant, ask.id, expanded),
            Ask::CloseDispute(id) => self.answer(tenant, *id, expanded),
            Ask::OpenDispute(ask) => self.opened(tenant, ask),
            Ask::WarnOfFraud(ask) => self.warned(tenant, ask),
            Ask::HearDispute(id, _) | Ask::DisputeTold(id, ..) | Ask::DisputeDue(id) => {
                self.dispute(tenant, *id);
            }
            Ask::HearRefund(id, _) => self.news(tenant, *id),
            Ask::HearPayment(id, _) => self.settled_later(tenant, *id),
            Ask::UpdateCharge(ask) => self.changed_charge(tenant, ask, expanded),
            Ask::Settle(attempt, outcome) => self.settled(tenant, *attempt, outcome),
            Ask::CreatePayout(ask) => self.new_payout(tenant, ask.amount.currency()),
            Ask::UpdatePayout(id, _) => self.changed(tenant, ObjectRef::Payout(*id), expanded),
            Ask::CancelPayout(id) | Ask::PayoutTold(id, _) => self.payout(tenant, *id, expanded),
            Ask::ReversePayout(ask) => self.payout(tenant, ask.id, expanded),
            Ask::HearPayout(ask) => self.payout(tenant, ask.id, expanded),
            Ask::AddBankAccount(ask) => self.account(tenant, ask.id),
            Ask::DeleteBankAccount(id) => self.account(tenant, *id),
            Ask::FailOver(ask) => self.attempt(tenant, ask.attempt),
            Ask::Postpone(ask) => self.attempt(tenant, ask.attempt),
            Ask::CreateMethod(_)
            | Ask::CreateToken(_)
            | Ask::CreateCustomer(_)
            | Ask::CreateEndpoint(_)
            | Ask::AdvanceClock(_)
            | Ask::UpdatePayoutSettings(_) => self.writer(tenant),
            Ask::UpdateCustomer(ask) => self.changed_customer(tenant, ask, expanded),
            Ask::DeleteCustomer(id) => self.changed(tenant, ObjectRef::Customer(*id), false),
            Ask::UpdateEndpoint(ask) => self.changed(tenant, ObjectRef::Endpoint(ask.id), false),
            Ask::DeleteEndpoint(id) => self.changed(tenant, ObjectRef::Endpoint(*id), false),
            Ask::RollSecret(ask) => self.changed(tenant, ObjectRef::Endpoint(ask.id), false),
            Ask::ResendEvent(ask) => self.resent(tenant, *ask, expanded),
            Ask::RecordTries(tries) => self.tries(tries),
            Ask::OpenMerchant(ask) => self.new_merchant(ask),
            Ask::SetReserve(whole) => self.reserved(tenant, whole.currency()),
            Ask::SetSettlement(ask) => _ = self.known(Key::Tenant(ask.tenant)),
            Ask::AddKeys(keys) => self.new_keys(keys),
            Ask::UpdateKey(UpdateKey { hash, .. }) | Ask::EndKey(hash) => self.changed_key(*hash),
            Ask::RollKey(ask) => self.rolled_key(ask),
            Ask::RecordUses(uses) => self.used_keys(uses),
            Ask::Reseal(asks) => reseal::rows(asks).for_each(|key| _ = self.known(key)),
            Ask::RunTimer(at, due) => self.timer(tenant, *at, *due),
            Ask::PutOffTimer(ask) => self.put_off(tenant, *ask),
            Ask::HastenDeliveries(ask) => self.hastened(tenant, ask),
            Ask::PurgeRecords(ask) => self.old_records(&ask.keys),
        }
    }

    /// An intent, and who is to pay it with what from now on.
    fn changed_intent(&mut self, tenant: TenantId, ask: &UpdateIntent, expanded: bool) {
        self.paying(tenant, ask.customer, ask.method.as_ref());
        self.intent(tenant, ask.id, expanded);
    }

    /// Deliveries whose next tries come nearer.
    fn hastened(&mut self, tenant: TenantId, ask: &HastenDeliveries) {
        self.deliveries(ask.which.iter().map(|which| (tenant, which.0, which.1)));
    }

    /// What is to be refunded.
    fn refunded(&mut self, tenant: TenantId, of: RefundOf, expanded: bool) {
        self.writer(tenant);
        self.refund_of(tenant, of, expanded);
    }

    /// An intent and what every command that writes needs.
    fn paid(&mut self, tenant: TenantId, id: IntentId, expanded: bool) {
        self.writer(tenant);
        self.intent(tenant, id, expanded);
    }

    fn timer(&mut self, tenant: TenantId, at: TimestampMs, due: Due) {
        self.writer(tenant);
        if self.known(Key::Timer(tenant, at, due)) && self.view.timer(tenant, at, due).is_some() {
            match due {
                Due::HoldLapses(id) | Due::ActionLapses(id, _) => self.intent(tenant, id, false),
                Due::Ripens(currency) => {
                    self.balances(tenant, currency, None);
                    self.known(Key::Balances(tenant));
                }
                Due::PaysOut(_) => self.sweep(tenant),
                Due::PayoutLeaves(id) => self.payout(tenant, id, false),
            }
        }
    }

    fn put_off(&mut self, tenant: TenantId, ask: PutOffTimer) {
        self.known(Key::Timer(tenant, ask.at, ask.due));
        self.known(Key::Timer(tenant, ask.until, ask.due));
    }

    fn deliveries(&mut self, all: impl Iterator<Item = (TenantId, EventId, EndpointId)>) {
        for (tenant, event, endpoint) in all {
            self.known(Key::Delivery(tenant, event, endpoint));
        }
    }

    fn old_records(&mut self, keys: &[(TenantId, ScopedKey)]) {
        for (tenant, key) in keys {
            self.old_record(*tenant, *key);
        }
    }

    /// A record may go only when its intent is finished.
    fn old_record(&mut self, tenant: TenantId, key: ScopedKey) {
        if self.known(Key::Record(tenant, key))
            && let Some(record) = self.view.record(tenant, key)
            && let Some(intent) = record.intent
        {
            self.known(Key::Intent(tenant, intent));
        }
    }

    /// What every command that writes for a tenant needs: its counters, and who listens.
    fn writer(&mut self, tenant: TenantId) {
        self.known(Key::Tenant(tenant));
        self.known(Key::Endpoints(tenant));
    }

    /// An object that a command changes, and nothing else.
    fn changed(&mut self, tenant: TenantId, object: ObjectRef, expanded: bool) {
        self.writer(tenant);
        self.render(tenant, object, levels(expanded));
    }

    /// A row that points to nothing.
    fn alone(&mut self, key: Key) {
        self.known(key);
    }

    /// Who pays, and with what.
    fn paying(
        &mut self,
        tenant: TenantId,
        customer: Option<CustomerId>,
        source: Option<&MethodSource>,
    ) {
        self.writer(tenant);
        self.payer(tenant, customer);
        self.source(tenant, source);
    }

    fn payer(&mut self, tenant: TenantId, id: Option<CustomerId>) {
        if let Some(id) = id
            && self.known(Key::Customer(tenant, id))
            && let Some(customer) = self.view.customer(tenant, id)
            && let Some(method) = customer.profile.default_method
        {
            self.known(Key::Method(tenant, method));
        }
    }

    fn source(&mut self, tenant: TenantId, source: Option<&MethodSource>) {
        match source {
            Some(MethodSource::Stored(id)) => {
                self.known(Key::Method(tenant, *id));
            }
            Some(MethodSource::Token(ask)) => {
                self.known(Key::Token(tenant, ask.token));
            }
            Some(MethodSource::New(_)) | None => {}
        }
    }

    fn intent(&mut self, tenant: TenantId, id: IntentId, expanded: bool) {
        self.spend(tenant, ObjectRef::Intent(id));
        self.render(tenant, ObjectRef::Intent(id), levels(expanded));
        if self.view.knows(&Key::Intent(tenant, id))
            && let Some(intent) = self.view.intent(tenant, id)
        {
            // The decision reads its customer, its card and its charge, expanded or not.
            self.payer(tenant, intent.customer);
            if let Some(method) = intent.method {
                self.known(Key::Method(tenant, method));
            }
            if let Some(charge) = intent.latest_charge {
                self.known(Key::Charge(tenant, charge));
            }
        }
    }

    fn refund_of(&mut self, tenant: TenantId, of: RefundOf, expanded: bool) {
        match of {
            RefundOf::Intent(id) => self.intent(tenant, id, expanded),
            RefundOf::Charge(id) => {
                if self.known(Key::Charge(tenant, id))
                    && let Some(charge) = self.view.charge(tenant, id)
                {
                    let (intent, method) = (charge.intent, charge.method);
                    self.known(Key::Method(tenant, method));
                    self.intent(tenant, intent, expanded);
                }
            }
        }
    }

    fn attempt(&mut self, tenant: TenantId, id: AttemptId) {
        if !self.known(Key::Attempt(id)) {
            return;
        }
        let Some(attempt) = self.view.attempt(id) else { return };
        assert_eq!(attempt.tenant, tenant, "settled by its own tenant");
        self.writer(tenant);
        if let Some(key) = attempt.claim {
            self.known(Key::Record(tenant, key));
        }
        if let Call::Verify { setup, method, .. } = &attempt.call {
            self.known(Key::Method(tenant, *method));
            return self.setup(tenant, *setup, !attempt.expand.is_empty());
        }
        self.intent(tenant, attempt.intent, !attempt.expand.is_empty());
        if let Some(charge) = attempt.call.charge() {
            self.render(tenant, ObjectRef::Charge(charge), 0);
        }
        self.call(tenant, attempt);
    }

    fn call(&mut self, tenant: TenantId, attempt: &Attempt) {
        match &attempt.call {
            Call::Authorize { amount, method, capture, .. } => {
                self.known(Key::Method(tenant, *method));
                self.settling(tenant, amount.currency());
                if !capture {
                    self.holding(tenant, amount.currency());
                }
            }
            Call::Capture { charge, .. } | Call::Void { charge, .. } => {
                self.held(tenant, *charge);
            }
            Call::Increment { charge, .. } => self.charged(tenant, *charge),
            Call::Verify { .. } => {}
            Call::Refund { charge, refund, .. } => {
                self.known(Key::Refund(tenant, *refund));
                self.spend(tenant, ObjectRef::Refund(*refund));
                self.charged(tenant, *charge);
            }
        }
    }

    /// News may be of a refund that is not ours, or not there: then nothing else is needed.
    fn news(&mut self, tenant: TenantId, id: RefundId) {
        if self.known(Key::Refund(tenant, id))
            && let Some(refund) = self.view.refund(tenant, id)
        {
            self.writer(tenant);
            self.spend(tenant, ObjectRef::Refund(id));
            self.render(tenant, ObjectRef::Charge(refund.charge), 0);
            self.charged(tenant, refund.charge);
        }
    }

    fn opened(&mut self, tenant: TenantId, ask: &OpenDispute) {
        self.known(Key::Dispute(tenant, ask.id));
        self.disputed(tenant, ask.charge);
    }

    fn answer(&mut self, tenant: TenantId, id: DisputeId, expanded: bool) {
        self.writer(tenant);
        self.render(tenant, ObjectRef::Dispute(id), levels(expanded));
    }

    /// News may be of a dispute that is not ours, or not there: then nothing else is needed.
    fn dispute(&mut self, tenant: TenantId, id: DisputeId) {
        if self.known(Key::Dispute(tenant, id))
            && let Some(dispute) = self.view.dispute(tenant, id)
        {
            let charge = dispute.charge;
            self.render(tenant, ObjectRef::Dispute(id), 0);
            self.disputed(tenant, charge);
        }
    }

    /// The charge that a dispute is about, and where its funds are.
    fn disputed(&mut self, tenant: TenantId, id: ChargeId) {
        if self.known(Key::Charge(tenant, id))
            && let Some(charge) = self.view.charge(tenant, id)
        {
            let intent = charge.intent;
            self.writer(tenant);
            self.render(tenant, ObjectRef::Charge(id), 0);
            self.intent(tenant, intent, false);
            self.charged(tenant, id);
        }
    }

    /// An object and, `levels` deep, what it points to.
    fn render(&mut self, tenant: TenantId, object: ObjectRef, levels: u32) {
        match object {
            ObjectRef::Intent(id) => {
                if self.known(Key::Intent(tenant, id))
                    && let Some(intent) = self.view.intent(tenant, id)
                {
                    if let Some(method) = shown_method(intent) {
                        self.known(Key::Method(tenant, method));
                    }
                    let customer = intent.customer.map(ObjectRef::Customer);
                    let method = intent.method.map(ObjectRef::Method);
                    let charge = intent.latest_charge.map(ObjectRef::Charge);
                    self.all(tenant, [customer, method, charge], levels);
                }
            }
            ObjectRef::Charge(id) => {
                if self.known(Key::Charge(tenant, id))
                    && let Some(charge) = self.view.charge(tenant, id)
                {
                    self.known(Key::Method(tenant, charge.method));
                    let intent = Some(ObjectRef::Intent(charge.intent));
                    let balance = charge.balance_transaction.map(ObjectRef::BalanceTransaction);
                    let dispute = charge.dispute.map(ObjectRef::Dispute);
                    let customer = charge.customer.map(ObjectRef::Customer);
                    self.all(tenant, [intent, balance, dispute, customer], levels);
                    self.refunds_of(tenant, id, levels);
                }
            }
            ObjectRef::Dispute(id) => self.render_dispute(tenant, id, levels),
            ObjectRef::Refund(id) => self.render_refund(tenant, id, levels),
            ObjectRef::BalanceTransaction(id) => {
                if self.known(Key::BalanceTransaction(tenant, id))
                    && let Some(row) = self.view.balance_transaction(tenant, id)
                {
                    self.all(tenant, [Some(row.source)], levels);
                }
            }
            ObjectRef::Event(id) => {
                if self.known(Key::Event(tenant, id))
                    && let Some(event) = self.view.event(tenant, id)
                {
                    self.known(Key::Body(tenant, event.body));
                    if let Some(previous) = event.previous {
                        self.known(Key::Body(tenant, previous));
                    }
                    self.known(Key::Deliveries(tenant, id));
                }
            }
            ObjectRef::Customer(id) => self.render_customer(tenant, id, levels),
            ObjectRef::Payout(id) => self.render_payout(tenant, id, levels),
            ObjectRef::Balance(_) => self.alone(Key::Balances(tenant)),
            ObjectRef::BankAccount(id) => self.alone(Key::BankAccount(tenant, id)),
            ObjectRef::Method(id) => self.render_method(tenant, id, levels),
            ObjectRef::Setup(id) => self.render_setup(tenant, id, levels),
            ObjectRef::SetupAttempt(id) => self.render_try(tenant, id, levels),
            ObjectRef::Token(id) => self.render_token(tenant, id),
            ObjectRef::Warning(id) => self.render_warning(tenant, id, levels),
            ObjectRef::Endpoint(id) => self.alone(Key::Endpoint(tenant, id)),
        }
    }

    /// A dispute always shows its lines whole, and says of its charge whether it can be refunded.
    fn render_dispute(&mut self, tenant: TenantId, id: DisputeId, levels: u32) {
        if self.known(Key::Dispute(tenant, id))
            && let Some(dispute) = self.view.dispute(tenant, id)
        {
            self.known(Key::Charge(tenant, dispute.charge));
            self.known(Key::Method(tenant, dispute.method));
            let lines = [dispute.withdrawn, dispute.reinstated];
            for line in lines.into_iter().flatten() {
                self.known(Key::BalanceTransaction(tenant, line));
            }
            let charge = Some(ObjectRef::Charge(dispute.charge));
            let intent = Some(ObjectRef::Intent(dispute.intent));
            self.all(tenant, [charge, intent], levels);
        }
    }

    fn all<const N: usize>(&mut self, tenant: TenantId, to: [Option<ObjectRef>; N], levels: u32) {
        if let Some(levels) = levels.checked_sub(1) {
            for object in to.into_iter().flatten() {
                self.render(tenant, object, levels);
            }
        }
    }
}

fn levels(expanded: bool) -> u32 {
    if expanded { EXPAND_LEVELS } else { 0 }
}

/// The method that shapes what an intent shows: the one that was refused, or whose payer must act.
fn shown_method(intent: &Intent) -> Option<PaymentMethodId> {
    match &intent.state {
        IntentState::RequiresPaymentMethod { last_error } => {
            last_error.as_ref().map(|error| error.method)
        }
        IntentState::RequiresAction { .. } => intent.method,
        IntentState::RequiresConfirmation
        | IntentState::Processing
        | IntentState::RequiresCapture { .. }
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => None,
    }
}
