//! Verifying a webhook without a list of texts: lengths as arguments, bytes one after the other,
//! and a number as the answer.
//!
//! The bytes are: eight for the answer's second half, the verifier (as [`crate::verify::prepare`]
//! answered it), the headers for id, time and signature, and the body. The answer is the index of
//! the secret that fits, and the eight bytes become the time in milliseconds ([`NO_TIME`] if none
//! is signed); or it is the negative number of a fault, and they become the seconds by which a time
//! missed the window.

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{Headers, Packed, Proof, VerifyError};

/// What stands for the time where none is signed.
pub const NO_TIME: i64 = i64::MIN;
/// The answer's second half, and what keeps the rest aligned.
pub const HEAD_BYTES: usize = 16;
/// What the two sides of the border disagree about is a fault of its own.
const DISAGREEMENT: i32 = i32::MIN;
const TAG_BYTES: usize = 32;

/// Every fault, by its number.
const FAULTS: [VerifyError; 10] = [
    VerifyError::NoSecret,
    VerifyError::EmptyHeader,
    VerifyError::MalformedTimestamp,
    VerifyError::NoTimestamp,
    VerifyError::DuplicateTimestamp,
    VerifyError::NoSignature,
    VerifyError::SignatureMismatch,
    VerifyError::TooOld { by_s: 0 },
    VerifyError::TooNew { by_s: 0 },
    VerifyError::BadId,
];

/// How long each part of a call is.
#[derive(Clone, Copy, Debug)]
pub struct Lengths {
    /// Of the verifier.
    pub packed: usize,
    /// Of the id's header.
    pub id: usize,
    /// Of the time's header.
    pub timestamp: usize,
    /// Of the signature's header.
    pub signature: usize,
}

/// When it is, and how old a webhook may be: the latter counts under the compat policy only.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Seconds; zero or less means of any age.
    pub tolerance_s: i32,
}

struct Call<'a> {
    packed: Packed<'a>,
    headers: Headers<'a>,
    rest: &'a [u8],
}

/// Verifies; what follows the headers is the body.
pub fn verify(bytes: &mut [u8], lengths: Lengths, clock: Clock) -> i32 {
    answer(bytes, |bytes| {
        let Call { packed, headers, rest } = Call::read(bytes, lengths)?;
        let now = TimestampMs::from_ms(clock.now_ms);
        Some(packed.tolerating(clock.tolerance_s).verify(headers, rest, now))
    })
}

/// Verifies with a tag that was computed elsewhere: it follows the headers.
pub fn settle(bytes: &mut [u8], lengths: Lengths, secret_index: usize, clock: Clock) -> i32 {
    answer(bytes, |bytes| {
        let Call { packed, headers, rest } = Call::read(bytes, lengths)?;
        let tag: &[u8; TAG_BYTES] = rest.first_chunk()?;
        let now = TimestampMs::from_ms(clock.now_ms);
        Some(packed.tolerating(clock.tolerance_s).settle(headers, (secret_index, tag), now))
    })
}

/// What is signed before the body, for whoever computes the tag elsewhere: written in place of the
/// headers' successor. Answers its length.
pub fn before_body(bytes: &mut [u8], lengths: Lengths) -> i32 {
    let end = HEAD_BYTES + lengths.packed + lengths.id + lengths.timestamp + lengths.signature;
    if end > bytes.len() {
        return DISAGREEMENT;
    }
    let (call, room) = bytes.split_at_mut(end);
    let Some(Call { packed, headers, .. }) = Call::read(call, lengths) else {
        return DISAGREEMENT;
    };
    match packed.before_body(headers) {
        Ok(parts) => {
            let mut room = room.iter_mut();
            let written = parts.into_iter().flatten().zip(&mut room).map(|(from, to)| *to = *from);
            i32::try_from(written.count()).unwrap_or(DISAGREEMENT)
        }
        Err(error) => number(error),
    }
}

/// The fault with this number, from 0.
pub(crate) fn numbered(number: usize) -> Option<VerifyError> {
    FAULTS.get(number).copied()
}

/// The same fault with how far it missed.
pub(crate) fn missing_by(error: VerifyError, by_s: u64) -> VerifyError {
    match error {
        VerifyError::TooOld { .. } => VerifyError::TooOld { by_s },
        VerifyError::TooNew { .. } => VerifyError::TooNew { by_s },
        plain => plain,
    }
}

impl<'a> Call<'a> {
    fn read(bytes: &'a [u8], lengths: Lengths) -> Option<Self> {
        let rest = bytes.get(HEAD_BYTES..)?;
        let (packed, rest) = rest.split_at_checked(lengths.packed)?;
        let (id, rest) = rest.split_at_checked(lengths.id)?;
        let (timestamp, rest) = rest.split_at_checked(lengths.timestamp)?;
        let (signature, rest) = rest.split_at_checked(lengths.signature)?;
        let headers = Headers { id, timestamp, signature };
        Some(Self { packed: Packed::read(packed)?, headers, rest })
    }
}

fn answer(
    bytes: &mut [u8],
    verify: impl FnOnce(&[u8]) -> Option<Result<Proof, VerifyError>>,
) -> i32 {
    let (answer, second_half) = match verify(bytes) {
        Some(Ok(proof)) => {
            let at_ms = proof.signed_at.map_or(NO_TIME, TimestampMs::ms);
            (i32::try_from(proof.secret_index).unwrap_or(DISAGREEMENT), at_ms.to_le_bytes())
        }
        Some(Err(error)) => {
            let by_s = match error {
                VerifyError::TooOld { by_s } | VerifyError::TooNew { by_s } => by_s,
                _ => 0,
            };
            (number(error), by_s.to_le_bytes())
        }
        None => (DISAGREEMENT, [0; 8]),
    };
    if let Some(head) = bytes.first_chunk_mut() {
        *head = second_half;
    }
    answer
}

fn number(error: VerifyError) -> i32 {
    let index = FAULTS.iter().position(|fault| *fault == missing_by(error, 0));
    index.and_then(|index| i32::try_from(index).ok()).map_or(DISAGREEMENT, |index| -1 - index)
}

/// The exports: the same with raw memory.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "exports, and memory that JavaScript wrote")]
mod exports {
    use super::{Clock, HEAD_BYTES, Lengths};

    /// Room for what is signed before the body: an id of 255 bytes, a time, and full stops.
    const ROOM_BYTES: usize = 320;

    unsafe extern "C" {
        /// Where the linker's own data ends, and `begin` hands out memory.
        static __heap_base: u8;
    }

    #[unsafe(no_mangle)]
    #[expect(clippy::too_many_arguments, reason = "a call is lengths and a clock")]
    extern "C" fn verify(
        packed: usize,
        id: usize,
        timestamp: usize,
        signature: usize,
        body: usize,
        now_low: u32,
        now_high: u32,
        tolerance_s: i32,
    ) -> i32 {
        let lengths = Lengths { packed, id, timestamp, signature };
        super::verify(memory(lengths, body), lengths, clock(now_low, now_high, tolerance_s))
    }

    #[unsafe(no_mangle)]
    #[expect(clippy::too_many_arguments, reason = "a call is lengths and a clock")]
    extern "C" fn verify_settle(
        packed: usize,
        id: usize,
        timestamp: usize,
        signature: usize,
        secret_index: usize,
        now_low: u32,
        now_high: u32,
        tolerance_s: i32,
    ) -> i32 {
        let lengths = Lengths { packed, id, timestamp, signature };
        let clock = clock(now_low, now_high, tolerance_s);
        super::settle(memory(lengths, super::TAG_BYTES), lengths, secret_index, clock)
    }

    #[unsafe(no_mangle)]
    extern "C" fn verify_before_body(
        packed: usize,
        id: usize,
        timestamp: usize,
        signature: usize,
    ) -> i32 {
        let lengths = Lengths { packed, id, timestamp, signature };
        super::before_body(memory(lengths, ROOM_BYTES), lengths)
    }

    /// What JavaScript wrote, from where `begin` said on.
    fn memory(lengths: Lengths, rest: usize) -> &'static mut [u8] {
        let parts = [lengths.packed, lengths.id, lengths.timestamp, lengths.signature, rest];
        let length = parts.into_iter().fold(HEAD_BYTES, usize::saturating_add);
        // SAFETY: `begin` handed out this memory at the very bottom, for at least as many bytes, and
        // the caller filled it. It is this call's alone.
        unsafe { core::slice::from_raw_parts_mut((&raw const __heap_base).cast_mut(), length) }
    }

    fn clock(low: u32, high: u32, tolerance_s: i32) -> Clock {
        let now_ms = ((u64::from(high) << 32) | u64::from(low)).cast_signed();
        Clock { now_ms, tolerance_s }
    }
}
