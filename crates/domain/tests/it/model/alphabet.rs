//! What can happen, one line each: a name, and how it is asked for in a state.
//!
//! A new verb of the domain is a new line here; the promises and the graph follow by themselves. Where
//! one alphabet would explode there are several: what becomes of funds ([`super::funds`]) and payments
//! whose funds come later ([`super::later`]) have walks of their own.

use farthing_core::money::Money;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::attempt::{Attempt, Call};
use farthing_domain::charge::{Charge, ChargeState, Rest};
use farthing_domain::command::{
    Advance, AnswerChallenge, AnswerSetup, Ask, CancelSetup, Confirm, ConfirmIntent, ConfirmSetup,
    CreateSetup, DisputeNews, Extras, FailOver, MetadataPatch, MethodSource, OpenDispute, Patch,
    Postpone, RefundNews, SetupConfirm, UpdateDispute, UpdateIntent,
};
use farthing_domain::dispute::{Dispute, DisputeReason, DisputeStage, id_of};
use farthing_domain::intent::{CaptureMethod, Intent, MethodChoice};
use farthing_domain::network::{Approval, Outcome};
use farthing_domain::object::Metadata;
use farthing_domain::payout::Payout;
use farthing_domain::refund::{FailureReason, Refund};
use farthing_domain::setup::SetupIntent;
use farthing_domain::view::{Key, Row};

use super::NOW;
use super::state::State;
use crate::world::{
    Shelf as _, approved, cancel, capture, capture_leaving, card, confirm, create, declined,
    increment, refund, tenant, usd,
};

/// Who is speaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The merchant, under a key.
    Merchant,
    /// The network, in answer to an open attempt, or recovery in its place.
    Answer,
    /// The network or time, unasked.
    World,
}

/// Commands, each with what it is about.
pub(crate) type Asks = Vec<(Option<Key>, Ask)>;

/// One thing that can happen.
#[derive(Debug)]
pub(crate) struct Letter {
    /// Its name in the graph.
    pub(crate) name: &'static str,
    /// Who is speaking.
    pub(crate) from: From,
    /// About what, and the command; several where there are several to speak about.
    pub(crate) asks: fn(&State) -> Asks,
}

/// The amount of a payment, more than it, and part of it.
const WHOLE: i64 = 2_000;
const MORE: i64 = 2_001;
const PART: i64 = 700;
/// Longer than any deadline of the domain.
const WEEKS_MS: i64 = 10 * 24 * 60 * 60 * 1000;

macro_rules! letters {
    ($alphabet:ident; $($from:ident $name:literal $asks:expr;)+) => {
        /// An alphabet.
        pub(crate) const $alphabet: &[Letter] =
            &[$(Letter { name: $name, from: From::$from, asks: $asks }),+];
    };
}
pub(super) use letters;

letters! {
    LETTERS;
    Merchant "create" |s| fresh(s, create(usd(WHOLE), CaptureMethod::Automatic, None));
    Merchant "create and confirm" |s| fresh(s, create(usd(WHOLE), CaptureMethod::AutomaticAsync, Some(1)));
    Merchant "create and confirm, capture later" |s| fresh(s, create(usd(WHOLE), CaptureMethod::Manual, Some(1)));
    Merchant "confirm" |s| intents(s, |it| Some(confirm(it.id, None)));
    Merchant "confirm with a card" |s| intents(s, |it| Some(confirm(it.id, Some(1))));
    Merchant "confirm, no challenge" |s| intents(s, |it| Some(unchallenged(it)));
    Merchant "change the amount" |s| intents(s, |it| Some(update(it, Some(MORE))));
    Merchant "change the description" |s| intents(s, |it| Some(update(it, None)));
    Merchant "capture" |s| intents(s, |it| Some(capture(it.id, None)));
    Merchant "capture part" |s| intents(s, |it| Some(capture(it.id, Some(PART))));
    Merchant "capture part, hold the rest" |s| intents(s, |it| Some(capture_leaving(it.id, Some(PART), Rest::Held)));
    Merchant "hold more" |s| intents(s, |it| Some(increment(it.id, MORE)));
    Merchant "capture too much" |s| intents(s, |it| Some(capture(it.id, Some(MORE + 1))));
    Merchant "cancel" |s| intents(s, |it| Some(cancel(it.id)));
    Merchant "refund" |s| intents(s, |it| Some(refund(it.id, None)));
    Merchant "refund part" |s| intents(s, |it| Some(refund(it.id, Some(PART))));
    Merchant "refund too much" |s| intents(s, |it| Some(refund(it.id, Some(MORE + 1))));
    Merchant "submit evidence" |s| disputes(s, |it| Some(evidence(it)));
    Merchant "accept" |s| disputes(s, |it| Some(Ask::CloseDispute(it.id)));
    Merchant "create a set-up" |s| fresh(s, set_up(None));
    Merchant "create and confirm a set-up" |s| fresh(s, set_up(Some(1)));
    Merchant "confirm the set-up" |s| setups(s, |it| Some(confirm_setup(it, None)));
    Merchant "confirm the set-up with a card" |s| setups(s, |it| Some(confirm_setup(it, Some(1))));
    Merchant "cancel the set-up" |s| setups(s, |it| Some(Ask::CancelSetup(CancelSetup { id: it.id, reason: None })));
    World "set-up challenge passed" |s| setups(s, |it| Some(answer_setup(it, 0, true)));
    World "set-up challenge failed" |s| setups(s, |it| Some(answer_setup(it, 0, false)));
    World "earlier set-up challenge passed" |s| setups(s, |it| Some(answer_setup(it, 1, true)));
    World "challenge passed" |s| intents(s, |it| Some(answer(it, 0, true)));
    World "challenge failed" |s| intents(s, |it| Some(answer(it, 0, false)));
    World "earlier challenge passed" |s| intents(s, |it| Some(answer(it, 1, true)));
    Answer "approved" |s| attempts(s, |it| Some(Ask::Settle(it.id, approved())));
    Answer "taken, not done" |s| refunding(s, |it| Some(Ask::Settle(it.id, taken())));
    Answer "declined" |s| attempts(s, |it| Some(Ask::Settle(it.id, declined())));
    Answer "must authenticate" |s| authorizing(s, |it| Some(Ask::Settle(it.id, Box::new(Outcome::ActionRequired))));
    Answer "never happened" |s| attempts(s, |it| Some(Ask::Settle(it.id, Box::new(Outcome::Absent))));
    Answer "never happened, another is asked" |s| authorizing(s, |it| Some(elsewhere(it)));
    Answer "no answer" |s| attempts(s, |it| Some(Ask::Postpone(Postpone { attempt: it.id, lookup_at: NOW })));
    World "refund done" |s| refunds(s, |it| Some(Ask::HearRefund(it.id, RefundNews::Succeeded)));
    World "refund came back" |s| refunds(s, |it| Some(Ask::HearRefund(it.id, RefundNews::Failed(FailureReason::Unknown))));
    World "charged back" |s| charges(s, |it| dispute(s, it, (DisputeStage::Chargeback, left(it))));
    World "charged back, all of it" |s| charges(s, |it| dispute(s, it, (DisputeStage::Chargeback, taken_of(it))));
    World "asked about" |s| charges(s, |it| dispute(s, it, (DisputeStage::Inquiry, taken_of(it))));
    World "told again" |s| disputes(s, |it| Some(again(it)));
    World "escalated" |s| disputes(s, |it| Some(Ask::HearDispute(it.id, DisputeNews::Escalated)));
    World "won" |s| disputes(s, |it| Some(Ask::HearDispute(it.id, DisputeNews::Won)));
    World "lost" |s| disputes(s, |it| Some(Ask::HearDispute(it.id, DisputeNews::Lost)));
    World "answer told" |s| disputes(s, |it| Some(Ask::DisputeTold(it.id, it.untold?, it.submissions)));
    World "deadline" |s| disputes(s, |it| Some(Ask::DisputeDue(it.id)));
    World "weeks pass" time_passes;
    World "timer" timers;
}

/// A new payment, where there is room for one.
pub(super) fn fresh(state: &State, ask: Ask) -> Asks {
    let payments = state.all().filter(|row| matches!(row, Row::Intent(_) | Row::Setup(_))).count();
    if payments < state.payments { vec![(None, ask)] } else { Vec::new() }
}

macro_rules! about_each {
    ($($name:ident $variant:ident $type:ty;)+) => {$(
        pub(super) fn $name(state: &State, ask: impl Fn(&$type) -> Option<Ask>) -> Asks {
            state
                .all()
                .filter_map(|row| match row {
                    Row::$variant(it) => ask(it).map(|ask| (Some(row.key()), ask)),
                    _ => None,
                })
                .collect()
        }
    )+};
}

about_each! {
    intents Intent Intent;
    charges Charge Charge;
    refunds Refund Refund;
    disputes Dispute Dispute;
    setups Setup SetupIntent;
    payouts Payout Payout;
}

/// About the intents of the open attempts.
pub(super) fn attempts(state: &State, ask: impl Fn(&Attempt) -> Option<Ask>) -> Asks {
    state
        .all()
        .filter_map(|row| match row {
            Row::Attempt(it) => ask(it).map(|ask| (Some(about(it)), ask)),
            _ => None,
        })
        .collect()
}

/// The other of two acquirers is asked.
fn elsewhere(attempt: &Attempt) -> Ask {
    let [first, second, ..] = Acquirer::ALL;
    let to = if attempt.reference.acquirer() == first { second } else { first };
    Ask::FailOver(FailOver { attempt: attempt.id, to })
}

/// What an attempt is for.
fn about(attempt: &Attempt) -> Key {
    match attempt.call.setup() {
        Some(setup) => Key::Setup(tenant(), setup),
        None => Key::Intent(tenant(), attempt.intent),
    }
}

pub(super) fn authorizing(state: &State, ask: impl Fn(&Attempt) -> Option<Ask>) -> Asks {
    attempts(state, |it| {
        matches!(it.call, Call::Authorize { .. } | Call::Verify { .. }).then(|| ask(it)).flatten()
    })
}

fn refunding(state: &State, ask: impl Fn(&Attempt) -> Option<Ask>) -> Asks {
    attempts(state, |it| matches!(it.call, Call::Refund { .. }).then(|| ask(it)).flatten())
}

/// What the network has taken and not given back. A refund may be in flight: then so much is not
/// left for long.
pub(super) fn left(charge: &Charge) -> i64 {
    taken_of(charge) - charge.refunded.minor() - charge.disputed.minor()
}

/// What the network has taken, whatever it gave back since.
fn taken_of(charge: &Charge) -> i64 {
    match &charge.state {
        ChargeState::Captured { amount, .. } => amount.minor(),
        _ => 0,
    }
}

pub(super) fn dispute(
    state: &State,
    about: &Charge,
    (how, minor): (DisputeStage, i64),
) -> Option<Ask> {
    let open = state
        .all()
        .any(|row| matches!(row, Row::Dispute(it) if it.charge == about.id && !it.state.closed()));
    (!open && minor > 0).then_some(Ask::OpenDispute(OpenDispute {
        id: id_of(NOW, state.steps),
        charge: about.id,
        amount: Money::new(minor, about.amount.currency()).unwrap(),
        reason: DisputeReason::Fraudulent,
        stage: how,
    }))
}

/// The same news a second time.
fn again(dispute: &Dispute) -> Ask {
    Ask::OpenDispute(OpenDispute {
        id: dispute.id,
        charge: dispute.charge,
        amount: dispute.amount,
        reason: dispute.reason,
        stage: DisputeStage::Chargeback,
    })
}

fn evidence(dispute: &Dispute) -> Ask {
    Ask::UpdateDispute(Box::new(UpdateDispute {
        id: dispute.id,
        evidence: vec![("receipt", Some("r".to_owned()))],
        submit: None,
        metadata: MetadataPatch::default(),
    }))
}

fn unchallenged(intent: &Intent) -> Ask {
    Ask::ConfirmIntent(Box::new(ConfirmIntent {
        id: intent.id,
        types: None,
        method: Some(MethodSource::New(Box::new(card(1)))),
        confirm: Confirm { error_on_requires_action: true, ..Confirm::default() },
        receipt_email: Patch::Keep,
        shipping: Patch::Keep,
        setup_future_usage: Patch::Keep,
        capture: None,
        requests: None,
        extras: Extras::default(),
    }))
}

fn update(intent: &Intent, amount_minor: Option<i64>) -> Ask {
    Ask::UpdateIntent(Box::new(UpdateIntent {
        id: intent.id,
        types: None,
        amount_minor,
        currency: None,
        customer: None,
        method: None,
        capture: None,
        requests: None,
        description: Patch::Set("d".to_owned()),
        metadata: MetadataPatch::default(),
        receipt_email: Patch::Keep,
        shipping: Patch::Keep,
        setup_future_usage: Patch::Keep,
        statement_descriptor_suffix: Patch::Keep,
        transfer_group: Patch::Keep,
        extras: Extras::default(),
    }))
}

fn set_up(number: Option<u8>) -> Ask {
    let method = number.map(|number| MethodSource::New(Box::new(card(number))));
    Ask::CreateSetup(Box::new(CreateSetup {
        customer: None,
        confirm: method.is_some().then(SetupConfirm::default),
        method,
        methods: MethodChoice::Listed(farthing_domain::method_type::MethodSet::CARD),
        description: None,
        metadata: Metadata::new(),
    }))
}

fn confirm_setup(setup: &SetupIntent, number: Option<u8>) -> Ask {
    let method = number.map(|number| MethodSource::New(Box::new(card(number))));
    let confirm = SetupConfirm::default();
    Ask::ConfirmSetup(Box::new(ConfirmSetup { id: setup.id, method, confirm }))
}

fn answer_setup(setup: &SetupIntent, ago: u32, passed: bool) -> Ask {
    let confirmation = setup.confirmations.saturating_sub(ago);
    Ask::AnswerSetup(AnswerSetup { id: setup.id, confirmation, passed })
}

fn answer(intent: &Intent, ago: u32, passed: bool) -> Ask {
    let confirmation = intent.confirmations.saturating_sub(ago);
    Ask::AnswerChallenge(AnswerChallenge { id: intent.id, confirmation, passed })
}

#[expect(clippy::unnecessary_box_returns, reason = "as a settle carries it")]
fn taken() -> Box<Outcome> {
    Box::new(Outcome::Approved(Approval { refund_pending: true, ..Approval::default() }))
}

/// Time goes on where something is due later.
pub(super) fn time_passes(state: &State) -> Asks {
    let now = state.now();
    let waits = state.all().any(|row| match row {
        Row::Timer(timer) => timer.at > now,
        Row::Dispute(dispute) => dispute.state.waits() && dispute.due_by >= now,
        _ => false,
    });
    if waits { vec![(None, Ask::AdvanceClock(Advance::By(WEEKS_MS)))] } else { Vec::new() }
}

pub(super) fn timers(state: &State) -> Asks {
    state
        .all()
        .filter_map(|row| match row {
            Row::Timer(timer) => Some((None, Ask::RunTimer(timer.at, timer.due))),
            _ => None,
        })
        .collect()
}
