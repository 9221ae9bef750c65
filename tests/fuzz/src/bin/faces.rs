//! Every function that JavaScript can call, with any arguments.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farthing_fuzz::faces::check(input));
