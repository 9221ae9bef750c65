//! Webhooks: preparing a verifier, signing, and the sentences of what fails.
//!
//! No list of texts, and nothing that hands out memory: both would weigh more here than what they
//! carry. A function is given the bytes that JavaScript wrote and up to three numbers, works in
//! place, and answers a length, or the negative number of a fault ([`crate::verify_fault`]).

use farthing_core::print::Digits;
use farthing_core::time::TimestampMs;
use farthing_core::webhook::{
    Message, Packed, PackedKey, Policy, Scheme, Tolerance, pack, pack_key,
};

use crate::verify_fault::{
    DISAGREEMENT, NO_SECRET, NO_TIME_IS_SIGNED, NOT_WHOLE, OUT_OF_RANGE, SECRET_EMPTY, TOLERANCE,
    UNKNOWN_SCHEME, of_secret, say,
};

/// A function of the border, for whoever calls it on this side.
pub type InPlace = fn(&mut [u8], [usize; 3]) -> i32;

/// Where a function takes a number of JavaScript's, it stands in the first eight bytes.
pub const NUMBER_BYTES: usize = 8;
/// What an absorbed secret takes, before the secret's text.
pub const KEY_BYTES: usize = size_of::<PackedKey>();

/// The flags of [`open`].
const COMPAT: usize = 1;
const WITH_TOLERANCE: usize = 2;

/// A scheme's name, and its length. Answers, over it, the names of the scheme's headers for id, time
/// and signature, each on a line with its other names after commas.
pub(crate) fn headers(bytes: &mut [u8], [name, ..]: [usize; 3]) -> i32 {
    written(bytes, |bytes| {
        let names = scheme(bytes.get(..name))?.headers();
        let mut to = Writer::new(bytes);
        to.add(names.id.as_bytes());
        to.add(b"\n");
        to.add(names.timestamp.as_bytes());
        to.add(b"\n");
        to.add(names.signature.as_bytes());
        to.length()
    })
}

/// A tolerance in seconds, and a scheme's name; the name's length, and 1 for the compat policy and 2
/// where the tolerance counts. Answers, over them, how a verifier begins: the secrets follow it.
pub(crate) fn open(bytes: &mut [u8], [name, flags, _]: [usize; 3]) -> i32 {
    written(bytes, |bytes| {
        let (seconds, rest) = number(bytes)?;
        let scheme = scheme(rest.get(..name))?;
        let tolerance = if flags & WITH_TOLERANCE == 0 {
            Tolerance::DEFAULT
        } else {
            tolerance(scheme, seconds)?
        };
        let policy = if flags & COMPAT == 0 {
            Policy::Strict(tolerance)
        } else {
            Policy::Compat { tolerance_s: 0 }
        };
        let mut to = Writer::new(bytes);
        to.add(&pack(scheme, policy));
        to.length()
    })
}

/// Room for an absorbed secret, and the secret's text; the verifier's first byte and the text's length.
/// Answers how long the raw key is, which is then where the text was.
pub(crate) fn absorb(bytes: &mut [u8], [scheme, text, _]: [usize; 3]) -> i32 {
    written(bytes, |bytes| {
        let scheme = u8::try_from(scheme).ok().and_then(Scheme::from_byte).ok_or(DISAGREEMENT)?;
        let (absorbed, rest) = bytes.split_first_chunk_mut().ok_or(DISAGREEMENT)?;
        let text = rest.get_mut(..text).ok_or(DISAGREEMENT)?;
        let length;
        (length, *absorbed) = pack_key(scheme, text).map_err(of_secret)?;
        Ok(length)
    })
}

/// A verifier, and its length. Answers 0, or why it is refused under the strict policy.
pub(crate) fn check(bytes: &mut [u8], [packed, ..]: [usize; 3]) -> i32 {
    written(bytes, |bytes| {
        let packed = bytes.get(..packed).and_then(Packed::read).ok_or(DISAGREEMENT)?;
        if !packed.is_strict() {
            Ok(0)
        } else if !packed.has_key() {
            Err(NO_SECRET)
        } else if packed.has_blank() {
            Err(SECRET_EMPTY)
        } else {
            Ok(0)
        }
    })
}

/// The time in milliseconds, a verifier, an id, a body; their lengths. Answers, after them, the values
/// of the headers for time and signature, each on a line.
pub(crate) fn sign(bytes: &mut [u8], [packed, id, body]: [usize; 3]) -> i32 {
    written(bytes, |bytes| {
        let given = NUMBER_BYTES.saturating_add(packed).saturating_add(id).saturating_add(body);
        let (given, room) = bytes.split_at_mut_checked(given).ok_or(DISAGREEMENT)?;
        let (now_ms, given) = number(given)?;
        let (packed, given) = given.split_at(packed);
        let (id, body) = given.split_at(id);
        let packed = Packed::read(packed).ok_or(DISAGREEMENT)?;
        let at = TimestampMs::from_ms(whole(now_ms));
        let mut to = Writer::new(room);
        if packed.scheme().has_time_header() {
            to.add(Digits::signed(at.seconds()).as_bytes());
        }
        to.add(b"\n");
        packed.sign(Message { id, at, body }, |piece| to.add(piece));
        to.length()
    })
}

/// What a fault is about, and room; the fault's number without its minus. Answers, over them, a code
/// and a sentence, each on a line.
pub(crate) fn fault(bytes: &mut [u8], [fault, ..]: [usize; 3]) -> i32 {
    written(bytes, |bytes| {
        let (about, _) = number(bytes)?;
        let mut to = Writer::new(bytes);
        say(fault, about, |piece| to.add(piece));
        to.length()
    })
}

fn written(bytes: &mut [u8], write: impl FnOnce(&mut [u8]) -> Result<usize, i32>) -> i32 {
    match write(bytes) {
        Ok(length) => i32::try_from(length).unwrap_or(DISAGREEMENT),
        Err(fault) => fault,
    }
}

fn scheme(name: Option<&[u8]>) -> Result<Scheme, i32> {
    Scheme::parse(name.unwrap_or_default()).ok_or(UNKNOWN_SCHEME)
}

fn tolerance(scheme: Scheme, seconds: f64) -> Result<Tolerance, i32> {
    if !scheme.signs_time() {
        return Err(NO_TIME_IS_SIGNED);
    }
    let whole = whole(seconds);
    #[expect(clippy::cast_precision_loss, reason = "what does not come back is what is refused")]
    #[expect(clippy::float_cmp, reason = "a whole number is one exactly")]
    if whole as f64 != seconds {
        return Err(NOT_WHOLE);
    }
    let seconds = u32::try_from(whole).map_err(|_| OUT_OF_RANGE)?;
    Tolerance::seconds(seconds).map_err(|_| TOLERANCE)
}

fn number(bytes: &[u8]) -> Result<(f64, &[u8]), i32> {
    let (number, rest) = bytes.split_first_chunk().ok_or(DISAGREEMENT)?;
    Ok((f64::from_le_bytes(*number), rest))
}

/// A number of JavaScript's without its fraction; what is none is 0.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
pub(crate) fn whole(number: f64) -> i64 {
    number as i64
}

/// Writes into what room there is, and knows whether it was enough.
struct Writer<'a> {
    room: &'a mut [u8],
    used: usize,
}

impl<'a> Writer<'a> {
    fn new(room: &'a mut [u8]) -> Self {
        Self { room, used: 0 }
    }

    #[inline(never)]
    fn add(&mut self, piece: &[u8]) {
        let end = self.used.saturating_add(piece.len());
        if let Some(to) = self.room.get_mut(self.used..end) {
            to.copy_from_slice(piece);
        }
        self.used = end;
    }

    fn length(&self) -> Result<usize, i32> {
        if self.used > self.room.len() { Err(DISAGREEMENT) } else { Ok(self.used) }
    }
}

/// Names functions for JavaScript: a table for whoever calls them here, exports for the artefact.
macro_rules! in_place {
    ($(#[$meta:meta])* $table:ident { $($name:ident => $function:ident,)+ }) => {
        $(#[$meta])*
        pub const $table: &[(&str, InPlace)] = &[$((stringify!($name), $function)),+];

        #[cfg(target_family = "wasm")]
        #[expect(unsafe_code, reason = "an export has a name that could clash; these are all there are")]
        mod exports {
            $(
                #[unsafe(no_mangle)]
                extern "C" fn $name(length: usize, one: usize, two: usize, three: usize) -> i32 {
                    super::$function(crate::arena::given(length), [one, two, three])
                }
            )+
        }
    };
}

in_place! {
    /// Webhooks, except for verifying itself.
    VERIFY {
        verify_absorb => absorb,
        verify_check => check,
        verify_fault => fault,
        verify_headers => headers,
        verify_open => open,
        verify_sign => sign,
    }
}
