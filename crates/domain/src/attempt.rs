//! One try to get something from the network, open from before the call until its outcome is known.
//!
//! The row is written before the call is made and removed in the commit that settles it, so the
//! open attempts are exactly the calls whose outcome we do not have on disk.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::{AttemptId, ChargeId, IntentId, PaymentMethodId, RefundId, SetupIntentId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::charge::Rest;
use crate::command::RequestMark;
use crate::idempotency::ScopedKey;
use crate::network::Reference;
use crate::object::Metadata;
use crate::refund::RefundReason;
use crate::tenant::TenantId;

/// An open attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Whose.
    pub tenant: TenantId,
    /// For which intent; of a verification, the bytes of its set-up intent.
    pub intent: IntentId,
    /// Our name for the call at the network.
    pub reference: Reference,
    /// What is asked of the network.
    pub call: Call,
    /// When it was written.
    pub begun_at: TimestampMs,
    /// The idempotency record that waits for its answer.
    pub claim: Option<ScopedKey>,
    /// The request that caused it, for the events of its end.
    pub request: Option<RequestMark>,
    /// Expand paths of the reply that will be kept.
    pub expand: Vec<String>,
    /// Its outcome has been announced as unknown.
    pub announced: bool,
    /// Look-ups made so far.
    pub lookups: u32,
    /// When the next look-up is due, in wall time.
    pub lookup_at: TimestampMs,
}

/// What is asked of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Reserve funds, and take them at once if `capture`.
    Authorize {
        /// How much.
        amount: Money,
        /// Take the funds in the same step.
        capture: bool,
        /// With which card.
        method: PaymentMethodId,
        /// Whether the holder is there, and has authenticated.
        presence: Presence,
        /// Where to send the holder after a challenge.
        return_url: Option<String>,
        /// Decline rather than wait for the holder.
        fail_on_action: bool,
    },
    /// Take reserved funds.
    Capture {
        /// How much of it.
        amount: Money,
        /// What becomes of the rest.
        rest: Rest,
        /// The charge that holds them.
        charge: ChargeId,
        /// The authorization's reference.
        of: Reference,
    },
    /// Reserve more under an authorization that there is. What else was said is put into effect only
    /// if the network agrees.
    Increment {
        /// The new total.
        amount: Money,
        /// The charge that holds the funds.
        charge: ChargeId,
        /// The authorization's reference.
        of: Reference,
        /// Another note.
        description: Option<String>,
        /// What statements are to say.
        statement_descriptor: Option<String>,
        /// All of the caller's own pairs, where they change.
        metadata: Option<Metadata>,
    },
    /// Release reserved funds.
    Void {
        /// The charge that holds them.
        charge: ChargeId,
        /// The authorization's reference.
        of: Reference,
        /// What the merchant gave as the reason.
        reason: Option<crate::intent::CancelReason>,
    },
    /// Ask whether a card is good. Nothing moves.
    Verify {
        /// For which set-up intent.
        setup: SetupIntentId,
        /// Which card.
        method: PaymentMethodId,
        /// Whether the holder is there, and has authenticated.
        presence: Presence,
        /// Where to send the holder after a challenge.
        return_url: Option<String>,
    },
    /// Give funds back. Their amount is reserved on the charge while this is open.
    Refund {
        /// How much.
        amount: Money,
        /// From which charge.
        charge: ChargeId,
        /// The reference under which the funds were taken.
        of: Reference,
        /// The refund's id, given before the call.
        refund: RefundId,
        /// Why.
        reason: Option<RefundReason>,
        /// The caller's own pairs.
        metadata: Metadata,
    },
}

/// Whether the holder is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// At the checkout, not asked to authenticate yet.
    OnSession,
    /// Not there: a charge that needs authentication is declined.
    OffSession,
    /// There, and has passed the issuer's challenge.
    Authenticated,
    /// At the checkout, and to be asked wherever the card can, though the issuer may not insist.
    Asked,
}

impl Call {
    /// The charge it concerns; none while authorizing.
    pub fn charge(&self) -> Option<ChargeId> {
        match self {
            Self::Authorize { .. } | Self::Verify { .. } => None,
            Self::Capture { charge, .. }
            | Self::Increment { charge, .. }
            | Self::Void { charge, .. }
            | Self::Refund { charge, .. } => Some(*charge),
        }
    }

    /// The set-up intent it concerns; none where money is asked for.
    pub fn setup(&self) -> Option<SetupIntentId> {
        match self {
            Self::Verify { setup, .. } => Some(*setup),
            Self::Authorize { .. }
            | Self::Capture { .. }
            | Self::Increment { .. }
            | Self::Void { .. }
            | Self::Refund { .. } => None,
        }
    }
}
