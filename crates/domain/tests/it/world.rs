//! A store in a map, enough to run commands one by one or in batches.

use std::collections::BTreeMap;

use farthing_core::card::Brand;
use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, EndpointId, IntentId, MerchantId, PaymentMethodId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::charge::Rest;
use farthing_domain::command::{
    Ask, CancelIntent, CaptureIntent, Command, Confirm, ConfirmIntent, CreateEndpoint,
    CreateIntent, CreateMethod, CreateRefund, Entropy, Extras, IncrementIntent, Meta,
    MetadataPatch, MethodSource, OpenMerchant, Patch, RefundOf, RequestMark,
};
use farthing_domain::decide::batch::{Submitted, Write, WriteSet, decide_all};
use farthing_domain::endpoint::{EndpointStatus, EventFilter};
use farthing_domain::idempotency::Claim;
use farthing_domain::intent::{
    CaptureMethod, CardRequests, ConfirmationMethod, Intent, MethodChoice, Wish,
};
use farthing_domain::method::{Card, Redisplay};
use farthing_domain::method_type::{MethodSet, MethodType};
use farthing_domain::network::{Approval, Decline, Outcome};
use farthing_domain::object::{Billing, Metadata, ObjectRef};
use farthing_domain::reply::{Answer, Render, Reply};
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::{Key, Row, View};

/// Renders by `Debug`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prints {
    /// Whole rows: enough to see that equal objects give equal bytes.
    Rows,
    /// Ids alone: enough to tell one answer from another, where there are millions of them.
    Names,
}

impl Render for Prints {
    fn object(&self, view: &View, tenant: TenantId, object: ObjectRef) -> Vec<u8> {
        if *self == Self::Names {
            return format!("{object:?}").into_bytes();
        }
        let row = match object {
            ObjectRef::Intent(id) => view.row(&Key::Intent(tenant, id)),
            ObjectRef::Charge(id) => view.row(&Key::Charge(tenant, id)),
            ObjectRef::Refund(id) => view.row(&Key::Refund(tenant, id)),
            ObjectRef::Dispute(id) => view.row(&Key::Dispute(tenant, id)),
            ObjectRef::Method(id) => view.row(&Key::Method(tenant, id)),
            ObjectRef::Endpoint(id) => view.row(&Key::Endpoint(tenant, id)),
            ObjectRef::Customer(id) => view.row(&Key::Customer(tenant, id)),
            ObjectRef::Setup(id) => view.row(&Key::Setup(tenant, id)),
            ObjectRef::SetupAttempt(id) => view.row(&Key::SetupAttempt(tenant, id)),
            ObjectRef::Token(id) => view.row(&Key::Token(tenant, id)),
            ObjectRef::Warning(id) => view.row(&Key::Warning(tenant, id)),
            ObjectRef::Payout(id) => view.row(&Key::Payout(tenant, id)),
            ObjectRef::BankAccount(id) => view.row(&Key::BankAccount(tenant, id)),
            ObjectRef::Balance(_) => view.set(&Key::Balances(tenant)).first(),
            ObjectRef::Event(_) | ObjectRef::BalanceTransaction(_) => None,
        };
        format!("{row:?}").into_bytes()
    }

    fn previous(&self, before: &[u8], _after: &[u8]) -> Vec<u8> {
        before.to_vec()
    }

    fn reply(
        &self,
        view: &View,
        tenant: TenantId,
        reply: &Reply,
        _expand: &[String],
    ) -> Option<Answer> {
        let (status, body) = match reply {
            Reply::Object(object) => (200, self.object(view, tenant, *object)),
            Reply::Declined(id) => (402, self.object(view, tenant, ObjectRef::Intent(*id))),
            Reply::Begun(_) => return None,
            other => (200, format!("{other:?}").into_bytes()),
        };
        Some(Answer { status, body })
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::of(1, Mode::Test)
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).unwrap()
}

/// Rows in a map, a clock that the test moves, and a counter for randomness.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) rows: BTreeMap<Key, Row>,
    pub(crate) now_s: i64,
    counter: u64,
}

impl World {
    /// With one merchant, in January 2027.
    pub(crate) fn new() -> Self {
        let mut world = Self { now_s: 1_800_000_000, ..Self::default() };
        let account = MerchantId::new(world.now(), [0; 6]);
        let ask = OpenMerchant {
            number: 1,
            account,
            name: "Test".to_owned(),
            keys: Vec::new(),
            platform: None,
        };
        world.submit(Ask::OpenMerchant(Box::new(ask)));
        world
    }

    pub(crate) fn now(&self) -> TimestampMs {
        TimestampMs::from_seconds(self.now_s)
    }

    pub(crate) fn command(&mut self, mut ask: Ask, claim: Option<Claim>) -> Command {
        self.counter += 1;
        number_card(&mut ask, self.counter);
        let mut ids = [0; 16];
        ids[..8].copy_from_slice(&self.counter.to_le_bytes());
        let request = RequestMark { id: format!("req_{}", self.counter), key: None };
        let meta = Meta {
            tenant: tenant(),
            now: self.now(),
            entropy: Entropy { ids, secret: [7; 19] },
            claim,
            request: Some(request),
            expand: Vec::new(),
            spender: None,
            acquirer: Acquirer::FIRST,
        };
        Command { meta, ask }
    }

    pub(crate) fn submit(&mut self, ask: Ask) -> Submitted {
        let command = self.command(ask, None);
        self.run(&[command]).remove(0)
    }

    pub(crate) fn submit_keyed(&mut self, ask: Ask, claim: Claim) -> Submitted {
        let command = self.command(ask, Some(claim));
        self.run(&[command]).remove(0)
    }

    pub(crate) fn run(&mut self, commands: &[Command]) -> Vec<Submitted> {
        let rows = &self.rows;
        let load = |view: &mut View, keys: &[Key]| -> Result<(), ()> {
            for key in keys {
                load_one(rows, view, *key);
            }
            Ok(())
        };
        let (writes, submitted) = decide_all(commands, &Prints::Rows, load).unwrap();
        self.apply(&writes);
        submitted
    }

    fn apply(&mut self, writes: &WriteSet) {
        for (key, write) in writes.iter() {
            let before = match write {
                Write::Insert(row) => {
                    let before = self.rows.insert(*key, row.clone());
                    assert!(before.is_none(), "inserted over {key:?}");
                    continue;
                }
                Write::Update(row) => self.rows.insert(*key, row.clone()),
                Write::Delete => self.rows.remove(key),
            };
            assert!(before.is_some(), "changed an absent row {key:?}");
        }
    }

    pub(crate) fn intent(&self, id: IntentId) -> &Intent {
        match &self.rows[&Key::Intent(tenant(), id)] {
            Row::Intent(intent) => intent,
            other => panic!("not an intent: {other:?}"),
        }
    }

    /// The open attempt that a reply asks the network for.
    pub(crate) fn begun(submitted: &Submitted) -> AttemptId {
        match &submitted.reply {
            Reply::Begun(begun) => begun.attempt.id,
            other => panic!("not begun: {other:?}"),
        }
    }
}

/// Rows by key, however they are kept.
pub(crate) trait Shelf {
    /// One row.
    fn one(&self, key: &Key) -> Option<&Row>;
    /// All of them, in key order.
    fn all(&self) -> impl Iterator<Item = &Row>;
}

impl Shelf for BTreeMap<Key, Row> {
    fn one(&self, key: &Key) -> Option<&Row> {
        self.get(key)
    }

    fn all(&self) -> impl Iterator<Item = &Row> {
        self.values()
    }
}

/// Puts what the shelf holds under a key into the view.
pub(crate) fn load_one(shelf: &impl Shelf, view: &mut View, key: Key) {
    match key {
        Key::Endpoints(tenant) => {
            let set = shelf.all().filter(|row| matches!(row, Row::Endpoint(one) if one.tenant == tenant && one.status != EndpointStatus::Deleted));
            view.keep_set(key, set.cloned().collect());
        }
        Key::Deliveries(tenant, event) => {
            let set = shelf.all().filter(|row| matches!(row, Row::Delivery(one) if one.tenant == tenant && one.event == event));
            view.keep_set(key, set.cloned().collect());
        }
        Key::Balances(tenant) => {
            let set =
                shelf.all().filter(|row| matches!(row, Row::Balance(one) if one.tenant == tenant));
            view.keep_set(key, set.cloned().collect());
        }
        Key::BankAccounts(tenant) => {
            let set = shelf.all().filter(
                |row| matches!(row, Row::BankAccount(one) if one.tenant == tenant && !one.deleted),
            );
            view.keep_set(key, set.cloned().collect());
        }
        Key::ApiKeys(tenant) => {
            let set =
                shelf.all().filter(|row| matches!(row, Row::ApiKey(one) if one.tenant == tenant));
            view.keep_set(key, set.cloned().collect());
        }
        _ => view.keep(key, shelf.one(&key).cloned()),
    }
}

/// Every new card has an id of its own.
pub(crate) fn number_card(ask: &mut Ask, counter: u64) {
    let source = match ask {
        Ask::CreateIntent(ask) => &mut ask.method,
        Ask::ConfirmIntent(ask) => &mut ask.method,
        Ask::CreateSetup(ask) => &mut ask.method,
        Ask::ConfirmSetup(ask) => &mut ask.method,
        _ => return,
    };
    if let Some(MethodSource::New(card)) = source {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&counter.to_le_bytes());
        card.id = PaymentMethodId::from_bytes(bytes);
    }
}

pub(crate) fn card(n: u8) -> CreateMethod {
    CreateMethod {
        id: PaymentMethodId::from_bytes([n; 12]),
        kind: MethodType::CARD,
        parts: Metadata::new(),
        card: Card {
            brand: Brand::Visa,
            last4: "4242".to_owned(),
            exp_month: 12,
            exp_year: 2030,
            fingerprint: "print".to_owned(),
            funding: "credit".to_owned(),
            country: None,
        },
        billing: Billing::default(),
        sealed: vec![1, 2, 3],
        metadata: Metadata::new(),
        redisplay: Redisplay::Unspecified,
    }
}

/// An endpoint that wants every event.
pub(crate) fn listen(world: &mut World) {
    let ask = CreateEndpoint {
        id: EndpointId::from_bytes([5; 12]),
        url: "https://shop/hook".to_owned(),
        events: EventFilter::All,
        api_version: None,
        description: None,
        metadata: Metadata::new(),
        sealed_secret: vec![2; 30],
    };
    world.submit(Ask::CreateEndpoint(Box::new(ask)));
}

pub(crate) fn create(amount: Money, capture: CaptureMethod, card_number: Option<u8>) -> Ask {
    let method = card_number.map(|n| MethodSource::New(Box::new(card(n))));
    let confirm = method.is_some().then(Confirm::default);
    Ask::CreateIntent(Box::new(CreateIntent {
        amount,
        capture,
        confirmation: ConfirmationMethod::Automatic,
        methods: MethodChoice::Listed(MethodSet::CARD),
        requests: everything(),
        customer: None,
        method,
        confirm,
        description: None,
        metadata: Metadata::new(),
        receipt_email: None,
        shipping: None,
        setup_future_usage: None,
        statement_descriptor_suffix: None,
        transfer_group: None,
        extras: Extras::default(),
    }))
}

pub(crate) fn confirm(id: IntentId, card_number: Option<u8>) -> Ask {
    Ask::ConfirmIntent(Box::new(ConfirmIntent {
        id,
        types: None,
        method: card_number.map(|n| MethodSource::New(Box::new(card(n)))),
        confirm: Confirm::default(),
        receipt_email: Patch::Keep,
        shipping: Patch::Keep,
        setup_future_usage: Patch::Keep,
        capture: None,
        requests: None,
        extras: Extras::default(),
    }))
}

pub(crate) fn capture(id: IntentId, amount_minor: Option<i64>) -> Ask {
    capture_leaving(id, amount_minor, Rest::Released)
}

pub(crate) fn capture_leaving(id: IntentId, amount_minor: Option<i64>, rest: Rest) -> Ask {
    let metadata = MetadataPatch::default();
    Ask::CaptureIntent(CaptureIntent {
        id,
        amount_minor,
        rest,
        statement_descriptor_suffix: Patch::Keep,
        metadata,
    })
}

pub(crate) fn increment(id: IntentId, amount_minor: i64) -> Ask {
    Ask::IncrementIntent(Box::new(IncrementIntent {
        id,
        amount_minor,
        description: None,
        statement_descriptor: None,
        metadata: MetadataPatch::default(),
    }))
}

/// All that can be asked of a card.
fn everything() -> CardRequests {
    let wish = Some(Wish::IfAvailable);
    CardRequests {
        extended: wish,
        incremental: wish,
        multicapture: wish,
        overcapture: wish,
        ..CardRequests::default()
    }
}

pub(crate) fn cancel(id: IntentId) -> Ask {
    Ask::CancelIntent(CancelIntent { id, reason: None })
}

pub(crate) fn refund(id: IntentId, amount_minor: Option<i64>) -> Ask {
    let (of, reason, metadata) = (RefundOf::Intent(id), None, Metadata::new());
    Ask::CreateRefund(CreateRefund { of, amount_minor, reason, metadata })
}

#[expect(clippy::unnecessary_box_returns, reason = "as a settle carries it")]
pub(crate) fn approved() -> Box<Outcome> {
    Box::new(Outcome::Approved(Approval::default()))
}

#[expect(clippy::unnecessary_box_returns, reason = "as a settle carries it")]
pub(crate) fn declined() -> Box<Outcome> {
    Box::new(Outcome::Declined(Decline::processing_error()))
}
