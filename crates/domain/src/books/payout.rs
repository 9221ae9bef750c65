//! One payout and its lines, held against each other; and the transfers that have no line.

use alloc::string::ToString;

use farthing_core::id::BalanceTransactionId;
use farthing_core::money::SignedMoney;

use super::{Books, Flaw, Line, add, count};
use crate::ledger::account::{Account, Balance};
use crate::ledger::transfer::{Entry, Reason, Transfer};
use crate::object::ObjectRef;
use crate::payout::{Payout, PayoutState};

impl Books {
    /// A payout with its lines, after the balances.
    pub fn payout(&mut self, payout: &Payout, lines: &[Line]) {
        add(&mut self.report.payouts, 1);
        add(&mut self.lines, count(lines));
        self.told_of(payout.tenant, &payout.trail);
        if payout.in_transit() {
            let key = (payout.tenant, payout.amount.currency());
            let there = self.in_transit.entry(key).or_default();
            *there = there.saturating_sub(i128::from(payout.amount.minor()));
        }
        self.spread.payout(payout);
        if !agree(payout, lines) {
            self.bad("payouts", || payout.id.to_string(), Flaw::PayoutUnposted);
        }
    }
}

impl Books {
    /// What is kept back, with the lines of whatever moved it, after the balances.
    pub fn reserve(&mut self, balance: &Balance, lines: &[Line]) {
        add(&mut self.lines, count(lines));
        let moved = |line: &Line| {
            let (transfer, line) = (line.transfer.as_ref()?, &line.line);
            let kept = transfer.moves(Account::Reserve, balance.currency).checked_neg()?;
            let same = (transfer.reason, transfer.source) == (line.reason, line.source);
            (same && line.fee.is_zero() && line.amount.minor() == kept).then_some(kept)
        };
        let sum = lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(moved(line)?));
        if sum.and_then(i64::checked_neg) != Some(balance.minor) {
            let key = (balance.tenant, balance.account, balance.currency);
            self.bad("balances", || super::balance_id(key), Flaw::ReserveDiffers);
        }
    }
}

/// Whether a transfer whose reason is for two accounts moves funds between these.
pub(super) fn well_placed(transfer: &Transfer) -> bool {
    let between = |from: Account, to: Account| {
        transfer.entries.iter().all(|entry: &Entry| {
            entry.account == if entry.amount.is_negative() { from } else { to }
        })
    };
    match transfer.reason {
        Reason::Availability => between(Account::Pending, Account::Available),
        Reason::PayoutPaid => between(Account::InTransit, Account::Network),
        Reason::Authorization => between(Account::Authorized, Account::Held),
        Reason::Release => between(Account::Held, Account::Authorized),
        Reason::Reserve => between(Account::Available, Account::Reserve),
        Reason::ReserveRelease => between(Account::Reserve, Account::Available),
        Reason::Charge
        | Reason::Refund
        | Reason::RefundFailure
        | Reason::Dispute
        | Reason::DisputeReversal
        | Reason::Payout
        | Reason::PayoutFailure
        | Reason::PayoutCancel
        | Reason::PayoutReversal => true,
    }
}

/// What must have been posted of a payout: each line by the name it has there, and no other.
fn agree(payout: &Payout, lines: &[Line]) -> bool {
    let (out, back) = (SignedMoney::debit(payout.amount), SignedMoney::credit(payout.amount));
    let sent = (Reason::Payout, out, payout.balance_transaction);
    let expected: [Option<(Reason, SignedMoney, Option<BalanceTransactionId>)>; 2] =
        match (payout.original, payout.state) {
            (Some(_), PayoutState::Paid) => {
                [Some((Reason::PayoutReversal, back, payout.balance_transaction)), None]
            }
            (Some(_), _) => [None, None],
            (None, PayoutState::Pending | PayoutState::InTransit | PayoutState::Paid) => {
                [Some(sent), None]
            }
            (None, PayoutState::Failed) => {
                [Some(sent), Some((Reason::PayoutFailure, back, payout.returned))]
            }
            (None, PayoutState::Canceled) => {
                [Some(sent), Some((Reason::PayoutCancel, back, payout.returned))]
            }
        };
    let count_of = |line: Option<BalanceTransactionId>| u64::from(line.is_some());
    let names = count_of(payout.balance_transaction).saturating_add(count_of(payout.returned));
    // Funds that the bank returned are not brought back by a reversal as well.
    let once = payout.returned.is_none() || payout.reversed_by.is_none();
    let found = expected.iter().flatten().all(|(reason, amount, id)| {
        lines.iter().any(|line| {
            (line.line.reason, line.line.amount, Some(line.line.id)) == (*reason, *amount, *id)
                && says_the_same(line, payout)
        })
    });
    let expected = count(&expected.iter().flatten().collect::<alloc::vec::Vec<_>>());
    once && found && count(lines) == expected && names == expected
}

/// Whether the transfer is there and takes from available, or returns to it, what the line says.
fn says_the_same(line: &Line, payout: &Payout) -> bool {
    let (Some(transfer), line) = (&line.transfer, &line.line) else { return false };
    let source = ObjectRef::Payout(payout.id);
    let available = Entry { account: Account::Available, amount: line.amount };
    let elsewhere = |entry: &Entry| match entry.account {
        Account::InTransit => line.reason != Reason::PayoutReversal,
        Account::Network => {
            matches!(line.reason, Reason::PayoutReversal | Reason::PayoutFailure)
        }
        Account::Pending
        | Account::Available
        | Account::Fees
        | Account::Clearing
        | Account::Reserve
        | Account::Rounding
        | Account::Authorized
        | Account::Held => false,
    };
    (transfer.reason, transfer.source, line.source) == (line.reason, source, source)
        && line.fee.is_zero()
        && transfer.entries.len() == 2
        && transfer.entries.contains(&available)
        && transfer.entries.iter().any(elsewhere)
}
