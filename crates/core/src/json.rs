//! A small strict reader of JSON (RFC 8259): it walks a document once, checks all of it, builds
//! nothing, and hands strings out as they stand between their quotes.
//!
//! ```
//! use farthing_core::json::{JsonError, Scan, unescaped};
//!
//! let mut scan = Scan::new(r#"{"a":"caf\u00e9","b":[1, 2]}"#);
//! let mut list = "";
//! scan.map(|scan, name| match name {
//!     "a" => scan.string().map(|raw| assert_eq!(unescaped(raw).as_deref(), Some("caf\u{e9}"))),
//!     _ => scan.raw().map(|raw| list = raw),
//! })?;
//! scan.end()?;
//! assert_eq!(list, "[1, 2]");
//! # Ok::<_, JsonError>(())
//! ```

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// Deeper documents are refused; events are about ten deep.
const DEPTH_MAX: u32 = 64;

/// A text is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JsonError {
    /// Not JSON, or not UTF-8.
    NotJson {
        /// The first byte that cannot be part of it.
        at: usize,
    },
    /// Nested too deeply.
    TooDeep {
        /// The bracket that is too much.
        at: usize,
    },
}

/// What stands at the reader's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An object.
    Map,
    /// An array.
    List,
    /// A string.
    Text,
    /// A number.
    Number,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
}

/// A place in a document.
#[derive(Clone, Debug)]
pub struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Scan<'a> {
    /// The beginning of a document.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// The byte that is next.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What the next value is, without reading it.
    ///
    /// # Errors
    /// [`JsonError`] where there is none.
    pub fn kind(&mut self) -> Result<Kind, JsonError> {
        self.white_space();
        match self.peek() {
            Some(b'{') => Ok(Kind::Map),
            Some(b'[') => Ok(Kind::List),
            Some(b'"') => Ok(Kind::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Bool),
            _ => Err(self.broken()),
        }
    }

    /// Reads a map, calling back with each name when its value is next. The callback reads it.
    ///
    /// # Errors
    /// [`JsonError`], or what the callback fails with.
    pub fn map<E: From<JsonError>>(
        &mut self,
        mut field: impl FnMut(&mut Self, &'a str) -> Result<(), E>,
    ) -> Result<(), E> {
        self.items(b'{', b'}', &mut |scan| {
            scan.white_space();
            let name = scan.string()?;
            scan.white_space();
            scan.expect(b':')?;
            field(scan, name)
        })
    }

    /// Reads a list, calling back when an item is next. The callback reads it.
    ///
    /// # Errors
    /// [`JsonError`], or what the callback fails with.
    pub fn list<E: From<JsonError>>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.items(b'[', b']', &mut item)
    }

    /// Reads a string: what stands between the quotes, escapes as they are; [`unescaped`] has them as what they stand for.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn string(&mut self) -> Result<&'a str, JsonError> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.bump() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(0x20..) => {}
                Some(0..0x20) | None => return Err(self.broken()),
            }
        }
        let end = self.at.saturating_sub(1);
        self.text.get(start..end).ok_or_else(|| self.broken())
    }

    /// Reads a number: its text.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.take_if(b'-');
        match self.bump() {
            Some(b'0') => {}
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.broken()),
        }
        if self.take_if(b'.') {
            self.some_digits()?;
        }
        if self.take_if(b'e') || self.take_if(b'E') {
            let _signed = self.take_if(b'+') || self.take_if(b'-');
            self.some_digits()?;
        }
        self.text.get(start..self.at).ok_or_else(|| self.broken())
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn flag(&mut self) -> Result<bool, JsonError> {
        let flag = self.peek() == Some(b't');
        self.word(if flag { "true" } else { "false" })?;
        Ok(flag)
    }

    /// Reads any value: its text.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn raw(&mut self) -> Result<&'a str, JsonError> {
        self.white_space();
        let start = self.at;
        self.skip()?;
        self.text.get(start..self.at).ok_or_else(|| self.broken())
    }

    /// Reads any value and forgets it.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn skip(&mut self) -> Result<(), JsonError> {
        match self.kind()? {
            Kind::Map => self.map(|scan, _| scan.skip()),
            Kind::List => self.items(b'[', b']', &mut Self::skip),
            Kind::Text => self.string().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::Null => self.word("null"),
            Kind::Bool => self.flag().map(drop),
        }
    }

    /// Nothing but white space may follow.
    ///
    /// # Errors
    /// [`JsonError`] where something does.
    pub fn end(&mut self) -> Result<(), JsonError> {
        self.white_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.broken()) }
    }

    fn items<E: From<JsonError>>(
        &mut self,
        open: u8,
        close: u8,
        // Not a generic parameter: whoever reads maps in many ways has one copy of this all the same.
        item: &mut dyn FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.white_space();
        self.expect(open)?;
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(JsonError::TooDeep { at: self.at.saturating_sub(1) }.into());
        }
        self.white_space();
        if !self.take_if(close) {
            loop {
                item(self)?;
                self.white_space();
                if self.take_if(close) {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        match self.bump() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => {
                for _ in 0..4 {
                    if !self.bump().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.broken());
                    }
                }
                Ok(())
            }
            _ => Err(self.broken()),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        for byte in word.bytes() {
            self.expect(byte)?;
        }
        Ok(())
    }

    fn some_digits(&mut self) -> Result<(), JsonError> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.broken());
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    fn take_if(&mut self, wanted: u8) -> bool {
        let taken = self.peek() == Some(wanted);
        if taken {
            self.at = self.at.saturating_add(1);
        }
        taken
    }

    fn expect(&mut self, wanted: u8) -> Result<(), JsonError> {
        if self.take_if(wanted) { Ok(()) } else { Err(self.broken()) }
    }

    fn broken(&self) -> JsonError {
        JsonError::NotJson { at: self.at }
    }
}

impl JsonError {
    /// The first byte that cannot be part of a document.
    pub fn at(self) -> usize {
        match self {
            Self::NotJson { at } | Self::TooDeep { at } => at,
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson { .. } => "not JSON",
            Self::TooDeep { .. } => "nested too deeply",
        })
    }
}

impl core::error::Error for JsonError {}

/// What a string stands for that [`Scan::string`] has read; `None` where half of a surrogate pair
/// stands alone, which no text of Unicode can hold.
pub fn unescaped(raw: &str) -> Option<Cow<'_, str>> {
    let Some((before, rest)) = raw.split_once('\\') else { return Some(Cow::Borrowed(raw)) };
    let mut text = String::with_capacity(raw.len());
    text.push_str(before);
    let mut rest = rest;
    loop {
        let mut ahead = rest.chars();
        text.push(match ahead.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (character, after) = unicode(ahead.as_str())?;
                ahead = after.chars();
                character
            }
            itself => itself,
        });
        rest = ahead.as_str();
        let Some((before, after)) = rest.split_once('\\') else {
            text.push_str(rest);
            return Some(Cow::Owned(text));
        };
        text.push_str(before);
        rest = after;
    }
}

/// The character of one escape or of a pair, of which the first has been read up to its `u`.
fn unicode(rest: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(rest)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((character, rest));
    }
    let (second, rest) = unit(rest.strip_prefix("\\u")?)?;
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((character, rest))
}

fn unit(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents() {
        let table = [
            (" [ true , false ] ", "18"),
            ("{\"a\":{\"b\":[1,-2,0,1.50,1e9]}}", "29"),
            ("[]", "2"),
            ("{}", "2"),
            ("", "NotJson 0"),
            ("[", "NotJson 1"),
            ("[1,]", "NotJson 3"),
            ("{\"a\":1,}", "NotJson 7"),
            ("01", "NotJson 1"),
            ("1.", "NotJson 2"),
            ("1e", "NotJson 2"),
            ("+1", "NotJson 0"),
            ("nul", "NotJson 3"),
            ("1 2", "NotJson 2"),
            ("{a:1}", "NotJson 1"),
        ];
        for (document, expected) in table {
            let mut scan = Scan::new(document);
            let found = match scan.skip().and_then(|()| scan.end()) {
                Ok(()) => std::format!("{}", scan.at()),
                Err(JsonError::NotJson { at }) => std::format!("NotJson {at}"),
                Err(JsonError::TooDeep { at }) => std::format!("TooDeep {at}"),
            };
            assert_eq!(found, expected, "{document}");
        }
        assert_eq!(Scan::new(&"[".repeat(65)).skip(), Err(JsonError::TooDeep { at: 64 }));
        assert_eq!(Scan::new(&"[".repeat(9_000)).skip(), Err(JsonError::TooDeep { at: 64 }));
    }

    #[test]
    fn escapes_stand_for_one_text() {
        let table = [
            ("", Some("")),
            ("a\u{e9}", Some("a\u{e9}")),
            (r#"\u00e9\n\"\\\/\b\f\r\t."#, Some("\u{e9}\n\"\\/\u{8}\u{c}\r\t.")),
            (r"x\ud83d\ude00\udbff\udfffy", Some("x\u{1f600}\u{10ffff}y")),
            (r"\\u0041", Some("\\u0041")),
            (r"\ud800", None),
            (r"\ud800\u0041", None),
            (r"\ud800x", None),
            (r"\udc00", None),
        ];
        for (raw, expected) in table {
            let document = [r#"""#, raw, r#"""#].concat();
            assert_eq!(Scan::new(&document).string(), Ok(raw));
            assert_eq!(unescaped(raw).as_deref(), expected, "{raw}");
        }
    }
}
