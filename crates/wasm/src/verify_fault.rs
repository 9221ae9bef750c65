//! What verifying and preparing can be refused with: negative numbers on the way out. Codes and
//! sentences cross once, all together and with whatever else is said about webhooks: see [`TEXTS`].
//! They are core's where core can fail so.

use farthing_core::webhook::{Scheme, SecretError, ToleranceError, VerifyError};

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

/// Lines, and a zero at the end. First the schemes in the order of their numbers: the name, and the
/// names of the headers for id, time and signature, with a space between them. Then the faults from
/// -1 down: a code, a space, a sentence with `{}` where the number belongs that it is about.
pub static TEXTS: [u8; texts::<0>().used + 1] = texts().bytes;

const FAULTS: [(&str, &str); 17] = [
    verify(VerifyError::NoSecret),
    verify(VerifyError::EmptyHeader),
    verify(VerifyError::MalformedTimestamp),
    verify(VerifyError::NoTimestamp),
    verify(VerifyError::DuplicateTimestamp),
    verify(VerifyError::NoSignature),
    verify(VerifyError::SignatureMismatch),
    verify(VerifyError::TooOld { by_s: 0 }),
    verify(VerifyError::TooNew { by_s: 0 }),
    verify(VerifyError::BadId),
    (SecretError::Empty.code(), SecretError::Empty.sentence()),
    (SecretError::NotBase64.code(), SecretError::NotBase64.sentence()),
    (ToleranceError { seconds: 0 }.code(), ToleranceError { seconds: 0 }.sentence()),
    ("not_an_integer", "toleranceSeconds must be a whole number."),
    ("overflow", "toleranceSeconds is out of range."),
    ("bad_option", "There is no such scheme."),
    ("bad_option", "This scheme signs no time, so there is no toleranceSeconds to set."),
];

/// A text that is put together by the compiler. What there is no room for is counted.
struct Text<const ROOM: usize> {
    bytes: [u8; ROOM],
    used: usize,
}

impl<const ROOM: usize> Text<ROOM> {
    const fn and(mut self, piece: &str, end: u8) -> Self {
        let mut at = 0;
        while at <= piece.len() {
            if self.used < ROOM {
                self.bytes[self.used] = if at < piece.len() { piece.as_bytes()[at] } else { end };
            }
            self.used += 1;
            at += 1;
        }
        self
    }
}

const fn texts<const ROOM: usize>() -> Text<ROOM> {
    let mut text = Text { bytes: [0; ROOM], used: 0 };
    let mut at = 0;
    while at < Scheme::ALL.len() {
        let scheme = Scheme::ALL[at];
        let names = scheme.headers();
        text = text.and(scheme.name(), b' ').and(names.id, b' ');
        text = text.and(names.timestamp, b' ').and(names.signature, b'\n');
        at += 1;
    }
    at = 0;
    while at < FAULTS.len() {
        let (code, sentence) = FAULTS[at];
        text = text.and(code, b' ').and(sentence, b'\n');
        at += 1;
    }
    text
}

const fn verify(error: VerifyError) -> (&'static str, &'static str) {
    (error.code(), error.sentence())
}
