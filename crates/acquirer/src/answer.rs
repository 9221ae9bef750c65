//! What an acquirer answers.

use std::fmt;

use farthing_core::card::Brand;

/// The network's answer to a call that it carried out or declined. It is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Approved(Approval),
    /// Declined by the issuer, the network or the acquirer's risk rules; nothing moved.
    Declined(Decline),
    /// The holder must authenticate first; nothing moved. The next try is a new call.
    ActionRequired,
}

/// Evidence of an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The issuer's approval code.
    pub authorization_code: String,
    /// The network's own id of the movement.
    pub network_id: String,
    /// What is known of the card.
    pub card: CardFacts,
    /// What the issuer said of the CVC.
    pub cvc_check: Check,
    /// What it said of the address's first line.
    pub line1_check: Check,
    /// What it said of the postal code.
    pub postal_check: Check,
    /// The funds are available at once.
    pub bypass_pending: bool,
    /// A refund that the network has taken on but not finished; a notice will say how it ended.
    pub refund_pending: bool,
    /// The funds are on their way; a notice will say whether they came.
    pub payment_pending: bool,
    /// The acquirer's estimate of risk.
    pub risk: RiskLevel,
}

/// What a card's number alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardFacts {
    /// The brand; also the network it is charged over.
    pub brand: Brand,
    /// Where the money comes from.
    pub funding: Funding,
    /// The issuer's country, two capital letters, where known.
    pub country: Option<&'static str>,
}

impl CardFacts {
    /// The network the card is charged over, as the wire names it.
    pub fn network(self) -> &'static str {
        self.brand.wire()
    }
}

/// Where a card's money comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funding {
    /// The issuer lends it.
    Credit,
    /// The holder's account.
    Debit,
    /// Paid in beforehand.
    Prepaid,
    /// Not known.
    Unknown,
}

impl Funding {
    /// The name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
            Self::Prepaid => "prepaid",
            Self::Unknown => "unknown",
        }
    }
}

/// A check by the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// There was nothing to check.
    None,
    /// It matches.
    Pass,
    /// It does not.
    Fail,
    /// The issuer could not say, or had nothing to check where it expects something.
    Unavailable,
}

/// The acquirer's estimate of risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskLevel {
    /// Nothing unusual.
    Normal,
    /// Worth a look.
    Elevated,
    /// Probably fraud.
    Highest,
}

/// Why nothing moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decline {
    /// The wire's `code`.
    pub code: DeclineCode,
    /// The wire's `decline_code`, where the code alone does not say it.
    pub decline_code: Option<&'static str>,
    /// The network's own two characters; none if the network was not asked.
    pub network_decline_code: Option<&'static str>,
    /// What the merchant should do.
    pub advice_code: Option<&'static str>,
    /// Stopped by the acquirer's risk rules, never sent to the network.
    pub blocked_by_risk: bool,
    /// The acquirer's estimate of risk.
    pub risk: RiskLevel,
}

/// The wire's `code` of a decline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclineCode {
    /// The issuer says no; `decline_code` says why.
    CardDeclined,
    /// The card has expired.
    ExpiredCard,
    /// The verification code is wrong.
    IncorrectCvc,
    /// Something went wrong on the way.
    ProcessingError,
    /// The holder must authenticate, and is not there.
    AuthenticationRequired,
}

impl DeclineCode {
    /// The name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::CardDeclined => "card_declined",
            Self::ExpiredCard => "expired_card",
            Self::IncorrectCvc => "incorrect_cvc",
            Self::ProcessingError => "processing_error",
            Self::AuthenticationRequired => "authentication_required",
        }
    }
}

/// Why a call gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallError {
    /// No answer came in time. The outcome is unknown.
    TimedOut,
    /// The connection failed. The outcome is unknown.
    Unreachable,
    /// No connection could be made: nothing was sent, and nothing will be.
    Unsent,
    /// The acquirer will not do it, now or when it is asked again under this reference. Nothing moved.
    Refused {
        /// Why not.
        reason: Refusal,
    },
}

impl CallError {
    /// Whether the call may have had its effect all the same.
    pub fn outcome_unknown(self) -> bool {
        match self {
            Self::TimedOut | Self::Unreachable => true,
            Self::Unsent | Self::Refused { .. } => false,
        }
    }

    /// A stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Unsent => "unsent",
            Self::Refused { reason } => reason.code(),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("The acquirer did not answer in time."),
            Self::Unreachable => f.write_str("The connection to the acquirer failed."),
            Self::Unsent => f.write_str("No connection to the acquirer could be made."),
            Self::Refused { reason } => {
                write!(f, "The acquirer refused the call: {}.", reason.code())
            }
        }
    }
}

impl std::error::Error for CallError {}

/// Why the acquirer will not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has too much to do.
    Overloaded,
    /// It knows no such authorization.
    UnknownReference,
    /// The authorization is past that: captured, released, declined or reversed.
    WrongState,
    /// The amount must be positive.
    ZeroAmount,
    /// More than was authorized.
    AboveAuthorized,
    /// More than was captured and is not given back.
    AboveCaptured,
    /// No more than what is authorized.
    NotAboveAuthorized,
    /// The authorization is in another currency.
    CurrencyMismatch,
    /// The reference was used for a different call.
    ReferenceReused,
    /// The reference was reversed.
    Reversed,
}

impl Refusal {
    /// Every reason there is.
    pub(crate) const ALL: [Self; 10] = [
        Self::Overloaded,
        Self::UnknownReference,
        Self::WrongState,
        Self::ZeroAmount,
        Self::AboveAuthorized,
        Self::AboveCaptured,
        Self::NotAboveAuthorized,
        Self::CurrencyMismatch,
        Self::ReferenceReused,
        Self::Reversed,
    ];

    /// A stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            Self::UnknownReference => "unknown_reference",
            Self::WrongState => "wrong_state",
            Self::ZeroAmount => "zero_amount",
            Self::AboveAuthorized => "above_authorized",
            Self::AboveCaptured => "above_captured",
            Self::NotAboveAuthorized => "not_above_authorized",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::ReferenceReused => "reference_reused",
            Self::Reversed => "reversed",
        }
    }
}

/// What the network knows of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupAnswer {
    /// Nothing so far. The call may still arrive, until the reference is reversed.
    NeverSeen,
    /// The call arrived, and this was the answer.
    Known(Answer),
    /// The call arrived and was refused; nothing moved, and nothing will.
    Refused(Refusal),
    /// The reference was reversed; nothing of it remains.
    Reversed,
}

/// What became of a reversal. Asking again gives the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reversed {
    /// Nothing had moved; from now on the reference is refused.
    Barred,
    /// It had been done and was taken back; from now on the reference is refused.
    Undone,
    /// It cannot be taken back, because later movements rest on it or the network has announced it.
    /// Treat the answer as that of the call.
    Stands(Answer),
}
