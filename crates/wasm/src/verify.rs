//! Webhooks: preparing a verifier.
//!
//! No list of texts, and nothing that hands out memory: both would weigh more here than what they
//! carry. A function is given the bytes that JavaScript wrote and two numbers, works in place, and
//! answers a length, or the negative number of a fault ([`crate::verify_fault`]).

use farthing_core::webhook::{Packed, PackedKey, Policy, Scheme, Tolerance, pack, pack_key};

use crate::verify_fault::{
    DISAGREEMENT, NO_SECRET, NO_TIME_IS_SIGNED, NOT_WHOLE, OUT_OF_RANGE, SECRET_EMPTY, TOLERANCE,
    UNKNOWN_SCHEME, of_secret,
};

/// A function of the border, for whoever calls it on this side.
pub type InPlace = fn(&mut [u8], usize, usize) -> i32;

/// What a number of JavaScript's takes.
pub const NUMBER_BYTES: usize = size_of::<f64>();
/// What an absorbed secret takes, before the secret's text.
pub const KEY_BYTES: usize = size_of::<PackedKey>();

/// The flags of [`open`].
const COMPAT: usize = 1;
const WITH_TOLERANCE: usize = 2;

/// A tolerance in seconds; the scheme's number, and 1 for the compat policy and 2 where the tolerance
/// counts. Answers, over it, how a verifier begins: the secrets follow.
pub(crate) fn open(bytes: &mut [u8], scheme: usize, flags: usize) -> i32 {
    answered(|| {
        let (number, _) = bytes.split_first_chunk().ok_or(DISAGREEMENT)?;
        let scheme = self::scheme(scheme)?;
        let tolerance = if flags & WITH_TOLERANCE == 0 {
            Tolerance::DEFAULT
        } else {
            tolerance(scheme, f64::from_le_bytes(*number))?
        };
        let policy = if flags & COMPAT == 0 {
            Policy::Strict(tolerance)
        } else {
            Policy::Compat { tolerance_s: 0 }
        };
        let head = pack(scheme, policy);
        *bytes.first_chunk_mut().ok_or(DISAGREEMENT)? = head;
        Ok(head.len())
    })
}

/// Room for an absorbed secret, and the secret's text; the scheme's number and the text's length.
/// Answers how long the raw key is, which is then where the text was.
pub(crate) fn absorb(bytes: &mut [u8], scheme: usize, text: usize) -> i32 {
    answered(|| {
        let (absorbed, rest) = bytes.split_first_chunk_mut().ok_or(DISAGREEMENT)?;
        let text = rest.get_mut(..text).ok_or(DISAGREEMENT)?;
        let length;
        (length, *absorbed) = pack_key(self::scheme(scheme)?, text).map_err(of_secret)?;
        Ok(length)
    })
}

/// A verifier, and its length. Answers 0, or why it is refused under the strict policy.
pub(crate) fn check(bytes: &mut [u8], packed: usize, _: usize) -> i32 {
    answered(|| {
        let packed = bytes.get(..packed).and_then(Packed::read).ok_or(DISAGREEMENT)?;
        match (packed.is_strict(), packed.has_key(), packed.has_blank()) {
            (true, false, _) => Err(NO_SECRET),
            (true, true, true) => Err(SECRET_EMPTY),
            (false, _, _) | (true, true, false) => Ok(0),
        }
    })
}

fn answered(work: impl FnOnce() -> Result<usize, i32>) -> i32 {
    match work() {
        Ok(length) => i32::try_from(length).unwrap_or(DISAGREEMENT),
        Err(fault) => fault,
    }
}

fn scheme(number: usize) -> Result<Scheme, i32> {
    u8::try_from(number).ok().and_then(Scheme::from_byte).ok_or(UNKNOWN_SCHEME)
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

/// A number of JavaScript's without its fraction; what is none is 0.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
pub(crate) fn whole(number: f64) -> i64 {
    number as i64
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
                extern "C" fn $name(length: usize, one: usize, two: usize) -> i32 {
                    super::$function(crate::arena::given(length), one, two)
                }
            )+

            /// Where [`crate::verify_fault::TEXTS`] are.
            #[unsafe(no_mangle)]
            extern "C" fn verify_texts() -> *const u8 {
                crate::verify_fault::TEXTS.as_ptr()
            }
        }
    };
}

in_place! {
    /// What prepares a verifier.
    VERIFY {
        verify_absorb => absorb,
        verify_check => check,
        verify_open => open,
    }
}
