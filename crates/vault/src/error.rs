//! What can go wrong with a key or with sealed bytes. No variant ever carries a secret.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a key could not be had, or sealed bytes could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultError {
    /// The text is neither 64 hexadecimal digits nor 32 bytes in base64.
    KeyUnparsable,
    /// The key is one byte repeated: a placeholder somebody forgot to replace.
    KeyWeak,
    /// The key file may be read by others than its owner.
    KeyFileOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file could not be read or made.
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The operating system gave no random bytes.
    NoEntropy,
    /// The sealed bytes are shorter than any seal.
    Truncated,
    /// They were sealed under an encryption key that this vault was not given.
    UnknownKey {
        /// Its place in the order of encryption keys, from 0.
        key: u8,
    },
    /// A seal names its key in one byte, and all the names are taken.
    TooManyKeys,
    /// They were changed, belong to something else, or were sealed under another root key.
    NotAuthentic,
    /// They opened, but do not hold what they should: sealed by something that is not this crate.
    Malformed,
}

impl VaultError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyUnparsable => "key_unparsable",
            Self::KeyWeak => "key_weak",
            Self::KeyFileOpen { .. } => "key_file_open",
            Self::KeyFile { .. } => "key_file",
            Self::NoEntropy => "no_entropy",
            Self::Truncated => "truncated",
            Self::UnknownKey { .. } => "unknown_key",
            Self::TooManyKeys => "too_many_keys",
            Self::NotAuthentic => "not_authentic",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyUnparsable => {
                f.write_str("The root key must be 32 bytes: 64 hexadecimal digits, or base64.")
            }
            Self::KeyWeak => f.write_str(
                "The root key is one byte repeated 32 times; make a random one, for instance with `openssl rand -hex 32`.",
            ),
            Self::KeyFileOpen { path, mode } => write!(
                f,
                "The key file {path} has mode {mode:04o}, so others than its owner may use it; run `chmod 600 {path}`, and if others could have read it, move to a new key.",
                path = path.display()
            ),
            Self::KeyFile { path, kind } => {
                write!(f, "The key file {} could not be used: {kind}.", path.display())
            }
            Self::NoEntropy => f.write_str("The operating system gave no random bytes."),
            Self::Truncated => f.write_str("The sealed bytes are too short to be a seal."),
            Self::TooManyKeys => f.write_str(
                "The vault has 256 encryption keys, which is as many as there can be.",
            ),
            Self::UnknownKey { key } => write!(
                f,
                "The sealed bytes need encryption key number {key}, which this process was not given."
            ),
            Self::NotAuthentic => f.write_str(
                "The sealed bytes were changed, belong to another object, or were sealed under another root key.",
            ),
            Self::Malformed => {
                f.write_str("The sealed bytes opened, but do not hold what they should.")
            }
        }
    }
}

impl std::error::Error for VaultError {}
