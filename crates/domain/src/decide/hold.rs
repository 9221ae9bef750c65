//! What a charge holds, before another part of it is taken or the rest released.

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use super::draft::Draft;
use crate::charge::{Charge, ChargeState, Rest};
use crate::network::Approval;
use crate::timer::Due;
use crate::view::Key;

/// What is held, and what of it was taken.
pub(super) struct Hold {
    pub(super) approval: Approval,
    pub(super) capture_before: TimestampMs,
    pub(super) taken: Money,
    pub(super) captures: u32,
}

/// The timer by which what a charge holds lapses, if it holds something.
pub(super) fn timer_of(charge: &Charge) -> Option<Key> {
    let at = match &charge.state {
        ChargeState::Held { capture_before, .. } => *capture_before,
        ChargeState::Captured { held_until: Some(until), rest: Rest::Held, .. } => *until,
        ChargeState::Pending { .. }
        | ChargeState::Captured { .. }
        | ChargeState::Released { .. }
        | ChargeState::Failed { .. } => return None,
    };
    Some(Key::Timer(charge.tenant, at, Due::HoldLapses(charge.intent)))
}

/// What was to happen to a hold that is over is not due any more. It may have happened, or have been
/// put off: that timer is met when its time comes, and finds nothing to do.
pub(super) fn over(draft: &mut Draft<'_>, charge: &Charge) {
    if let Some(key) = timer_of(charge)
        && let Key::Timer(tenant, at, due) = key
        && draft.view.timer(tenant, at, due).is_some()
    {
        draft.delete(key);
    }
}

impl Hold {
    pub(super) fn of(charge: &Charge) -> Self {
        match &charge.state {
            ChargeState::Held { approval, capture_before } => Self {
                approval: approval.clone(),
                capture_before: *capture_before,
                taken: Money::zero(charge.amount.currency()),
                captures: 0,
            },
            ChargeState::Captured {
                approval,
                amount,
                held_until: Some(capture_before),
                captures,
                rest: Rest::Held,
                ..
            } => Self {
                approval: approval.clone(),
                capture_before: *capture_before,
                taken: *amount,
                captures: *captures,
            },
            ChargeState::Pending { .. }
            | ChargeState::Captured { .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => panic!("a charge that holds nothing: {}", charge.id),
        }
    }
}
