//! A seed drives a merchant's day: commands that make sense mostly, and the network's answers.

mod charges;
mod disputes;
mod holds;
mod keys;
mod payouts;
mod seeded;
mod setups;

use std::collections::VecDeque;

use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, EndpointId, PaymentMethodId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::charge::Rest;
use farthing_domain::command::{
    Advance, AfterTry, AnswerChallenge, Ask, CancelIntent, CaptureIntent, Command, Confirm,
    ConfirmIntent, CreateEndpoint, CreateIntent, CreateMethod, CreateRefund, Entropy, Extras,
    FailOver, HastenDeliveries, Meta, MetadataPatch, MethodSource, Patch, Postpone, PurgeRecords,
    RefundNews, RefundOf, RequestMark, Try, UpdateCustomer, UpdateEndpoint, UpdateIntent,
};
use farthing_domain::decide::batch::Submitted;
use farthing_domain::delivery::Groups;
use farthing_domain::endpoint::{EndpointStatus, EventFilter};
use farthing_domain::idempotency::{Claim, ScopedKey};
use farthing_domain::intent::{
    CaptureMethod, CardRequests, ConfirmationMethod, Intent, IntentState, MethodChoice, Wish,
};
use farthing_domain::method_type::MethodSet;
use farthing_domain::network::{Approval, Decline, Outcome};
use farthing_domain::object::Metadata;
use farthing_domain::query::{CreatedRange, Cursor, List, Query, Scan};
use farthing_domain::refund::FailureReason;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::Row;
use farthing_store::{Store, StoreError};

use crate::engines::{tenant, wait};
use keys::{open_merchant, takes_keys};
pub(crate) use seeded::Seeded;

/// The merchant, the network and the deliverer in one.
pub(crate) struct Drive {
    seeded: Seeded,
    now: TimestampMs,
    open: VecDeque<(TenantId, AttemptId)>,
    /// Whose attempt the next command is about; the test tenant's unless it says so.
    of: Option<TenantId>,
    claimed: Vec<Command>,
    methods: Vec<PaymentMethodId>,
}

impl Drive {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seeded: Seeded::new(seed),
            now: TimestampMs::from_ms(1_900_000_000_000),
            open: VecDeque::new(),
            of: None,
            claimed: Vec::new(),
            methods: Vec::new(),
        }
    }

    /// Runs so many commands one at a time, and gives them with their answers.
    pub(crate) fn run(
        &mut self,
        store: &Store,
        count: usize,
    ) -> Vec<(Command, Result<Submitted, StoreError>)> {
        let mut done = Vec::with_capacity(count);
        for number in 0..count {
            let ask = if number == 0 { open_merchant() } else { self.ask(store) };
            let command = self.command(ask);
            let answer = store.submit_blocking(command.clone());
            if let Ok(Submitted { reply: Reply::Begun(begun), .. }) = &answer {
                self.open.push_back((begun.attempt.tenant, begun.attempt.id));
            }
            done.push((command, answer));
        }
        done
    }

    /// Begins a payment under a key, and leaves it open.
    pub(crate) fn begin(&mut self, store: &Store) {
        let Ask::CreateIntent(ask) = self.create_intent() else { return };
        let confirm = Some(Confirm::default());
        let method = Some(MethodSource::New(Box::new(self.method())));
        let ask = Ask::CreateIntent(Box::new(CreateIntent { confirm, method, ..*ask }));
        let entropy = Entropy { ids: self.seeded.bytes(), secret: self.seeded.bytes() };
        let key = ScopedKey(self.seeded.bytes());
        let claim =
            Some(Claim { key, fingerprint: [0; 32], tags: Vec::new(), path: "/v1/x".to_owned() });
        let (tenant, now, expand) = (tenant(), self.now, Vec::new());
        let meta = Meta {
            tenant,
            now,
            entropy,
            claim,
            request: None,
            expand,
            spender: None,
            acquirer: Acquirer::FIRST,
        };
        let command = Command { meta, ask };
        let answer = store.submit_blocking(command).expect("no failure of storage");
        assert!(matches!(answer.reply, Reply::Begun(_)), "{answer:?}");
    }

    fn command(&mut self, ask: Ask) -> Command {
        self.now = self.now.plus_ms(i64::try_from(self.seeded.below(900)).unwrap_or(0));
        if self.of.is_none() && !self.claimed.is_empty() && self.seeded.one_in(12) {
            // The same request once more: while it is in flight, or after.
            let again = self.seeded.pick(&self.claimed).expect("there are some");
            let meta = Meta { now: self.now, ..again.meta };
            return Command { meta, ask: self.with_new_ids(again.ask) };
        }
        let entropy = Entropy { ids: self.seeded.bytes(), secret: self.seeded.bytes() };
        let keyed = self.seeded.one_in(2) && takes_keys(&ask);
        let claim = keyed.then(|| Claim {
            key: ScopedKey(self.seeded.bytes()),
            fingerprint: self.seeded.bytes(),
            tags: vec![("amount".to_owned(), self.seeded.bytes())],
            path: "/v1/payment_intents".to_owned(),
        });
        let request = takes_keys(&ask).then(|| RequestMark {
            id: format!("req_{}", self.seeded.below(1_000_000)),
            key: keyed.then(|| "key".to_owned()),
        });
        let tenant = if self.seeded.one_in(40) && takes_keys(&ask) {
            TenantId::of(1, Mode::Live) // Whose ids these are not.
        } else {
            self.of.take().unwrap_or_else(tenant)
        };
        let meta = Meta {
            tenant,
            now: self.now,
            entropy,
            claim,
            request,
            expand: Vec::new(),
            spender: None,
            acquirer: Acquirer::FIRST,
        };
        let command = Command { meta, ask };
        if keyed {
            self.claimed.push(command.clone());
        }
        command
    }

    /// A repeated request brings new ids for what it would make, because they are given on arrival.
    fn with_new_ids(&mut self, mut ask: Ask) -> Ask {
        match &mut ask {
            Ask::CreateMethod(ask) | Ask::CreateToken(ask) => ask.id = self.method_id(),
            Ask::CreateEndpoint(ask) => {
                ask.id = EndpointId::new(self.now, self.seeded.bytes());
            }
            Ask::CreateIntent(ask) => self.with_new_method_id(&mut ask.method),
            Ask::ConfirmIntent(ask) => self.with_new_method_id(&mut ask.method),
            Ask::CreateSetup(ask) => self.with_new_method_id(&mut ask.method),
            Ask::UpdateSetup(ask) => self.with_new_method_id(&mut ask.method),
            Ask::ConfirmSetup(ask) => self.with_new_method_id(&mut ask.method),
            _ => {}
        }
        ask
    }

    fn with_new_method_id(&mut self, source: &mut Option<MethodSource>) {
        if let Some(MethodSource::New(method)) = source {
            method.id = self.method_id();
        }
    }

    fn method_id(&mut self) -> PaymentMethodId {
        let id = PaymentMethodId::new(self.now, self.seeded.bytes());
        self.methods.push(id);
        id
    }

    fn ask(&mut self, store: &Store) -> Ask {
        loop {
            let dice = self.seeded.below(100);
            let ask = match dice {
                0..=19 => Some(self.create_intent()),
                20..=49 => self.answer_of_the_network(),
                50..=64 => self.of_an_intent(store),
                65..=74 => self.create_refund(store),
                75..=78 => self.endpoint(store),
                79..=85 => self.deliver(store),
                86..=87 => self.purge(store),
                88..=89 => self.note(store),
                90 => Some(self.customer(store)),
                91..=92 => Some(self.clock(store)),
                93 => self.news(store),
                94 => self.dispute(store),
                95..=96 => self.setup(store),
                97..=98 => self.payout(store),
                _ => Some(Ask::CreateMethod(Box::new(self.method()))),
            };
            if let Some(ask) = ask {
                return ask;
            }
        }
    }

    fn method(&mut self) -> CreateMethod {
        keys::card(self.method_id())
    }

    fn source(&mut self) -> MethodSource {
        match self.seeded.pick(&self.methods) {
            Some(id) if self.seeded.one_in(3) => MethodSource::Stored(id),
            Some(_) | None => MethodSource::New(Box::new(self.method())),
        }
    }

    fn create_intent(&mut self) -> Ask {
        let currency = if self.seeded.one_in(4) { Currency::JPY } else { Currency::USD };
        let minor = i64::try_from(self.seeded.below(90_000)).unwrap_or(0) + 60;
        let captures =
            [CaptureMethod::Automatic, CaptureMethod::AutomaticAsync, CaptureMethod::Manual];
        let methods =
            [MethodChoice::Listed(MethodSet::CARD), MethodChoice::Automatic { redirects: false }];
        let wish = (!self.seeded.one_in(3)).then_some(Wish::IfAvailable);
        let requests =
            CardRequests { incremental: wish, multicapture: wish, ..CardRequests::default() };
        Ask::CreateIntent(Box::new(CreateIntent {
            amount: Money::new(minor, currency).expect("not negative"),
            capture: self.seeded.pick(&captures).expect("there are some"),
            confirmation: ConfirmationMethod::Automatic,
            methods: self.seeded.pick(&methods).expect("there are some"),
            requests,
            customer: None,
            method: Some(self.source()),
            confirm: (!self.seeded.one_in(4)).then(Confirm::default),
            description: self.seeded.one_in(2).then(|| "an order".to_owned()),
            metadata: Metadata::new(),
            receipt_email: None,
            shipping: None,
            setup_future_usage: None,
            statement_descriptor_suffix: None,
            transfer_group: None,
            extras: Extras::default(),
        }))
    }

    fn answer_of_the_network(&mut self) -> Option<Ask> {
        let (of, attempt) = self.open.pop_front()?;
        self.of = Some(of);
        if self.seeded.one_in(8) {
            self.open.push_back((of, attempt));
            let lookup_at = self.now.plus_ms(20_000);
            return Some(Ask::Postpone(Postpone { attempt, lookup_at }));
        }
        let drawn = self.seeded.below(11);
        if drawn == 2 && attempt.bytes()[11] % 2 == 0 {
            let to = Acquirer::ALL[1];
            return Some(Ask::FailOver(FailOver { attempt, to }));
        }
        let outcome = match drawn {
            10 => Outcome::Approved(Approval { payment_pending: true, ..Approval::default() }),
            0 => Outcome::Declined(Decline::processing_error()),
            1 => Outcome::ActionRequired,
            2 => Outcome::Absent,
            3 => Outcome::Approved(Approval { bypass_pending: true, ..Approval::default() }),
            4 => Outcome::Approved(Approval { refund_pending: true, ..Approval::default() }),
            _ => Outcome::Approved(Approval::default()),
        };
        Some(Ask::Settle(attempt, Box::new(outcome)))
    }

    fn of_an_intent(&mut self, store: &Store) -> Option<Ask> {
        let mut intents = rows(store, List::Intents);
        if self.seeded.one_in(2) {
            // Most of what can be asked is about held funds, and few intents have any.
            intents.retain(|row| matches!(row, Row::Intent(it) if holds(it)));
        }
        let Row::Intent(intent) = self.seeded.pick(&intents)? else { return None };
        let id = intent.id;
        Some(match self.seeded.below(6) {
            0 => Ask::CancelIntent(CancelIntent { id, reason: None }),
            1 | 2 => {
                let part = i64::try_from(self.seeded.below(50)).unwrap_or(0) + 1;
                let amount_minor = self.seeded.one_in(2).then_some(part);
                let metadata = MetadataPatch::default();
                let rest = if self.seeded.one_in(2) { Rest::Held } else { Rest::Released };
                Ask::CaptureIntent(CaptureIntent {
                    id,
                    amount_minor,
                    rest,
                    statement_descriptor_suffix: Patch::Keep,
                    metadata,
                })
            }
            4 => self.raise(&intent),
            3 => {
                let passed = !self.seeded.one_in(3);
                // Now and then the answer is to an older question.
                let older = u32::from(self.seeded.one_in(8));
                let confirmation = intent.confirmations.saturating_sub(older);
                Ask::AnswerChallenge(AnswerChallenge { id, confirmation, passed })
            }
            _ => Ask::ConfirmIntent(Box::new(ConfirmIntent {
                id,
                method: Some(self.source()),
                types: None,
                confirm: Confirm::default(),
                receipt_email: Patch::Keep,
                shipping: Patch::Keep,
                setup_future_usage: Patch::Keep,
                capture: None,
                requests: None,
                extras: Extras::default(),
            })),
        })
    }

    fn create_refund(&mut self, store: &Store) -> Option<Ask> {
        let charges = rows(store, List::Charges { intent: None, group: None });
        let Row::Charge(charge) = self.seeded.pick(&charges)? else { return None };
        let of = if self.seeded.one_in(2) {
            RefundOf::Charge(charge.id)
        } else {
            RefundOf::Intent(charge.intent)
        };
        let part = i64::try_from(self.seeded.below(400)).unwrap_or(0) + 1;
        let amount_minor = (!self.seeded.one_in(3)).then_some(part);
        Some(Ask::CreateRefund(CreateRefund {
            of,
            amount_minor,
            reason: None,
            metadata: Metadata::new(),
        }))
    }

    fn news(&mut self, store: &Store) -> Option<Ask> {
        let refunds = rows(store, List::Refunds { charge: None, intent: None });
        let Row::Refund(refund) = self.seeded.pick(&refunds)? else { return None };
        let news = [RefundNews::Succeeded, RefundNews::Failed(FailureReason::Unknown)];
        Some(Ask::HearRefund(refund.id, self.seeded.pick(&news)?))
    }

    fn endpoint(&mut self, store: &Store) -> Option<Ask> {
        let endpoints = rows(store, List::Endpoints);
        if endpoints.len() < 3 || self.seeded.one_in(5) {
            let names = vec!["charge.succeeded".to_owned(), "refund.created".to_owned()];
            let some = self.seeded.one_in(2);
            return Some(Ask::CreateEndpoint(Box::new(CreateEndpoint {
                id: EndpointId::new(self.now, self.seeded.bytes()),
                url: "https://shop/hook".to_owned(),
                events: if some { EventFilter::Some(names) } else { EventFilter::All },
                api_version: None,
                description: None,
                metadata: Metadata::new(),
                sealed_secret: vec![2; 30],
            })));
        }
        let Row::Endpoint(endpoint) = self.seeded.pick(&endpoints)? else { return None };
        if self.seeded.one_in(4) {
            return Some(Ask::DeleteEndpoint(endpoint.id));
        }
        let statuses = [EndpointStatus::Enabled, EndpointStatus::Disabled];
        Some(Ask::UpdateEndpoint(Box::new(UpdateEndpoint {
            id: endpoint.id,
            url: None,
            events: self.seeded.one_in(2).then_some(EventFilter::All),
            status: self.seeded.pick(&statuses),
            description: Patch::Keep,
            metadata: MetadataPatch::default(),
        })))
    }

    fn customer(&mut self, store: &Store) -> Ask {
        let customers = rows(store, List::Customers { email: None });
        let Some(Row::Customer(customer)) = self.seeded.pick(&customers) else {
            return Ask::CreateCustomer(Box::default());
        };
        match self.seeded.below(4) {
            0 => Ask::DeleteCustomer(customer.id),
            1 => Ask::CreateCustomer(Box::new(customer.profile)),
            _ => Ask::UpdateCustomer(Box::new(UpdateCustomer {
                email: Patch::Set(format!("{}@b.ch", self.seeded.below(3))),
                ..UpdateCustomer::of(customer.id)
            })),
        }
    }

    fn deliver(&mut self, store: &Store) -> Option<Ask> {
        let scan = Scan::Deliveries {
            since: TimestampMs::from_ms(0),
            due_by: self.now,
            limit: 6,
            groups: Groups::ALL,
            except: Vec::new(),
        };
        let due = wait(store.scan(scan)).expect("readable");
        let mut tries = Vec::new();
        for row in due {
            let Row::Delivery(delivery) = row else { continue };
            let (status, then) = match self.seeded.below(4) {
                0 => (Some(500), AfterTry::Again(self.now.plus_ms(5_000))),
                1 => (None, AfterTry::GiveUp),
                _ => (Some(200), AfterTry::Delivered),
            };
            let (tenant, event) = (delivery.tenant, delivery.event);
            tries.push(Try { tenant, event, endpoint: delivery.endpoint, status, then });
        }
        (!tries.is_empty()).then_some(Ask::RecordTries(tries))
    }

    fn purge(&mut self, store: &Store) -> Option<Ask> {
        let before = self.now.plus_ms(-20_000);
        let old = wait(store.scan(Scan::Records { before, limit: 3 })).expect("readable");
        let keys: Vec<_> =
            old.iter()
                .filter_map(|row| {
                    if let Row::Record(row) = row { Some((row.tenant, row.key)) } else { None }
                })
                .collect();
        let purge = PurgeRecords { keys, finished_before: before };
        (!purge.keys.is_empty()).then_some(Ask::PurgeRecords(purge))
    }

    /// The test clock goes on by up to five days; or something is due by it.
    fn clock(&mut self, store: &Store) -> Ask {
        let scan = Scan::Timers { wall: self.now, tenant: None, after: None, limit: 9 };
        let due = wait(store.scan(scan)).expect("readable");
        if let Some(Row::Timer(timer)) = self.seeded.pick(&due) {
            self.of = Some(timer.tenant);
            return Ask::RunTimer(timer.at, timer.due);
        }
        if self.seeded.one_in(2) {
            let by_ms = i64::try_from(self.seeded.below(432_000_000)).unwrap_or(0);
            return Ask::AdvanceClock(Advance::By(by_ms));
        }
        let scan = Scan::DeliveriesOf { tenant: tenant(), after: None, limit: 9 };
        let due = wait(store.scan(scan)).expect("readable");
        let which = due.iter().filter_map(|row| match row {
            Row::Delivery(delivery) => Some((delivery.event, delivery.endpoint)),
            _ => None,
        });
        let which = which.collect();
        self.of = Some(tenant());
        Ask::HastenDeliveries(HastenDeliveries { by_ms: 2_000, which })
    }

    fn note(&mut self, store: &Store) -> Option<Ask> {
        let pairs = vec![("note".to_owned(), Some(self.seeded.below(9).to_string()))];
        let metadata = MetadataPatch { clear: false, pairs };
        match self.seeded.below(3) {
            0 => {
                let charges = rows(store, List::Charges { intent: None, group: None });
                let Row::Charge(charge) = self.seeded.pick(&charges)? else { return None };
                Some(charges::noted(&charge, metadata))
            }
            1 => {
                let refunds = rows(store, List::Refunds { charge: None, intent: None });
                let Row::Refund(refund) = self.seeded.pick(&refunds)? else { return None };
                Some(Ask::UpdateRefund(refund.id, metadata))
            }
            _ => {
                let intents = rows(store, List::Intents);
                let Row::Intent(intent) = self.seeded.pick(&intents)? else { return None };
                Some(Ask::UpdateIntent(Box::new(UpdateIntent {
                    id: intent.id,
                    types: None,
                    amount_minor: self.seeded.one_in(2).then_some(5_000),
                    currency: self.seeded.one_in(4).then_some(Currency::EUR),
                    customer: None,
                    method: None,
                    capture: None,
                    requests: None,
                    description: Patch::Unset,
                    metadata,
                    receipt_email: Patch::Keep,
                    shipping: Patch::Keep,
                    setup_future_usage: Patch::Keep,
                    statement_descriptor_suffix: Patch::Keep,
                    transfer_group: Patch::Keep,
                    extras: Extras::default(),
                })))
            }
        }
    }
}

fn holds(intent: &Intent) -> bool {
    intent.open.is_none() && matches!(intent.state, IntentState::RequiresCapture { .. })
}

fn rows(store: &Store, list: List) -> Vec<Row> {
    let created = CreatedRange::default();
    let query = Query { tenant: tenant(), list, created, cursor: Cursor::Start, limit: 30 };
    wait(store.page(query)).expect("readable").rows
}
