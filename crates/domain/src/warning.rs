//! Early fraud warnings: an issuer's word that a charge is fraud. Nothing moves; who gives the funds
//! back now is spared the dispute.

use farthing_core::id::{ChargeId, FraudWarningId, IntentId};
use farthing_core::time::TimestampMs;

use crate::charge::{Charge, ChargeState};
use crate::object::Trail;
use crate::tenant::TenantId;

/// One warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FraudWarning {
    /// Its id.
    pub id: FraudWarningId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When the network told of it.
    pub created: TimestampMs,
    /// About which charge.
    pub charge: ChargeId,
    /// Which intent that paid.
    pub intent: IntentId,
    /// Its events so far.
    pub trail: Trail,
}

/// Whether something can still be done about a charge that was warned of: it is not disputed yet, and
/// not all of it went back.
pub fn actionable(charge: &Charge) -> bool {
    let left = match &charge.state {
        ChargeState::Captured { amount, .. } => charge.refunded != *amount,
        ChargeState::Held { .. } => true,
        ChargeState::Pending { .. } | ChargeState::Released { .. } | ChargeState::Failed { .. } => {
            false
        }
    };
    left && charge.dispute.is_none()
}
