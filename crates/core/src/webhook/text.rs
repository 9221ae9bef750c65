//! Tags and numbers as text: hexadecimal, base64, decimal.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::hmac::TAG_BYTES;

const HEX_CHARS: usize = 2 * TAG_BYTES;

/// Padding is optional when a secret is read: secrets are pasted by people.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A tag in lower-case hexadecimal: senders write it so, and one spelling is enough.
pub(super) fn unhex(text: &[u8]) -> Option<[u8; TAG_BYTES]> {
    if text.len() != HEX_CHARS {
        return None;
    }
    let mut tag = [0; TAG_BYTES];
    for (byte, [high, low]) in tag.iter_mut().zip(text.as_chunks().0) {
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(tag)
}

fn nibble(ascii: u8) -> Option<u8> {
    match ascii {
        b'0'..=b'9' => ascii.checked_sub(b'0'),
        b'a'..=b'f' => ascii.checked_sub(b'a' - 10),
        _ => None,
    }
}

pub(super) fn hex(tag: &[u8; TAG_BYTES]) -> String {
    tag.iter()
        .flat_map(|byte| [byte >> 4, byte & 0x0f])
        .map(|nibble| char::from(hex_digit(nibble)))
        .collect()
}

pub(super) fn hex_digit(nibble: u8) -> u8 {
    nibble.wrapping_add(if nibble < 10 { b'0' } else { b'a' - 10 })
}

/// A tag in base64, with its padding.
pub(super) fn unbase64(text: &[u8]) -> Option<[u8; TAG_BYTES]> {
    // One byte more than wanted, because the decoder wants room for whole groups of three.
    let mut bytes = [0; TAG_BYTES + 1];
    let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
    let (tag, _) = bytes.split_first_chunk()?;
    (length == TAG_BYTES).then_some(*tag)
}

pub(super) fn push_base64(tag: &[u8; TAG_BYTES], text: &mut String) {
    STANDARD.encode_string(tag, text);
}

/// The bytes of a secret in base64.
pub(super) fn secret_base64(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text).ok()
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
    fn numbers_print_as_usual() {
        for number in [0, 7, 10, -1, 1_795_000_000, i64::MAX, i64::MIN] {
            let mut text = String::new();
            push_decimal(number, &mut text);
            assert_eq!(text, number.to_string());
        }
    }
}
