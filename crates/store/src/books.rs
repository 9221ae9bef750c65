//! Feeding the run through the books from one snapshot, in all engines.

use std::collections::BTreeMap;

use farthing_core::id::IntentId;
use farthing_domain::attempt::Attempt;
use farthing_domain::bank::BankAccount;
use farthing_domain::books::{Books, BooksReport, Line, Payment};
use farthing_domain::charge::Charge;
use farthing_domain::customer::Customer;
use farthing_domain::delivery::Delivery;
use farthing_domain::dispute::Dispute;
use farthing_domain::endpoint::Endpoint;
use farthing_domain::event::{Body, Event};
use farthing_domain::idempotency::{Record, RecordState};
use farthing_domain::intent::Intent;
use farthing_domain::key::{Allowance, Spend};
use farthing_domain::ledger::account::{Account, Balance};
use farthing_domain::ledger::transfer::{BalanceTransaction, Reason, Transfer};
use farthing_domain::method::PaymentMethod;
use farthing_domain::object::ObjectRef;
use farthing_domain::payout::Payout;
use farthing_domain::query::{CreatedRange, Cursor, List, Query};
use farthing_domain::refund::{Refund, RefundState};
use farthing_domain::setup::{SetupAttempt, SetupIntent};
use farthing_domain::tenant::{ApiKey, Tenant, TenantId};
use farthing_domain::timer::Timer;
use farthing_domain::token::Token;
use farthing_domain::view::{Key, Row, View};
use farthing_domain::warning::FraudWarning;

use crate::error::StoreError;
use crate::row::Stored;
use crate::snapshot::{Snapshot, seq_of};

/// Rows of one intent or one source read at a time: an intent has at most fifty charges, and most
/// have one.
const ROWS_AT_ONCE: usize = 100;

/// Open attempts by their intent: as many as there are calls in flight.
type Attempts = BTreeMap<(TenantId, IntentId), Vec<Attempt>>;

/// Runs through the books.
pub(crate) fn check(snapshot: &Snapshot<'_>) -> Result<BooksReport, StoreError> {
    let mut books = Books::default();
    every::<Tenant>(snapshot, |row| books.tenant(&row))?;
    every::<Transfer>(snapshot, |row| books.transfer(&row))?;
    every::<Balance>(snapshot, |row| books.balance(&row))?;
    every::<Customer>(snapshot, |row| books.told_of(row.tenant, &row.trail))?;
    every::<PaymentMethod>(snapshot, |row| books.told_of(row.tenant, &row.trail))?;
    every::<FraudWarning>(snapshot, |row| books.told_of(row.tenant, &row.trail))?;
    snapshot.each::<SetupIntent>(|setup| {
        let attempt = match setup.open {
            Some(id) => one(snapshot, Key::Attempt(id))?,
            None => None,
        };
        books.setup(&setup, attempt.as_ref());
        Ok(())
    })?;
    every::<Spend>(snapshot, |row| books.spend(&row))?;
    every::<Allowance>(snapshot, |row| books.allowance(&row))?;
    let attempts = attempts(snapshot, &mut books)?;
    snapshot.each::<Record>(|record| {
        let attempt = match record.state {
            RecordState::InProgress { attempt } => one(snapshot, Key::Attempt(attempt))?,
            RecordState::Done { .. } => None,
        };
        books.record(&record, attempt.as_ref());
        Ok(())
    })?;
    snapshot.each::<Intent>(|intent| payment(snapshot, &mut books, &attempts, &intent))?;
    snapshot.each::<Payout>(|payout| {
        let lines = with_transfers(snapshot, payout.tenant, ObjectRef::Payout(payout.id))?;
        books.payout(&payout, &lines);
        Ok(())
    })?;
    snapshot.each::<Balance>(|balance| {
        if balance.account == Account::Reserve {
            let source = ObjectRef::Balance(balance.currency);
            let lines = with_transfers(snapshot, balance.tenant, source)?;
            books.reserve(&balance, &lines);
        }
        Ok(())
    })?;
    deliveries(snapshot, &mut books)?;
    strays(snapshot, &mut books)?;
    Ok(books.finish())
}

/// Every row in key order.
pub(crate) fn dump(snapshot: &Snapshot<'_>) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    every_row(snapshot, &mut |row| {
        rows.push(row);
        Ok(())
    })?;
    rows.sort_by_key(Row::key);
    Ok(rows)
}

/// Every row, table by table.
pub(crate) fn every_row(
    snapshot: &Snapshot<'_>,
    visit: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    take::<Tenant>(snapshot, visit)?;
    take::<ApiKey>(snapshot, visit)?;
    take::<Intent>(snapshot, visit)?;
    take::<Customer>(snapshot, visit)?;
    take::<PaymentMethod>(snapshot, visit)?;
    take::<SetupIntent>(snapshot, visit)?;
    take::<SetupAttempt>(snapshot, visit)?;
    take::<Token>(snapshot, visit)?;
    take::<FraudWarning>(snapshot, visit)?;
    take::<Charge>(snapshot, visit)?;
    take::<Refund>(snapshot, visit)?;
    take::<Dispute>(snapshot, visit)?;
    take::<Payout>(snapshot, visit)?;
    take::<BankAccount>(snapshot, visit)?;
    take::<BalanceTransaction>(snapshot, visit)?;
    // Before balances: what guards a payout's entries compares them with what is there.
    take::<Transfer>(snapshot, visit)?;
    take::<Balance>(snapshot, visit)?;
    take::<Attempt>(snapshot, visit)?;
    take::<Record>(snapshot, visit)?;
    take::<Event>(snapshot, visit)?;
    take::<Body>(snapshot, visit)?;
    take::<Delivery>(snapshot, visit)?;
    take::<Endpoint>(snapshot, visit)?;
    take::<Timer>(snapshot, visit)?;
    take::<Allowance>(snapshot, visit)?;
    take::<Spend>(snapshot, visit)?;
    Ok(())
}

fn take<T: Stored>(
    snapshot: &Snapshot<'_>,
    visit: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    snapshot.each::<T>(|row| visit(row.into_row()))
}

/// Every row of a table, for visits that cannot fail.
fn every<T: Stored>(snapshot: &Snapshot<'_>, mut visit: impl FnMut(T)) -> Result<(), StoreError> {
    snapshot.each::<T>(|row| {
        visit(row);
        Ok(())
    })
}

fn attempts(snapshot: &Snapshot<'_>, books: &mut Books) -> Result<Attempts, StoreError> {
    let mut open = Attempts::new();
    snapshot.each::<Attempt>(|attempt| {
        let record: Option<Record> = match attempt.claim {
            Some(key) => one(snapshot, Key::Record(attempt.tenant, key))?,
            None => None,
        };
        if let Some(id) = attempt.call.setup() {
            let setup: Option<SetupIntent> = one(snapshot, Key::Setup(attempt.tenant, id))?;
            books.verification(&attempt, (setup.as_ref(), record.as_ref()));
            return Ok(());
        }
        let intent: Option<Intent> = one(snapshot, Key::Intent(attempt.tenant, attempt.intent))?;
        books.attempt(&attempt, (intent.as_ref(), record.as_ref()));
        open.entry((attempt.tenant, attempt.intent)).or_default().push(attempt);
        Ok(())
    })?;
    Ok(open)
}

fn payment(
    snapshot: &Snapshot<'_>,
    books: &mut Books,
    attempts: &Attempts,
    intent: &Intent,
) -> Result<(), StoreError> {
    let (tenant, id) = (intent.tenant, intent.id);
    let charges: Vec<Charge> =
        listed(snapshot, tenant, List::Charges { intent: Some(id), group: None })?;
    let of_intent = List::Refunds { charge: None, intent: Some(id) };
    // Without a charge there can be no refund; a stray one is found by the counts.
    let refunds: Vec<Refund> =
        if charges.is_empty() { Vec::new() } else { listed(snapshot, tenant, of_intent)? };
    let disputes: Vec<Dispute> = if charges.iter().all(|charge| charge.dispute.is_none()) {
        Vec::new()
    } else {
        listed(snapshot, tenant, List::Disputes { charge: None, intent: Some(id) })?
    };
    let mut lines = Vec::new();
    let sources = charges.iter().map(|charge| ObjectRef::Charge(charge.id));
    let sources = sources.chain(refunds.iter().map(|refund| ObjectRef::Refund(refund.id)));
    let sources = sources.chain(disputes.iter().map(|dispute| ObjectRef::Dispute(dispute.id)));
    for source in sources {
        lines.extend(with_transfers(snapshot, tenant, source)?);
    }
    books.payment(&Payment {
        intent,
        charges: &charges,
        refunds: &refunds,
        disputes: &disputes,
        lines: &lines,
        attempts: attempts.get(&(tenant, id)).map_or(&[], Vec::as_slice),
    });
    Ok(())
}

fn with_transfers(
    snapshot: &Snapshot<'_>,
    tenant: TenantId,
    source: ObjectRef,
) -> Result<Vec<Line>, StoreError> {
    let mut lines = Vec::new();
    for line in lines_of(snapshot, tenant, source)? {
        let transfer = one(snapshot, Key::Transfer(tenant, line.transfer))?;
        lines.push(Line { line, transfer });
    }
    Ok(lines)
}

fn lines_of(
    snapshot: &Snapshot<'_>,
    tenant: TenantId,
    source: ObjectRef,
) -> Result<Vec<BalanceTransaction>, StoreError> {
    let list = List::BalanceTransactions { source: Some(source), reasons: None, currency: None };
    listed(snapshot, tenant, list)
}

/// Events and deliveries are both in the order of events, so one walks beside the other.
fn deliveries(snapshot: &Snapshot<'_>, books: &mut Books) -> Result<(), StoreError> {
    snapshot.each::<Event>(|event| {
        let rows = set(snapshot, Key::Deliveries(event.tenant, event.id))?;
        let deliveries: Vec<Delivery> = rows.iter().filter_map(Delivery::of).cloned().collect();
        books.event(&event, &deliveries);
        Ok(())
    })?;
    snapshot.each::<Delivery>(|delivery| {
        let event: Option<Event> = one(snapshot, Key::Event(delivery.tenant, delivery.event))?;
        if event.is_none() {
            books.stray_delivery(&delivery);
        }
        Ok(())
    })
}

fn count<T: Stored>(snapshot: &Snapshot<'_>) -> Result<u64, StoreError> {
    let mut count = 0_u64;
    every::<T>(snapshot, |_| count = count.saturating_add(1))?;
    Ok(count)
}

/// Rows that no payment counted. Only where the counts differ are they looked for by name.
fn strays(snapshot: &Snapshot<'_>, books: &mut Books) -> Result<(), StoreError> {
    let charges = count::<Charge>(snapshot)?;
    let refunds = count::<Refund>(snapshot)?;
    let disputes = count::<Dispute>(snapshot)?;
    let lines = count::<BalanceTransaction>(snapshot)?;
    let transfers = count::<Transfer>(snapshot)?;
    // Every line shows one transfer, and every transfer whose reason has one is shown by one line.
    let shown = transfers.checked_sub(books.unlined());
    if (charges, refunds, disputes, lines) == books.hanging() && shown == Some(lines) {
        return Ok(());
    }
    snapshot.each::<Charge>(|charge| {
        let intent: Option<Intent> = one(snapshot, Key::Intent(charge.tenant, charge.intent))?;
        if intent.is_none() {
            books.stray("charges", charge.id.to_string());
        }
        Ok(())
    })?;
    snapshot.each::<Refund>(|refund| {
        let charge: Option<Charge> = one(snapshot, Key::Charge(refund.tenant, refund.charge))?;
        if charge.is_none() {
            books.stray("refunds", refund.id.to_string());
        }
        Ok(())
    })?;
    snapshot.each::<Dispute>(|dispute| {
        let charge: Option<Charge> = one(snapshot, Key::Charge(dispute.tenant, dispute.charge))?;
        if charge.is_none_or(|charge| charge.dispute.is_none()) {
            books.stray("disputes", dispute.id.to_string());
        }
        Ok(())
    })?;
    snapshot.each::<BalanceTransaction>(|line| {
        if !named_by_source(snapshot, &line)? {
            books.stray("balance_transactions", line.id.to_string());
        }
        Ok(())
    })?;
    snapshot.each::<Transfer>(|transfer| {
        let lines = lines_of(snapshot, transfer.tenant, transfer.source)?;
        if transfer.reason.has_line() && lines.iter().all(|line| line.transfer != transfer.number) {
            books.stray("transfers", format!("number {}", transfer.number));
        }
        Ok(())
    })
}

/// Whether what a line says it belongs to names it.
fn named_by_source(snapshot: &Snapshot<'_>, line: &BalanceTransaction) -> Result<bool, StoreError> {
    let named = match line.source {
        ObjectRef::Charge(id) => {
            let charge: Option<Charge> = one(snapshot, Key::Charge(line.tenant, id))?;
            charge.and_then(|charge| charge.balance_transaction)
        }
        ObjectRef::Refund(id) => {
            let refund: Option<Refund> = one(snapshot, Key::Refund(line.tenant, id))?;
            let Some(refund) = refund else { return Ok(false) };
            if line.reason == Reason::RefundFailure {
                return Ok(refund.state == RefundState::Failed);
            }
            refund.balance_transaction
        }
        ObjectRef::Dispute(id) => {
            let dispute: Option<Dispute> = one(snapshot, Key::Dispute(line.tenant, id))?;
            let Some(dispute) = dispute else { return Ok(false) };
            if line.reason == Reason::DisputeReversal {
                dispute.reinstated
            } else {
                dispute.withdrawn
            }
        }
        ObjectRef::Payout(id) => {
            let payout: Option<Payout> = one(snapshot, Key::Payout(line.tenant, id))?;
            let Some(payout) = payout else { return Ok(false) };
            match line.reason {
                Reason::PayoutFailure | Reason::PayoutCancel => payout.returned,
                Reason::Charge
                | Reason::Refund
                | Reason::RefundFailure
                | Reason::Dispute
                | Reason::DisputeReversal
                | Reason::Availability
                | Reason::Payout
                | Reason::PayoutPaid
                | Reason::Reserve
                | Reason::ReserveRelease
                | Reason::Authorization
                | Reason::Release
                | Reason::PayoutReversal => payout.balance_transaction,
            }
        }
        ObjectRef::Intent(_)
        | ObjectRef::Balance(_)
        | ObjectRef::BankAccount(_)
        | ObjectRef::Customer(_)
        | ObjectRef::Method(_)
        | ObjectRef::Setup(_)
        | ObjectRef::SetupAttempt(_)
        | ObjectRef::Token(_)
        | ObjectRef::Warning(_)
        | ObjectRef::Endpoint(_)
        | ObjectRef::Event(_)
        | ObjectRef::BalanceTransaction(_) => None,
    };
    Ok(named == Some(line.id))
}

fn one<T: Stored>(snapshot: &Snapshot<'_>, key: Key) -> Result<Option<T>, StoreError> {
    let mut view = View::default();
    snapshot.load(&mut view, &[key])?;
    Ok(view.row(&key).and_then(T::of).cloned())
}

fn set(snapshot: &Snapshot<'_>, key: Key) -> Result<Vec<Row>, StoreError> {
    let mut view = View::default();
    snapshot.load(&mut view, &[key])?;
    Ok(view.set(&key).to_vec())
}

/// All rows of a list, however many pages they are.
fn listed<T: Stored>(
    snapshot: &Snapshot<'_>,
    tenant: TenantId,
    list: List,
) -> Result<Vec<T>, StoreError> {
    let created = CreatedRange::default();
    let mut query = Query { tenant, list, created, cursor: Cursor::Start, limit: ROWS_AT_ONCE };
    let mut found = Vec::new();
    loop {
        let page = snapshot.page(&query)?;
        found.extend(page.rows.iter().filter_map(T::of).cloned());
        match page.rows.last().and_then(seq_of) {
            Some(seq) if page.has_more => query.cursor = Cursor::After(seq),
            Some(_) | None => return Ok(found),
        }
    }
}
