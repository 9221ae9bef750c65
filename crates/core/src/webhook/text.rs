//! Tags and numbers as text: hexadecimal, base64, decimal.

use alloc::string::String;
use alloc::vec::Vec;

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

pub(super) fn push_hex(tag: &[u8; TAG_BYTES], text: &mut String) {
    for byte in tag {
        for nibble in [byte >> 4, byte & 0x0f] {
            text.push(char::from(hex_digit(nibble)));
        }
    }
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

/// The bytes of a secret in base64.
pub(super) fn secret_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    decode_base64(text.as_bytes(), |byte| bytes.push(byte))?;
    Some(bytes)
}

/// Base64 of RFC 4648: no white space, and no bits beyond the last byte. Padding is optional:
/// secrets are pasted by people.
fn decode_base64(text: &[u8], mut to: impl FnMut(u8)) -> Option<()> {
    let bare = text.strip_suffix(b"=").unwrap_or(text);
    let bare = bare.strip_suffix(b"=").unwrap_or(bare);
    let signs = text.len().abs_diff(bare.len());
    match (bare.len() & 3, signs) {
        (0, 0) | (2, 0..=2) | (3, 0 | 1) => {}
        _ => return None,
    }
    let (mut held, mut bits) = (0_u32, 0_u32);
    for character in bare {
        let value = sextet(*character);
        if value >= NO_SEXTET {
            return None;
        }
        held = (held << 6) | u32::from(value);
        bits = bits.saturating_add(6);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            let [byte, ..] = (held >> bits).to_le_bytes();
            to(byte);
            held &= !(u32::MAX << bits);
        }
    }
    (held == 0).then_some(())
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

pub(super) fn push_base64(tag: &[u8; TAG_BYTES], text: &mut String) {
    for group in tag.chunks(3) {
        let mut three = [0; 3];
        for (to, from) in three.iter_mut().zip(group) {
            *to = *from;
        }
        let [one, two, three] = three.map(u32::from);
        let held = (one << 16) | (two << 8) | three;
        for place in 0..4_usize {
            let [index, ..] =
                (held >> (18_usize.saturating_sub(place.saturating_mul(6)))).to_le_bytes();
            let character = ALPHABET.get(usize::from(index & 63)).copied().unwrap_or(b'=');
            text.push(char::from(if place > group.len() { b'=' } else { character }));
        }
    }
}

/// A number in decimal, without the formatting machinery: it would be a third of a small artefact.
pub(super) fn push_decimal(number: i64, text: &mut String) {
    if number < 0 {
        text.push('-');
    }
    let mut rest = number.unsigned_abs();
    let mut digits = [0_u8; 20];
    let mut used = 0_usize;
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.wrapping_add(u8::try_from(rest.rem_euclid(10)).unwrap_or_default());
        rest = rest.div_euclid(10);
        used = used.saturating_add(1);
        if rest == 0 {
            break;
        }
    }
    let (_, printed) = digits.split_at(digits.len().saturating_sub(used));
    text.extend(printed.iter().copied().map(char::from));
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn base64_has_one_spelling() {
        let mut text = String::new();
        push_base64(&[0xfb; TAG_BYTES], &mut text);
        assert_eq!(text, "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");
        assert_eq!(unbase64(text.as_bytes()), Some([0xfb; TAG_BYTES]));
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
        let secret = |text| secret_base64(text);
        assert_eq!(secret("+/v7"), Some(Vec::from([0xfb; 3])));
        for same in ["+/s=", "+/s"] {
            assert_eq!(secret(same), Some(Vec::from([0xfb; 2])), "{same}");
        }
        for other in ["+", "+/s==", "+/v7=", "+/t=", "+ /s", "+w=", "w===="] {
            let expected = (other == "+w=").then(|| Vec::from([0xfb]));
            assert_eq!(secret(other), expected, "{other}");
        }
    }

    #[test]
    fn numbers_print_as_usual() {
        for number in [0, 7, 10, -1, 1_795_000_000, i64::MAX, i64::MIN] {
            let mut text = String::new();
            push_decimal(number, &mut text);
            assert_eq!(text, number.to_string());
        }
    }
}
