//! What follows each thing heard of an attempt: the whole of recovery's judgement, as a function.

use farthing_acquirer::{CallError, LookupAnswer, Reversed};
use farthing_core::planted;
use farthing_core::retry::Schedule;
use farthing_core::time::TimestampMs;
use farthing_domain::attempt::Attempt;
use farthing_domain::command::{Ask, Postpone};
use farthing_domain::network::Outcome;

use crate::translate;

/// Look-ups after which somebody should have a look: about twenty seconds of not knowing.
pub(super) const ALERT_LOOKUPS: u32 = 5;
/// Look-ups up to which a waiting caller may hurry the next one.
pub(super) const HURRIED_LOOKUPS: u32 = 4;
/// After the schedule's end an attempt is looked up every hour, for ever: it is never given up.
const HOUR_MS: u64 = 60 * 60 * 1_000;

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The network never saw the call. It may still be on its way.
    NeverSeen,
    /// This became of it, for ever.
    Final(Outcome),
    /// Nothing, or nothing that helps.
    Nothing,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Next {
    /// Have the network promise to refuse the call from now on.
    Reverse,
    /// The outcome is known.
    End(Outcome),
    /// Write this down; the attempt is done with, until its next time.
    Submit(Box<Ask>),
}

impl Heard {
    pub(super) fn of_lookup(answer: Result<LookupAnswer, CallError>) -> Self {
        match answer {
            Ok(LookupAnswer::NeverSeen) => Self::NeverSeen,
            Ok(LookupAnswer::Known(answer)) => Self::Final(translate::outcome(answer)),
            Ok(LookupAnswer::Refused(_) | LookupAnswer::Reversed) => Self::Final(Outcome::Absent),
            Err(_) => Self::Nothing,
        }
    }

    pub(super) fn of_reversal(answer: Result<Reversed, CallError>) -> Self {
        match answer {
            Ok(Reversed::Barred | Reversed::Undone) => Self::Final(Outcome::Absent),
            Ok(Reversed::Stands(answer)) => Self::Final(translate::outcome(answer)),
            Err(_) => Self::Nothing,
        }
    }
}

/// Decides what follows.
pub(super) fn next(attempt: &Attempt, heard: Heard, now: TimestampMs, entropy: u32) -> Next {
    match heard {
        Heard::NeverSeen if planted!("no_reversal") => Next::End(Outcome::Absent),
        Heard::NeverSeen => Next::Reverse,
        Heard::Final(outcome) => Next::End(outcome),
        Heard::Nothing => {
            let delay_ms = Schedule::recovery()
                .delay_ms(attempt.lookups.saturating_add(1), entropy)
                .unwrap_or(HOUR_MS);
            let lookup_at = now.plus_ms(i64::try_from(delay_ms).unwrap_or(i64::MAX));
            Next::Submit(Box::new(Ask::Postpone(Postpone { attempt: attempt.id, lookup_at })))
        }
    }
}
