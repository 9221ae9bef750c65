//! The rules of the payment journal: what a buyer's browser may do next with a payment that it has
//! written down.
//!
//! A journal holds one entry per cart, and an entry one attempt at paying that is current. Creating
//! the intent always goes under the entry's own key, and attempt N under a key made from it and N, so
//! repeating is harmless for as long as the server remembers the keys. What must stay true: an
//! attempt is followed by the next only when it is known to have come to nothing; an entry has one
//! intent for life; nothing is sent for an entry of uncertain age before its intent was looked at.

use core::fmt;

use crate::money::Money;
use crate::time::TimestampMs;

/// How long an entry is trusted without a look at the server: an hour less than the day for which the
/// server promises to remember a key.
pub const TRUSTED_MS: i64 = 23 * 60 * 60 * 1_000;

/// How far an entry's current attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nothing was sent under its key.
    Ready,
    /// A confirmation may have left, and no answer is known.
    Sent,
    /// Accepted; the buyer or the network has something left to do.
    Waiting,
    /// Paid, for good.
    Done,
}

/// What became known of the current attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum News {
    /// Definitely not paid.
    Declined,
    /// Turned away before anything began: the key is unused.
    Refused,
    /// The buyer gave up what was left to do.
    Abandoned,
    /// The intent says that it came to nothing.
    Lapsed,
    /// Accepted, not over.
    Waiting,
    /// Paid, or held for the merchant to capture.
    Paid,
}

/// What asking to pay an entry's cart again comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Demand {
    /// The entry as it is.
    Same,
    /// The entry with another amount: its own intent is changed before anything else.
    Change,
}

/// Why a cart cannot be paid as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JournalError {
    /// An attempt of another amount is open.
    InProgress,
    /// The cart was paid, with another amount.
    AlreadyPaid,
}

/// What an intent says of itself, in the wire's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// `succeeded` or `requires_capture`.
    Paid,
    /// `processing`, or a word that is not known yet.
    Underway,
    /// `requires_action`: the buyer is asked something.
    Challenged,
    /// `canceled`.
    Canceled,
    /// `requires_payment_method` or `requires_confirmation`.
    Unpaid,
}

/// What an intent's standing means for its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// This is news of the attempt.
    News(News),
    /// It says nothing of the attempt, which stays as it is.
    Nothing,
    /// The intent can never be paid: the entry is over.
    Over,
}

/// What asking to pay `asked` comes to where `held` is written down.
///
/// # Errors
/// Another amount or currency is refused while an attempt is open, and after the payment.
pub fn demand(phase: Phase, held: Money, asked: Money) -> Result<Demand, JournalError> {
    match (held == asked, phase) {
        (true, Phase::Ready | Phase::Sent | Phase::Waiting | Phase::Done) => Ok(Demand::Same),
        (false, Phase::Ready) => Ok(Demand::Change),
        (false, Phase::Sent | Phase::Waiting) => Err(JournalError::InProgress),
        (false, Phase::Done) => Err(JournalError::AlreadyPaid),
    }
}

/// The entry after news of its current attempt: its phase, and the number of the attempt that is then
/// current.
pub fn after(phase: Phase, attempt: u32, news: News) -> (Phase, u32) {
    let next = attempt.saturating_add(1);
    match (phase, news) {
        // Paid is paid: whatever else arrives was late.
        (Phase::Done, _) | (_, News::Paid) => (Phase::Done, attempt),
        (Phase::Sent | Phase::Waiting, News::Declined | News::Abandoned | News::Lapsed) => {
            (Phase::Ready, next)
        }
        // A refusal speaks of one request. What had been accepted before it stays accepted.
        (Phase::Sent, News::Refused) => (Phase::Ready, attempt),
        (Phase::Ready | Phase::Sent | Phase::Waiting, News::Waiting)
        | (Phase::Waiting, News::Refused) => (Phase::Waiting, attempt),
        (Phase::Ready, News::Declined | News::Refused | News::Abandoned | News::Lapsed) => {
            (Phase::Ready, attempt)
        }
    }
}

/// What an intent's standing means for an entry whose attempt was written down at `since`.
pub fn reading(
    phase: Phase,
    standing: Standing,
    (since, now): (TimestampMs, TimestampMs),
) -> Reading {
    match (standing, phase) {
        (Standing::Paid, _) => Reading::News(News::Paid),
        (Standing::Underway, Phase::Ready | Phase::Sent | Phase::Waiting)
        | (Standing::Challenged, Phase::Sent | Phase::Waiting) => Reading::News(News::Waiting),
        (Standing::Canceled, Phase::Ready | Phase::Sent | Phase::Waiting) => Reading::Over,
        // It had been accepted and is to be paid again: the bank, or the network, said no.
        (Standing::Unpaid, Phase::Waiting) => Reading::News(News::Declined),
        // A confirmation may still be on its way. No request is on its way for a day; a clock that
        // went back says nothing of how long it has been.
        (Standing::Unpaid, Phase::Sent) if now.since(since) >= TRUSTED_MS => {
            Reading::News(News::Lapsed)
        }
        // A question that nobody waits for any more ends with the next attempt.
        (Standing::Unpaid | Standing::Challenged, Phase::Ready)
        | (Standing::Unpaid, Phase::Sent)
        | (
            Standing::Underway | Standing::Challenged | Standing::Canceled | Standing::Unpaid,
            Phase::Done,
        ) => Reading::Nothing,
    }
}

/// Whether the keys of what was written down at `since` are certainly remembered. A clock that went
/// backwards proves nothing, so it does not count as trust.
pub fn is_trusted(since: TimestampMs, now: TimestampMs) -> bool {
    (0..TRUSTED_MS).contains(&now.since(since))
}

impl Phase {
    /// The phase of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Ready, Self::Sent, Self::Waiting, Self::Done]
            .into_iter()
            .find(|phase| phase.name() == name)
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Sent => "sent",
            Self::Waiting => "waiting",
            Self::Done => "done",
        }
    }
}

impl News {
    /// The news of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Declined, Self::Refused, Self::Abandoned, Self::Lapsed, Self::Waiting, Self::Paid]
            .into_iter()
            .find(|news| news.name() == name)
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Refused => "refused",
            Self::Abandoned => "abandoned",
            Self::Lapsed => "lapsed",
            Self::Waiting => "waiting",
            Self::Paid => "paid",
        }
    }
}

impl Standing {
    /// Reads the wire's word for an intent's status.
    pub fn of_status(status: &str) -> Self {
        match status {
            "succeeded" | "requires_capture" => Self::Paid,
            "canceled" => Self::Canceled,
            "requires_action" => Self::Challenged,
            "requires_payment_method" | "requires_confirmation" => Self::Unpaid,
            // Whatever else a server says, it does not say that paying again is harmless.
            _ => Self::Underway,
        }
    }
}

impl JournalError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InProgress => "payment_in_progress",
            Self::AlreadyPaid => "already_paid",
        }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InProgress => {
                "A payment of another amount is under way for this cart. Wait for its outcome first."
            }
            Self::AlreadyPaid => {
                "This cart is already paid, with another amount. Give the new order a new cart id."
            }
        })
    }
}

impl core::error::Error for JournalError {}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;
    use crate::currency::Currency;

    const PHASES: [Phase; 4] = [Phase::Ready, Phase::Sent, Phase::Waiting, Phase::Done];

    #[test]
    fn another_amount_waits_for_the_open_attempt() {
        let usd = |minor| Money::new(minor, Currency::USD).unwrap();
        let (held, eur) = (usd(1000), Money::new(1000, Currency::EUR).unwrap());
        for (phase, same, other) in [
            (Phase::Ready, "same", "change"),
            (Phase::Sent, "same", "payment_in_progress"),
            (Phase::Waiting, "same", "payment_in_progress"),
            (Phase::Done, "same", "already_paid"),
        ] {
            for (asked, expected) in [(held, same), (usd(1100), other), (eur, other)] {
                let said = match demand(phase, held, asked) {
                    Ok(Demand::Same) => "same",
                    Ok(Demand::Change) => "change",
                    Err(error) => error.code(),
                };
                assert_eq!(said, expected, "{phase:?} {asked:?}");
            }
        }
    }

    #[test]
    fn only_what_came_to_nothing_is_followed_by_the_next_attempt() {
        let said = |news| {
            PHASES.map(|phase| {
                let (phase, attempt) = after(phase, 3, news);
                format!("{} {attempt}", phase.name())
            })
        };
        let rows = |news| said(news).map(String::from);
        //                                ready      sent         waiting      done
        assert_eq!(rows(News::Declined), ["ready 3", "ready 4", "ready 4", "done 3"]);
        assert_eq!(rows(News::Abandoned), ["ready 3", "ready 4", "ready 4", "done 3"]);
        assert_eq!(rows(News::Lapsed), ["ready 3", "ready 4", "ready 4", "done 3"]);
        assert_eq!(rows(News::Refused), ["ready 3", "ready 3", "waiting 3", "done 3"]);
        assert_eq!(rows(News::Waiting), ["waiting 3", "waiting 3", "waiting 3", "done 3"]);
        assert_eq!(rows(News::Paid), ["done 3", "done 3", "done 3", "done 3"]);
    }

    #[test]
    fn an_intent_tells_what_became_of_its_attempt() {
        let hour = 60 * 60 * 1_000;
        let at = |ms| (TimestampMs::from_ms(hour), TimestampMs::from_ms(hour).plus_ms(ms));
        let said = |status, times| {
            PHASES.map(|phase| match reading(phase, Standing::of_status(status), times) {
                Reading::News(news) => news.name(),
                Reading::Nothing => "-",
                Reading::Over => "over",
            })
        };
        let (fresh, old) = (at(hour), at(23 * hour));
        for times in [fresh, old, at(-1)] {
            assert_eq!(said("succeeded", times), ["paid"; 4]);
            assert_eq!(said("requires_capture", times), ["paid"; 4]);
            for status in ["processing", "a_word_of_tomorrow", ""] {
                assert_eq!(said(status, times), ["waiting", "waiting", "waiting", "-"], "{status}");
            }
            assert_eq!(said("requires_action", times), ["-", "waiting", "waiting", "-"]);
            assert_eq!(said("canceled", times), ["over", "over", "over", "-"]);
        }
        for status in ["requires_payment_method", "requires_confirmation"] {
            assert_eq!(said(status, fresh), ["-", "-", "declined", "-"]);
            assert_eq!(said(status, at(23 * hour - 1)), ["-", "-", "declined", "-"]);
            assert_eq!(said(status, old), ["-", "lapsed", "declined", "-"]);
            assert_eq!(said(status, at(-1)), ["-", "-", "declined", "-"], "the clock went back");
        }
    }

    #[test]
    fn names_are_read_back() {
        for phase in PHASES {
            assert_eq!(Phase::parse(phase.name()), Some(phase));
        }
        for news in [News::Declined, News::Refused, News::Abandoned, News::Lapsed, News::Waiting] {
            assert_eq!(News::parse(news.name()), Some(news));
        }
        assert_eq!((Phase::parse("Ready"), News::parse("")), (None, None));
    }
}
