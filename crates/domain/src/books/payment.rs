//! One payment: an intent and everything that hangs on it, held against each other.

use alloc::string::ToString;

use farthing_core::currency::Currency;
use farthing_core::id::BalanceTransactionId;
use farthing_core::money::{Money, SignedMoney};

use super::{BadRow, Flaw};
use crate::attempt::{Attempt, Call};
use crate::charge::{Charge, ChargeState, Rest};
use crate::dispute::{Dispute, DisputeState};
use crate::intent::{Intent, IntentState};
use crate::ledger::account::Account;
use crate::ledger::transfer::{BalanceTransaction, Entry, Reason, Transfer, Turn};
use crate::object::ObjectRef;
use crate::refund::{Refund, RefundState};

/// An intent and everything that hangs on it.
#[derive(Clone, Copy, Debug)]
pub struct Payment<'a> {
    /// The intent.
    pub intent: &'a Intent,
    /// Its charges.
    pub charges: &'a [Charge],
    /// Its refunds.
    pub refunds: &'a [Refund],
    /// Its disputes.
    pub disputes: &'a [Dispute],
    /// The lines of its charges, refunds and disputes.
    pub lines: &'a [Line],
    /// Its open attempts.
    pub attempts: &'a [Attempt],
}

/// A merchant's line and the transfer it shows, if that is there.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line.
    pub line: BalanceTransaction,
    /// Its transfer.
    pub transfer: Option<Transfer>,
}

impl Payment<'_> {
    /// How many events each of its objects had.
    pub(super) fn sequences(&self) -> impl Iterator<Item = u32> {
        let charges = self.charges.iter().map(|charge| charge.trail.sequence);
        let refunds = self.refunds.iter().map(|refund| refund.trail.sequence);
        let disputes = self.disputes.iter().map(|dispute| dispute.trail.sequence);
        core::iter::once(self.intent.trail.sequence).chain(charges).chain(refunds).chain(disputes)
    }

    /// The first of its rows that contradicts the others.
    pub(super) fn first_bad(&self) -> Option<BadRow> {
        self.paid_twice()
            .or_else(|| self.intent_flaw().map(|what| bad("intents", &self.intent.id, what)))
            .or_else(|| {
                self.charges.iter().find_map(|charge| {
                    self.charge_flaw(charge).map(|what| bad("charges", &charge.id, what))
                })
            })
            .or_else(|| {
                self.refunds.iter().find_map(|refund| {
                    self.refund_flaw(refund).map(|what| bad("refunds", &refund.id, what))
                })
            })
            .or_else(|| {
                self.disputes.iter().find_map(|dispute| {
                    self.dispute_flaw(dispute).map(|what| bad("disputes", &dispute.id, what))
                })
            })
    }

    fn paid_twice(&self) -> Option<BadRow> {
        let mut paid = self.charges.iter().filter(|charge| match charge.state {
            ChargeState::Held { .. }
            | ChargeState::Pending { .. }
            | ChargeState::Captured { .. }
            | ChargeState::Released { .. } => true,
            ChargeState::Failed { .. } => false,
        });
        paid.next();
        paid.next().map(|second| bad("charges", &second.id, Flaw::PaidTwice))
    }

    fn intent_flaw(&self) -> Option<Flaw> {
        if let Some(open) = self.intent.open
            && !self.attempts.iter().any(|attempt| attempt.id == open.id)
        {
            return Some(Flaw::AttemptMissing);
        }
        let (mut held, mut taken) = (None, None);
        for charge in self.charges {
            match &charge.state {
                ChargeState::Held { .. } => held = Some((charge.id, charge.amount)),
                ChargeState::Captured { amount, rest: Rest::Released, .. } => {
                    taken = Some((charge.id, *amount));
                }
                ChargeState::Captured { amount, rest: Rest::Held, .. } => {
                    held = charge.amount.minus(*amount).ok().map(|left| (charge.id, left));
                    taken = Some((charge.id, *amount));
                }
                ChargeState::Pending { .. }
                | ChargeState::Released { .. }
                | ChargeState::Failed { .. } => {}
            }
        }
        let latest = self.intent.latest_charge;
        let expected = match &self.intent.state {
            IntentState::Succeeded { received } => (None, latest.map(|charge| (charge, *received))),
            IntentState::RequiresCapture { capturable, received } => {
                let received = (!received.is_zero()).then_some(*received);
                (latest.map(|charge| (charge, *capturable)), latest.zip(received))
            }
            IntentState::RequiresPaymentMethod { .. }
            | IntentState::RequiresConfirmation
            | IntentState::RequiresAction { .. }
            | IntentState::Processing
            | IntentState::Canceled { .. } => (None, None),
        };
        // A paid intent always names its charge.
        let unnamed = latest.is_none()
            && matches!(
                self.intent.state,
                IntentState::Succeeded { .. } | IntentState::RequiresCapture { .. }
            );
        (unnamed || (held, taken) != expected).then_some(Flaw::IntentDiffers)
    }

    fn charge_flaw(&self, charge: &Charge) -> Option<Flaw> {
        if !self.taken(charge) {
            return Some(Flaw::ChargeUnposted);
        }
        if !self.converted(charge) {
            return Some(Flaw::ConversionDiffers);
        }
        if !self.disputed(charge) {
            return Some(Flaw::DisputedDiffers);
        }
        let of_charge = |refund: &&Refund| refund.charge == charge.id;
        let given = self.refunds.iter().filter(of_charge).filter(|refund| gave(refund));
        let given = sum(charge, given.map(|refund| refund.amount));
        if given != Some(charge.refunded) {
            return Some(Flaw::RefundedDiffers);
        }
        let reserved = self.attempts.iter().filter_map(|attempt| match &attempt.call {
            Call::Refund { amount, charge: of, .. } if *of == charge.id => Some(*amount),
            Call::Refund { .. }
            | Call::Authorize { .. }
            | Call::Increment { .. }
            | Call::Capture { .. }
            | Call::Void { .. }
            | Call::Verify { .. } => None,
        });
        (sum(charge, reserved) != Some(charge.refund_reserved)).then_some(Flaw::ReservedDiffers)
    }

    fn refund_flaw(&self, refund: &Refund) -> Option<Flaw> {
        let charge = self.charges.iter().find(|charge| charge.id == refund.charge);
        let placed =
            charge.is_some_and(|charge| charge.amount.currency() == refund.amount.currency());
        if !placed {
            return Some(Flaw::RefundMisplaced);
        }
        let open = self.attempts.iter().any(|attempt| match attempt.call {
            Call::Refund { refund: id, .. } => id == refund.id,
            Call::Authorize { .. }
            | Call::Verify { .. }
            | Call::Capture { .. }
            | Call::Increment { .. }
            | Call::Void { .. } => false,
        });
        let moved = match refund.state {
            RefundState::Failed if refund.balance_transaction.is_some() => {
                return (!self.came_back(refund)).then_some(Flaw::RefundUnposted);
            }
            RefundState::Failed => false,
            RefundState::Succeeded => true,
            // Posted when the network took it; until then its call is open.
            RefundState::Pending if open => return None,
            RefundState::Pending if refund.balance_transaction.is_none() => {
                return Some(Flaw::RefundLost);
            }
            RefundState::Pending => !open,
        };
        let posted = moved.then(|| (Reason::Refund, SignedMoney::debit(refund.amount)));
        let source = ObjectRef::Refund(refund.id);
        (!self.posted(source, refund.balance_transaction, posted)).then_some(Flaw::RefundUnposted)
    }

    /// Whether a charge has exactly one line for each of its captures, which together are what was
    /// taken, and names the newest; or none of all that.
    fn taken(&self, charge: &Charge) -> bool {
        let (all, captures) = match &charge.state {
            ChargeState::Captured { amount, captures, .. } => (*amount, *captures),
            ChargeState::Held { .. }
            | ChargeState::Pending { .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => (Money::zero(charge.amount.currency()), 0),
        };
        let source = ObjectRef::Charge(charge.id);
        let mut gross = SignedMoney::zero(charge.amount.currency());
        let (mut parts, mut newest) = (0_u32, None);
        for line in self.lines.iter().filter(|line| line.line.source == source) {
            let Some(presented) = line.presented() else { return false };
            let Ok(sum) = gross.plus(presented) else { return false };
            gross = sum;
            parts = parts.saturating_add(1);
            if captures.checked_sub(1).map(Turn::Nth) == Some(line.line.turn) {
                newest = Some(line.line.id);
            }
            if line.line.reason != Reason::Charge || !line.agrees() {
                return false;
            }
        }
        (gross, parts) == (SignedMoney::credit(all), captures)
            && charge.balance_transaction == newest
    }

    /// Whether what a merchant was credited for a converted charge, and what clearing gave for it, is
    /// the worth of what is left of it; a charge that is not converted has no ratio anywhere.
    fn converted(&self, charge: &Charge) -> bool {
        let mut of_charge = self.lines.iter().filter(|line| self.is_of(charge, line));
        let Some(rate) = charge.rate else {
            return of_charge.all(|line| line.line.ratio.is_none());
        };
        let (mut settled, mut whole) = (0_i128, 0_i128);
        for line in of_charge {
            if line.line.ratio != Some(rate.ratio) || line.line.amount.currency() != rate.to {
                return false;
            }
            settled = settled.saturating_add(i128::from(line.line.amount.minor()));
            whole = whole.saturating_sub(line.entered(Account::Clearing, rate.to));
        }
        let worth = charge.left().and_then(|left| rate.worth(left));
        worth.is_ok_and(|worth| {
            (settled, whole) == (i128::from(worth.settled.minor()), i128::from(worth.whole.minor()))
        })
    }

    /// Whether a line moved funds of a charge.
    fn is_of(&self, charge: &Charge, line: &Line) -> bool {
        match line.line.source {
            ObjectRef::Charge(id) => id == charge.id,
            ObjectRef::Refund(id) => {
                self.refunds.iter().any(|refund| (refund.id, refund.charge) == (id, charge.id))
            }
            ObjectRef::Dispute(id) => {
                self.disputes.iter().any(|dispute| (dispute.id, dispute.charge) == (id, charge.id))
            }
            ObjectRef::Intent(_)
            | ObjectRef::Method(_)
            | ObjectRef::Endpoint(_)
            | ObjectRef::Event(_)
            | ObjectRef::BalanceTransaction(_)
            | ObjectRef::Customer(_)
            | ObjectRef::Setup(_)
            | ObjectRef::SetupAttempt(_)
            | ObjectRef::Token(_)
            | ObjectRef::Warning(_)
            | ObjectRef::Payout(_)
            | ObjectRef::BankAccount(_)
            | ObjectRef::Balance(_) => false,
        }
    }

    /// Whether a charge says of its disputes what they say themselves.
    fn disputed(&self, charge: &Charge) -> bool {
        let own = || self.disputes.iter().filter(|dispute| dispute.charge == charge.id);
        let taken = own().filter(|dispute| dispute.state.withdrawn());
        sum(charge, taken.map(|dispute| dispute.amount)) == Some(charge.disputed)
            && match charge.dispute {
                None => own().next().is_none(),
                Some(named) => own().any(|dispute| dispute.id == named),
            }
    }

    /// A dispute has the line that took its funds if they were taken, the one that returned them if
    /// it was won, and no other.
    fn dispute_flaw(&self, dispute: &Dispute) -> Option<Flaw> {
        let charge = self.charges.iter().find(|charge| charge.id == dispute.charge);
        let placed =
            charge.is_some_and(|charge| charge.amount.currency() == dispute.amount.currency());
        if !placed {
            return Some(Flaw::DisputeMisplaced);
        }
        let won = dispute.state == DisputeState::Won;
        let agree = (dispute.withdrawn.is_some(), dispute.reinstated.is_some())
            == (dispute.state.withdrawn() || won, won);
        let (mut taken, mut returned) = (0_u32, 0_u32);
        let source = ObjectRef::Dispute(dispute.id);
        for line in self.lines.iter().filter(|line| line.line.source == source) {
            let id = Some(line.line.id);
            let Some(presented) = line.presented() else { return Some(Flaw::DisputeUnposted) };
            let gross = (line.line.reason, presented);
            if gross == (Reason::Dispute, SignedMoney::debit(dispute.amount))
                && dispute.withdrawn == id
            {
                taken = taken.saturating_add(1);
            } else if gross == (Reason::DisputeReversal, SignedMoney::credit(dispute.amount))
                && dispute.reinstated == id
            {
                returned = returned.saturating_add(1);
            } else {
                return Some(Flaw::DisputeUnposted);
            }
            if !line.agrees() {
                return Some(Flaw::DisputeUnposted);
            }
        }
        let named =
            (u32::from(dispute.withdrawn.is_some()), u32::from(dispute.reinstated.is_some()));
        (!agree || named != (taken, returned)).then_some(Flaw::DisputeUnposted)
    }

    /// Whether a refund that came back has its own line and the one that undoes it, and no other.
    fn came_back(&self, refund: &Refund) -> bool {
        let source = ObjectRef::Refund(refund.id);
        let (mut given, mut returned) = (0_u32, 0_u32);
        // Refunds of the first release do not name it.
        let failure = refund.failure.and_then(|failure| failure.balance_transaction);
        for line in self.lines.iter().filter(|line| line.line.source == source) {
            let Some(presented) = line.presented() else { return false };
            let gross = (line.line.reason, presented);
            let named = refund.balance_transaction == Some(line.line.id);
            if gross == (Reason::Refund, SignedMoney::debit(refund.amount)) && named {
                given = given.saturating_add(1);
            } else if gross == (Reason::RefundFailure, SignedMoney::credit(refund.amount))
                && failure.is_none_or(|failure| failure == line.line.id)
            {
                returned = returned.saturating_add(1);
            } else {
                return false;
            }
            if !line.agrees() {
                return false;
            }
        }
        (given, returned) == (1, 1)
    }

    /// Whether a source has exactly the one line that is expected of it, with a transfer whose
    /// network entry is the opposite of the line's gross amount, and names it; or none of all that.
    fn posted(
        &self,
        source: ObjectRef,
        named: Option<BalanceTransactionId>,
        expected: Option<(Reason, SignedMoney)>,
    ) -> bool {
        let mut lines = self.lines.iter().filter(|line| line.line.source == source);
        match (lines.next(), lines.next(), expected) {
            (None, None, None) => named.is_none(),
            (Some(only), None, Some((reason, amount))) => {
                named == Some(only.line.id)
                    && only.line.reason == reason
                    && only.presented() == Some(amount)
                    && only.agrees()
            }
            (None | Some(_), _, _) => false,
        }
    }
}

impl Line {
    /// Whether the transfer is there and says the same: reason, source, gross and fee; and where it was
    /// converted, that it went through clearing.
    fn agrees(&self) -> bool {
        let (Some(transfer), line) = (&self.transfer, &self.line) else { return false };
        let settled = line.amount.currency();
        let gross = i128::from(line.amount.negate().minor());
        let of = |account| self.entered(account, settled);
        let other = |entry: &&Entry| entry.amount.currency() != settled;
        let through = of(Account::Clearing).saturating_add(of(Account::Rounding));
        let from_network = match line.ratio {
            None => {
                of(Account::Network) == gross
                    && through == 0
                    && transfer.entries.iter().find(other).is_none()
            }
            Some(_) => of(Account::Network) == 0 && through == gross,
        };
        transfer.reason == line.reason
            && transfer.source == line.source
            && from_network
            && of(Account::Fees) == i128::from(line.fee.minor())
    }

    /// What it is in the currency that was paid: the opposite of the network's side.
    fn presented(&self) -> Option<SignedMoney> {
        if self.line.ratio.is_none() {
            return Some(self.line.amount);
        }
        let transfer = self.transfer.as_ref()?;
        let mut network = transfer.entries.iter().filter(|it| it.account == Account::Network);
        match (network.next(), network.next()) {
            (Some(only), None) => Some(only.amount.negate()),
            (None | Some(_), _) => None,
        }
    }

    /// What a ledger account was moved by in one currency.
    pub(super) fn entered(&self, account: Account, currency: Currency) -> i128 {
        let entries = self.transfer.iter().flat_map(|transfer| &transfer.entries);
        let own = entries.filter(|it| it.account == account && it.amount.currency() == currency);
        own.fold(0, |sum: i128, it| sum.saturating_add(i128::from(it.amount.minor())))
    }
}

/// Whether a refund counts as given back: the network took it, and it did not come back.
fn gave(refund: &Refund) -> bool {
    match refund.state {
        RefundState::Succeeded => true,
        RefundState::Pending => refund.balance_transaction.is_some(),
        RefundState::Failed => false,
    }
}

/// The sum of amounts in a charge's currency; none if one has another.
fn sum(charge: &Charge, amounts: impl Iterator<Item = Money>) -> Option<Money> {
    let mut sum = Money::zero(charge.amount.currency());
    for amount in amounts {
        sum = sum.plus(amount).ok()?;
    }
    Some(sum)
}

fn bad(table: &'static str, id: &impl ToString, what: Flaw) -> BadRow {
    BadRow { table, id: id.to_string(), what }
}
