//! What a decision writes, collected in the order it happens.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{BalanceTransactionId, EventId};
use farthing_core::planted;
use farthing_core::time::TimestampMs;

use crate::attempt::Attempt;
use crate::change::{Change, Decision, Keep};
use crate::command::{Meta, RequestMark};
use crate::delivery::{Delivery, DeliveryState};
use crate::event::{BodyId, Event, EventKind};
use crate::idempotency::{Claim, Record, RecordState, ScopedKey};
use crate::ledger::account::{Account, Balance, Day};
use crate::method::PaymentMethod;
use crate::object::{ObjectRef, Trail};
use crate::reply::{Begun, Reply};
use crate::tenant::{PayoutSettings, Tenant};
use crate::timer::{Due, Timer};
use crate::view::{Key, Row, View};

/// A decision being written: checks are behind it, nothing it does can fail.
pub(super) struct Draft<'a> {
    pub(super) view: &'a View,
    pub(super) meta: &'a Meta,
    tenant: Tenant,
    /// Wall time: for deliveries, look-ups and records.
    wall: TimestampMs,
    /// When funds move: what a balance was at a moment does not change afterwards.
    posted: TimestampMs,
    entropy: Splitmix,
    request: Option<RequestMark>,
    changes: Vec<Change>,
    afterwards: Vec<Change>,
    snapshots: BTreeMap<ObjectRef, BodyId>,
    previous: BTreeMap<ObjectRef, BodyId>,
    balances: BTreeMap<(Account, Currency), Balance>,
    keep: Option<Keep>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(view: &'a View, meta: &'a Meta) -> Self {
        let tenant = view.tenant(meta.tenant).expect("a command comes from a known tenant").clone();
        let wall = meta.now.plus_ms(tenant.clock_offset_ms.saturating_neg());
        Self {
            view,
            meta,
            tenant,
            wall,
            posted: meta.now,
            entropy: Splitmix::new(meta.entropy.ids),
            request: meta.request.clone(),
            changes: Vec::new(),
            afterwards: Vec::new(),
            snapshots: BTreeMap::new(),
            previous: BTreeMap::new(),
            balances: BTreeMap::new(),
            keep: None,
        }
    }

    /// Events of this draft are traced to another request than the command's: the one that began
    /// the attempt which is now settled.
    pub(super) fn trace_to(&mut self, request: Option<RequestMark>) {
        self.request = request;
    }

    pub(super) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Wall time.
    pub(super) fn wall(&self) -> TimestampMs {
        self.wall
    }

    /// When funds move by it.
    pub(super) fn posted(&self) -> TimestampMs {
        self.posted
    }

    /// Funds move at this time, whenever what the events tell of happened.
    pub(super) fn post_at(&mut self, now: TimestampMs) {
        self.posted = now;
    }

    /// From now on the tenant's funds become available and are paid out so.
    pub(super) fn set_payouts(&mut self, payouts: PayoutSettings) {
        self.tenant.payouts = payouts;
    }

    /// From now on the tenant's clock is so far ahead of wall time.
    pub(super) fn set_clock(&mut self, offset_ms: i64) {
        self.tenant.clock_offset_ms = offset_ms;
    }

    /// The next place in the tenant's lists.
    pub(super) fn seq(&mut self) -> i64 {
        let seq = self.tenant.next_seq;
        self.tenant.next_seq = seq.saturating_add(1);
        seq
    }

    /// The next transfer's number.
    pub(super) fn transfer_number(&mut self) -> i64 {
        let number = self.tenant.next_transfer;
        self.tenant.next_transfer = number.saturating_add(1);
        number
    }

    fn body(&mut self) -> BodyId {
        let body = self.tenant.next_body;
        self.tenant.next_body = body.saturating_add(1);
        BodyId(body)
    }

    /// The number under which an object's rendering is stored: one for all events of a draft.
    fn snapshot(&mut self, object: ObjectRef) -> BodyId {
        if let Some(body) = self.snapshots.get(&object) {
            return *body;
        }
        let body = self.body();
        self.snapshots.insert(object, body);
        body
    }

    /// Six bytes for an id.
    pub(super) fn six(&mut self) -> [u8; 6] {
        let [six @ .., _, _] = self.entropy.next().to_le_bytes();
        six
    }

    pub(super) fn balance_transaction_id(&mut self) -> BalanceTransactionId {
        let entropy = self.six();
        BalanceTransactionId::new(self.meta.now, entropy)
    }

    pub(super) fn insert(&mut self, row: Row) {
        self.changes.push(Change::Insert(row));
    }

    pub(super) fn update(&mut self, row: Row) {
        self.changes.push(Change::Update(row));
    }

    pub(super) fn delete(&mut self, key: Key) {
        self.changes.push(Change::Delete(key));
    }

    /// Written in the same commit, but not seen by its snapshots and reply.
    pub(super) fn update_afterwards(&mut self, row: Row) {
        self.afterwards.push(Change::Update(row));
    }

    /// Adds to an account's balance.
    pub(super) fn add_to_balance(&mut self, account: Account, currency: Currency, minor: i64) {
        let balance = self.balance_mut(account, currency);
        if planted!("lost_update") && account == Account::Fees {
            balance.minor = 0;
        }
        balance.minor =
            balance.minor.checked_add(minor).expect("a ledger account stays within 64 bits");
    }

    /// An account's balance as this draft leaves it, to be changed. It is written at the end.
    pub(super) fn balance_mut(&mut self, account: Account, currency: Currency) -> &mut Balance {
        let (view, tenant) = (self.view, self.tenant.id);
        self.balances.entry((account, currency)).or_insert_with(|| {
            let known = view.balance(tenant, account, currency).cloned();
            known.unwrap_or_else(|| Balance::none(tenant, account, currency))
        })
    }

    /// Keeps the parts of pending funds in step with their balance: what comes in becomes available on
    /// a day, and the first of a day brings its timer.
    pub(super) fn move_parts(&mut self, currency: Currency, minor: i64, day: i64) {
        let pending = self.balance_mut(Account::Pending, currency);
        if minor < 0 {
            pending.take_parts(minor.saturating_neg());
        } else if pending.add_part(day, minor) == Day::New {
            let at = TimestampMs::start_of_utc_day(day);
            let due = Due::Ripens(currency);
            self.insert(Row::Timer(Timer { tenant: self.tenant.id, at, due }));
        }
    }

    /// Writes the event that funds have become available. The balance is one object per currency.
    pub(super) fn emit_available(&mut self, currency: Currency) {
        let available = self.balance_mut(Account::Available, currency);
        let mut trail = core::mem::take(&mut available.trail);
        let object = ObjectRef::Balance(currency);
        self.emit(EventKind::BalanceAvailable, object, &mut trail);
        self.balance_mut(Account::Available, currency).trail = trail;
    }

    /// An account's balance as this draft leaves it.
    pub(super) fn balance_minor(&self, account: Account, currency: Currency) -> i64 {
        match self.balances.get(&(account, currency)) {
            Some(balance) => balance.minor,
            None => self
                .view
                .balance(self.tenant.id, account, currency)
                .map_or(0, |balance| balance.minor),
        }
    }

    /// Writes an event and its deliveries. The object is rendered as the whole draft leaves it.
    pub(super) fn emit(&mut self, kind: EventKind, object: ObjectRef, trail: &mut Trail) {
        self.write_event((kind, object), None, trail);
    }

    /// The same, with what of the object was otherwise before this draft. The object must have been
    /// there.
    pub(super) fn emit_changed(&mut self, kind: EventKind, object: ObjectRef, trail: &mut Trail) {
        let previous = match self.previous.get(&object) {
            Some(body) => *body,
            None => self.body(),
        };
        self.previous.insert(object, previous);
        self.write_event((kind, object), Some(previous), trail);
    }

    fn write_event(
        &mut self,
        (kind, object): (EventKind, ObjectRef),
        previous: Option<BodyId>,
        trail: &mut Trail,
    ) {
        let entropy = self.six();
        let id = EventId::new(self.meta.now, entropy);
        let seq = self.seq();
        let body = self.snapshot(object);
        trail.sequence = trail.sequence.saturating_add(1);
        let event = Event {
            id,
            tenant: self.tenant.id,
            seq,
            created: self.meta.now,
            kind,
            object,
            sequence: trail.sequence,
            body,
            previous,
            request: self.request.clone(),
        };
        self.insert(Row::Event(event));
        let view = self.view;
        let endpoints = view.set(&Key::Endpoints(self.tenant.id)).iter();
        for row in endpoints.take(if planted!("one_endpoint") { 1 } else { usize::MAX }) {
            if let Row::Endpoint(endpoint) = row
                && endpoint.wants(kind)
            {
                let previous_sequence = place(trail, endpoint.id);
                self.insert(Row::Delivery(Delivery {
                    tenant: self.tenant.id,
                    event: id,
                    endpoint: endpoint.id,
                    previous_sequence,
                    tries: 0,
                    state: DeliveryState::Due { at: self.wall },
                    last_status: None,
                }));
            }
        }
    }

    /// Ends a decision whose answer is final: it is kept under the command's key, if it has one.
    pub(super) fn finish(mut self, reply: Reply) -> Decision {
        if let Some(claim) = self.claim() {
            let body = self.body();
            let state = RecordState::Done { status: 0, body, at: self.wall };
            let intent = match &reply {
                Reply::Object(ObjectRef::Intent(id)) => Some(*id),
                Reply::Object(_)
                | Reply::Declined(_)
                | Reply::IncrementDeclined(..)
                | Reply::SetupDeclined(_)
                | Reply::NetworkRefused(_)
                | Reply::Unresolved(_)
                | Reply::Begun(_)
                | Reply::CustomerDeleted(_)
                | Reply::EndpointOpened(_)
                | Reply::EndpointDeleted(_)
                | Reply::BankAccountDeleted(_)
                | Reply::ClockAdvanced { .. }
                | Reply::PayoutSettings
                | Reply::ReserveSet { .. }
                | Reply::Replay(_)
                | Reply::Done
                | Reply::Refused(_) => None,
            };
            let record = self.record(claim, intent, state);
            self.insert(Row::Record(record));
            self.keep = Some(Keep {
                tenant: self.tenant.id,
                key: claim.key,
                body,
                expand: self.meta.expand.clone(),
            });
        }
        self.close(reply)
    }

    /// Ends a decision that needs the network: the key waits for the attempt's end.
    pub(super) fn begun(mut self, attempt: Attempt, method: Option<PaymentMethod>) -> Decision {
        if let Some(claim) = self.claim() {
            let state = RecordState::InProgress { attempt: attempt.id };
            let intent = attempt.call.setup().is_none().then_some(attempt.intent);
            let record = self.record(claim, intent, state);
            self.insert(Row::Record(record));
        }
        self.insert(Row::Attempt(attempt.clone()));
        self.close(Reply::Begun(Box::new(Begun { attempt, method })))
    }

    /// Ends an attempt: its row goes, and the reply is kept under the key that waited for it.
    pub(super) fn settled(mut self, attempt: &Attempt, reply: Reply) -> Decision {
        self.delete(Key::Attempt(attempt.id));
        let forgotten = planted!("failure_not_kept") && matches!(reply, Reply::Declined(_));
        if let Some(key) = attempt.claim.filter(|_| forgotten) {
            self.delete(Key::Record(self.tenant.id, key));
        } else if let Some(key) = attempt.claim {
            let body = self.body();
            let expand = attempt.expand.clone();
            self.keep = Some(Keep { tenant: self.tenant.id, key, body, expand });
        }
        self.close(reply)
    }

    /// Ends a decision whose answer must not be kept.
    pub(super) fn unkept(self, reply: Reply) -> Decision {
        self.close(reply)
    }

    fn close(mut self, reply: Reply) -> Decision {
        let tenant_before = self.view.tenant(self.tenant.id);
        if tenant_before != Some(&self.tenant) {
            self.changes.push(Change::Update(Row::Tenant(self.tenant)));
        }
        for ((account, currency), balance) in self.balances {
            let known = self.view.balance(balance.tenant, account, currency).is_some();
            let row = Row::Balance(balance);
            self.changes.push(if known { Change::Update(row) } else { Change::Insert(row) });
        }
        let numbered = |objects: BTreeMap<ObjectRef, BodyId>| {
            objects.into_iter().map(|(object, body)| (body, object)).collect()
        };
        Decision {
            reply,
            changes: self.changes,
            snapshots: numbered(self.snapshots),
            previous: numbered(self.previous),
            afterwards: self.afterwards,
            keep: self.keep,
        }
    }

    fn record(
        &self,
        claim: &Claim,
        intent: Option<farthing_core::id::IntentId>,
        state: RecordState,
    ) -> Record {
        Record {
            tenant: self.tenant.id,
            key: claim.key,
            fingerprint: claim.fingerprint,
            tags: claim.tags.clone(),
            path: Some(claim.path.clone()),
            request_id: self
                .meta
                .request
                .as_ref()
                .map(|request| request.id.clone())
                .unwrap_or_default(),
            created: self.wall,
            intent,
            state,
        }
    }

    /// What the command's key claims, where its record is to be written.
    fn claim(&self) -> Option<&'a Claim> {
        let claim = self.meta.claim.as_ref()?;
        let again = planted!("no_idempotency") || planted!("progress_forgotten");
        let known = again && self.view.record(self.tenant.id, claim.key).is_some();
        (!known).then_some(claim)
    }

    /// The key that an attempt begun by this command will complete.
    pub(super) fn claim_key(&self) -> Option<ScopedKey> {
        self.claim().map(|claim| claim.key)
    }
}

/// Moves an endpoint's place to the trail's newest event and answers where it was before.
fn place(trail: &mut Trail, endpoint: farthing_core::id::EndpointId) -> u32 {
    let newest = trail.sequence;
    for (id, last) in &mut trail.due {
        if *id == endpoint {
            return core::mem::replace(last, newest);
        }
    }
    trail.due.push((endpoint, newest));
    0
}

/// Spreads a command's sixteen random bytes over the ids it makes. Ids are public: what matters
/// is that they do not collide, which the generator's full period sees to. Nothing secret comes
/// from here.
struct Splitmix {
    state: u64,
    key: u64,
}

impl Splitmix {
    fn new(seed: [u8; 16]) -> Self {
        let seed = u128::from_le_bytes(seed);
        let low = u64::try_from(seed & u128::from(u64::MAX)).expect("masked to 64 bits");
        let high = u64::try_from(seed >> 64).expect("shifted to 64 bits");
        Self { state: low, key: high }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state ^ self.key;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
