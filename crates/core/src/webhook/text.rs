//! Tags as text: hexadecimal and base64.

use super::hmac::TAG_BYTES;

const HEX_CHARS: usize = 2 * TAG_BYTES;
/// What stands for a character that is no digit.
const NO_NIBBLE: u8 = 0x10;
/// The same for base64.
const NO_SEXTET: u8 = 0x40;
const BASE64_CHARS: usize = 44;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A tag in lower-case hexadecimal: senders write it so, and one spelling is enough.
pub(super) fn unhex(text: &[u8]) -> Option<[u8; TAG_BYTES]> {
    if text.len() != HEX_CHARS {
        return None;
    }
    let mut tag = [0; TAG_BYTES];
    let mut bad = 0;
    for (byte, [high, low]) in tag.iter_mut().zip(text.as_chunks().0) {
        let (high, low) = (nibble(*high), nibble(*low));
        *byte = (high << 4) | (low & 0x0f);
        bad |= high | low;
    }
    (bad < NO_NIBBLE).then_some(tag)
}

/// The value of a digit, or more than that: the loop above has no branch in it.
fn nibble(ascii: u8) -> u8 {
    let digit = ascii.wrapping_sub(b'0');
    let letter = ascii.wrapping_sub(b'a');
    let value = if letter < 6 { letter.wrapping_add(10) } else { NO_NIBBLE };
    if digit < 10 { digit } else { value }
}

pub(super) fn hex(tag: &[u8; TAG_BYTES]) -> [u8; HEX_CHARS] {
    let mut text = [0; HEX_CHARS];
    for ([high, low], byte) in text.as_chunks_mut().0.iter_mut().zip(tag) {
        *high = hex_digit(byte >> 4);
        *low = hex_digit(byte & 0x0f);
    }
    text
}

pub(super) fn hex_digit(nibble: u8) -> u8 {
    nibble.wrapping_add(if nibble < 10 { b'0' } else { b'a' - 10 })
}

/// A tag in base64, with its padding: one spelling, like [`decode_base64`], and without a branch.
pub(super) fn unbase64(text: &[u8]) -> Option<[u8; TAG_BYTES]> {
    let (groups, [a, b, c, b'=']) = text.split_last_chunk()? else { return None };
    if text.len() != BASE64_CHARS {
        return None;
    }
    let mut bytes = [0; TAG_BYTES + 1];
    let mut bad = 0;
    let (triples, _) = bytes.as_chunks_mut();
    let groups = groups.as_chunks().0.iter().copied().chain([[*a, *b, *c, b'A']]);
    for (triple, group) in triples.iter_mut().zip(groups) {
        let [one, two, three, four] = group.map(sextet);
        bad |= one | two | three | four;
        *triple = [(one << 2) | (two >> 4), (two << 4) | (three >> 2), (three << 6) | four];
    }
    let (tag, [past]) = bytes.split_first_chunk()? else { return None };
    (bad < NO_SEXTET && *past == 0).then_some(*tag)
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

/// A tag in base64, with its padding.
pub(super) fn base64(tag: &[u8; TAG_BYTES]) -> [u8; BASE64_CHARS] {
    let mut text = [b'='; BASE64_CHARS];
    for (group, bytes) in text.as_chunks_mut::<4>().0.iter_mut().zip(tag.chunks(3)) {
        let mut held = bytes.iter().fold(0, |held, byte| (held << 8) | u32::from(*byte));
        // The last group has no third byte, and keeps one sign of padding.
        let mut characters = group.iter_mut().rev();
        if bytes.len() == 2 {
            held <<= 2;
            characters.next();
        }
        for character in characters {
            let [index, ..] = (held & 63).to_le_bytes();
            *character = ALPHABET.get(usize::from(index)).copied().unwrap_or(b'=');
            held >>= 6;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn base64_has_one_spelling() {
        let text = base64(&[0xfb; TAG_BYTES]);
        assert_eq!(&text, b"+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");
        assert_eq!(unbase64(&text), Some([0xfb; TAG_BYTES]));
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
            assert_eq!(unbase64(other.as_bytes()), None, "{other}");
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
