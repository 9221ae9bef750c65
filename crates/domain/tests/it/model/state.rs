//! One state of the walk: the rows, and what the network knows that we may not.

use std::collections::BTreeMap;
use std::sync::Arc;

use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, BankAccountId};
use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::attempt::{Attempt, Call};
use farthing_domain::bank::BankDetails;
use farthing_domain::charge::ChargeState;
use farthing_domain::command::{
    AddBankAccount, Ask, Command, DisputeNews, Entropy, FailOver, Meta, PaymentNews, PayoutNews,
    RefundNews, RequestMark,
};
use farthing_domain::decide::batch::{Submitted, Write, WriteSet, decide_all};
use farthing_domain::dispute::DisputeStage;
use farthing_domain::idempotency::{Claim, RecordState, ScopedKey};
use farthing_domain::intent::CaptureMethod;
use farthing_domain::network::{Approval, Outcome};
use farthing_domain::object::Metadata;
use farthing_domain::payout::{Payout, PayoutState};
use farthing_domain::reply::Reply;
use farthing_domain::view::{Key, Row, View};

use super::canon::{Token, hash, is_history, tokens};
use super::funds::FUNDS_MINOR;
use super::machine;
use crate::laws::settle_in_euro;
use crate::world::{Prints, Shelf, World, create, listen, load_one, number_card, tenant, usd};

/// A row with how it reads, read once.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) row: Row,
    tokens: Vec<Token>,
    /// The step that made it.
    stamp: u64,
}

/// One state.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    rows: BTreeMap<Key, Arc<Kept>>,
    /// Commands so far.
    pub(crate) steps: u64,
    /// The attempt that was settled last: its answer may come a second time.
    pub(crate) settled: Option<AttemptId>,
    /// What the network has moved towards the merchant, by its own book.
    pub(crate) moved: i64,
    /// Payments of one walk at the most.
    pub(crate) payments: usize,
}

/// A command that was decided, and what came of it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) after: State,
    pub(crate) writes: WriteSet,
    pub(crate) submitted: Submitted,
}

impl Shelf for State {
    fn one(&self, key: &Key) -> Option<&Row> {
        self.rows.get(key).map(|kept| &kept.row)
    }

    fn all(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(|kept| &kept.row)
    }
}

impl State {
    /// One merchant, with an endpoint that wants everything.
    pub(crate) fn new(payments: usize) -> Self {
        Self::of(opened(), payments)
    }

    /// The same, whose charges settle in another currency than they are made in.
    pub(crate) fn converting(payments: usize) -> Self {
        let mut world = opened();
        world.submit(settle_in_euro(0));
        Self::of(world, payments)
    }

    /// The same with funds that are available, and a bank account.
    pub(crate) fn funded(payments: usize) -> Self {
        let mut world = opened();
        let details = BankDetails {
            country: "US".to_owned(),
            currency: Currency::USD,
            holder: None,
            routing: None,
            last4: "6789".to_owned(),
            fingerprint: "print".to_owned(),
            sealed: vec![4; 30],
        };
        let id = BankAccountId::from_bytes([6; 12]);
        let account = AddBankAccount { id, details, make_default: true, metadata: Metadata::new() };
        world.submit(Ask::AddBankAccount(Box::new(account)));
        let begun = world.submit(create(usd(FUNDS_MINOR), CaptureMethod::Automatic, Some(1)));
        let approval = Approval { bypass_pending: true, ..Approval::default() };
        let approved = Box::new(Outcome::Approved(approval));
        world.submit(Ask::Settle(World::begun(&begun), approved));
        Self { moved: FUNDS_MINOR, ..Self::of(world, payments) }
    }

    fn of(world: World, payments: usize) -> Self {
        let mut state = Self { steps: 10, payments, ..Self::default() };
        for row in world.rows.into_values() {
            state.keep(row);
        }
        state.forget();
        state
    }

    /// The tenant's time.
    pub(crate) fn now(&self) -> TimestampMs {
        match self.one(&Key::Tenant(tenant())) {
            Some(Row::Tenant(row)) => super::NOW.plus_ms(row.clock_offset_ms),
            _ => unreachable!("there is a tenant"),
        }
    }

    /// Decides one command in this state, under a key of its own or the one given.
    pub(crate) fn step(&self, ask: &Ask, claim: Option<Claim>) -> Step {
        let steps = self.steps + 1;
        let command = command(ask.clone(), claim, steps);
        let load = |view: &mut View, keys: &[Key]| -> Result<(), ()> {
            for key in keys {
                load_one(self, view, *key);
            }
            Ok(())
        };
        let commands = std::slice::from_ref(&command);
        let (writes, mut submitted) = decide_all(commands, &Prints::Names, load).unwrap();
        let submitted = submitted.remove(0);
        let mut after = self.clone();
        after.steps = steps;
        // What is refused is put aside, or said again later: so far it did not happen.
        if !matches!(submitted.reply, Reply::Refused(_)) {
            after.moved += self.network_moves(ask);
        }
        if let Ask::Settle(id, _) | Ask::FailOver(FailOver { attempt: id, .. }) = ask
            && self.one(&Key::Attempt(*id)).is_some()
        {
            after.settled = Some(*id);
        }
        for (key, write) in writes.iter() {
            match write {
                Write::Insert(row) | Write::Update(row) => after.keep(row.clone()),
                Write::Delete => drop(after.rows.remove(key)),
            }
        }
        after.forget();
        Step { after, writes, submitted }
    }

    fn keep(&mut self, row: Row) {
        let stamp = match (&row, self.rows.get(&row.key())) {
            (Row::Balance(_) | Row::Tenant(_), _) => 0,
            (_, Some(before)) => before.stamp,
            (_, None) => self.steps,
        };
        let tokens = if is_history(&row) { Vec::new() } else { tokens(&row) };
        self.rows.insert(row.key(), Arc::new(Kept { row, tokens, stamp }));
    }

    /// Events, deliveries and bodies were checked when they were written; an answer that is kept
    /// under a key stays.
    fn forget(&mut self) {
        let answers: Vec<_> = self
            .all()
            .filter_map(|row| match row {
                Row::Record(record) => match record.state {
                    RecordState::Done { body, .. } => Some(body),
                    RecordState::InProgress { .. } => None,
                },
                _ => None,
            })
            .collect();
        self.rows.retain(|_, kept| match &kept.row {
            Row::Event(_) | Row::Delivery(_) => false,
            Row::Body(body) => answers.contains(&body.id),
            _ => true,
        });
    }

    /// What an answer or a piece of news means in the network's own book.
    fn network_moves(&self, ask: &Ask) -> i64 {
        match ask {
            Ask::Settle(id, outcome) => match (self.attempt(*id), outcome.as_ref()) {
                // Its funds come later, or not.
                (Some(_), Outcome::Approved(approval)) if approval.payment_pending => 0,
                (Some(attempt), Outcome::Approved(_)) => moves(&attempt.call),
                _ => 0,
            },
            Ask::HearPayment(id, PaymentNews::Settled) => {
                match self.one(&Key::Charge(tenant(), *id)) {
                    Some(Row::Charge(charge))
                        if matches!(charge.state, ChargeState::Pending { .. }) =>
                    {
                        charge.amount.minor()
                    }
                    _ => 0,
                }
            }
            Ask::HearPayout(ask) => match self.one(&Key::Payout(tenant(), ask.id)) {
                Some(Row::Payout(payout)) => self.pays_out(payout, ask.news),
                _ => 0,
            },
            Ask::HearRefund(id, RefundNews::Failed(_)) => match self
                .one(&Key::Refund(tenant(), *id))
            {
                Some(Row::Refund(refund)) if machine::came_back(refund) => refund.amount.minor(),
                _ => 0,
            },
            Ask::OpenDispute(ask) => match (ask.stage, self.one(&Key::Dispute(tenant(), ask.id))) {
                (DisputeStage::Chargeback, None) => -ask.amount.minor(),
                _ => 0,
            },
            Ask::HearDispute(id, news) => match self.one(&Key::Dispute(tenant(), *id)) {
                Some(Row::Dispute(dispute)) => match (news, dispute.state.withdrawn()) {
                    (DisputeNews::Won, true) => dispute.amount.minor(),
                    (DisputeNews::Escalated, false) if !dispute.state.closed() => {
                        -dispute.amount.minor()
                    }
                    _ => 0,
                },
                _ => 0,
            },
            _ => 0,
        }
    }

    /// What is paid goes from the merchant, and what takes it back comes to them; of both once.
    fn pays_out(&self, payout: &Payout, news: PayoutNews) -> i64 {
        let minor = payout.amount.minor();
        let brought_back = payout.reversed_by.is_some_and(|id| {
            matches!(self.one(&Key::Payout(tenant(), id)), Some(Row::Payout(it)) if it.state == PayoutState::Paid)
        });
        match (news, payout.state, payout.original) {
            (PayoutNews::Paid, PayoutState::InTransit, None) => -minor,
            (PayoutNews::Paid, PayoutState::InTransit, Some(_)) => minor,
            (PayoutNews::Failed(_), PayoutState::Paid, None) if !brought_back => minor,
            _ => 0,
        }
    }

    pub(crate) fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        match self.one(&Key::Attempt(id))? {
            Row::Attempt(attempt) => Some(attempt),
            _ => None,
        }
    }

    /// What makes this state differ from others: of rows that are history nothing, of ids only which
    /// stand for the same.
    pub(crate) fn canonical(&self) -> u64 {
        let mut kinds = 0_u32;
        let mut last = None;
        let mut order: Vec<(u32, u64, &Kept)> = Vec::with_capacity(self.rows.len());
        for (key, kept) in &self.rows {
            let kind = std::mem::discriminant(key);
            if last != Some(kind) {
                (last, kinds) = (Some(kind), kinds + 1);
            }
            if !kept.tokens.is_empty() {
                order.push((kinds, kept.stamp, kept));
            }
        }
        order.sort_by_key(|(kind, stamp, _)| (*kind, *stamp));
        let (mut seen, mut print) = (Vec::new(), Vec::with_capacity(128));
        for token in order.iter().flat_map(|(_, _, kept)| &kept.tokens) {
            print.push(match token {
                Token::Text(text) => *text,
                Token::Id(id) => {
                    let place = seen.iter().position(|one| one == id).unwrap_or_else(|| {
                        seen.push(*id);
                        seen.len() - 1
                    });
                    u64::try_from(place).unwrap()
                }
            });
        }
        // A state like another but for what the network says is a broken promise, and must be seen.
        hash((print, self.moved))
    }
}

fn opened() -> World {
    let mut world = World::new();
    listen(&mut world);
    world
}

fn moves(call: &Call) -> i64 {
    match call {
        Call::Authorize { amount, capture: true, .. } | Call::Capture { amount, .. } => {
            amount.minor()
        }
        Call::Refund { amount, .. } => -amount.minor(),
        _ => 0,
    }
}

/// The claim of the step that will be this one.
pub(crate) fn claim(step: u64, fingerprint: u8) -> Claim {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&step.to_le_bytes());
    let path = String::from("/v1");
    Claim { key: ScopedKey(key), path, fingerprint: [fingerprint; 32], tags: Vec::new() }
}

fn command(mut ask: Ask, claim: Option<Claim>, step: u64) -> Command {
    number_card(&mut ask, step);
    let mut ids = [0; 16];
    ids[..8].copy_from_slice(&step.to_le_bytes());
    let meta = Meta {
        tenant: tenant(),
        now: super::NOW,
        entropy: Entropy { ids, secret: [7; 19] },
        claim,
        request: Some(RequestMark { id: String::from("req"), key: None }),
        expand: Vec::new(),
        spender: None,
        acquirer: Acquirer::FIRST,
    };
    Command { meta, ask }
}
