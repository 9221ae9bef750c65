//! Idempotency: the key that names one logical request, and the canonical form of a request that
//! tells whether the same key came with the same request.
//!
//! The canonical form is only bytes. It may hold what was typed, so it must be put through a keyed
//! hash before it is stored; the key of that hash belongs to the server, not here. Each part of
//! it is a tag, a length in eight big-endian bytes and the bytes: `R` method, `P` path, `K` name,
//! `T` text; a list is `L` with the number of its values, a map `M` with the number of its names.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::print;

/// The longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 255;

/// A client's name for one logical request: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is empty.
    Empty,
    /// It is longer than [`KEY_BYTES_MAX`].
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It holds a space, a control character or something that is not ASCII.
    NotVisibleAscii {
        /// The first such byte.
        at: usize,
    },
}

/// The value of one request parameter, as parsed and before it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// A scalar, as text.
    Text(String),
    /// Values in an order that matters.
    List(Vec<Param>),
    /// Named values in an order that does not matter.
    Map(BTreeMap<String, Param>),
}

impl IdempotencyKey {
    /// Takes a client's key.
    ///
    /// # Errors
    /// The first of [`KeyError`]'s reasons, in the order in which they are declared.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        if text.len() > KEY_BYTES_MAX {
            return Err(KeyError::TooLong { length: text.len() });
        }
        match text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            Some(at) => Err(KeyError::NotVisibleAscii { at }),
            None => Ok(Self(String::from(text))),
        }
    }

    /// A fresh key in the text form of a random UUID (version 4).
    pub fn generate(entropy: [u8; 16]) -> Self {
        let mut text = String::with_capacity(36);
        for (index, byte) in entropy.into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            let byte = match index {
                6 => (byte & 0x0f) | 0x40,
                8 => (byte & 0x3f) | 0x80,
                _ => byte,
            };
            text.push(hex_digit(byte >> 4));
            text.push(hex_digit(byte & 0x0f));
        }
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the key looks as if nobody could guess it. Randomness cannot be seen in one sample;
    /// this refuses what is certainly too short for its alphabet (32 hexadecimal digits, 22 other
    /// characters), has too few distinct characters, or repeats itself.
    pub fn bits_at_least_128(&self) -> bool {
        let text = self.0.as_bytes();
        let mut seen: u128 = 0;
        for byte in text {
            seen |= 1_u128.checked_shl(u32::from(*byte)).unwrap_or(0);
        }
        let hexadecimal = text.iter().all(|byte| *byte == b'-' || byte.is_ascii_hexdigit());
        let digits = text.iter().filter(|byte| **byte != b'-').count();
        // One random UUID in 80,000 has fewer than ten distinct characters, one in 500 million
        // fewer than eight.
        let (least, distinct) = if hexadecimal { (32, 8) } else { (22, 10) };
        digits >= least && seen.count_ones() >= distinct && !repeats(text)
    }
}

/// Whether a text is a shorter one over and over, the last time perhaps cut off.
fn repeats(text: &[u8]) -> bool {
    let mut head = text;
    while let Some((_, shorter)) = head.split_last() {
        head = shorter;
        let period = head.len();
        let twice = period.saturating_mul(2) <= text.len();
        let (start, shifted) = (text, text.get(period..).unwrap_or(&[]));
        if twice && period > 0 && start.starts_with(shifted) {
            return true;
        }
    }
    false
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl KeyError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "idempotency_key_empty",
            Self::TooLong { .. } => "idempotency_key_too_long",
            Self::NotVisibleAscii { .. } => "idempotency_key_not_visible_ascii",
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("An idempotency key cannot be empty."),
            Self::TooLong { length } => {
                print::between(
                    f,
                    "An idempotency key has at most ",
                    print::count(KEY_BYTES_MAX),
                    "",
                )?;
                print::between(f, " characters; this has ", print::count(*length), ".")
            }
            Self::NotVisibleAscii { at } => {
                let before = "An idempotency key is visible ASCII only (see byte ";
                print::between(f, before, print::count(*at), ").")
            }
        }
    }
}

impl core::error::Error for KeyError {}

/// One request as bytes: equal bytes if and only if method, path and parameters are equal.
///
/// Every part carries its length, so no part can pretend to be the beginning of the next. Names in
/// a map are sorted; a list keeps its order. The depth is that of the parameters: parsers bound it.
pub fn canonical_request(method: &str, path: &str, params: &BTreeMap<String, Param>) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    put_bytes(&mut out, b'R', method.as_bytes());
    put_bytes(&mut out, b'P', path.as_bytes());
    put_map(&mut out, params);
    out
}

/// One named parameter as bytes, in the same manner.
pub fn canonical_param(name: &str, value: &Param) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    put_bytes(&mut out, b'K', name.as_bytes());
    put_param(&mut out, value);
    out
}

/// The names whose tags differ, or which only one side has, sorted.
pub fn differing(a: &[(String, [u8; 8])], b: &[(String, [u8; 8])]) -> Vec<String> {
    let left: BTreeMap<&String, &[u8; 8]> = a.iter().map(|(name, tag)| (name, tag)).collect();
    let right: BTreeMap<&String, &[u8; 8]> = b.iter().map(|(name, tag)| (name, tag)).collect();
    let mut names: Vec<String> = Vec::new();
    for (name, tag) in &left {
        if right.get(name) != Some(tag) {
            names.push(String::clone(name));
        }
    }
    for name in right.keys() {
        if !left.contains_key(name) {
            names.push(String::clone(name));
        }
    }
    names.sort();
    names
}

fn put_param(out: &mut Vec<u8>, value: &Param) {
    match value {
        Param::Text(text) => put_bytes(out, b'T', text.as_bytes()),
        Param::List(items) => {
            put_head(out, b'L', items.len());
            for item in items {
                put_param(out, item);
            }
        }
        Param::Map(map) => put_map(out, map),
    }
}

fn put_map(out: &mut Vec<u8>, map: &BTreeMap<String, Param>) {
    put_head(out, b'M', map.len());
    for (name, value) in map {
        put_bytes(out, b'K', name.as_bytes());
        put_param(out, value);
    }
}

fn put_bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    put_head(out, tag, bytes.len());
    out.extend_from_slice(bytes);
}

/// A tag and a length of a fixed width, so that the form can be read back in one way only.
fn put_head(out: &mut Vec<u8>, tag: u8, length: usize) {
    let length = u64::try_from(length).expect("a length fits 64 bits");
    out.push(tag);
    out.extend_from_slice(&length.to_be_bytes());
}

fn hex_digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).expect("four bits are one hexadecimal digit")
}
