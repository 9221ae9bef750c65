//! What a charge holds, before another part of it is taken or the rest released.

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::charge::{Charge, ChargeState, Rest};
use crate::network::Approval;

/// What is held, and what of it was taken.
pub(super) struct Hold {
    pub(super) approval: Approval,
    pub(super) capture_before: TimestampMs,
    pub(super) taken: Money,
    pub(super) captures: u32,
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
