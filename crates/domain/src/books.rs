//! The run through the books: every invariant of the stored rows, checked row by row.
//!
//! [`Books`] is fed by storage from one snapshot, in any order except that balances come after
//! transfers and before payments, and keeps only sums and counts: its memory does not grow with
//! history. It remembers the first bad row and counts on.

mod flaw;
mod payment;
mod payout;
mod spread;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::ApiKeyId;

use crate::acquirer::Acquirer;
use crate::attempt::{Attempt, Call};
use crate::charge::ChargeState;
use crate::delivery::Delivery;
use crate::event::Event;
use crate::idempotency::{Record, RecordState};
use crate::intent::{Intent, IntentState};
use crate::key::{Allowance, Spend};
use crate::ledger::account::{Account, Balance};
use crate::ledger::transfer::{Reason, Transfer};
use crate::object::Trail;
use crate::setup::SetupIntent;
use crate::tenant::{Tenant, TenantId};

pub use flaw::Flaw;
pub use payment::{Line, Payment};

/// What the run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BooksReport {
    /// Tenants.
    pub tenants: u64,
    /// Intents.
    pub intents: u64,
    /// Charges, failed ones included.
    pub charges: u64,
    /// Refunds, failed ones included.
    pub refunds: u64,
    /// Disputes, inquiries included.
    pub disputes: u64,
    /// Payouts, failed ones included.
    pub payouts: u64,
    /// Ledger transfers.
    pub transfers: u64,
    /// Their entries.
    pub entries: u64,
    /// Events.
    pub events: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// Idempotency records.
    pub records: u64,
    /// Calls to the network whose outcome is not known yet.
    pub open_attempts: u64,
    /// Per currency and ledger account, the sum over all tenants.
    pub totals: Vec<Total>,
    /// Per acquirer and currency, what charges say it took and gave back.
    pub taken: BTreeMap<(Acquirer, Currency), Taken>,
    /// The first row that contradicts the others.
    pub first_bad: Option<BadRow>,
}

/// A sum over all tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// In which currency.
    pub currency: Currency,
    /// Of which ledger account.
    pub account: Account,
    /// In minor units; in 128 bits, because tenants are many.
    pub minor: i128,
}

/// What an acquirer took and gave back, over all tenants, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Taken.
    pub captured: i128,
    /// Given back.
    pub refunded: i128,
}

/// A row that contradicts the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// In which table.
    pub table: &'static str,
    /// Its id as the wire has it, or its key in words.
    pub id: String,
    /// What is wrong.
    pub what: Flaw,
}

/// The run itself.
#[derive(Debug, Default)]
pub struct Books {
    report: BooksReport,
    /// What balances must be, from the entries seen.
    sums: BTreeMap<(TenantId, Account, Currency), i128>,
    /// Per tenant, events that its objects say they had, less events seen.
    events_missing: BTreeMap<TenantId, i128>,
    /// Merchants' lines that belong to a payment or a payout.
    lines: u64,
    /// What families of keys must have spent, from what was counted.
    spent: BTreeMap<(TenantId, ApiKeyId, i64), i128>,
    /// Transfers that have no line.
    unlined: u64,
    /// What is in transit, less the payouts that are.
    in_transit: BTreeMap<(TenantId, Currency), i128>,
    /// What is held, less what intents say can be taken.
    held: BTreeMap<(TenantId, Currency), i128>,
    /// The same for each of them, and more.
    spread: spread::Spread,
}

impl Books {
    /// A tenant's row.
    pub fn tenant(&mut self, _tenant: &Tenant) {
        add(&mut self.report.tenants, 1);
    }

    /// A transfer: sums to zero in every currency.
    pub fn transfer(&mut self, transfer: &Transfer) {
        add(&mut self.report.transfers, 1);
        add(&mut self.report.entries, count(&transfer.entries));
        let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
        let mut held: BTreeMap<Currency, i128> = BTreeMap::new();
        let mut zero_entry = false;
        for entry in &transfer.entries {
            let (currency, minor) = (entry.amount.currency(), entry.amount.minor());
            zero_entry |= minor == 0;
            plus(sums.entry(currency).or_default(), minor);
            if entry.account.of_holds() {
                plus(held.entry(currency).or_default(), minor);
            }
            plus(self.sums.entry((transfer.tenant, entry.account, currency)).or_default(), minor);
        }
        self.spread.transfer(transfer);
        let id = || numbered(transfer.tenant, transfer.number);
        if sums.values().any(|sum| *sum != 0) {
            self.bad("transfers", id, Flaw::TransferUnbalanced);
        }
        if zero_entry || transfer.entries.len() < 2 {
            self.bad("transfers", id, Flaw::TransferEntries);
        }
        // What is held is beside the funds: neither becomes the other within a transfer.
        if held.values().any(|sum| *sum != 0) {
            self.bad("transfers", id, Flaw::TransferMisplaced);
        }
        if !transfer.reason.has_line() {
            add(&mut self.unlined, 1);
        }
        if !payout::well_placed(transfer) {
            self.bad("transfers", id, Flaw::TransferMisplaced);
        }
        if transfer.expires.is_some() != (transfer.reason == Reason::Authorization) {
            self.bad("transfers", id, Flaw::HoldWithoutEnd);
        }
    }

    /// A balance, after all transfers: the sum of its entries.
    pub fn balance(&mut self, balance: &Balance) {
        let key = (balance.tenant, balance.account, balance.currency);
        let sum = self.sums.remove(&key).unwrap_or(0);
        self.total(balance.account, balance.currency, sum);
        if sum != i128::from(balance.minor) {
            self.bad("balances", || balance_id(key), Flaw::BalanceDiffers);
        }
        let pends = balance.account == Account::Pending;
        if balance.parts_minor() != if pends { sum } else { 0 } {
            self.bad("balances", || balance_id(key), Flaw::PartsDiffer);
        }
        if balance.account == Account::InTransit {
            let there = self.in_transit.entry((balance.tenant, balance.currency)).or_default();
            *there = there.saturating_add(sum);
        }
        if balance.account == Account::Held {
            let there = self.held.entry((balance.tenant, balance.currency)).or_default();
            *there = there.saturating_add(sum);
        }
        self.spread.balance(balance);
        self.told_of(balance.tenant, &balance.trail);
    }

    /// What was counted for an intent or a refund.
    pub fn spend(&mut self, spend: &Spend) {
        let key = (spend.tenant, spend.family, spend.window);
        plus(self.spent.entry(key).or_default(), spend.amount.minor());
    }

    /// A family's allowance, after all that was counted: their sum.
    pub fn allowance(&mut self, allowance: &Allowance) {
        let key = (allowance.tenant, allowance.family, allowance.window);
        if self.spent.remove(&key).unwrap_or(0) != i128::from(allowance.minor) {
            let id = || format!("{} {}", allowance.family, allowance.window);
            self.bad("allowances", id, Flaw::AllowanceDiffers);
        }
    }

    /// One intent with everything that hangs on it.
    pub fn payment(&mut self, payment: &Payment<'_>) {
        add(&mut self.report.intents, 1);
        add(&mut self.report.charges, count(payment.charges));
        add(&mut self.report.refunds, count(payment.refunds));
        add(&mut self.report.disputes, count(payment.disputes));
        add(&mut self.lines, count(payment.lines));
        for charge in payment.charges {
            if let ChargeState::Captured { amount, .. } = &charge.state {
                let at = (charge.reference.acquirer(), amount.currency());
                let taken = self.report.taken.entry(at).or_default();
                taken.captured = taken.captured.saturating_add(i128::from(amount.minor()));
                let refunded = i128::from(charge.refunded.minor());
                taken.refunded = taken.refunded.saturating_add(refunded);
            }
        }
        let tenant = payment.intent.tenant;
        if let IntentState::RequiresCapture { capturable, .. } = &payment.intent.state {
            let held = self.held.entry((tenant, capturable.currency())).or_default();
            *held = held.saturating_sub(i128::from(capturable.minor()));
        }
        payment.charges.iter().for_each(|charge| self.spread.charge(charge));
        payment.lines.iter().for_each(|line| self.spread.line(line));
        let due = self.events_missing.entry(tenant).or_default();
        for sequence in payment.sequences() {
            *due = due.saturating_add(i128::from(sequence));
        }
        if let Some(bad) = payment.first_bad() {
            self.report.first_bad.get_or_insert(bad);
        }
    }

    /// An open attempt, with its intent and the record it says waits for it.
    pub fn attempt(&mut self, attempt: &Attempt, at: (Option<&Intent>, Option<&Record>)) {
        add(&mut self.report.open_attempts, 1);
        let (intent, record) = at;
        let Some(intent) = intent else {
            return self.bad("attempts", || attempt.id.to_string(), Flaw::AttemptWithoutIntent);
        };
        let refund = matches!(attempt.call, Call::Refund { .. });
        if !refund && intent.open.is_none_or(|open| open.id != attempt.id) {
            self.bad("attempts", || attempt.id.to_string(), Flaw::AttemptUnknownToIntent);
        }
        if attempt.claim.is_some() {
            let waits = record.is_some_and(|record| waits_for(record, attempt));
            if !waits {
                self.bad("attempts", || attempt.id.to_string(), Flaw::AttemptUnknownToRecord);
            }
        }
    }

    /// An open verification, with its set-up intent and the record it says waits for it.
    pub fn verification(&mut self, attempt: &Attempt, at: (Option<&SetupIntent>, Option<&Record>)) {
        add(&mut self.report.open_attempts, 1);
        let (setup, record) = at;
        let id = || attempt.id.to_string();
        match setup {
            None => self.bad("attempts", id, Flaw::AttemptWithoutIntent),
            Some(setup) if setup.open != Some(attempt.id) => {
                self.bad("attempts", id, Flaw::AttemptUnknownToIntent);
            }
            Some(_) => {}
        }
        let waits = record.is_some_and(|record| waits_for(record, attempt));
        if attempt.claim.is_some() && !waits {
            self.bad("attempts", id, Flaw::AttemptUnknownToRecord);
        }
    }

    /// A set-up intent, with the attempt that it says is open.
    pub fn setup(&mut self, setup: &SetupIntent, attempt: Option<&Attempt>) {
        self.told_of(setup.tenant, &setup.trail);
        let named = attempt.is_some_and(|attempt| attempt.call.setup() == Some(setup.id));
        if setup.open.is_some() && !named {
            self.bad("setup_intents", || setup.id.to_string(), Flaw::AttemptMissing);
        }
    }

    /// An idempotency record, with the attempt it says it waits for.
    pub fn record(&mut self, record: &Record, attempt: Option<&Attempt>) {
        add(&mut self.report.records, 1);
        match record.state {
            RecordState::Done { .. } => {}
            RecordState::InProgress { .. } => {
                let open = attempt.is_some_and(|attempt| {
                    waits_for(record, attempt) && attempt.claim == Some(record.key)
                });
                if !open {
                    self.bad("records", || record.request_id.clone(), Flaw::RecordWaitsForNothing);
                }
            }
        }
    }

    /// An object that belongs to no payment, by how far its events have come.
    pub fn told_of(&mut self, tenant: TenantId, trail: &Trail) {
        let due = self.events_missing.entry(tenant).or_default();
        *due = due.saturating_add(i128::from(trail.sequence));
    }

    /// An event with its deliveries.
    pub fn event(&mut self, event: &Event, deliveries: &[Delivery]) {
        add(&mut self.report.events, 1);
        add(&mut self.report.deliveries, count(deliveries));
        let due = self.events_missing.entry(event.tenant).or_default();
        *due = due.saturating_sub(1);
        let misplaced = |delivery: &Delivery| delivery.previous_sequence >= event.sequence;
        if deliveries.iter().any(misplaced) {
            self.bad("deliveries", || event.id.to_string(), Flaw::DeliveryOutOfOrder);
        }
    }

    /// A delivery whose event is not there.
    pub fn stray_delivery(&mut self, delivery: &Delivery) {
        add(&mut self.report.deliveries, 1);
        self.bad("deliveries", || delivery.event.to_string(), Flaw::DeliveryWithoutEvent);
    }

    /// A row that belongs to no payment.
    pub fn stray(&mut self, table: &'static str, id: String) {
        self.bad(table, || id, Flaw::BelongsToNothing);
    }

    /// Transfers without a line, so far.
    pub fn unlined(&self) -> u64 {
        self.unlined
    }

    /// Charges, refunds, disputes and lines that hang on an intent, so far. Where storage has more,
    /// some belong to nothing.
    pub fn hanging(&self) -> (u64, u64, u64, u64) {
        (self.report.charges, self.report.refunds, self.report.disputes, self.lines)
    }

    /// What was found.
    pub fn finish(mut self) -> BooksReport {
        for (key, sum) in core::mem::take(&mut self.sums) {
            if sum != 0 {
                self.bad("balances", || balance_id(key), Flaw::BalanceDiffers);
            }
        }
        for ((_, family, window), sum) in core::mem::take(&mut self.spent) {
            if sum != 0 {
                self.bad("allowances", || format!("{family} {window}"), Flaw::AllowanceDiffers);
            }
        }
        for ((tenant, currency), differs) in core::mem::take(&mut self.in_transit) {
            if differs != 0 {
                let key = (tenant, Account::InTransit, currency);
                self.bad("balances", || balance_id(key), Flaw::InTransitDiffers);
            }
        }
        for ((tenant, currency), differs) in core::mem::take(&mut self.held) {
            if differs != 0 {
                let key = (tenant, Account::Held, currency);
                self.bad("balances", || balance_id(key), Flaw::HeldDiffers);
            }
        }
        self.finish_spread();
        for (tenant, missing) in core::mem::take(&mut self.events_missing) {
            if missing != 0 {
                self.bad("events", || format!("tenant {}", tenant.raw()), Flaw::EventsMissing);
            }
        }
        self.report.totals.sort_by_key(|total| (total.currency, total.account));
        self.report
    }

    fn total(&mut self, account: Account, currency: Currency, minor: i128) {
        let totals = &mut self.report.totals;
        let known =
            totals.iter_mut().find(|total| (total.account, total.currency) == (account, currency));
        match known {
            Some(total) => total.minor = total.minor.saturating_add(minor),
            None => totals.push(Total { currency, account, minor }),
        }
    }

    fn bad(&mut self, table: &'static str, id: impl FnOnce() -> String, what: Flaw) {
        if self.report.first_bad.is_none() {
            self.report.first_bad = Some(BadRow { table, id: id(), what });
        }
    }
}

fn waits_for(record: &Record, attempt: &Attempt) -> bool {
    record.tenant == attempt.tenant
        && record.state == RecordState::InProgress { attempt: attempt.id }
}

fn numbered(tenant: TenantId, number: i64) -> String {
    format!("tenant {}, number {number}", tenant.raw())
}

fn balance_id((tenant, account, currency): (TenantId, Account, Currency)) -> String {
    format!("tenant {}, {}, {}", tenant.raw(), account.name(), currency.code())
}

fn add(count: &mut u64, more: u64) {
    *count = count.saturating_add(more);
}

fn plus(sum: &mut i128, minor: i64) {
    *sum = sum.saturating_add(i128::from(minor));
}

fn count<T>(rows: &[T]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
