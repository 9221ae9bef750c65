//! Tags as text: hexadecimal and base64.

use alloc::string::String;
use alloc::vec;

use super::hmac::TAG_BYTES;

/// As many characters as a tag takes at most, and as many words of eight.
pub(super) const TAG_CHARS_MAX: usize = 8 * TAG_WORDS_MAX;
pub(super) const TAG_WORDS_MAX: usize = 8;
const HEX_CHARS: usize = 2 * TAG_BYTES;
const BASE64_CHARS: usize = 44;
/// What stands for a character that is no digit of base64.
const NO_SEXTET: u8 = 0x40;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A tag as text. Zeros follow where it is shorter.
pub(super) type TagText = [u8; TAG_CHARS_MAX];

/// How a tag is written. Each way has one spelling, so two tags are one if their texts are.
#[derive(Clone, Copy)]
pub(super) enum Coding {
    /// Hexadecimal in lower case, as senders write it.
    Hex,
    /// Base64 of RFC 4648 with its padding.
    Base64,
}

impl Coding {
    /// As many characters as every tag has.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Hex => HEX_CHARS,
            Self::Base64 => BASE64_CHARS,
        }
    }

    /// Whether a text of that length stands for a tag.
    pub(super) fn is_tag(self, text: &[u8]) -> bool {
        match self {
            Self::Hex => text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
            Self::Base64 => match text.split_last() {
                // The last digit has two bits that no byte of the tag needs.
                Some((b'=', digits)) => {
                    digits.iter().all(|byte| sextet(*byte) < NO_SEXTET)
                        && digits.last().is_some_and(|byte| sextet(*byte).trailing_zeros() >= 2)
                }
                _ => false,
            },
        }
    }

    /// The text of a tag.
    pub(super) fn write(self, tag: &[u8; TAG_BYTES]) -> TagText {
        match self {
            Self::Hex => hex(tag),
            Self::Base64 => base64(tag),
        }
    }
}

fn hex(tag: &[u8; TAG_BYTES]) -> TagText {
    let mut text = [0; TAG_CHARS_MAX];
    for ([high, low], byte) in text.as_chunks_mut().0.iter_mut().zip(tag) {
        *high = hex_digit(byte >> 4);
        *low = hex_digit(byte & 0x0f);
    }
    text
}

pub(super) fn hex_digit(nibble: u8) -> u8 {
    nibble.wrapping_add(if nibble < 10 { b'0' } else { b'a' - 10 })
}

/// Base64 of RFC 4648 from a place in a text on, decoded over the text from its beginning: answers how
/// many bytes that makes. No white space, and no bits beyond the last byte. Padding is optional:
/// secrets are pasted by people.
pub(super) fn decode_base64(text: &mut [u8], from: usize) -> Option<usize> {
    let padded = text.get(from..)?;
    let bare = padded.strip_suffix(b"=").unwrap_or(padded);
    let bare = bare.strip_suffix(b"=").unwrap_or(bare).len();
    match (bare & 3, padded.len().abs_diff(bare)) {
        (0, 0) | (2, 0..=2) | (3, 0 | 1) => {}
        _ => return None,
    }
    let (mut held, mut bits, mut written) = (0_u32, 0_u32, 0_usize);
    for at in from..from.saturating_add(bare) {
        let value = sextet(*text.get(at)?);
        if value >= NO_SEXTET {
            return None;
        }
        held = (held << 6) | u32::from(value);
        bits = bits.saturating_add(6);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            let [byte, ..] = (held >> bits).to_le_bytes();
            *text.get_mut(written)? = byte;
            written = written.saturating_add(1);
            held &= !(u32::MAX << bits);
        }
    }
    (held == 0).then_some(written)
}

/// The value of a character, or more than that.
fn sextet(ascii: u8) -> u8 {
    let upper = ascii.wrapping_sub(b'A');
    let lower = ascii.wrapping_sub(b'a');
    let digit = ascii.wrapping_sub(b'0');
    let sign = if ascii == b'+' { 62 } else { NO_SEXTET };
    let sign = if ascii == b'/' { 63 } else { sign };
    let value = if digit < 10 { digit.wrapping_add(52) } else { sign };
    let value = if lower < 26 { lower.wrapping_add(26) } else { value };
    if upper < 26 { upper } else { value }
}

fn base64(tag: &[u8; TAG_BYTES]) -> TagText {
    let mut text = [0; TAG_CHARS_MAX];
    write_base64(tag, &mut text);
    text
}

/// Bytes in base64 (RFC 4648), with its padding.
pub fn to_base64(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len().div_ceil(3).saturating_mul(4)];
    write_base64(bytes, &mut text);
    text.into_iter().map(char::from).collect()
}

/// Writes bytes at the beginning of a text.
fn write_base64(bytes: &[u8], text: &mut [u8]) {
    for (group, bytes) in text.as_chunks_mut::<4>().0.iter_mut().zip(bytes.chunks(3)) {
        let mut held = bytes.iter().fold(0, |held, byte| (held << 8) | u32::from(*byte));
        let mut characters = group.iter_mut().rev();
        // A group that lacks a byte ends in padding for it.
        for _ in bytes.len()..3 {
            held <<= 2;
            if let Some(padding) = characters.next() {
                *padding = b'=';
            }
        }
        for character in characters {
            let [index, ..] = (held & 63).to_le_bytes();
            *character = ALPHABET.get(usize::from(index)).copied().unwrap_or(b'=');
            held >>= 6;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn base64_of_any_length() {
        // RFC 4648, section 10, and what has a sign in it.
        for (bytes, expected) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg=="),
            (b"fooba", "Zm9vYmE="),
            (b"foobar", "Zm9vYmFy"),
            (&[0xfb, 0xff, 0xfe], "+//+"),
        ] {
            assert_eq!(to_base64(bytes), expected);
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        let text = Coding::Base64.write(&[0xfb; TAG_BYTES]);
        let (text, zeros) = text.split_at(BASE64_CHARS);
        assert_eq!(text, b"+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");
        assert!(zeros.iter().all(|byte| *byte == 0));
        assert!(Coding::Base64.is_tag(text));
        for other in [
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s",
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/t=",
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7",
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7",
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+w==",
            "-_v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=",
            "====",
            "",
        ] {
            let is_tag = other.len() == BASE64_CHARS && Coding::Base64.is_tag(other.as_bytes());
            assert!(!is_tag, "{other}");
        }
        let secret = |text: &str| {
            let mut bytes = [b"whsec_", text.as_bytes()].concat();
            let length = decode_base64(&mut bytes, 6)?;
            bytes.truncate(length);
            Some(bytes)
        };
        assert_eq!(secret("+/v7"), Some(Vec::from([0xfb; 3])));
        for same in ["+/s=", "+/s"] {
            assert_eq!(secret(same), Some(Vec::from([0xfb; 2])), "{same}");
        }
        for other in ["+", "+/s==", "+/v7=", "+/t=", "+ /s", "+w=", "w===="] {
            let expected = (other == "+w=").then(|| Vec::from([0xfb]));
            assert_eq!(secret(other), expected, "{other}");
        }
    }
}
