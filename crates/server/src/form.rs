//! The body or query of a request: urlencoded pairs with bracketed names.
//!
//! Accepted are all the spellings that official clients send: indexes (`a[0]=`), empty brackets
//! (`a[]=`), repetition that starts a new element (`a[][x]=1&a[][x]=2`), spaces as `+` or `%20`,
//! brackets literal or encoded. Only names are split on brackets, never values.
//!
//! Card numbers and codes are moved out as soon as their pair is read, into buffers that are zeroed;
//! what remains in the tree is a placeholder for the number and nothing for the code.

use std::collections::BTreeMap;

use farthing_core::idempotency::Param;
use zeroize::Zeroizing;

/// Pairs in one request. The widest official request has fewer than a hundred.
pub const PAIRS_MAX: usize = 1_000;
/// Brackets in one name: the deepest documented parameter has five.
pub const DEPTH_MAX: usize = 8;
/// The highest index of a list, so that a client cannot ask for a huge sparse one.
pub const INDEX_MAX: usize = 1_000;

/// What stands for a card number in the tree until its fingerprint does.
const NUMBER_TAKEN: &str = "[number]";

/// A parsed request.
#[derive(Debug, Default)]
pub struct Form {
    /// The parameters, by top-level name.
    pub params: BTreeMap<String, Param>,
    /// What was moved out of them, by the path of the card it belongs to.
    pub cards: BTreeMap<String, CardSecrets>,
}

/// The secrets of one card, as typed. Zeroed when dropped.
#[derive(Default)]
pub struct CardSecrets {
    /// The number.
    pub number: Option<Zeroizing<Vec<u8>>>,
    /// The code.
    pub cvc: Option<Zeroizing<Vec<u8>>>,
}

impl std::fmt::Debug for CardSecrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("CardSecrets([redacted])")
    }
}

/// Why a request cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormError {
    /// More than [`PAIRS_MAX`] pairs.
    TooManyPairs,
    /// More than [`DEPTH_MAX`] brackets.
    TooDeep {
        /// The outermost name.
        name: String,
    },
    /// A name is used both for a value and for what is nested in it, or with two kinds of brackets.
    Conflict {
        /// The outermost name.
        name: String,
    },
    /// An index above [`INDEX_MAX`].
    Index {
        /// The list's name.
        name: String,
    },
    /// A `%` that is not followed by two hexadecimal digits.
    Percent,
    /// Bytes that are not UTF-8, or a zero byte.
    NotText,
}

impl Form {
    /// Reads urlencoded bytes. The caller owns the buffer and zeroes it.
    ///
    /// # Errors
    /// The first [`FormError`] met, from left to right.
    pub fn parse(encoded: &[u8]) -> Result<Self, FormError> {
        let mut root = BTreeMap::new();
        let mut cards: BTreeMap<String, CardSecrets> = BTreeMap::new();
        let pairs = encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        for (count, pair) in pairs.enumerate() {
            if count >= PAIRS_MAX {
                return Err(FormError::TooManyPairs);
            }
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let name = text(decode(&pair[..equals])?)?;
            let mut value = decode(pair.get(equals + 1..).unwrap_or_default())?;
            let path = segments(&name)?;
            if let Some((card, secret)) = secret_of(&path) {
                let secrets = cards.entry(card).or_default();
                match secret {
                    Secret::Number => secrets.number = Some(value),
                    Secret::Code => {
                        secrets.cvc = Some(value);
                        continue;
                    }
                }
                value = Zeroizing::new(NUMBER_TAKEN.as_bytes().to_vec());
            }
            put(&mut root, &path, text(value)?)
                .map_err(|Conflict| FormError::Conflict { name: path[0].to_owned() })?;
        }
        let params = root.into_iter().map(|(name, node)| Ok((name.clone(), settle(node, &name)?)));
        Ok(Self { params: params.collect::<Result<_, _>>()?, cards })
    }

    /// Puts the fingerprint of a card's number where the number was, so that the canonical form of
    /// the request tells cards apart without holding one (decision 1).
    pub fn put_fingerprint(&mut self, card: &str, fingerprint: &str) {
        let mut path = card.split(['[', ']']).filter(|part| !part.is_empty());
        let Some(first) = path.next() else { return };
        let mut place = self.params.get_mut(first);
        for part in path.chain(["number"]) {
            place = match place {
                Some(Param::Map(map)) => map.get_mut(part),
                Some(Param::Text(_) | Param::List(_)) | None => None,
            };
        }
        if let Some(place) = place {
            *place = Param::Text(fingerprint.to_owned());
        }
    }
}

/// A parameter while pairs are still coming in.
enum Node {
    Text(String),
    Map(BTreeMap<String, Node>),
    Items(Vec<Node>),
}

struct Conflict;

enum Secret {
    Number,
    Code,
}

/// Whether a name is that of a card's number or code, and of which card.
fn secret_of(path: &[&str]) -> Option<(String, Secret)> {
    let (last, parents) = path.split_last()?;
    let (parent, outer) = parents.split_last()?;
    let secret = match *last {
        "number" => Secret::Number,
        "cvc" => Secret::Code,
        _ => return None,
    };
    if *parent != "card" {
        return None;
    }
    let card = outer.iter().skip(1).chain([parent]).fold(
        outer.first().map_or(String::new(), |first| String::from(*first)),
        |mut card, part| {
            if outer.is_empty() {
                card.push_str(part);
            } else {
                card.push('[');
                card.push_str(part);
                card.push(']');
            }
            card
        },
    );
    Some((card, secret))
}

/// Splits `a[b][]` into `a`, `b` and the empty segment. What is not shaped so is one plain name.
fn segments(name: &str) -> Result<Vec<&str>, FormError> {
    let Some((first, rest)) = name.split_once('[') else { return Ok(vec![name]) };
    let Some(rest) = rest.strip_suffix(']') else { return Ok(vec![name]) };
    if first.is_empty() {
        return Ok(vec![name]);
    }
    let mut path = vec![first];
    for segment in rest.split("][") {
        if segment.contains(['[', ']']) {
            return Ok(vec![name]);
        }
        path.push(segment);
    }
    if path.len() > DEPTH_MAX {
        return Err(FormError::TooDeep { name: first.to_owned() });
    }
    Ok(path)
}

fn put(map: &mut BTreeMap<String, Node>, path: &[&str], value: String) -> Result<(), Conflict> {
    let (name, rest) = path.split_first().ok_or(Conflict)?;
    if name.is_empty() && !rest.is_empty() {
        return Err(Conflict); // A list directly in a list.
    }
    let Some((next, deeper)) = rest.split_first() else {
        return match map.insert((*name).to_owned(), Node::Text(value)) {
            None | Some(Node::Text(_)) => Ok(()), // The last of several wins.
            Some(Node::Map(_) | Node::Items(_)) => Err(Conflict),
        };
    };
    let fresh = if next.is_empty() { Node::Items(Vec::new()) } else { Node::Map(BTreeMap::new()) };
    match map.entry((*name).to_owned()).or_insert(fresh) {
        Node::Items(items) if next.is_empty() => put_item(items, deeper, value),
        Node::Map(inner) if !next.is_empty() => put(inner, rest, value),
        Node::Text(_) | Node::Items(_) | Node::Map(_) => Err(Conflict),
    }
}

/// Appends to a list written with empty brackets. A name that the last element has already begins
/// the next element.
fn put_item(items: &mut Vec<Node>, path: &[&str], value: String) -> Result<(), Conflict> {
    if path.is_empty() {
        items.push(Node::Text(value));
        return Ok(());
    }
    match items.last_mut() {
        Some(Node::Map(last)) if !has(last, path) => put(last, path, value),
        _ => {
            let mut map = BTreeMap::new();
            put(&mut map, path, value)?;
            items.push(Node::Map(map));
            Ok(())
        }
    }
}

fn has(map: &BTreeMap<String, Node>, path: &[&str]) -> bool {
    let Some((name, rest)) = path.split_first() else { return true };
    match map.get(*name) {
        None => false,
        Some(Node::Map(inner)) => has(inner, rest),
        Some(Node::Items(_)) => rest.is_empty(),
        Some(Node::Text(_)) => true,
    }
}

/// A map whose names are all indexes is a list; metadata never is, its names are the caller's.
fn settle(node: Node, name: &str) -> Result<Param, FormError> {
    match node {
        Node::Text(text) => Ok(Param::Text(text)),
        Node::Items(items) => {
            let items = items.into_iter().map(|item| settle(item, name));
            Ok(Param::List(items.collect::<Result<_, _>>()?))
        }
        Node::Map(map) if name != "metadata" && map.keys().all(|key| is_index(key)) => {
            let mut items = Vec::with_capacity(map.len());
            for (key, node) in map {
                let index = key.parse().ok().filter(|index: &usize| *index <= INDEX_MAX);
                let index = index.ok_or_else(|| FormError::Index { name: name.to_owned() })?;
                items.push((index, settle(node, name)?));
            }
            items.sort_by_key(|(index, _)| *index);
            Ok(Param::List(items.into_iter().map(|(_, item)| item).collect()))
        }
        Node::Map(map) => {
            let map = map.into_iter().map(|(key, node)| {
                let value = settle(node, &key)?;
                Ok((key, value))
            });
            Ok(Param::Map(map.collect::<Result<_, _>>()?))
        }
    }
}

fn is_index(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// Undoes percent-encoding. The result may be a card number, so its buffer never moves.
fn decode(encoded: &[u8]) -> Result<Zeroizing<Vec<u8>>, FormError> {
    let mut out = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let mut rest = encoded;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (digits, tail) = rest.split_at_checked(2).ok_or(FormError::Percent)?;
                rest = tail;
                let [Some(high), Some(low)] = [hex(digits[0]), hex(digits[1])] else {
                    return Err(FormError::Percent);
                };
                high << 4 | low
            }
            other => *other,
        });
    }
    Ok(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn text(mut bytes: Zeroizing<Vec<u8>>) -> Result<String, FormError> {
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|_| FormError::NotText)?;
    if text.contains('\0') { Err(FormError::NotText) } else { Ok(text) }
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
