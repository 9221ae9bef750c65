//! JSON seen as text: other layouts and other escapes of the same document.
//!
//! Only for the diagnosis of a signature that does not match. Nothing is validated: a text that is
//! not JSON comes out as some other text that does not match either.

use alloc::vec::Vec;

use super::text::hex_digit;

/// How a document may be laid out.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    /// No white space.
    Compact,
    /// One space after each comma and colon.
    Spaced,
    /// One value a line, indented by so many spaces a level.
    Indented(usize),
}

/// How much longer than a document another layout of it may be, times and plus. A document that is
/// nothing but brackets would otherwise be indented to the square of its length.
const LENGTH_FACTOR_MAX: usize = 8;
const LENGTH_MORE_MAX: usize = 65_536;

/// The same document in another layout; `None` where that is beyond all measure.
pub(super) fn laid_out(body: &[u8], layout: Layout) -> Option<Vec<u8>> {
    let length_max = body.len().saturating_mul(LENGTH_FACTOR_MAX).saturating_add(LENGTH_MORE_MAX);
    let mut out = Writer { out: Vec::with_capacity(body.len()), layout, depth: 0, length_max };
    let mut in_string = false;
    let mut escaped = false;
    let mut opened = false;
    for byte in body.iter().copied() {
        if in_string {
            out.out.push(byte);
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            continue;
        }
        let closes = matches!(byte, b'}' | b']');
        if closes {
            out.depth = out.depth.saturating_sub(1);
        }
        // An empty list or map stays on one line.
        if opened != closes {
            out.line()?;
        }
        opened = matches!(byte, b'{' | b'[');
        in_string = byte == b'"';
        out.token(byte)?;
        if opened {
            out.depth = out.depth.saturating_add(1);
        }
    }
    Some(out.out)
}

/// The same document with every `\uXXXX` of one character beyond ASCII, and `\/`, written plainly.
pub(super) fn unescaped(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'\\' {
            out.push(byte);
            rest = after;
        } else if let Some(after) = after.strip_prefix(b"/") {
            out.push(b'/');
            rest = after;
        } else if let Some((character, after)) = escaped_character(rest) {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
        } else {
            let (kept, after) = rest.split_at(rest.len().min(2));
            out.extend_from_slice(kept);
            rest = after;
        }
    }
    out
}

/// The same document with every character beyond ASCII written as `\uXXXX`; `None` if not UTF-8.
pub(super) fn escaped(body: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(body).ok()?;
    let mut out = Vec::with_capacity(body.len());
    for character in text.chars() {
        if character.is_ascii() {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(b"\\u");
                for byte in unit.to_be_bytes() {
                    out.extend_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0x0f)]);
                }
            }
        }
    }
    Some(out)
}

struct Writer {
    out: Vec<u8>,
    layout: Layout,
    depth: usize,
    length_max: usize,
}

impl Writer {
    /// A line break, where the layout has lines; `None` where there is no more room.
    fn line(&mut self) -> Option<()> {
        if let Layout::Indented(width) = self.layout {
            self.out.push(b'\n');
            let indent = self.out.len().saturating_add(self.depth.saturating_mul(width));
            (indent <= self.length_max).then_some(())?;
            self.out.resize(indent, b' ');
        }
        Some(())
    }

    fn token(&mut self, byte: u8) -> Option<()> {
        self.out.push(byte);
        match (byte, self.layout) {
            (b',' | b':', Layout::Spaced) | (b':', Layout::Indented(_)) => self.out.push(b' '),
            (b',', Layout::Indented(_)) => self.line()?,
            _ => {}
        }
        Some(())
    }
}

/// A character beyond ASCII at the start of the bytes, written as one escape or as a pair.
fn escaped_character(bytes: &[u8]) -> Option<(char, &[u8])> {
    let (first, rest) = escaped_unit(bytes)?;
    let (character, rest) = if let Some(character) = char::from_u32(u32::from(first)) {
        (character, rest)
    } else {
        let (second, rest) = escaped_unit(rest)?;
        (char::decode_utf16([first, second]).next()?.ok()?, rest)
    };
    (!character.is_ascii()).then_some((character, rest))
}

fn escaped_unit(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = bytes.strip_prefix(b"\\u")?.split_at_checked(4)?;
    let digits = core::str::from_utf8(digits).ok()?;
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_beyond_all_measure_is_none() {
        let layout = Layout::Indented(2);
        assert!(laid_out(&[b'['; 10_000], layout).is_none());
        let deep = laid_out(&[b'['; 100], layout).expect("people nest, too");
        assert_eq!(deep.len(), 99 * 100 + 99 + 100, "indents, line ends, brackets");
        assert!(laid_out(&[b'['; 10_000], Layout::Compact).is_some());
    }
}
