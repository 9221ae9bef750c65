//! Bugs that are put in on purpose, to see that the tests find them.
//!
//! A place in the code asks [`planted!`](crate::planted!) for its bug by name. Without the feature
//! `planted` the answer is a constant no, and nothing of the bug is in the program. With it, one bug
//! can be chosen when the process starts. A build without debug assertions, such as every release,
//! refuses the feature.

#[cfg(all(feature = "planted", not(debug_assertions)))]
compile_error!("Bugs are planted in builds for tests alone: a release must not have the feature.");

/// Whether this bug is in effect.
#[macro_export]
macro_rules! planted {
    ($name:literal) => {
        $crate::planted::is($name)
    };
}

#[cfg(not(feature = "planted"))]
#[doc(hidden)]
#[inline]
pub const fn is(_name: &str) -> bool {
    false
}

#[cfg(feature = "planted")]
pub use self::chosen::{choose, is};

#[cfg(feature = "planted")]
mod chosen {
    use core::sync::atomic::{AtomicU64, Ordering};

    /// The mark of the chosen name; zero for none.
    static CHOSEN: AtomicU64 = AtomicU64::new(0);

    /// From now on this bug is in effect in this process, and no other.
    pub fn choose(name: &str) {
        CHOSEN.store(mark(name), Ordering::Release);
    }

    /// Whether this bug is in effect.
    pub fn is(name: &str) -> bool {
        CHOSEN.load(Ordering::Acquire) == mark(name)
    }

    /// FNV-1a: enough to tell a few dozen names apart, and there is no allocating it.
    fn mark(name: &str) -> u64 {
        name.bytes().fold(0xcbf2_9ce4_8422_2325, |mark, byte| {
            (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}
