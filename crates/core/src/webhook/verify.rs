//! What all schemes share when a signature is checked: the policy, the window of time, the order of
//! the checks and the answers.

use core::fmt;

use super::claim::{Claim, Evidence, Headers};
use super::hmac::Keyed;
use super::scheme::Scheme;
use super::secret::Secret;
use crate::print;
use crate::time::TimestampMs;

const TOLERANCE_MAX_S: u32 = 86_400;
/// As many digits as a time of 63 bits may have.
const DIGITS_MAX: usize = 19;

/// How far the two clocks may be apart, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    seconds: u32,
}

/// The number of seconds was not 1 to 86,400. There is no way to switch the check off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToleranceError {
    /// What was asked for.
    pub seconds: u32,
}

/// A signature that is right, by one of the secrets, at a time within the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Which of the secrets given it was.
    pub secret_index: usize,
    /// When the sender says it signed.
    pub timestamp: TimestampMs,
}

/// Why a webhook is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// No secret was given, or only blank ones.
    NoSecret,
    /// The signature header is missing or empty.
    EmptyHeader,
    /// The timestamp is not a plain number of seconds.
    MalformedTimestamp,
    /// There is no timestamp.
    NoTimestamp,
    /// There is more than one timestamp, so it is not known which was signed.
    DuplicateTimestamp,
    /// There is no well-formed signature of the one accepted version.
    NoSignature,
    /// No signature is right for this body and any of the secrets.
    SignatureMismatch,
    /// Rightly signed, but too long ago: perhaps a replay.
    TooOld {
        /// By how many seconds it misses the window.
        by_s: u64,
    },
    /// Rightly signed, but ahead of our clock.
    TooNew {
        /// By how many seconds it misses the window.
        by_s: u64,
    },
    /// The message id is empty, or could be confused with another part of what is signed.
    BadId,
}

/// Which rule decides where the official kits disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Exactly one timestamp, of digits only, no further in the future than in the past.
    Strict(Tolerance),
    /// Stripe's scheme as Stripe's own kit for Node has it: the last timestamp counts, read as
    /// `parseInt` reads, and the future is accepted. Other schemes are strict under it.
    Compat {
        /// How old a webhook may be, in seconds; zero or less means of any age.
        tolerance_s: i32,
    },
}

/// A signature that is right, by one of the secrets; and at a time within the window, where the
/// scheme signs a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Which of the secrets given it was.
    pub secret_index: usize,
    /// When the sender says it signed. Under [`Policy::Compat`] also absent for a time that is not
    /// a number.
    pub signed_at: Option<TimestampMs>,
}

impl From<Proof> for Verified {
    fn from(proof: Proof) -> Self {
        // Every scheme that is asked for by a function of its own signs the time.
        let timestamp = proof.signed_at.unwrap_or_default();
        Self { secret_index: proof.secret_index, timestamp }
    }
}

/// A timestamp as sent: the number, and the sign and digits that were signed.
#[derive(Clone, Copy)]
pub(super) struct Stamp<'a> {
    pub(super) sign: &'static [u8],
    pub(super) digits: &'a [u8],
    /// `None` if it is not a number.
    pub(super) seconds: Option<i64>,
}

/// Checks a webhook of any scheme. The signature is checked before the clock, so that "too old" is
/// only ever said of something genuine.
///
/// # Errors
/// [`VerifyError`], which says why the webhook is not to be trusted.
pub fn verify(
    (scheme, policy): (Scheme, Policy),
    secrets: &[Secret],
    headers: Headers<'_>,
    body: &[u8],
    now: TimestampMs,
) -> Result<Proof, VerifyError> {
    let some_key = secrets.iter().any(|secret| !secret.is_blank());
    let claim = read((scheme, policy), some_key, headers)?;
    check(&claim, policy, secrets.iter().map(Secret::key), (Evidence::Body(body), now))
}

/// The part of it that looks at the evidence; `None` stands for a blank key.
pub(super) fn check(
    claim: &Claim<'_>,
    policy: Policy,
    keys: impl Iterator<Item = Option<Keyed>>,
    (evidence, now): (Evidence<'_>, TimestampMs),
) -> Result<Proof, VerifyError> {
    let secret_index = claim.matching(keys, evidence).ok_or(VerifyError::SignatureMismatch)?;
    claim.check_time(policy, now)?;
    Ok(Proof { secret_index, signed_at: claim.signed_at() })
}

/// The part of it that comes before the body is looked at.
pub(super) fn read(
    (scheme, policy): (Scheme, Policy),
    some_key: bool,
    headers: Headers<'_>,
) -> Result<Claim<'_>, VerifyError> {
    let claim = Claim::read(scheme, policy, headers);
    // The compat policy looks for a secret last, as the kit does that it stands for.
    let looks_first = matches!(policy, Policy::Strict(_));
    if some_key || (claim.is_err() && !looks_first) { claim } else { Err(VerifyError::NoSecret) }
}

impl Policy {
    /// Refuses a time outside the window. A fraction of a second does not count: the time was
    /// sent in whole seconds.
    pub(super) fn check_time(self, seconds: i64, now: TimestampMs) -> Result<(), VerifyError> {
        let now_s = now.seconds();
        let (before_s, after_s) = match self {
            Self::Strict(tolerance) => (u64::from(tolerance.seconds), u64::from(tolerance.seconds)),
            Self::Compat { tolerance_s } => match u64::try_from(tolerance_s) {
                Ok(tolerance_s @ 1..) => (tolerance_s, u64::MAX),
                Ok(0) | Err(_) => (u64::MAX, u64::MAX),
            },
        };
        let apart = if crate::planted!("no_window") { 0 } else { now_s.abs_diff(seconds) };
        if seconds < now_s && apart > before_s {
            Err(VerifyError::TooOld { by_s: apart.saturating_sub(before_s) })
        } else if seconds > now_s && apart > after_s {
            Err(VerifyError::TooNew { by_s: apart.saturating_sub(after_s) })
        } else {
            Ok(())
        }
    }
}

impl Tolerance {
    /// Five minutes, as both official kits have it.
    pub const DEFAULT: Self = Self { seconds: 300 };

    /// So many seconds either way.
    ///
    /// # Errors
    /// [`ToleranceError`] unless it is 1 to 86,400.
    pub fn seconds(seconds: u32) -> Result<Self, ToleranceError> {
        if (1..=TOLERANCE_MAX_S).contains(&seconds) {
            Ok(Self { seconds })
        } else {
            Err(ToleranceError { seconds })
        }
    }

    /// How many seconds.
    pub fn as_seconds(self) -> u32 {
        self.seconds
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl<'a> Stamp<'a> {
    /// Of a webhook whose time is not signed.
    pub(super) const NONE: Self = Self { sign: b"", digits: b"", seconds: None };

    /// Reads a header that holds nothing else.
    pub(super) fn of_header(text: &'a [u8]) -> Result<Self, VerifyError> {
        if text.is_empty() { Err(VerifyError::NoTimestamp) } else { Self::of_digits(text) }
    }

    /// Reads decimal digits. Leading zeros are not signed: the official kits sign the number.
    pub(super) fn of_digits(text: &'a [u8]) -> Result<Self, VerifyError> {
        let zeros = text.iter().take_while(|byte| **byte == b'0').count();
        let (_, significant) = text.split_at(zeros);
        let is_number = !text.is_empty() && significant.iter().all(u8::is_ascii_digit);
        if !is_number || significant.len() > DIGITS_MAX {
            return Err(VerifyError::MalformedTimestamp);
        }
        // So few digits do not wrap without a sign, and with one they are seen to.
        let seconds = significant.iter().fold(0_u64, |seconds, digit| {
            seconds.wrapping_mul(10).wrapping_add(u64::from(digit & 0x0f))
        });
        let seconds = i64::try_from(seconds).map_err(|_| VerifyError::MalformedTimestamp)?;
        let digits = if significant.is_empty() { b"0" } else { significant };
        Ok(Self { sign: b"", digits, seconds: Some(seconds) })
    }
}

impl fmt::Display for ToleranceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        filled(f, self.sentence(), u64::from(self.seconds))
    }
}

impl ToleranceError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        "tolerance_out_of_range"
    }

    /// What happened, in a sentence with `{}` where [`Self::seconds`] belongs.
    pub const fn sentence(&self) -> &'static str {
        "The tolerance must be 1 to 86400 seconds; this is {}."
    }
}

impl core::error::Error for ToleranceError {}

impl VerifyError {
    /// Whether a code is one of these: a webhook was refused for what its headers say, and not for
    /// its size, its type, or a body that was rightly signed.
    pub fn is_code(code: &str) -> bool {
        const CODES: [&str; 10] = [
            VerifyError::NoSecret.code(),
            VerifyError::EmptyHeader.code(),
            VerifyError::MalformedTimestamp.code(),
            VerifyError::NoTimestamp.code(),
            VerifyError::DuplicateTimestamp.code(),
            VerifyError::NoSignature.code(),
            VerifyError::SignatureMismatch.code(),
            "timestamp_too_old",
            "timestamp_too_new",
            VerifyError::BadId.code(),
        ];
        CODES.contains(&code)
    }

    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::EmptyHeader => "empty_header",
            Self::MalformedTimestamp => "malformed_timestamp",
            Self::NoTimestamp => "no_timestamp",
            Self::DuplicateTimestamp => "duplicate_timestamp",
            Self::NoSignature => "no_signature",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TooOld { .. } => "timestamp_too_old",
            Self::TooNew { .. } => "timestamp_too_new",
            Self::BadId => "bad_message_id",
        }
    }
}

impl VerifyError {
    /// What happened, in a sentence or two, with `{}` where a number of seconds belongs.
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::NoSecret => "No webhook secret was given, so nothing can be verified.",
            Self::EmptyHeader => "The webhook came without a signature header.",
            Self::MalformedTimestamp => "The timestamp is not a plain number of seconds.",
            Self::NoTimestamp => "The webhook came without a timestamp.",
            Self::DuplicateTimestamp => "The signature header has more than one timestamp.",
            Self::NoSignature => "There is no well-formed signature of the accepted version.",
            Self::SignatureMismatch => "No signature matches this body and these secrets.",
            Self::TooOld { .. } => {
                "The webhook was signed before the accepted window. It misses it by {} s."
            }
            Self::TooNew { .. } => {
                "The webhook was signed after the accepted window. It misses it by {} s."
            }
            Self::BadId => "The message id is empty, too long, or holds a full stop or a space.",
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooOld { by_s } | Self::TooNew { by_s } => filled(f, self.sentence(), *by_s),
            Self::NoSecret
            | Self::EmptyHeader
            | Self::MalformedTimestamp
            | Self::NoTimestamp
            | Self::DuplicateTimestamp
            | Self::NoSignature
            | Self::SignatureMismatch
            | Self::BadId => f.write_str(self.sentence()),
        }
    }
}

/// Writes a sentence with a number where `{}` is.
fn filled(f: &mut fmt::Formatter<'_>, sentence: &str, number: u64) -> fmt::Result {
    let at = sentence.bytes().position(|byte| byte == b'{').unwrap_or(sentence.len());
    let (before, after) = sentence.split_at(at);
    let after = after.strip_prefix("{}").unwrap_or_default();
    print::between(f, before, number, after)
}

impl core::error::Error for VerifyError {}
