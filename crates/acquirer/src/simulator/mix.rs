//! Numbers that look random and follow from a seed, a reference and a purpose.

use crate::call::Reference;

/// A number for one purpose. Different purposes draw independently. Not for secrets.
pub(crate) fn draw(seed: u64, reference: Reference, purpose: &str) -> u64 {
    let mut state = mix(seed ^ 0x6661_7274_6869_6e67);
    for chunk in reference.0.chunks(8).chain(purpose.as_bytes().chunks(8)) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        state = mix(state ^ u64::from_be_bytes(word));
    }
    state
}

/// The finalizer of SplitMix64: every input bit reaches every output bit.
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
