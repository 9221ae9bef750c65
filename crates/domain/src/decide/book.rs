//! Posting a movement of funds: the transfer, the balances and the merchant's line.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::BalanceTransactionId;
use farthing_core::money::{Money, SignedMoney};
use farthing_core::time::TimestampMs;

use super::draft::Draft;
use super::hold::Hold;
use crate::change::Decision;
use crate::charge::{Charge, ChargeState};
use crate::command::Meta;
use crate::ledger::account::Account;
use crate::ledger::conversion::{Rate, Ratio};
use crate::ledger::posting::{self, Availability, Gross, Part, Whereabouts};
use crate::ledger::transfer::{BalanceTransaction, Entry, Reason, Transfer, Turn};
use crate::limits::DISPUTE_FEE_MINOR;
use crate::object::ObjectRef;
use crate::payout::Payout;
use crate::reply::Reply;
use crate::view::{Key, Row, View};

/// One capture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taking {
    /// What earlier captures of the charge took.
    pub(super) before: Money,
    /// What this one takes.
    pub(super) amount: Money,
    /// Which one it is, from 0.
    pub(super) part: u32,
    /// Where the net goes.
    pub(super) when: Availability,
}

/// Funds were taken: gross from the network, the fee kept, the net to the merchant. `charge` is as it
/// is after it, here and below.
pub(super) fn charge(
    draft: &mut Draft<'_>,
    charge: &Charge,
    taking: Taking,
) -> BalanceTransactionId {
    let moved = Moved::into(charge, taking.amount);
    let all = taking.before.plus(taking.amount).expect("captures stay within what is held");
    let worth = |amount| Moved::worth(charge, amount);
    let (before, after) = (worth(taking.before), worth(all));
    let rest = after.minus(before).expect("more is worth more");
    let part = Part { before, amount: rest };
    let fee = posting::fee_of_part(part, draft.tenant().fee).expect("a fee is below its charge");
    // Where captures and refunds of a converted charge alternate, a part may be worth one less.
    let fee = if moved.settled.covers(fee) == Ok(true) { fee } else { moved.settled };
    let gross = Gross { amount: moved.settled, fee };
    let entries = posting::charge(gross, taking.when).expect("a fee is below its charge");
    let available_on = match taking.when {
        Availability::Later => available_on(draft),
        Availability::AtOnce => draft.posted(),
    };
    let line = Line {
        reason: Reason::Charge,
        source: ObjectRef::Charge(charge.id),
        turn: Turn::Nth(taking.part),
        amount: SignedMoney::credit(moved.settled),
        ratio: moved.ratio(),
        fee,
        available_on,
        description: charge.description.clone(),
    };
    let mut entries = moved.through(entries);
    if was_held(charge) {
        entries.extend(posting::release(taking.amount));
    }
    let id = post(draft, line, entries);
    if taking.when == Availability::AtOnce {
        draft.emit_available(moved.settled.currency());
    }
    id
}

/// Whether what a captured charge took had been held before.
fn was_held(charge: &Charge) -> bool {
    match &charge.state {
        ChargeState::Captured { held_until, .. } => held_until.is_some(),
        ChargeState::Held { .. }
        | ChargeState::Pending { .. }
        | ChargeState::Released { .. }
        | ChargeState::Failed { .. } => false,
    }
}

/// Funds are held for a charge, or more than before, until its term is over.
pub(super) fn hold(draft: &mut Draft<'_>, (charge, amount): (&Charge, Money)) {
    let expires = Some(Hold::of(charge).capture_before);
    let source = ObjectRef::Charge(charge.id);
    write(draft, (Reason::Authorization, source, expires), posting::hold(amount));
}

/// What was held for a charge and not taken is let go.
pub(super) fn release(draft: &mut Draft<'_>, (charge, amount): (&Charge, Money)) {
    if !amount.is_zero() {
        let source = ObjectRef::Charge(charge.id);
        record(draft, (Reason::Release, source), posting::release(amount));
        let left = draft.balance_minor(Account::Held, amount.currency());
        assert!(left >= 0, "no more is let go than is held");
    }
}

/// Funds were given back: out of pending first, then out of available.
pub(super) fn refund(
    draft: &mut Draft<'_>,
    source: ObjectRef,
    (charge, amount): (&Charge, Money),
    description: Option<String>,
) -> BalanceTransactionId {
    let moved = Moved::out_of(charge, amount);
    let pending = draft.balance_minor(Account::Pending, moved.settled.currency());
    let entries = posting::refund(moved.settled, pending).expect("parts of an amount are amounts");
    let line = Line {
        reason: Reason::Refund,
        source,
        turn: Turn::ONLY,
        amount: SignedMoney::debit(moved.settled),
        ratio: moved.ratio(),
        fee: Money::zero(moved.settled.currency()),
        available_on: available_on(draft),
        description,
    };
    post(draft, line, moved.through(entries))
}

/// A refund came back: the same funds are the merchant's again.
pub(super) fn refund_failure(
    draft: &mut Draft<'_>,
    source: ObjectRef,
    (charge, amount): (&Charge, Money),
    description: Option<String>,
) -> BalanceTransactionId {
    let moved = Moved::into(charge, amount);
    let line = Line {
        reason: Reason::RefundFailure,
        source,
        turn: Turn::ONLY,
        amount: SignedMoney::credit(moved.settled),
        ratio: moved.ratio(),
        fee: Money::zero(moved.settled.currency()),
        available_on: draft.posted(),
        description,
    };
    post(draft, line, moved.through(posting::refund_failure(moved.settled)))
}

/// A chargeback took funds back, and the fee for it is kept. Both are effective at once.
pub(super) fn dispute(
    draft: &mut Draft<'_>,
    source: ObjectRef,
    (charge, amount): (&Charge, Money),
    description: Option<String>,
) -> BalanceTransactionId {
    let moved = Moved::out_of(charge, amount);
    let fee = Money::new(DISPUTE_FEE_MINOR, moved.settled.currency()).expect("a fee is an amount");
    let gross = Gross { amount: moved.settled, fee };
    let entries = posting::dispute(gross).expect("a charge and a fee are within range");
    let line = Line {
        reason: Reason::Dispute,
        source,
        turn: Turn::ONLY,
        amount: SignedMoney::debit(moved.settled),
        ratio: moved.ratio(),
        fee,
        available_on: draft.posted(),
        description,
    };
    post(draft, line, moved.through(entries))
}

/// A chargeback was won: what it took is the merchant's again.
pub(super) fn dispute_reversal(
    draft: &mut Draft<'_>,
    source: ObjectRef,
    (charge, amount): (&Charge, Money),
    description: Option<String>,
) -> BalanceTransactionId {
    let moved = Moved::into(charge, amount);
    let line = Line {
        reason: Reason::DisputeReversal,
        source,
        turn: Turn::ONLY,
        amount: SignedMoney::credit(moved.settled),
        ratio: moved.ratio(),
        fee: Money::zero(moved.settled.currency()),
        available_on: draft.posted(),
        description,
    };
    post(draft, line, moved.through(posting::dispute_reversal(moved.settled)))
}

/// A movement of a charge's funds in the currency in which it settles.
struct Moved {
    /// What it is to the merchant.
    settled: Money,
    /// Where it was converted.
    conversion: Option<Conversion>,
}

/// Two amounts of a charge, before and after a movement, whichever way it went.
#[derive(Clone, Copy, Debug)]
struct Span {
    less: Money,
    more: Money,
}

/// How a movement was converted: the network's entry and the clearing account's, and at what.
struct Conversion {
    presented: SignedMoney,
    whole: SignedMoney,
    rate: Rate,
}

impl Moved {
    /// So much came to the charge.
    fn into(charge: &Charge, amount: Money) -> Self {
        let more = charge.left().expect("no more goes back than was taken");
        let less = more.minus(amount).expect("what came is there");
        Self::between(charge, Span { less, more }, SignedMoney::debit)
    }

    /// So much went from it.
    fn out_of(charge: &Charge, amount: Money) -> Self {
        let less = charge.left().expect("no more goes back than was taken");
        let more = less.plus(amount).expect("it was there before it went");
        Self::between(charge, Span { less, more }, SignedMoney::credit)
    }

    /// What is between two amounts of a charge. The sign is that of the network's side.
    fn between(charge: &Charge, span: Span, sign: impl Fn(Money) -> SignedMoney) -> Self {
        let amount = span.more.minus(span.less).expect("more is more than less");
        let Some(rate) = charge.rate else { return Self { settled: amount, conversion: None } };
        let worth = |amount| rate.worth(amount).expect("a charge's worth is within range");
        let (less, more) = (worth(span.less), worth(span.more));
        let part = |less, more: Money| more.minus(less).expect("more is worth more");
        let whole = sign(part(less.whole, more.whole));
        let conversion = Some(Conversion { presented: sign(amount), whole, rate });
        Self { settled: part(less.settled, more.settled), conversion }
    }

    fn worth(charge: &Charge, amount: Money) -> Money {
        match charge.rate {
            Some(rate) => rate.worth(amount).expect("a charge's worth is within range").settled,
            None => amount,
        }
    }

    fn ratio(&self) -> Option<Ratio> {
        self.conversion.as_ref().map(|conversion| conversion.rate.ratio)
    }

    fn through(&self, entries: Vec<Entry>) -> Vec<Entry> {
        match &self.conversion {
            None => entries,
            Some(conversion) => {
                posting::through_clearing(&entries, conversion.presented, conversion.whole)
                    .expect("parts of an amount are amounts")
            }
        }
    }
}

/// What pends until now, or should have, becomes available.
pub(super) fn ripen(view: &View, meta: &Meta, (currency, timer): (Currency, Key)) -> Decision {
    let mut draft = Draft::new(view, meta);
    draft.delete(timer);
    let minor = draft.balance_mut(Account::Pending, currency).take_ripe(meta.now.utc_day());
    let ripe = Money::new(minor, currency).expect("parts are never negative");
    if !ripe.is_zero() {
        let source = ObjectRef::Balance(currency);
        record(&mut draft, (Reason::Availability, source), posting::availability(ripe));
        draft.emit_available(currency);
    }
    draft.unkept(Reply::Done)
}

/// A payout takes what is available; never more.
pub(super) fn payout(draft: &mut Draft<'_>, payout: &Payout) -> BalanceTransactionId {
    let description = payout.description.clone().unwrap_or_else(|| "PAYOUT".into());
    let line = Line {
        amount: SignedMoney::debit(payout.amount),
        available_on: payout.arrival,
        ..of_payout(draft, payout, (Reason::Payout, description))
    };
    post(draft, line, posting::payout(payout.amount))
}

/// A payout is at the bank.
pub(super) fn payout_paid(draft: &mut Draft<'_>, payout: &Payout) {
    let source = ObjectRef::Payout(payout.id);
    let entries = posting::payout_paid(payout.amount);
    record(draft, (Reason::PayoutPaid, source), entries);
}

/// A payout did not get to the bank, or came back from there.
pub(super) fn payout_failure(
    draft: &mut Draft<'_>,
    payout: &Payout,
    from: Whereabouts,
) -> BalanceTransactionId {
    let line = of_payout(draft, payout, (Reason::PayoutFailure, "PAYOUT FAILURE".into()));
    post(draft, line, posting::payout_return(payout.amount, from))
}

/// A payout was given up before it left.
pub(super) fn payout_cancel(draft: &mut Draft<'_>, payout: &Payout) -> BalanceTransactionId {
    let line = of_payout(draft, payout, (Reason::PayoutCancel, "PAYOUT CANCEL".into()));
    post(draft, line, posting::payout_return(payout.amount, Whereabouts::InTransit))
}

/// What another payout had brought to the bank is back.
pub(super) fn payout_reversal(draft: &mut Draft<'_>, payout: &Payout) -> BalanceTransactionId {
    let line = of_payout(draft, payout, (Reason::PayoutReversal, "PAYOUT REVERSAL".into()));
    post(draft, line, posting::payout_return(payout.amount, Whereabouts::Paid))
}

/// So much of what is available is kept back; never more.
pub(super) fn reserve(draft: &mut Draft<'_>, amount: Money) {
    let line = of_reserve(draft, (Reason::Reserve, SignedMoney::debit(amount)));
    post(draft, line, posting::reserve(amount));
}

/// So much of what is kept back is available again.
pub(super) fn reserve_release(draft: &mut Draft<'_>, amount: Money) {
    let line = of_reserve(draft, (Reason::ReserveRelease, SignedMoney::credit(amount)));
    post(draft, line, posting::reserve_release(amount));
    let left = draft.balance_minor(Account::Reserve, amount.currency());
    assert!(left >= 0, "no more comes out of reserve than is there");
}

/// The line of a movement that no object of the merchant's causes.
fn of_reserve(draft: &Draft<'_>, (reason, amount): (Reason, SignedMoney)) -> Line {
    Line {
        reason,
        source: ObjectRef::Balance(amount.currency()),
        turn: Turn::OfTransfer,
        amount,
        ratio: None,
        fee: Money::zero(amount.currency()),
        available_on: draft.posted(),
        description: Some("RESERVE".into()),
    }
}

/// The line of a payout's funds that are available again.
fn of_payout(draft: &Draft<'_>, payout: &Payout, (reason, description): (Reason, String)) -> Line {
    Line {
        reason,
        source: ObjectRef::Payout(payout.id),
        turn: Turn::ONLY,
        amount: SignedMoney::credit(payout.amount),
        ratio: None,
        fee: Money::zero(payout.amount.currency()),
        available_on: draft.posted(),
        description: Some(description),
    }
}

/// What a movement looks like to the merchant.
struct Line {
    reason: Reason,
    source: ObjectRef,
    turn: Turn,
    amount: SignedMoney,
    ratio: Option<Ratio>,
    fee: Money,
    available_on: TimestampMs,
    description: Option<String>,
}

fn post(draft: &mut Draft<'_>, line: Line, entries: Vec<Entry>) -> BalanceTransactionId {
    let (tenant, created) = (draft.meta.tenant, draft.posted());
    let Line { reason, source, turn, amount, ratio, fee, available_on, description } = line;
    for entry in entries.iter().filter(|entry| entry.account == Account::Pending) {
        let (currency, minor) = (entry.amount.currency(), entry.amount.minor());
        draft.move_parts(currency, minor, available_on.utc_day());
    }
    let number = record(draft, (reason, source), entries);
    let id = draft.balance_transaction_id();
    let seq = draft.seq();
    draft.insert(Row::BalanceTransaction(BalanceTransaction {
        id,
        tenant,
        seq,
        created,
        reason,
        source,
        transfer: number,
        turn,
        amount,
        ratio,
        fee,
        available_on,
        description,
    }));
    id
}

/// Writes a transfer that does not end by itself.
fn record(
    draft: &mut Draft<'_>,
    (reason, source): (Reason, ObjectRef),
    entries: Vec<Entry>,
) -> i64 {
    write(draft, (reason, source, None), entries)
}

/// Writes a transfer and moves the balances; answers with its number.
fn write(
    draft: &mut Draft<'_>,
    (reason, source, expires): (Reason, ObjectRef, Option<TimestampMs>),
    entries: Vec<Entry>,
) -> i64 {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for entry in &entries {
        let sum = sums.entry(entry.amount.currency()).or_default();
        *sum = sum.checked_add(entry.amount.minor()).expect("entries of one amount");
        draft.add_to_balance(entry.account, entry.amount.currency(), entry.amount.minor());
    }
    assert!(sums.values().all(|sum| *sum == 0), "every transfer sums to zero in each currency");
    let number = draft.transfer_number();
    let (tenant, created) = (draft.meta.tenant, draft.posted());
    let transfer = Transfer { tenant, number, created, reason, source, entries, expires };
    if transfer.needs_cover() {
        let mut currencies = sums.keys();
        let covered = |currency| draft.balance_minor(Account::Available, currency) >= 0;
        assert!(
            currencies.all(|currency| covered(*currency)),
            "only a refund or a dispute takes available funds below zero"
        );
    }
    draft.insert(Row::Transfer(transfer));
    number
}

/// The start of the UTC day on which funds taken now can be paid out.
fn available_on(draft: &Draft<'_>) -> TimestampMs {
    let days = i64::from(draft.tenant().payouts.delay_days);
    TimestampMs::start_of_utc_day(draft.posted().utc_day().saturating_add(days))
}
