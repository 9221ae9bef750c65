//! How a call crosses: a list of texts in, a list of texts out, each as a length in four
//! little-endian bytes and its UTF-8.
//!
//! A reply begins with one byte that says what it is: an answer, or a fault with a code and a
//! sentence.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;

use farthing_core::{
    card::CardError,
    currency::CurrencyError,
    idempotency::KeyError,
    journal::JournalError,
    money::{ChargeAmountError, MoneyError},
    print,
    webhook::{SecretError, ToleranceError},
};

/// A function of the border.
pub type Face = fn(&mut Args<'_>, &mut Reply) -> Result<(), Fault>;

/// What a call was given, in order.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    rest: &'a [u8],
}

/// What a call answers, in order.
#[derive(Debug, Default)]
pub struct Reply {
    bytes: Vec<u8>,
}

/// What JavaScript throws: a stable code and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

const LENGTH_BYTES: usize = 4;
/// Room for the length of the whole reply, and for what kind it is.
const HEAD_BYTES: usize = LENGTH_BYTES + 1;
const ANSWER: u8 = 0;
const FAULT: u8 = 1;

impl<'a> Args<'a> {
    /// The arguments in a call's bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next argument as it came.
    ///
    /// # Errors
    /// `internal` if there is none: the two sides of the border disagree.
    pub fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let (length, rest) = self.rest.split_first_chunk().ok_or_else(Fault::internal)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Fault::internal())?;
        let (bytes, rest) = rest.split_at_checked(length).ok_or_else(Fault::internal)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// The next argument as text.
    ///
    /// # Errors
    /// `internal` if there is none, or it is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Fault> {
        core::str::from_utf8(self.bytes()?).map_err(|_| Fault::internal())
    }

    /// The next argument as an integer that crossed as decimal text. `name` is for the message.
    ///
    /// # Errors
    /// `not_an_integer` for anything but digits and a leading minus; `overflow` past the type's
    /// range.
    pub fn whole<T: TryFrom<i64>>(&mut self, name: &str) -> Result<T, Fault> {
        whole(name, self.text()?)
    }

    /// The next argument as a number of all 64 bits, none of them a sign.
    ///
    /// # Errors
    /// Those of [`Args::whole`].
    pub fn natural(&mut self, name: &str) -> Result<u64, Fault> {
        let text = self.text()?;
        if text.starts_with('-') { whole(name, text) } else { magnitude(name, text) }
    }

    /// Whether all arguments were taken.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Reads an integer that crossed as decimal text. `name` is the argument's, for the message.
///
/// # Errors
/// `not_an_integer` for anything but digits and a leading minus; `overflow` past the type's range,
/// and past that of 64 bits with a sign.
pub fn whole<T: TryFrom<i64>>(name: &str, text: &str) -> Result<T, Fault> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let magnitude = magnitude(name, digits)?;
    let number = if is_negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        0_i64.checked_add_unsigned(magnitude)
    };
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| out_of_range(name))
}

/// Reads digits. The library's own parser knows more, and every page would pay for it.
fn magnitude(name: &str, digits: &str) -> Result<u64, Fault> {
    if digits.is_empty() {
        return Err(not_whole(name));
    }
    digits.bytes().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(not_whole(name));
        }
        let next = number.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit)));
        next.ok_or_else(|| out_of_range(name))
    })
}

fn not_whole(name: &str) -> Fault {
    about(name, "not_an_integer", " must be a whole number.")
}

fn out_of_range(name: &str) -> Fault {
    about(name, "overflow", " is out of range.")
}

fn about(name: &str, code: &'static str, says: &str) -> Fault {
    let mut message = String::from(name);
    message.push_str(says);
    Fault { code, message }
}

impl Reply {
    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds text that is at hand as bytes.
    pub fn bytes(&mut self, text: &[u8]) {
        push(&mut self.bytes, text);
    }

    /// Adds a whole number.
    pub fn number(&mut self, value: i64) {
        self.text(&print::whole(value));
    }

    /// Adds a count, a length or a position.
    pub fn count(&mut self, value: usize) {
        self.number(i64::try_from(value).unwrap_or(i64::MAX));
    }

    /// Adds a yes as `1` and a no as nothing.
    pub fn yes(&mut self, is_so: bool) {
        self.text(if is_so { "1" } else { "" });
    }
}

fn push(bytes: &mut Vec<u8>, text: &[u8]) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(text);
}

impl Fault {
    /// A fault of core's.
    pub fn new(code: &'static str, message: impl Display) -> Self {
        Self { code, message: message.to_string() }
    }

    /// The two sides of the border disagree.
    pub(crate) fn internal() -> Self {
        Self::new("internal", "The call was not understood.")
    }
}

/// Calls a function and writes its reply: the length of what follows, the kind, the texts.
pub fn answer(face: Face, call: &[u8]) -> Vec<u8> {
    let mut reply = Reply { bytes: Vec::from([0; HEAD_BYTES]) };
    let kind = match face(&mut Args::new(call), &mut reply) {
        Ok(()) => ANSWER,
        Err(Fault { code, message }) => {
            reply.bytes.truncate(HEAD_BYTES);
            reply.text(code);
            reply.text(&message);
            FAULT
        }
    };
    let length = u32::try_from(reply.bytes.len().saturating_sub(LENGTH_BYTES)).unwrap_or_default();
    if let Some((head, rest)) = reply.bytes.split_first_chunk_mut() {
        *head = length.to_le_bytes();
        if let Some(first) = rest.first_mut() {
            *first = kind;
        }
    }
    reply.bytes
}

/// Calls a function with texts, for whoever is on this side of the border: tests and the corpus.
///
/// # Errors
/// The function's own fault.
pub fn call(face: Face, args: &[&str]) -> Result<Vec<String>, Fault> {
    let mut bytes = Vec::new();
    for arg in args {
        push(&mut bytes, arg.as_bytes());
    }
    let mut reply = Reply::default();
    face(&mut Args::new(&bytes), &mut reply)?;
    let mut texts = Args::new(&reply.bytes);
    let mut list = Vec::new();
    while !texts.is_empty() {
        list.push(String::from(texts.text()?));
    }
    Ok(list)
}

macro_rules! from_core {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::new(error.code(), error)
            }
        })+
    };
}

from_core!(
    CardError,
    ChargeAmountError,
    CurrencyError,
    JournalError,
    KeyError,
    MoneyError,
    SecretError,
    ToleranceError,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_cross_as_text_or_not_at_all() {
        assert_eq!(whole::<i64>("amount", "-5"), Ok(-5));
        for (text, code) in [
            ("NaN", "not_an_integer"),
            ("", "not_an_integer"),
            ("1.5", "not_an_integer"),
            ("1e+21", "not_an_integer"),
            ("+1", "not_an_integer"),
            (" 1", "not_an_integer"),
            ("9223372036854775808", "overflow"),
            ("-9223372036854775809", "overflow"),
        ] {
            assert_eq!(whole::<i64>("amount", text).map_err(|f| f.code), Err(code), "{text}");
        }
    }

    #[test]
    fn a_reply_says_how_long_it_is_and_what() {
        fn echo(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
            reply.text(args.text()?);
            Ok(())
        }
        assert_eq!(answer(echo, b"\x02\0\0\0ok"), b"\x07\0\0\0\x00\x02\0\0\0ok");
        for cut in
            [&b""[..], b"\x02\0\0", b"\x02\0\0\0o", b"\x02\0\0\0\xff\xff", b"\xff\xff\xff\xff"]
        {
            assert!(answer(echo, cut)[LENGTH_BYTES..].starts_with(b"\x01\x08\0\0\0internal"));
        }
    }
}
