//! Sums that are right for each object and not only for all of them: what is held for each charge, what
//! is on its way of each payout, and of what pends the days on which it becomes available.
//!
//! There are as many objects as there is history, and the run keeps sums alone. So each object has a
//! weight, a number made of its id: what entries moved for it is added times its weight, and what its
//! row says is taken off times its weight. One object's too much never makes up for another's too
//! little, except by a coincidence of one in 2^60.

use alloc::collections::BTreeMap;

use farthing_core::currency::Currency;

use super::{Books, Flaw, Line, balance_id};
use crate::charge::{Charge, ChargeState, Rest};
use crate::ledger::account::{Account, Balance};
use crate::ledger::transfer::{Reason, Transfer};
use crate::object::ObjectRef;
use crate::payout::Payout;
use crate::tenant::TenantId;

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Spread {
    /// Of held funds and of those in transit, by weight, less what charges and payouts say.
    weighed: BTreeMap<(TenantId, Account, Currency), i128>,
    /// Of what pends until a day, what charges of that day brought, less what balances say.
    days: BTreeMap<(TenantId, Currency, i64), i128>,
}

impl Spread {
    pub(super) fn transfer(&mut self, transfer: &Transfer) {
        for entry in &transfer.entries {
            if matches!(entry.account, Account::Held | Account::InTransit) {
                let key = (transfer.tenant, entry.account, entry.amount.currency());
                self.weigh(key, transfer.source, i128::from(entry.amount.minor()));
            }
        }
    }

    /// Before the payments.
    pub(super) fn balance(&mut self, balance: &Balance) {
        for part in balance.parts.iter().filter(|part| part.minor > 0) {
            let key = (balance.tenant, balance.currency, part.day);
            let sum = self.days.entry(key).or_default();
            *sum = sum.saturating_sub(i128::from(part.minor));
        }
    }

    pub(super) fn charge(&mut self, charge: &Charge) {
        let taken = match &charge.state {
            ChargeState::Held { .. } => 0,
            ChargeState::Captured { amount, rest: Rest::Held, .. } => amount.minor(),
            ChargeState::Captured { rest: Rest::Released, .. }
            | ChargeState::Pending { .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => return,
        };
        let held = i128::from(charge.amount.minor()).saturating_sub(i128::from(taken));
        let key = (charge.tenant, Account::Held, charge.amount.currency());
        self.weigh(key, ObjectRef::Charge(charge.id), held.saturating_neg());
    }

    pub(super) fn payout(&mut self, payout: &Payout) {
        if payout.in_transit() {
            let key = (payout.tenant, Account::InTransit, payout.amount.currency());
            let minor = i128::from(payout.amount.minor());
            self.weigh(key, ObjectRef::Payout(payout.id), minor.saturating_neg());
        }
    }

    /// Refunds take of what pends, whatever its day; so a day has no more than its charges brought.
    pub(super) fn line(&mut self, line: &Line) {
        let (currency, day) = (line.line.amount.currency(), line.line.available_on.utc_day());
        if line.line.reason == Reason::Charge
            && let Some(sum) = self.days.get_mut(&(line.line.tenant, currency, day))
        {
            *sum = sum.saturating_add(line.entered(Account::Pending, currency));
        }
    }

    fn weigh(&mut self, key: (TenantId, Account, Currency), source: ObjectRef, minor: i128) {
        let sum = self.weighed.entry(key).or_default();
        *sum = sum.wrapping_add(weight(source).wrapping_mul(minor));
    }
}

impl Books {
    /// What does not add up in the end.
    pub(super) fn finish_spread(&mut self) {
        let Spread { weighed, days } = core::mem::take(&mut self.spread);
        for (key, _) in weighed.into_iter().filter(|(_, sum)| *sum != 0) {
            let (_, account, _) = key;
            let what =
                if account == Account::Held { Flaw::HeldDiffers } else { Flaw::InTransitDiffers };
            self.bad("balances", || balance_id(key), what);
        }
        for ((tenant, currency, _), _) in days.into_iter().filter(|(_, sum)| *sum < 0) {
            let key = (tenant, Account::Pending, currency);
            self.bad("balances", || balance_id(key), Flaw::PartsDiffer);
        }
    }
}

/// A number of 61 bits, made of an id; of what holds nothing and is not on its way, one.
fn weight(source: ObjectRef) -> i128 {
    let bytes = match source {
        ObjectRef::Charge(id) => id.bytes(),
        ObjectRef::Payout(id) => id.bytes(),
        ObjectRef::Intent(_)
        | ObjectRef::Refund(_)
        | ObjectRef::Dispute(_)
        | ObjectRef::Method(_)
        | ObjectRef::Endpoint(_)
        | ObjectRef::Event(_)
        | ObjectRef::BalanceTransaction(_)
        | ObjectRef::Customer(_)
        | ObjectRef::Setup(_)
        | ObjectRef::SetupAttempt(_)
        | ObjectRef::Token(_)
        | ObjectRef::Warning(_)
        | ObjectRef::BankAccount(_)
        | ObjectRef::Balance(_) => return 1,
    };
    // Ids of one moment differ in a few bits: each spreads over all of the number.
    let mixed = bytes.iter().fold(0x9e37_79b9_7f4a_7c15_u64, |mixed, byte| {
        let mixed = (mixed ^ u64::from(*byte)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 32)
    });
    i128::from(mixed >> 3)
}
