//! Verifying and signing a webhook: lengths as arguments, bytes one after the other, a number as the
//! answer.
//!
//! The bytes are: sixteen for the answer's second half, the verifier (as [`crate::verify`] made it),
//! the headers for id, time and signature, and what it is judged by. The answer is the index of the
//! secret that fits, and the first eight bytes become the time in milliseconds ([`f64::NAN`] if none
//! is signed); or it is the negative number of a fault, and they become the seconds by which a time
//! missed the window. Both are numbers as JavaScript has them.

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{Evidence, Headers, Message, Packed, Proof, VerifyError};

use crate::verify::whole;
use crate::verify_fault::{DISAGREEMENT, of_verify};

/// The answer's second half, and what keeps the rest aligned.
pub const HEAD_BYTES: usize = 16;
/// What follows the headers is the body.
pub const BY_BODY: i32 = -1;
/// What follows the headers is room for what is signed before the body; the answer is its length.
pub const BEFORE_BODY: i32 = -2;
/// What follows the headers is a body to sign, at the time whose digits are the time's header. The
/// signature's header is room for what is to be sent as such; the answer is its length.
pub const SIGN: i32 = -3;

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
    pub now_ms: f64,
    /// Seconds; zero or less means of any age.
    pub tolerance_s: i32,
}

/// Does one of the three, or verifies by a tag that was computed elsewhere: then `by` is the index of
/// its secret, and the tag follows the headers.
pub fn verify(bytes: &mut [u8], lengths: Lengths, clock: Clock, by: i32) -> i32 {
    let Some((head, bytes)) = bytes.split_first_chunk_mut::<HEAD_BYTES>() else {
        return DISAGREEMENT;
    };
    let (answer, second_half) = match judged(bytes, lengths, clock, by) {
        Some(Ok(Judged::Written(length))) => return i32::try_from(length).unwrap_or(DISAGREEMENT),
        Some(Ok(Judged::Proven(proof))) => {
            let index = i32::try_from(proof.secret_index).unwrap_or(DISAGREEMENT);
            #[expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers")]
            (index, proof.signed_at.map_or(f64::NAN, |at| at.ms() as f64))
        }
        Some(Err(error)) => {
            let (number, by_s) = of_verify(error);
            #[expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers")]
            (number, by_s as f64)
        }
        None => (DISAGREEMENT, 0.0),
    };
    let (second, _) = head.split_at_mut(size_of::<f64>());
    second.copy_from_slice(&second_half.to_le_bytes());
    answer
}

enum Judged {
    Proven(Proof),
    Written(usize),
}

fn judged(
    bytes: &mut [u8],
    lengths: Lengths,
    clock: Clock,
    by: i32,
) -> Option<Result<Judged, VerifyError>> {
    let (packed, rest) = bytes.split_at_mut_checked(lengths.packed)?;
    let (id, rest) = rest.split_at_mut_checked(lengths.id)?;
    let (timestamp, rest) = rest.split_at_mut_checked(lengths.timestamp)?;
    let (signature, rest) = rest.split_at_mut_checked(lengths.signature)?;
    let packed = Packed::read(packed)?.tolerating(clock.tolerance_s);
    if by == SIGN {
        let mut to = Writer { room: signature, used: 0 };
        packed.sign(Message { id, seconds: timestamp, body: rest }, &mut |piece| to.add(piece));
        return Some(Ok(Judged::Written(to.used)));
    }
    let headers = Headers { id, timestamp, signature };
    if by == BEFORE_BODY {
        return Some(packed.before_body(headers).map(|pieces| {
            let mut to = Writer { room: rest, used: 0 };
            for piece in pieces {
                to.add(piece);
            }
            Judged::Written(to.used)
        }));
    }
    let evidence = if by == BY_BODY {
        Evidence::Body(rest)
    } else {
        Evidence::Tag { secret_index: usize::try_from(by).ok()?, tag: rest.first_chunk()? }
    };
    let now = TimestampMs::from_ms(whole(clock.now_ms));
    Some(packed.verify(headers, evidence, now).map(Judged::Proven))
}

/// Writes into what room there is.
struct Writer<'a> {
    room: &'a mut [u8],
    used: usize,
}

impl Writer<'_> {
    #[inline(never)] // Two call it, in a file whose size counts.
    fn add(&mut self, piece: &[u8]) {
        let end = self.used.saturating_add(piece.len());
        if let Some(to) = self.room.get_mut(self.used..end) {
            to.copy_from_slice(piece);
            self.used = end;
        }
    }
}

/// The export: the same with raw memory.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "an export has a name that could clash")]
mod exports {
    use super::{Clock, HEAD_BYTES, Lengths};

    #[unsafe(no_mangle)]
    extern "C" fn verify(
        packed: usize,
        id: usize,
        timestamp: usize,
        signature: usize,
        rest: usize,
        now_ms: f64,
        tolerance_s: i32,
        by: i32,
    ) -> i32 {
        let parts = [packed, id, timestamp, signature, rest];
        let length = parts.into_iter().fold(HEAD_BYTES, usize::saturating_add);
        let lengths = Lengths { packed, id, timestamp, signature };
        super::verify(crate::arena::given(length), lengths, Clock { now_ms, tolerance_s }, by)
    }
}
