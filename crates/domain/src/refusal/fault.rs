//! Why held funds cannot be taken, or raised, as they were asked to be.

use farthing_core::money::Money;

/// Why a charge cannot be captured so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureFault {
    /// It can be captured once only, so nothing can be left for later.
    Once,
    /// This would be the last of its captures, so nothing can be left for later.
    Last,
    /// Nothing was asked for, and nothing was captured before.
    Nothing,
}

impl CaptureFault {
    /// A stable name.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Once => "capture_once",
            Self::Last => "capture_last",
            Self::Nothing => "capture_nothing",
        }
    }
}

/// Why what is held cannot be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncrementFault {
    /// It was not asked for when the funds were held, or the card does not offer it.
    NotOffered,
    /// A part was captured.
    Captured,
    /// It was tried as often as it may be.
    Spent,
    /// The new total is not above what is held.
    NotAbove {
        /// What is held.
        held: Money,
        /// What was asked.
        asked: Money,
    },
}

impl IncrementFault {
    /// A stable name.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NotOffered => "increment_not_offered",
            Self::Captured => "increment_captured",
            Self::Spent => "increment_spent",
            Self::NotAbove { .. } => "increment_not_above",
        }
    }
}
