//! What follows from handing an event on once.

use crate::retry::Schedule;
use crate::time::TimestampMs;

/// After so many tries an answer that speaks of the request itself ends them.
pub const REFUSALS_MAX: u32 = 5;

/// The longest that a receiver's `Retry-After` is obeyed: an hour.
const RETRY_AFTER_MAX_S: u32 = 3_600;

/// What whoever an event was handed to said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It has it: any 2xx.
    Taken,
    /// It cannot take it now: no answer, 408, 409, 425, 429 or 5xx.
    NotNow,
    /// It does not want it as it is: any other status, redirects included. People repair such
    /// things too, but rarely while a schedule lasts.
    Refused,
}

/// What is to be done with the event next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing: it arrived.
    Handed,
    /// Try again, not before this moment.
    Again {
        /// The moment.
        due: TimestampMs,
    },
    /// Keep it for somebody to look at.
    Parked,
}

/// What a status means; `None` stands for no answer at all.
pub fn answer(status: Option<u16>) -> Answer {
    match status {
        Some(200..=299) => Answer::Taken,
        Some(408 | 409 | 425 | 429 | 500..) | None => Answer::NotNow,
        Some(_) => Answer::Refused,
    }
}

/// What follows from the try that was number `tries` (from 1). `retry_after_s` is what the receiver
/// asked for, if it did: the next try is not sooner than that, up to an hour.
pub fn after_try(
    schedule: &Schedule,
    tries: u32,
    (answer, retry_after_s): (Answer, Option<u32>),
    now: TimestampMs,
    entropy: u32,
) -> Outcome {
    match answer {
        Answer::Taken => return Outcome::Handed,
        Answer::Refused if tries >= REFUSALS_MAX => return Outcome::Parked,
        Answer::Refused | Answer::NotNow => {}
    }
    let Some(wait_ms) = schedule.delay_ms(tries, entropy) else { return Outcome::Parked };
    let asked_ms =
        u64::from(retry_after_s.unwrap_or(0).min(RETRY_AFTER_MAX_S)).saturating_mul(1_000);
    let wait_ms = i64::try_from(wait_ms.max(asked_ms)).unwrap_or(i64::MAX);
    Outcome::Again { due: now.plus_ms(wait_ms) }
}
