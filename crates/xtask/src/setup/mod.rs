//! Set-up: each tool in a file of its own, each idempotent, each under `target/` if it can be.
//!
//! Only three things reach outside the tree, because they cannot be elsewhere: the Rust target,
//! Debian packages, and what npm and cargo keep in their caches.

use std::time::Duration;

use crate::term;

pub(crate) mod apt;
pub(crate) mod artefacts;
pub(crate) mod cargo;
pub(crate) mod debian_std;
pub(crate) mod environment;
pub(crate) mod npm;
pub(crate) mod python;
pub(crate) mod wasm_target;

pub(crate) use apt::Apt;

/// How a need came to be met.
#[derive(Debug)]
pub(crate) enum Met {
    /// It was there; the text says which one.
    Already(String),
    /// It was done now; the verb says what.
    Now(&'static str, Duration),
}

impl Met {
    pub(crate) fn remark(&self) -> String {
        match self {
            Self::Already(what) => what.clone(),
            Self::Now(verb, took) => format!("{verb} in {}", term::took(*took)),
        }
    }
}
