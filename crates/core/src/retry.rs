//! When to try again: schedules with jitter from given entropy, and which answers deserve it.

use alloc::vec::Vec;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

const CLIENT_FIRST_MS: u64 = 500;
const CLIENT_CAP_MS: u64 = 5 * SECOND;

/// The waits between the tries of one task, and how much chance may stretch each of them.
///
/// Jitter only lengthens: a wait is never shorter than the schedule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    delays_ms: Vec<u64>,
    jitter_percent: u8,
}

/// What an HTTP answer means for whoever delivered something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerClass {
    /// Received: any 2xx.
    Success,
    /// Not received, but may be next time. Redirects and the receiver's own mistakes count, for
    /// both are repaired by people while the schedule lasts.
    Retry,
    /// Will never be received: 410 Gone.
    Permanent,
}

/// What the other side said about trying again, in `Stripe-Should-Retry`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryAdvice {
    /// Try again.
    Yes,
    /// Do not.
    No,
    /// It did not say.
    None,
}

/// What an answer to "confirm this payment" tells whoever asked under an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentAnswer {
    /// Accepted; the body says how far it got.
    Accepted,
    /// Definitely not paid: the next attempt gets a new key.
    Declined,
    /// Turned away before anything began.
    Refused,
    /// It may or may not have happened: ask again only as it was, under the same key.
    Unknown,
}

impl Schedule {
    /// These waits, each stretched by up to so many percent.
    pub fn new(delays_ms: Vec<u64>, jitter_percent: u8) -> Self {
        Self { delays_ms, jitter_percent }
    }

    /// For webhooks in production: nine more tries over two and a half to three days.
    pub fn deliveries() -> Self {
        let mut delays_ms = alloc::vec![5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR];
        delays_ms.extend([12 * HOUR; 4]);
        Self::new(delays_ms, 5)
    }

    /// For webhooks on a developer's machine, where somebody is watching.
    pub fn dev() -> Self {
        Self::new(alloc::vec![SECOND, 5 * SECOND, 30 * SECOND], 0)
    }

    /// For finding out what became of an attempt: at once, then ever more patiently for a day.
    pub fn recovery() -> Self {
        let mut delays_ms = alloc::vec![SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND];
        delays_ms.extend([MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE]);
        delays_ms.extend([HOUR; 23]);
        Self::new(delays_ms, 20)
    }

    /// For passing received webhooks on: seconds at first, as a receiver is usually only restarting,
    /// then ever more patiently. 25 tries over three days.
    pub fn forwards() -> Self {
        let mut delays_ms = alloc::vec![SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE];
        delays_ms.extend([2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE]);
        delays_ms.extend([2 * HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR]);
        delays_ms.extend([6 * HOUR; 10]);
        Self::new(delays_ms, 10)
    }

    /// How long to wait after try number `try_number` (from 1) has failed; `None` when that was
    /// the last one.
    pub fn delay_ms(&self, try_number: u32, entropy: u32) -> Option<u64> {
        let index = usize::try_from(try_number.checked_sub(1)?).ok()?;
        let delay_ms = *self.delays_ms.get(index)?;
        let most = u128::from(delay_ms).saturating_mul(u128::from(self.jitter_percent));
        let jitter = most.saturating_mul(u128::from(entropy)).div_euclid(100) >> 32;
        Some(delay_ms.saturating_add(u64::try_from(jitter).unwrap_or(u64::MAX)))
    }

    /// From the first try to the last one at the latest, had each failed at once.
    pub fn whole_ms(&self) -> u64 {
        let delays_ms = self.delays_ms.iter().fold(0_u64, |sum, each| sum.saturating_add(*each));
        let percent = u64::from(self.jitter_percent).saturating_add(100);
        delays_ms.saturating_mul(percent).div_euclid(100)
    }

    /// How many tries there are in all, the first included.
    pub fn tries(&self) -> u32 {
        u32::try_from(self.delays_ms.len()).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// What a receiver's answer means for a delivery.
pub fn status_class(status: u16) -> AnswerClass {
    match status {
        200..=299 => AnswerClass::Success,
        410 => AnswerClass::Permanent,
        _ => AnswerClass::Retry,
    }
}

/// Whether a client should send the same request again, under the same idempotency key. No status
/// means that no answer came. The official kits decide in the same way.
pub fn client_retries(status: Option<u16>, advice: RetryAdvice) -> bool {
    match (advice, status) {
        (RetryAdvice::Yes, Some(_)) | (_, None) => true,
        (RetryAdvice::No, Some(_)) => false,
        (RetryAdvice::None, Some(status)) => status == 409 || status >= 500,
    }
}

/// What an answer means for the attempt it answers. No status means that no answer came.
pub fn payment_answer(status: Option<u16>) -> PaymentAnswer {
    match status {
        Some(200..=299) => PaymentAnswer::Accepted,
        Some(402) => PaymentAnswer::Declined,
        // Time-outs, conflicts and refusals for lack of room say nothing of an earlier try.
        Some(408 | 409 | 425 | 429) | None => PaymentAnswer::Unknown,
        Some(400..=499) => PaymentAnswer::Refused,
        Some(_) => PaymentAnswer::Unknown,
    }
}

/// How long a client waits before retry number `retry_number` (from 1): half a second, doubled
/// each time up to five seconds, times a random half to one, and never less than half a second.
pub fn client_backoff_ms(retry_number: u32, entropy: u32) -> u64 {
    let doublings = retry_number.saturating_sub(1).min(8);
    let full_ms = CLIENT_FIRST_MS.saturating_mul(1 << doublings).min(CLIENT_CAP_MS);
    let random = u64::from(entropy).saturating_mul(full_ms >> 1) >> 32;
    (full_ms >> 1).saturating_add(random).max(CLIENT_FIRST_MS)
}
