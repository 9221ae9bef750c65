//! The tenant's clock: its offset, and what becomes due by it (decision 14).

use alloc::vec::Vec;

use farthing_core::time::TimestampMs;

use super::challenge;
use super::draft::Draft;
use super::{book, cancel, payout};
use crate::change::{Change, Decision};
use crate::command::{Advance, Ask, Command, HastenDeliveries, Meta, PutOffTimer};
use crate::delivery::{Delivery, DeliveryState};
use crate::limits::CLOCK_OFFSET_MAX_MS;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::tenant::Mode;
use crate::timer::{Due, Timer};
use crate::view::{Key, Row, View};

/// The command at its tenant's time, where that is not wall time. The machinery's own commands stay
/// at wall time: tries, keys and records know no other.
pub(super) fn on_its_clock(view: &View, command: &Command) -> Option<Command> {
    let of_the_machinery = matches!(
        command.ask,
        Ask::RecordTries(_)
            | Ask::OpenMerchant(_)
            | Ask::SetSettlement(_)
            | Ask::AddKeys(_)
            | Ask::UpdateKey(_)
            | Ask::RollKey(_)
            | Ask::EndKey(_)
            | Ask::RecordUses(_)
            | Ask::Reseal(_)
            | Ask::PutOffTimer(_)
            | Ask::HastenDeliveries(_)
            | Ask::PurgeRecords(_)
    );
    let tenant = command.meta.tenant;
    if of_the_machinery || !view.knows(&Key::Tenant(tenant)) {
        return None; // What does not load its tenant writes nothing of its own.
    }
    let offset_ms = view.tenant(tenant)?.clock_offset_ms;
    if offset_ms == 0 {
        return None;
    }
    let mut command = command.clone();
    command.meta.now = command.meta.now.plus_ms(offset_ms);
    Some(command)
}

/// Forward only, and in test mode only.
pub(super) fn advance(view: &View, meta: &Meta, ask: Advance) -> Result<Decision, Refusal> {
    if meta.tenant.mode() == Mode::Live {
        return Err(Refusal::ClockInLiveMode);
    }
    let by_ms = match ask {
        Advance::By(ms) => ms,
        Advance::To(moment) => moment.since(meta.now),
    };
    if by_ms < 0 {
        return Err(Refusal::ClockBackward { now: meta.now });
    }
    let before_ms = view.tenant(meta.tenant).expect("a clock is its tenant's").clock_offset_ms;
    let offset_ms = before_ms.checked_add(by_ms).filter(|ms| *ms <= CLOCK_OFFSET_MAX_MS);
    let offset_ms = offset_ms.ok_or(Refusal::ClockTooFar)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    draft.set_clock(offset_ms);
    Ok(draft.finish(Reply::ClockAdvanced { now: meta.now.plus_ms(by_ms), offset_ms }))
}

/// Does what a timer is for, at the timer's own time: a clock that jumps a month does not move what
/// was due on the month's second day.
pub(super) fn run_timer(
    view: &View,
    meta: &Meta,
    (at, due): (TimestampMs, Due),
) -> Result<Decision, Refusal> {
    if view.timer(meta.tenant, at, due).is_none() || meta.now < at {
        return Ok(Decision::only(Reply::Done));
    }
    let meta = Meta { now: at, ..meta.clone() };
    let timer = Key::Timer(meta.tenant, at, due);
    match due {
        Due::HoldLapses(id) => cancel::lapse(view, &meta, (id, timer)),
        Due::ActionLapses(id, confirmation) => {
            challenge::lapse(view, &meta, (id, confirmation, timer))
        }
        Due::Ripens(currency) => Ok(book::ripen(view, &meta, (currency, timer))),
        Due::PaysOut(schedule) => Ok(payout::run_schedule(view, &meta, (schedule, timer))),
        Due::PayoutLeaves(id) => Ok(payout::leave(view, &meta, (id, timer))),
    }
}

/// A timer that fails is not the first to be met for ever. Nothing but its own row is read, because
/// any other may be what it fails by.
pub(super) fn put_off(view: &View, meta: &Meta, ask: PutOffTimer) -> Decision {
    let (tenant, PutOffTimer { at, due, until }) = (meta.tenant, ask);
    if until <= at || view.timer(tenant, at, due).is_none() {
        return Decision::only(Reply::Done);
    }
    let mut changes = Vec::from([Change::Delete(Key::Timer(tenant, at, due))]);
    if view.timer(tenant, until, due).is_none() {
        changes.push(Change::Insert(Row::Timer(Timer { tenant, at: until, due })));
    }
    Decision { changes, ..Decision::only(Reply::Done) }
}

/// What has been delivered or given up meanwhile stays as it is.
pub(super) fn hasten(view: &View, meta: &Meta, ask: &HastenDeliveries) -> Decision {
    let mut changes: Vec<Change> = Vec::with_capacity(ask.which.len());
    for (event, endpoint) in &ask.which {
        let Some(delivery) = view.delivery(meta.tenant, *event, *endpoint) else { continue };
        let DeliveryState::Due { at } = delivery.state else { continue };
        if at <= meta.now {
            continue;
        }
        let at = at.plus_ms(ask.by_ms.saturating_neg()).max(meta.now);
        let state = DeliveryState::Due { at };
        changes.push(Change::Update(Row::Delivery(Delivery { state, ..delivery.clone() })));
    }
    Decision { changes, ..Decision::only(Reply::Done) }
}
