//! Posting a movement of funds: the transfer, the balances and the merchant's line.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::BalanceTransactionId;
use farthing_core::money::{Money, SignedMoney};
use farthing_core::time::TimestampMs;

use super::draft::Draft;
use crate::charge::Charge;
use crate::ledger::account::Account;
use crate::ledger::posting::{self, Availability};
use crate::ledger::transfer::{BalanceTransaction, Entry, Reason, Transfer};
use crate::limits::{AVAILABLE_AFTER_DAYS, DISPUTE_FEE_MINOR};
use crate::object::ObjectRef;
use crate::view::Row;

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

/// Funds were taken: gross from the network, the fee kept, the net to the merchant.
pub(super) fn charge(
    draft: &mut Draft<'_>,
    charge: &Charge,
    taking: Taking,
) -> BalanceTransactionId {
    let fee = posting::fee_of_part((taking.before, taking.amount), draft.tenant().fee)
        .expect("a fee is below its charge");
    let entries =
        posting::charge(taking.amount, fee, taking.when).expect("a fee is below its charge");
    let available_on = match taking.when {
        Availability::Later => available_on(draft.meta.now),
        Availability::AtOnce => draft.meta.now,
    };
    let line = Line {
        reason: Reason::Charge,
        source: ObjectRef::Charge(charge.id),
        part: taking.part,
        amount: SignedMoney::credit(taking.amount),
        fee,
        available_on,
        description: charge.description.clone(),
    };
    post(draft, line, entries)
}

/// Funds were given back: out of pending first, then out of available.
pub(super) fn refund(
    draft: &mut Draft<'_>,
    source: ObjectRef,
    amount: Money,
    description: Option<String>,
) -> BalanceTransactionId {
    let currency = amount.currency();
    let pending = draft.balance_minor(Account::Pending, currency);
    let entries = posting::refund(amount, pending).expect("parts of an amount are amounts");
    let line = Line {
        reason: Reason::Refund,
        source,
        part: 0,
        amount: SignedMoney::debit(amount),
        fee: Money::zero(currency),
        available_on: available_on(draft.meta.now),
        description,
    };
    post(draft, line, entries)
}

/// A refund came back: the same funds are the merchant's again.
pub(super) fn refund_failure(
    draft: &mut Draft<'_>,
    source: ObjectRef,
    amount: Money,
    description: Option<String>,
) -> BalanceTransactionId {
    let line = Line {
        reason: Reason::RefundFailure,
        source,
        part: 0,
        amount: SignedMoney::credit(amount),
        fee: Money::zero(amount.currency()),
        available_on: draft.meta.now,
        description,
    };
    post(draft, line, posting::refund_failure(amount))
}

/// A chargeback took funds back, and the fee for it is kept. Both are effective at once.
pub(super) fn dispute(
    draft: &mut Draft<'_>,
    source: ObjectRef,
    amount: Money,
    description: Option<String>,
) -> BalanceTransactionId {
    let fee = Money::new(DISPUTE_FEE_MINOR, amount.currency()).expect("a fee is an amount");
    let entries = posting::dispute(amount, fee).expect("a charge and a fee are within range");
    let line = Line {
        reason: Reason::Dispute,
        source,
        part: 0,
        amount: SignedMoney::debit(amount),
        fee,
        available_on: draft.meta.now,
        description,
    };
    post(draft, line, entries)
}

/// A chargeback was won: what it took is the merchant's again.
pub(super) fn dispute_reversal(
    draft: &mut Draft<'_>,
    source: ObjectRef,
    amount: Money,
    description: Option<String>,
) -> BalanceTransactionId {
    let line = Line {
        reason: Reason::DisputeReversal,
        source,
        part: 0,
        amount: SignedMoney::credit(amount),
        fee: Money::zero(amount.currency()),
        available_on: draft.meta.now,
        description,
    };
    post(draft, line, posting::dispute_reversal(amount))
}

/// What a movement looks like to the merchant.
struct Line {
    reason: Reason,
    source: ObjectRef,
    part: u32,
    amount: SignedMoney,
    fee: Money,
    available_on: TimestampMs,
    description: Option<String>,
}

fn post(draft: &mut Draft<'_>, line: Line, entries: Vec<Entry>) -> BalanceTransactionId {
    let sum: i64 = entries.iter().map(|entry| entry.amount.minor()).sum();
    assert_eq!(sum, 0, "every transfer sums to zero");
    for entry in &entries {
        draft.add_to_balance(entry.account, entry.amount.currency(), entry.amount.minor());
    }
    let number = draft.transfer_number();
    let (tenant, created) = (draft.meta.tenant, draft.meta.now);
    let Line { reason, source, part, amount, fee, available_on, description } = line;
    draft.insert(Row::Transfer(Transfer { tenant, number, created, reason, source, entries }));
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
        part,
        amount,
        fee,
        available_on,
        description,
    }));
    id
}

/// The start of the UTC day on which funds taken now can be paid out.
fn available_on(now: TimestampMs) -> TimestampMs {
    TimestampMs::start_of_utc_day(now.utc_day().saturating_add(AVAILABLE_AFTER_DAYS))
}
