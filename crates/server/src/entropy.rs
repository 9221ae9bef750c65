//! The one place that takes randomness from the operating system. Everything else is given bytes.

use farthing_domain::command::Entropy;

/// Random bytes.
///
/// # Panics
/// If the operating system has none: nothing that makes ids or secrets may go on then.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[cfg(feature = "rehearsal")]
    if crate::rehearsal::fill(&mut bytes) {
        return bytes;
    }
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// The randomness of one command, in one call to the system.
pub fn command() -> Entropy {
    let all: [u8; 35] = bytes();
    let (mut ids, mut secret) = ([0; 16], [0; 19]);
    ids.copy_from_slice(&all[..16]);
    secret.copy_from_slice(&all[16..]);
    Entropy { ids, secret }
}

/// A random number, for jitter.
pub fn jitter() -> u32 {
    u32::from_be_bytes(bytes())
}
