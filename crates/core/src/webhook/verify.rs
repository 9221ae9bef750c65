//! What the two schemes share when a signature is checked: the window of time, the timestamp, the
//! comparison and the answers.

use core::fmt;

use hmac::Mac as _;
use subtle::{Choice, ConstantTimeEq as _};

use super::secret::Secret;
use crate::time::TimestampMs;

/// The length of an HMAC-SHA256.
pub(super) const TAG_BYTES: usize = 32;

const TOLERANCE_MAX_S: u32 = 86_400;

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

/// A timestamp as sent: the number, and the digits that were signed.
#[derive(Clone, Copy)]
pub(super) struct Stamp<'a> {
    pub(super) digits: &'a str,
    pub(super) seconds: i64,
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
    /// Reads decimal digits. Leading zeros are not signed: the official kits sign the number.
    pub(super) fn parse(text: &'a str) -> Result<Self, VerifyError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VerifyError::MalformedTimestamp);
        }
        let significant = text.trim_start_matches('0');
        let digits = if significant.is_empty() { "0" } else { significant };
        let seconds = digits.parse().map_err(|_| VerifyError::MalformedTimestamp)?;
        Ok(Self { digits, seconds })
    }

    /// Refuses a time outside the window. A fraction of a second does not count: the time was
    /// sent in whole seconds.
    pub(super) fn check(&self, now: TimestampMs, tolerance: Tolerance) -> Result<(), VerifyError> {
        let now_s = now.seconds();
        let apart = now_s.abs_diff(self.seconds);
        let by_s = apart.saturating_sub(u64::from(tolerance.seconds));
        if by_s == 0 {
            Ok(())
        } else if self.seconds < now_s {
            Err(VerifyError::TooOld { by_s })
        } else {
            Err(VerifyError::TooNew { by_s })
        }
    }
}

/// Refuses a list of secrets that could check nothing.
pub(super) fn some_secret(secrets: &[Secret]) -> Result<(), VerifyError> {
    if secrets.iter().all(Secret::is_blank) { Err(VerifyError::NoSecret) } else { Ok(()) }
}

/// The first secret under which any candidate is the tag of the message. Every candidate is
/// compared, in constant time and without a branch between them.
pub(super) fn first_matching<const N: usize>(
    secrets: &[Secret],
    message: [&[u8]; N],
    candidates: &(impl Iterator<Item = [u8; TAG_BYTES]> + Clone),
) -> Option<usize> {
    secrets.iter().position(|secret| {
        if secret.is_blank() {
            return false;
        }
        let expected = tag(secret, message);
        let found = candidates
            .clone()
            .fold(Choice::from(0), |found, candidate| found | expected.ct_eq(&candidate));
        bool::from(found)
    })
}

/// The HMAC of the parts, one after the other.
pub(super) fn tag<const N: usize>(secret: &Secret, message: [&[u8]; N]) -> [u8; TAG_BYTES] {
    let mut hmac = secret.keyed();
    for part in message {
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

impl fmt::Display for ToleranceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds;
        write!(f, "The tolerance must be 1 to {TOLERANCE_MAX_S} seconds; this is {seconds}.")
    }
}

impl ToleranceError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        "tolerance_out_of_range"
    }
}

impl core::error::Error for ToleranceError {}

impl VerifyError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
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

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSecret => "No webhook secret was given, so nothing can be verified.",
            Self::EmptyHeader => "The webhook came without a signature header.",
            Self::MalformedTimestamp => "The timestamp is not a plain number of seconds.",
            Self::NoTimestamp => "The signature header has no timestamp.",
            Self::DuplicateTimestamp => "The signature header has more than one timestamp.",
            Self::NoSignature => "The signature header has no well-formed v1 signature.",
            Self::SignatureMismatch => "No signature matches this body and these secrets.",
            Self::TooOld { by_s } => {
                return write!(f, "The webhook was signed {by_s} s before the accepted window.");
            }
            Self::TooNew { by_s } => {
                return write!(f, "The webhook was signed {by_s} s after the accepted window.");
            }
            Self::BadId => "The message id is empty, too long, or holds a full stop or a space.",
        })
    }
}

impl core::error::Error for VerifyError {}
