//! Charges: funds held or taken, or the record of a refusal.

use alloc::boxed::Box;
use alloc::string::String;

use farthing_core::card::Brand;
use farthing_core::id::{
    BalanceTransactionId, ChargeId, CustomerId, DisputeId, IntentId, PaymentMethodId,
};
use farthing_core::money::Money;
use farthing_core::planted;
use farthing_core::time::TimestampMs;

use crate::intent::{CancelReason, CardRequests, Intent, IntentState, Wish};
use crate::ledger::conversion::Rate;
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
    /// What was authorized, later raises included, or would have been.
    pub amount: Money,
    /// What can be done with its hold.
    pub offers: Offers,
    /// At what its funds are converted, for as long as there is something of them to convert.
    pub rate: Option<Rate>,
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
    /// The balance transaction of its capture; of several, of the newest.
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
    /// The caller's group. Copied from the intent when it was made, and set once where that had none.
    pub transfer_group: Option<Box<str>>,
    /// What the merchant says of the payer's honesty.
    pub report: Option<UserReport>,
    /// Copied from the method when it was made.
    pub billing: Billing,
    /// Its events so far.
    pub trail: Trail,
}

/// What a merchant can say of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserReport {
    /// It is fraud.
    Fraudulent,
    /// It is not.
    Safe,
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
    /// The network has taken it on and will say whether the funds came.
    Pending {
        /// The evidence.
        approval: Approval,
    },
    /// Funds were taken: all that will be, or a part while the rest is still held.
    Captured {
        /// The evidence.
        approval: Approval,
        /// How much of the authorized amount, over all captures.
        amount: Money,
        /// Where the taking has its own reference (a separate capture), that one; of several, the
        /// newest.
        reference: Reference,
        /// Captured after a hold, and by when it had to be.
        held_until: Option<TimestampMs>,
        /// In how many captures, 1 and up.
        captures: u32,
        /// What became of what was not taken.
        rest: Rest,
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

/// What becomes of held funds that a capture does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// They are the holder's again.
    Released,
    /// They stay held, for another capture.
    Held,
}

/// What can be done with a hold, beyond taking or releasing it once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// It can be raised.
    pub incremental: bool,
    /// It can be taken in several parts.
    pub multicapture: bool,
}

impl Offers {
    /// What was asked for and can be had of a card of this brand.
    pub fn of(requests: CardRequests, brand: Brand) -> Self {
        let network = match brand {
            Brand::Visa | Brand::Mastercard | Brand::Amex | Brand::Discover => true,
            Brand::Diners | Brand::Jcb | Brand::UnionPay | Brand::Unknown => false,
        };
        let had = |wish: Option<Wish>| network && wish == Some(Wish::IfAvailable);
        Self { incremental: had(requests.incremental), multicapture: had(requests.multicapture) }
    }
}

impl Charge {
    /// Whether something is held that can still be taken or let go.
    pub fn holds(&self) -> bool {
        match &self.state {
            ChargeState::Held { .. } | ChargeState::Captured { rest: Rest::Held, .. } => true,
            ChargeState::Pending { .. }
            | ChargeState::Captured { rest: Rest::Released, .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => false,
        }
    }

    /// Whether funds were held for this intent until their term was over, and none of them taken.
    pub fn lapsed(&self, intent: &Intent) -> bool {
        let automatic = matches!(
            &intent.state,
            IntentState::Canceled { reason: Some(CancelReason::Automatic), .. }
        );
        automatic && matches!(&self.state, ChargeState::Released { .. })
    }

    /// Checks that `asked` can still be given back.
    ///
    /// # Errors
    /// A [`Refusal`] in order of precedence: not captured, charged back, already refunded, more than is left.
    pub fn refundable(&self, asked: Option<Money>) -> Result<Money, Refusal> {
        let captured = match &self.state {
            ChargeState::Captured { amount, .. } => *amount,
            ChargeState::Held { .. } if planted!("refund_uncharged") => self.amount,
            ChargeState::Held { .. } => return Err(Refusal::RefundUncaptured { charge: self.id }),
            ChargeState::Pending { .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => {
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
        if left.covers(asked).map_err(Refusal::Money)? || planted!("refund_above") {
            Ok(asked)
        } else {
            Err(Refusal::RefundAboveLeft { asked, left })
        }
    }

    /// What was taken and neither given nor taken back.
    ///
    /// # Errors
    /// [`MoneyError`](farthing_core::money::MoneyError) if more went back than was taken.
    pub fn left(&self) -> Result<Money, farthing_core::money::MoneyError> {
        let taken = match &self.state {
            ChargeState::Captured { amount, .. } => *amount,
            ChargeState::Pending { .. }
            | ChargeState::Held { .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => Money::zero(self.amount.currency()),
        };
        taken.minus(self.refunded)?.minus(self.disputed)
    }

    /// The reference under which the network took the funds; none before.
    pub fn taken_under(&self) -> Option<Reference> {
        match &self.state {
            ChargeState::Captured { reference, .. } => Some(*reference),
            ChargeState::Held { .. }
            | ChargeState::Pending { .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => None,
        }
    }
}
