//! Which acquirer a call goes to, and when an attempt may go to another (decision 81).
//!
//! An acquirer is a number within its installation, and part of the name of each call made to it: so
//! a capture, a refund or a release follows its charge, and news finds its row, without a column of
//! their own. What must stay true: an attempt goes to another acquirer only when the one it was at is
//! known not to have acted and never to act on it.

use core::fmt;

use crate::attempt::{Attempt, Call};
use crate::command::{Ask, FailOver};
use crate::network::Outcome;

/// One of an installation's acquirers, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Acquirer(u8);

impl Acquirer {
    /// The one that an installation begins with. Payouts, and methods that are no card, stay with it:
    /// the accounts they concern were shown to nobody else.
    pub const FIRST: Self = Self(0);
    /// All there can be: two bits of a call's name.
    pub const ALL: [Self; 4] = [Self(0), Self(1), Self(2), Self(3)];

    /// The acquirer of this number, if there can be one.
    pub fn new(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|acquirer| acquirer.0 == number)
    }

    /// The acquirer that two bits name.
    pub(crate) fn of_bits(bits: u8) -> Self {
        Self(bits & 3)
    }

    /// Its number, from 0 to 3.
    pub fn number(self) -> u8 {
        self.0
    }

    /// A number that this acquirer gave, as one that no other's can equal: its own number is put into
    /// the highest two of 48 bits.
    pub fn tag(self, number: u64) -> u64 {
        (number & NUMBER_BITS) | (u64::from(self.0) << TAG_SHIFT)
    }

    /// Takes apart what [`tag`](Self::tag) put together.
    pub fn untag(tagged: u64) -> (Self, u64) {
        let number = u8::try_from((tagged >> TAG_SHIFT) & 3).unwrap_or_default();
        (Self(number), tagged & NUMBER_BITS)
    }
}

const TAG_SHIFT: u32 = 46;
const NUMBER_BITS: u64 = (1 << TAG_SHIFT) - 1;

impl fmt::Display for Acquirer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Whether calls of a kind are made to an acquirer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// They are, or one is, to see.
    Ready,
    /// Its breaker holds them back.
    HeldBack,
}

/// An acquirer that an attempt could go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub acquirer: Acquirer,
    /// Whether calls of this kind are made to it now.
    pub readiness: Readiness,
}

/// Where a new attempt goes: to the first that is ready. Where none is, to the first, which then
/// holds it back: its outcome is known at once (decision 71).
pub fn first(order: &[Candidate]) -> Acquirer {
    let ready = order.iter().find(|candidate| candidate.readiness == Readiness::Ready);
    ready.or(order.first()).map_or(Acquirer::FIRST, |candidate| candidate.acquirer)
}

/// What follows from the outcome of an attempt's call: it is settled, unless the acquirer is known to
/// have done nothing, now and for ever, and there is another one after it that is ready.
///
/// Only [`Outcome::Absent`] is that knowledge. A decline is the issuer's word, and it would say the
/// same to anybody; an unknown outcome never comes here at all.
pub fn follows(attempt: &Attempt, outcome: Outcome, order: &[Candidate]) -> Ask {
    match (&outcome, next(attempt, order)) {
        (Outcome::Absent, Some(to)) => Ask::FailOver(FailOver { attempt: attempt.id, to }),
        (
            Outcome::Absent | Outcome::Approved(_) | Outcome::Declined(_) | Outcome::ActionRequired,
            _,
        ) => Ask::Settle(attempt.id, outcome.into()),
    }
}

/// The next in order that an attempt could go to. Only forward, so that it comes to an end.
fn next(attempt: &Attempt, order: &[Candidate]) -> Option<Acquirer> {
    match attempt.call {
        Call::Authorize { .. } | Call::Verify { .. } => {}
        // These follow their charge: nobody else knows of it.
        Call::Capture { .. } | Call::Increment { .. } | Call::Void { .. } | Call::Refund { .. } => {
            return None;
        }
    }
    let at = attempt.reference.acquirer();
    let mut later = order.iter().skip_while(|candidate| candidate.acquirer != at).skip(1);
    later
        .find(|candidate| candidate.readiness == Readiness::Ready)
        .map(|candidate| candidate.acquirer)
}
