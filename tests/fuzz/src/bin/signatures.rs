//! Every signature scheme, with headers that are nearly right.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farthing_fuzz::signatures::check(input));
