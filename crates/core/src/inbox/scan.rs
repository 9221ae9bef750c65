//! A small strict reader of JSON (RFC 8259): it walks a document once, checks all of it, builds
//! nothing, and hands strings out as they stand between their quotes.

use super::head::InboxError;

/// Deeper documents are refused; events are about ten deep.
const DEPTH_MAX: u32 = 64;

/// What stands at the reader's place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Map,
    List,
    Text,
    Number,
    Null,
    Bool,
}

/// A place in a document.
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// What the next value is, without reading it.
    pub(super) fn kind(&mut self) -> Result<Kind, InboxError> {
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
    pub(super) fn map(
        &mut self,
        mut field: impl FnMut(&mut Self, &'a str) -> Result<(), InboxError>,
    ) -> Result<(), InboxError> {
        self.items(b'{', b'}', |scan| {
            scan.white_space();
            let name = scan.string()?;
            scan.white_space();
            scan.expect(b':')?;
            field(scan, name)
        })
    }

    /// Reads a string: what stands between the quotes, escapes as they are.
    pub(super) fn string(&mut self) -> Result<&'a str, InboxError> {
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
    pub(super) fn number(&mut self) -> Result<&'a str, InboxError> {
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

    /// Reads any value and forgets it.
    pub(super) fn skip(&mut self) -> Result<(), InboxError> {
        match self.kind()? {
            Kind::Map => self.map(|scan, _| scan.skip()),
            Kind::List => self.items(b'[', b']', Self::skip),
            Kind::Text => self.string().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::Null => self.word("null"),
            Kind::Bool if self.peek() == Some(b't') => self.word("true"),
            Kind::Bool => self.word("false"),
        }
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Result<(), InboxError> {
        self.white_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.broken()) }
    }

    fn items(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), InboxError>,
    ) -> Result<(), InboxError> {
        self.white_space();
        self.expect(open)?;
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(InboxError::TooDeep);
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

    fn escape(&mut self) -> Result<(), InboxError> {
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

    fn word(&mut self, word: &str) -> Result<(), InboxError> {
        for byte in word.bytes() {
            self.expect(byte)?;
        }
        Ok(())
    }

    fn some_digits(&mut self) -> Result<(), InboxError> {
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

    fn expect(&mut self, wanted: u8) -> Result<(), InboxError> {
        if self.take_if(wanted) { Ok(()) } else { Err(self.broken()) }
    }

    fn broken(&self) -> InboxError {
        InboxError::NotJson { at: self.at }
    }
}
