//! What of a row makes a difference: two states that differ in ids, places and moments alone are one.
//!
//! A row is read from its `Debug` print, so a new kind of row, or a new field, takes part without
//! anybody remembering it; only what is named here is left out.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher as _};

use farthing_domain::idempotency::RecordState;
use farthing_domain::view::Row;

/// Fields that no decision compares: places, moments of the past, names, and what is the same in
/// every row of the walk.
const LEFT_OUT: &[&str] = &[
    "seq",
    "created",
    "trail",
    "request",
    "request_id",
    "reference",
    "of",
    "begun_at",
    "lookup_at",
    "lookups",
    "claim",
    "key",
    "fingerprint",
    "tags",
    "path",
    "number",
    "transfer",
    "next_seq",
    "next_transfer",
    "next_body",
    "approval",
    "card",
    "billing",
    "sealed",
    "secret",
    "expand",
];

/// A row's print: what is the same for like rows, and which ids stand where.
#[derive(Clone, Debug)]
pub(crate) enum Token {
    /// Text between two ids.
    Text(u64),
    /// An id, by a hash of its text.
    Id(u64),
}

/// History: written once and never read by a decision about money. Checked when it is written.
pub(crate) fn is_history(row: &Row) -> bool {
    match row {
        Row::Event(_)
        | Row::Delivery(_)
        | Row::Body(_)
        | Row::Transfer(_)
        | Row::BalanceTransaction(_)
        | Row::Endpoint(_)
        | Row::Allowance(_)
        | Row::Spend(_)
        | Row::ApiKey(_) => true,
        Row::Record(record) => matches!(record.state, RecordState::Done { .. }),
        _ => false,
    }
}

/// Reads a row's print.
pub(crate) fn tokens(row: &Row) -> Vec<Token> {
    let mut print = String::with_capacity(1024);
    write!(print, "{row:?}").unwrap();
    let mut reader = Reader { rest: &print, out: Vec::new(), text: DefaultHasher::new() };
    while reader.next() {}
    reader.end_text();
    reader.out
}

struct Reader<'a> {
    rest: &'a str,
    out: Vec<Token>,
    text: DefaultHasher,
}

impl Reader<'_> {
    fn next(&mut self) -> bool {
        let Some(first) = self.rest.bytes().next() else { return false };
        if !is_word(first) {
            let end = self.rest.bytes().position(is_word).unwrap_or(self.rest.len());
            self.take(end);
            return true;
        }
        let end = self.rest.bytes().position(|b| !is_word(b)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        if self.rest[end..].starts_with(": ") && LEFT_OUT.contains(&word) {
            self.take(end);
            self.rest = &self.rest[value_end(self.rest)..];
        } else if is_id(word) {
            self.end_text();
            self.out.push(Token::Id(hash(word)));
            self.rest = &self.rest[end..];
        } else {
            self.take(end);
        }
        true
    }

    fn take(&mut self, end: usize) {
        self.text.write(&self.rest.as_bytes()[..end]);
        self.rest = &self.rest[end..];
    }

    fn end_text(&mut self) {
        self.out.push(Token::Text(std::mem::take(&mut self.text).finish()));
    }
}

/// Where the value ends that the text begins with.
fn value_end(text: &str) -> usize {
    let (mut depth, mut quoted) = (0_u32, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'[' | b'{' => depth += 1,
            b',' | b')' | b']' | b'}' if depth == 0 => return at,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// `pi_` and 24 characters, or the like.
fn is_id(word: &str) -> bool {
    word.rsplit_once('_').is_some_and(|(_, tail)| tail.len() == 24)
}

pub(crate) fn hash(value: impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn rows_that_differ_in_names_and_places_alone_read_alike() {
    use farthing_core::id::IntentId;
    let print = |id: u8, seq: u8, amount: u8| {
        let id = IntentId::from_bytes([id; 12]);
        let text = format!(
            "Intent {{ id: {id}, seq: {seq}, trail: T {{ due: [({id}, 1)] }}, amount: {amount}, other: {id} }}"
        );
        let mut reader = Reader { rest: &text, out: Vec::new(), text: DefaultHasher::new() };
        while reader.next() {}
        reader.end_text();
        let texts: Vec<u64> = reader
            .out
            .iter()
            .filter_map(|token| if let Token::Text(text) = token { Some(*text) } else { None })
            .collect();
        (texts, reader.out.len())
    };
    assert_eq!(print(1, 4, 7), print(2, 9, 7));
    assert_ne!(print(1, 4, 7), print(1, 4, 8));
    assert_eq!(print(1, 4, 7).1, 5, "text, id, text, id, text");
}
