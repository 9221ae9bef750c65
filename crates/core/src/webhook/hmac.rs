//! HMAC-SHA256 from a state with the key already absorbed.
//!
//! The construction (RFC 2104) is written out here because its two key blocks are worth keeping:
//! they are two of the six rounds that a small body takes, and they are all that has to survive
//! between two calls of a border that keeps nothing. The rounds themselves are `sha2`'s.

use sha2::block_api::compress256;
use zeroize::Zeroize;

/// The length of an HMAC-SHA256, and of each of the two states.
pub(super) const TAG_BYTES: usize = 32;
/// The length of both states written one after the other.
pub(super) const KEYED_BYTES: usize = 2 * TAG_BYTES;

const BLOCK_BYTES: usize = 64;
/// A message ends with a bit, as many zeros as it takes to get here in a block, and its length.
const LENGTH_AT: usize = 56;
static PADDING: [u8; BLOCK_BYTES] = {
    let mut padding = [0; BLOCK_BYTES];
    padding[0] = 0x80;
    padding
};
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// SHA-256 before any message (FIPS 180-4, section 5.3.3).
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A key, absorbed on both sides. Worth as much as the key: whoever keeps it wipes it.
#[derive(Clone, Copy, Zeroize)]
pub(super) struct Keyed {
    inner: [u32; 8],
    outer: [u32; 8],
}

/// A hash under way.
struct Sha256 {
    state: [u32; 8],
    block: [u8; BLOCK_BYTES],
    filled: usize,
    length: u64,
}

impl Keyed {
    /// Absorbs a key of any length.
    pub(super) fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK_BYTES];
        let mut hashed = [0; TAG_BYTES];
        let short = if key.len() > BLOCK_BYTES {
            let mut hash = Sha256::of(START, 0);
            hash.absorb(key);
            hashed = hash.finish();
            &hashed
        } else {
            key
        };
        for (to, from) in block.iter_mut().zip(short) {
            *to = *from;
        }
        let keyed = Self { inner: padded(&block, INNER), outer: padded(&block, OUTER) };
        block.zeroize();
        hashed.zeroize();
        keyed
    }

    /// The HMAC of the parts, one after the other.
    #[inline(never)] // Verifying and signing share it, in a file whose size counts.
    pub(super) fn tag(&self, parts: &[&[u8]]) -> [u8; TAG_BYTES] {
        let mut hash = Sha256::of(self.inner, BLOCK_BYTES);
        for part in parts {
            hash.absorb(part);
        }
        let tag = hash.finish();
        let mut hash = Sha256::of(self.outer, BLOCK_BYTES);
        hash.absorb(&tag);
        hash.finish()
    }

    /// Both states, to be kept where this cannot be.
    pub(super) fn to_bytes(self) -> [u8; KEYED_BYTES] {
        let mut bytes = [0; KEYED_BYTES];
        let (inner, outer) = bytes.split_at_mut(TAG_BYTES);
        keep(inner, &self.inner);
        keep(outer, &self.outer);
        bytes
    }

    /// What [`Self::to_bytes`] wrote.
    pub(super) fn from_bytes(bytes: &[u8; KEYED_BYTES]) -> Self {
        let (inner, outer) = bytes.split_at(TAG_BYTES);
        Self { inner: kept(inner), outer: kept(outer) }
    }
}

impl Sha256 {
    /// A hash that goes on from a state after so many bytes.
    fn of(state: [u32; 8], absorbed: usize) -> Self {
        let length = u64::try_from(absorbed).unwrap_or(u64::MAX);
        Self { state, block: [0; BLOCK_BYTES], filled: 0, length }
    }

    fn absorb(&mut self, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.wrapping_add(length);
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.filled == 0 && rest.len() >= BLOCK_BYTES {
                let (blocks, after) = rest.as_chunks();
                compress256(&mut self.state, blocks);
                rest = after;
            } else {
                rest = self.fill(rest);
            }
        }
    }

    /// Copies what fits into the block under way; answers what does not.
    fn fill<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (_, free) = self.block.split_at_mut(self.filled);
        let (now, later) = bytes.split_at(bytes.len().min(free.len()));
        let (free, _) = free.split_at_mut(now.len());
        free.copy_from_slice(now);
        self.filled = self.filled.saturating_add(now.len()) % BLOCK_BYTES;
        if self.filled == 0 {
            compress256(&mut self.state, core::slice::from_ref(&self.block));
        }
        later
    }

    fn finish(mut self) -> [u8; TAG_BYTES] {
        let bits = self.length.wrapping_mul(8).to_be_bytes();
        let zeros = LENGTH_AT.wrapping_sub(1).wrapping_sub(self.filled) % BLOCK_BYTES;
        let (padding, _) = PADDING.split_at(zeros.saturating_add(1));
        self.absorb(padding);
        self.absorb(&bits);
        written(&self.state)
    }
}

/// The state after the one block that holds a key on one of the two sides.
fn padded(key: &[u8; BLOCK_BYTES], pad: u8) -> [u32; 8] {
    let mut state = START;
    compress256(&mut state, &[key.map(|byte| byte ^ pad)]);
    state
}

fn keep(bytes: &mut [u8], state: &[u32; 8]) {
    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *to = word.to_le_bytes();
    }
}

fn kept(bytes: &[u8]) -> [u32; 8] {
    let mut words = [0; 8];
    for (to, from) in words.iter_mut().zip(bytes.as_chunks().0) {
        *to = u32::from_le_bytes(*from);
    }
    words
}

fn written(state: &[u32; 8]) -> [u8; TAG_BYTES] {
    let mut bytes = [0; TAG_BYTES];
    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use hmac::{Hmac, KeyInit as _, Mac as _};

    use super::*;

    /// Every length around the ends of blocks, of the key and of the message, split everywhere.
    #[test]
    fn is_the_hmac_that_another_implementation_computes() {
        for key_bytes in [0, 1, 31, 32, 63, 64, 65, 200] {
            let key = vec![0xa5; key_bytes];
            let keyed = Keyed::from_bytes(&Keyed::new(&key).to_bytes());
            for bytes in (0..=200).chain([1_000, 4_096]) {
                let body: vec::Vec<u8> = (0..bytes).map(|at: u32| at.to_le_bytes()[0]).collect();
                let mut other = Hmac::<sha2::Sha256>::new_from_slice(&key).expect("any length");
                other.update(&body);
                let expected: [u8; TAG_BYTES] = other.finalize().into_bytes().into();
                for cut in [0, 1, 11, 55, 56, 63, 64, 65, 128, 199].map(|cut| cut.min(body.len())) {
                    let (one, two) = body.split_at(cut);
                    assert_eq!(keyed.tag(&[one, two]), expected, "{key_bytes} {bytes} {cut}");
                }
            }
        }
    }
}
