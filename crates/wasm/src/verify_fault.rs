//! What verifying, preparing and signing can be refused with: negative numbers on the way out, a code
//! and a sentence when they are asked for. The sentences are core's where core can fail so.

use farthing_core::webhook::{SecretError, ToleranceError, VerifyError};

/// What the two sides of the border disagree about is a fault of its own.
pub(crate) const DISAGREEMENT: i32 = i32::MIN;
pub(crate) const NO_SECRET: i32 = -1;
pub(crate) const SECRET_EMPTY: i32 = -11;
const SECRET_NOT_BASE64: i32 = -12;
pub(crate) const TOLERANCE: i32 = -13;
pub(crate) const NOT_WHOLE: i32 = -14;
pub(crate) const OUT_OF_RANGE: i32 = -15;
pub(crate) const UNKNOWN_SCHEME: i32 = -16;
pub(crate) const NO_TIME_IS_SIGNED: i32 = -17;

/// The number of a refusal, and by how many seconds a time missed the window.
pub(crate) fn of_verify(error: VerifyError) -> (i32, u64) {
    match error {
        VerifyError::NoSecret => (NO_SECRET, 0),
        VerifyError::EmptyHeader => (-2, 0),
        VerifyError::MalformedTimestamp => (-3, 0),
        VerifyError::NoTimestamp => (-4, 0),
        VerifyError::DuplicateTimestamp => (-5, 0),
        VerifyError::NoSignature => (-6, 0),
        VerifyError::SignatureMismatch => (-7, 0),
        VerifyError::TooOld { by_s } => (-8, by_s),
        VerifyError::TooNew { by_s } => (-9, by_s),
        VerifyError::BadId => (-10, 0),
    }
}

pub(crate) fn of_secret(error: SecretError) -> i32 {
    match error {
        SecretError::Empty => SECRET_EMPTY,
        SecretError::NotBase64 => SECRET_NOT_BASE64,
    }
}

/// Says code and sentence of the fault with this number, which is without its minus here. `about` is
/// the number that some of the sentences have in them.
pub(crate) fn say(fault: usize, about: f64, mut add: impl FnMut(&[u8])) {
    let number = i32::try_from(fault).map_or(DISAGREEMENT, |fault| -fault);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is in a sentence was whole, and small, on its way out"
    )]
    let about = about as u64;
    if let Some(error) = verify_error(number, about) {
        add(error.code().as_bytes());
        add(b"\n");
        return error.say(add);
    }
    if number == TOLERANCE {
        let error = ToleranceError { seconds: u32::try_from(about).unwrap_or(u32::MAX) };
        add(error.code().as_bytes());
        add(b"\n");
        return error.say(add);
    }
    let (code, sentence) = plain(number);
    add(code.as_bytes());
    add(b"\n");
    add(sentence.as_bytes());
}

fn verify_error(number: i32, by_s: u64) -> Option<VerifyError> {
    Some(match number {
        NO_SECRET => VerifyError::NoSecret,
        -2 => VerifyError::EmptyHeader,
        -3 => VerifyError::MalformedTimestamp,
        -4 => VerifyError::NoTimestamp,
        -5 => VerifyError::DuplicateTimestamp,
        -6 => VerifyError::NoSignature,
        -7 => VerifyError::SignatureMismatch,
        -8 => VerifyError::TooOld { by_s },
        -9 => VerifyError::TooNew { by_s },
        -10 => VerifyError::BadId,
        _ => return None,
    })
}

fn plain(number: i32) -> (&'static str, &'static str) {
    match number {
        SECRET_EMPTY => (SecretError::Empty.code(), SecretError::Empty.sentence()),
        SECRET_NOT_BASE64 => (SecretError::NotBase64.code(), SecretError::NotBase64.sentence()),
        NOT_WHOLE => ("not_an_integer", "toleranceSeconds must be a whole number."),
        OUT_OF_RANGE => ("overflow", "toleranceSeconds is out of range."),
        UNKNOWN_SCHEME => ("bad_option", "There is no such scheme."),
        NO_TIME_IS_SIGNED => {
            ("bad_option", "This scheme signs no time, so there is no toleranceSeconds to set.")
        }
        _ => ("internal", "There is no such fault."),
    }
}
