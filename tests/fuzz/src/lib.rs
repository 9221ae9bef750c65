//! What must hold whatever comes in. A target panics where it does not, and the fuzzer keeps the input.
//!
//! The inputs that were found worth keeping are recorded as calls with their replies
//! (`tests/corpus/*.jsonl`), which native code, WebAssembly and its JavaScript twin replay alike.

pub mod faces;
pub mod signatures;

/// Cuts the first byte off.
pub fn split_first(input: &[u8]) -> (u8, &[u8]) {
    input.split_first().map_or((0, input), |(first, rest)| (*first, rest))
}
