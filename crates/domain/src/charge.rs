//! Charges: funds held or taken, or the record of a refusal.

use alloc::string::String;

use farthing_core::id::{
    BalanceTransactionId, ChargeId, CustomerId, DisputeId, IntentId, PaymentMethodId,
};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::network::{Approval, Decline, Reference};
use crate::object::{Billing, Metadata, Shipping, Trail};
use crate::refusal::Refusal;
use crate::tenant::TenantId;

/// One charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in lists.
    pub seq: i64,
    /// When the network answered.
    pub created: TimestampMs,
    /// The intent it pays.
    pub intent: IntentId,
    /// Who paid. Copied from the intent when it was made.
    pub customer: Option<CustomerId>,
    /// The card.
    pub method: PaymentMethodId,
    /// What was authorized, or would have been.
    pub amount: Money,
    /// Our reference at the network.
    pub reference: Reference,
    /// What is true of it now.
    pub state: ChargeState,
    /// Given back so far, pending refunds included.
    pub refunded: Money,
    /// Reserved by refunds whose call is open.
    pub refund_reserved: Money,
    /// Taken back by chargebacks and not returned.
    pub disputed: Money,
    /// The newest dispute about it.
    pub dispute: Option<DisputeId>,
    /// The balance transaction of its capture.
    pub balance_transaction: Option<BalanceTransactionId>,
    /// Copied from the intent when it was made.
    pub description: Option<String>,
    /// Copied from the intent when it was made.
    pub metadata: Metadata,
    /// Copied from the intent when it was made.
    pub receipt_email: Option<String>,
    /// Copied from the intent when it was made.
    pub shipping: Option<Shipping>,
    /// Copied from the intent when it was made.
    pub statement_descriptor_suffix: Option<String>,
    /// Copied from the method when it was made.
    pub billing: Billing,
    /// Its events so far.
    pub trail: Trail,
}

/// The states of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeState {
    /// Funds are reserved.
    Held {
        /// The evidence.
        approval: Approval,
        /// When the hold lapses.
        capture_before: TimestampMs,
    },
    /// Funds were taken.
    Captured {
        /// The evidence.
        approval: Approval,
        /// How much of the authorized amount.
        amount: Money,
        /// Where the taking has its own reference (a separate capture), that one.
        reference: Reference,
        /// Captured after a hold, and by when it had to be.
        held_until: Option<TimestampMs>,
    },
    /// The hold was given up.
    Released {
        /// The evidence of the former hold.
        approval: Approval,
    },
    /// Refused; nothing moved.
    Failed {
        /// Why.
        decline: Decline,
    },
}

impl Charge {
    /// Checks that `asked` can still be given back.
    ///
    /// # Errors
    /// A [`Refusal`] in order of precedence: not captured, charged back, already refunded, more than is left.
    pub fn refundable(&self, asked: Option<Money>) -> Result<Money, Refusal> {
        let captured = match &self.state {
            ChargeState::Captured { amount, .. } => *amount,
            ChargeState::Held { .. } => return Err(Refusal::RefundUncaptured { charge: self.id }),
            ChargeState::Released { .. } | ChargeState::Failed { .. } => {
                return Err(Refusal::RefundWithoutCharge { intent: self.intent });
            }
        };
        if !self.disputed.is_zero() {
            return Err(Refusal::ChargeDisputed { charge: self.id });
        }
        let given = self.refunded.plus(self.refund_reserved).map_err(Refusal::Money)?;
        let left = captured.minus(given).map_err(Refusal::Money)?;
        if left.is_zero() {
            return Err(Refusal::AlreadyRefunded { charge: self.id });
        }
        let asked = asked.unwrap_or(left);
        if left.covers(asked).map_err(Refusal::Money)? {
            Ok(asked)
        } else {
            Err(Refusal::RefundAboveLeft { asked, left })
        }
    }

    /// The reference under which the network took the funds; none before.
    pub fn taken_under(&self) -> Option<Reference> {
        match &self.state {
            ChargeState::Captured { reference, .. } => Some(*reference),
            ChargeState::Held { .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => None,
        }
    }
}
