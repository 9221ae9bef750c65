//! Payouts: made by the merchant or by the schedule, sent when they leave, ended by the network.
//!
//! News may come twice, or late: each piece changes a payout only from the states it can follow, so
//! hearing it again changes nothing.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{BankAccountId, PayoutId};
use farthing_core::money::{ChargeAmountError, Money};
use farthing_core::time::TimestampMs;

use super::book;
use super::draft::Draft;
use super::news::unknown;
use super::update::patched;
use crate::bank::BankAccount;
use crate::change::Decision;
use crate::command::{
    CreatePayout, Funds, HearPayout, Meta, MetadataPatch, PayoutNews, PayoutTold, ReversePayout,
};
use crate::event::EventKind;
use crate::ledger::account::{Account, Balance};
use crate::ledger::posting::Whereabouts;
use crate::limits::{INSTANT_PAYOUT_MS, PAYOUT_DAYS};
use crate::object::{Metadata, ObjectRef, Trail};
use crate::payout::{Irreversible, Payout, PayoutFailure, PayoutMethod, PayoutState};
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::timer::{Due, Timer};
use crate::view::{Key, Row, View};

/// Banks that let what was paid out be taken back.
const REVERSIBLE_IN: [&str; 2] = ["US", "CA"];

/// The merchant wants funds at the bank.
pub(super) fn create(view: &View, meta: &Meta, ask: &CreatePayout) -> Result<Decision, Refusal> {
    let currency = ask.amount.currency();
    let account = destination(view, meta, (ask.destination, currency))?;
    let quantum = currency.payout_quantum();
    if ask.amount.minor().rem_euclid(quantum) != 0 {
        return Err(Refusal::Amount(ChargeAmountError::NotMultiple { quantum }));
    }
    let available = view.balance(meta.tenant, Account::Available, currency);
    let there = available.map_or(0, |balance| balance.minor);
    if ask.funds == Funds::Elsewhere || there < ask.amount.minor() {
        return Err(Refusal::BalanceInsufficient { asked: ask.amount });
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let new = New {
        amount: ask.amount,
        destination: account.id,
        method: ask.method,
        automatic: None,
        original: None,
        description: ask.description.clone(),
        statement_descriptor: ask.statement_descriptor.clone(),
        metadata: ask.metadata.clone(),
    };
    let id = issue(&mut draft, new);
    Ok(draft.finish(Reply::Object(ObjectRef::Payout(id))))
}

/// Changes a payout's own pairs.
pub(super) fn update(
    view: &View,
    meta: &Meta,
    (id, metadata): (PayoutId, &MetadataPatch),
) -> Result<Decision, Refusal> {
    let payout = named(view, meta, id)?;
    let metadata = patched(&payout.metadata, metadata)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut payout = Payout { metadata, ..payout.clone() };
    let object = ObjectRef::Payout(id);
    draft.emit_changed(EventKind::PayoutUpdated, object, &mut payout.trail);
    draft.update(Row::Payout(payout));
    Ok(draft.finish(Reply::Object(object)))
}

/// Gives a payout up before it leaves.
pub(super) fn cancel(view: &View, meta: &Meta, id: PayoutId) -> Result<Decision, Refusal> {
    let payout = named(view, meta, id)?;
    let automatic = payout.automatic.is_some();
    if automatic || payout.original.is_some() || payout.state != PayoutState::Pending {
        let state = payout.state.wire();
        return Err(Refusal::PayoutNotCancelable { payout: id, automatic, state });
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut payout = Payout { state: PayoutState::Canceled, ..payout.clone() };
    payout.returned = Some(book::payout_cancel(&mut draft, &payout));
    let object = ObjectRef::Payout(id);
    draft.emit(EventKind::PayoutCanceled, object, &mut payout.trail);
    draft.update(Row::Payout(payout));
    Ok(draft.finish(Reply::Object(object)))
}

/// Takes back what was paid out: by another payout, the other way.
pub(super) fn reverse(view: &View, meta: &Meta, ask: &ReversePayout) -> Result<Decision, Refusal> {
    let payout = named(view, meta, ask.id)?;
    let refused = |why| Refusal::PayoutNotReversible { payout: ask.id, why };
    if payout.original.is_some() || payout.reversed_by.is_some() {
        return Err(refused(Irreversible::Reversed));
    }
    if payout.state != PayoutState::Paid {
        return Err(refused(Irreversible::State(payout.state.wire())));
    }
    let account = view.bank_account(meta.tenant, payout.destination);
    let account = account.expect("a payout's bank account is on file");
    if !REVERSIBLE_IN.contains(&account.details.country.as_str()) {
        return Err(refused(Irreversible::Country));
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut payout = payout.clone();
    let new = New {
        amount: payout.amount,
        destination: payout.destination,
        method: PayoutMethod::Standard,
        automatic: None,
        original: Some(payout.id),
        description: payout.description.clone(),
        statement_descriptor: payout.statement_descriptor.clone(),
        metadata: ask.metadata.clone(),
    };
    let id = issue(&mut draft, new);
    payout.reversed_by = Some(id);
    let object = ObjectRef::Payout(payout.id);
    draft.emit_changed(EventKind::PayoutUpdated, object, &mut payout.trail);
    draft.update(Row::Payout(payout));
    Ok(draft.finish(Reply::Object(ObjectRef::Payout(id))))
}

/// Pays out what is available, in every currency that has a bank account, and sets the next time.
pub(super) fn run_schedule(view: &View, meta: &Meta, (schedule, timer): (u32, Key)) -> Decision {
    let mut draft = Draft::new(view, meta);
    draft.delete(timer);
    let settings = draft.tenant().payouts;
    if settings.schedule != schedule {
        return draft.unkept(Reply::Done);
    }
    let available: Vec<&Balance> = view
        .set(&Key::Balances(meta.tenant))
        .iter()
        .filter_map(|row| if let Row::Balance(row) = row { Some(row) } else { None })
        .filter(|row| row.account == Account::Available)
        .collect();
    for balance in available {
        sweep(&mut draft, balance);
    }
    schedule_next(&mut draft);
    draft.unkept(Reply::Done)
}

/// Sets the timer of the tenant's schedule, if it has one.
pub(super) fn schedule_next(draft: &mut Draft<'_>) {
    let settings = draft.tenant().payouts;
    if let Some(day) = settings.interval.next_after(draft.meta.now.utc_day()) {
        let (tenant, at) = (draft.meta.tenant, TimestampMs::start_of_utc_day(day));
        draft.insert(Row::Timer(Timer { tenant, at, due: Due::PaysOut(settings.schedule) }));
    }
}

/// A payout goes to the bank, unless it was canceled. From now on the network has to be told.
pub(super) fn leave(view: &View, meta: &Meta, (id, timer): (PayoutId, Key)) -> Decision {
    let payout = view.payout(meta.tenant, id).expect("a timer's payout is on file");
    let mut draft = Draft::new(view, meta);
    draft.delete(timer);
    if payout.state != PayoutState::Pending {
        return draft.unkept(Reply::Done);
    }
    let mut payout = Payout { state: PayoutState::InTransit, untold: true, ..payout.clone() };
    let object = ObjectRef::Payout(id);
    draft.emit_changed(EventKind::PayoutUpdated, object, &mut payout.trail);
    if payout.automatic.is_some() {
        draft.emit(EventKind::PayoutReconciled, object, &mut payout.trail);
    }
    draft.update(Row::Payout(payout));
    draft.unkept(Reply::Done)
}

/// The network has heard of a payout.
pub(super) fn told(view: &View, meta: &Meta, (id, said): (PayoutId, PayoutTold)) -> Decision {
    let Some(payout) = view.payout(meta.tenant, id) else { return Decision::only(Reply::Done) };
    if !payout.untold {
        return Decision::only(Reply::Done);
    }
    let mut draft = Draft::new(view, meta);
    let payout = Payout { untold: false, ..payout.clone() };
    match said {
        PayoutTold::Taken => draft.update(Row::Payout(payout)),
        PayoutTold::Refused => fail(&mut draft, payout, PayoutFailure::CouldNotProcess),
    }
    draft.unkept(Reply::Done)
}

/// The network says what became of a payout. Events tell when that was; funds move now, so that late
/// news changes no balance of before, and what comes back is paid out by the next schedule.
pub(super) fn hear(view: &View, meta: &Meta, ask: HearPayout) -> Decision {
    let Some(payout) = view.payout(meta.tenant, ask.id) else {
        return Decision::only(unknown(ObjectRef::Payout(ask.id)));
    };
    let posted = meta.now;
    let meta = Meta { now: ask.at.min(posted), ..meta.clone() };
    let mut draft = Draft::new(view, &meta);
    draft.post_at(posted);
    let payout = Payout { untold: false, ..payout.clone() };
    match (ask.news, payout.state) {
        (PayoutNews::Paid, PayoutState::InTransit) => arrive(&mut draft, payout),
        // Its reversal has brought the funds back already, and they come back once: what the network
        // has now twice is for a person to claim.
        (PayoutNews::Failed(_), PayoutState::Paid) if is_reversed(view, &payout) => {
            let (payout, why) = (payout.id, Irreversible::Reversed);
            let refusal = Refusal::PayoutNotReversible { payout, why };
            return Decision::only(Reply::Refused(Box::new(refusal)));
        }
        (PayoutNews::Failed(why), PayoutState::InTransit | PayoutState::Paid) => {
            let payout = drop_reversal(&mut draft, payout, why);
            fail(&mut draft, payout, why);
        }
        (PayoutNews::Paid | PayoutNews::Failed(_), _) => return Decision::only(Reply::Done),
    }
    draft.unkept(Reply::Done)
}

fn is_reversed(view: &View, payout: &Payout) -> bool {
    let reversal = payout.reversed_by.and_then(|id| view.payout(payout.tenant, id));
    reversal.is_some_and(|reversal| reversal.state == PayoutState::Paid)
}

/// The bank has returned the funds: a reversal that is under way has nothing left to bring back, and
/// what the network says of it later changes nothing.
fn drop_reversal(draft: &mut Draft<'_>, payout: Payout, why: PayoutFailure) -> Payout {
    let Some(id) = payout.reversed_by else { return payout };
    let reversal = draft.view.payout(payout.tenant, id).expect("a reversal is on file").clone();
    let state = PayoutState::Failed;
    let mut reversal = Payout { state, failure: Some(why), untold: false, ..reversal };
    draft.emit(EventKind::PayoutFailed, ObjectRef::Payout(id), &mut reversal.trail);
    draft.update(Row::Payout(reversal));
    Payout { reversed_by: None, ..payout }
}

/// What a new payout is made of.
struct New {
    amount: Money,
    destination: BankAccountId,
    method: PayoutMethod,
    automatic: Option<TimestampMs>,
    original: Option<PayoutId>,
    description: Option<String>,
    statement_descriptor: Option<String>,
    metadata: Metadata,
}

/// Makes a payout: its funds leave available at once, unless it brings them back.
fn issue(draft: &mut Draft<'_>, new: New) -> PayoutId {
    let (tenant, now) = (draft.meta.tenant, draft.meta.now);
    let entropy = draft.six();
    let id = PayoutId::new(now, entropy);
    let (leaves, arrival) = match new.method {
        PayoutMethod::Standard => (day_after(now, 1), day_after(now, PAYOUT_DAYS)),
        PayoutMethod::Instant => (now, now.plus_ms(INSTANT_PAYOUT_MS)),
    };
    let mut payout = Payout {
        id,
        tenant,
        seq: draft.seq(),
        created: now,
        amount: new.amount,
        arrival,
        destination: new.destination,
        method: new.method,
        automatic: new.automatic,
        original: new.original,
        reversed_by: None,
        state: PayoutState::Pending,
        untold: false,
        failure: None,
        balance_transaction: None,
        returned: None,
        description: new.description,
        statement_descriptor: new.statement_descriptor,
        metadata: new.metadata,
        trail: Trail::default(),
    };
    if payout.original.is_none() {
        payout.balance_transaction = Some(book::payout(draft, &payout));
    }
    draft.insert(Row::Timer(Timer { tenant, at: leaves, due: Due::PayoutLeaves(id) }));
    draft.emit(EventKind::PayoutCreated, ObjectRef::Payout(id), &mut payout.trail);
    draft.insert(Row::Payout(payout));
    id
}

/// Pays out all that is available in one currency, as far as its steps go.
fn sweep(draft: &mut Draft<'_>, balance: &Balance) {
    let currency = balance.currency;
    let steps = balance.minor.checked_div(currency.payout_quantum()).unwrap_or(0);
    let minor = steps.saturating_mul(currency.payout_quantum());
    let Ok(account) = destination(draft.view, draft.meta, (None, currency)) else { return };
    if minor <= 0 {
        return;
    }
    let new = New {
        amount: Money::new(minor, currency).expect("it is above zero"),
        destination: account.id,
        method: PayoutMethod::Standard,
        automatic: Some(balance.paid_until),
        original: None,
        description: None,
        statement_descriptor: None,
        metadata: Metadata::new(),
    };
    issue(draft, new);
    let now = draft.meta.now;
    draft.balance_mut(Account::Available, currency).paid_until = now;
}

fn arrive(draft: &mut Draft<'_>, mut payout: Payout) {
    payout.state = PayoutState::Paid;
    if payout.original.is_none() {
        book::payout_paid(draft, &payout);
    } else {
        payout.balance_transaction = Some(book::payout_reversal(draft, &payout));
    }
    draft.emit(EventKind::PayoutPaid, ObjectRef::Payout(payout.id), &mut payout.trail);
    draft.update(Row::Payout(payout));
}

/// The funds come back. A reversal moved none, and what it was to reverse can be reversed again.
fn fail(draft: &mut Draft<'_>, mut payout: Payout, why: PayoutFailure) {
    let from = match payout.state {
        PayoutState::Paid => Whereabouts::Paid,
        PayoutState::Pending
        | PayoutState::InTransit
        | PayoutState::Failed
        | PayoutState::Canceled => Whereabouts::InTransit,
    };
    match payout.original {
        None => payout.returned = Some(book::payout_failure(draft, &payout, from)),
        // What was taken back stays so: the network's word on it is final.
        Some(_) if from == Whereabouts::Paid => return,
        Some(original) => {
            let original = draft.view.payout(payout.tenant, original).expect("it is on file");
            draft.update(Row::Payout(Payout { reversed_by: None, ..original.clone() }));
        }
    }
    payout.state = PayoutState::Failed;
    payout.failure = Some(why);
    draft.emit(EventKind::PayoutFailed, ObjectRef::Payout(payout.id), &mut payout.trail);
    draft.update(Row::Payout(payout));
}

/// The account that is named, or the default one of the currency.
fn destination<'v>(
    view: &'v View,
    meta: &Meta,
    (id, currency): (Option<BankAccountId>, Currency),
) -> Result<&'v BankAccount, Refusal> {
    let mut accounts = view
        .set(&Key::BankAccounts(meta.tenant))
        .iter()
        .filter_map(|row| if let Row::BankAccount(account) = row { Some(account) } else { None });
    let Some(id) = id else {
        let is_it =
            |account: &&BankAccount| account.is_default && account.details.currency == currency;
        return accounts.find(is_it).ok_or(Refusal::BankAccountMissing { currency });
    };
    let named = Named::Param("destination");
    let missing = Refusal::Missing { what: ObjectRef::BankAccount(id), named };
    let account = accounts.find(|account| account.id == id).ok_or(missing)?;
    if account.details.currency == currency {
        Ok(account)
    } else {
        Err(Refusal::BankAccountCurrency { kept_in: account.details.currency })
    }
}

fn named<'v>(view: &'v View, meta: &Meta, id: PayoutId) -> Result<&'v Payout, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Payout(id), named: Named::Path };
    view.payout(meta.tenant, id).ok_or(missing)
}

fn day_after(now: TimestampMs, days: i64) -> TimestampMs {
    TimestampMs::start_of_utc_day(now.utc_day().saturating_add(days))
}
