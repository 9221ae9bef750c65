//! Typed readers over a request's parameters, with the wire's exact errors.
//!
//! A route first says which names it knows ([`Params::only`]): an unknown one is refused before
//! anything else is looked at. Readers then take values by name; none of them decides anything about
//! money.

use std::collections::BTreeMap;

use farthing_core::currency::Currency;
use farthing_core::idempotency::Param;
use farthing_domain::command::{MetadataPatch, Patch};
use farthing_domain::limits::{METADATA_KEY_CHARS, METADATA_PAIRS, METADATA_VALUE_CHARS};
use farthing_domain::object::Metadata;

use crate::error::{ApiError, Problem};
use crate::notes::{Read, note};

/// Characters in a text parameter that has no limit of its own.
pub const TEXT_CHARS_MAX: usize = 5_000;

type Map = BTreeMap<String, Param>;

/// The parameters of one level, all of them with known names.
#[derive(Clone, Copy, Debug)]
pub struct Params<'p> {
    outer: &'p str,
    map: &'p Map,
}

static NOTHING: Map = Map::new();

impl<'p> Params<'p> {
    /// The top level of a request.
    ///
    /// # Errors
    /// [`Problem::UnknownParameter`] for the first name that is not among `known`.
    pub fn only(map: &'p Map, known: &[&str]) -> Result<Self, ApiError> {
        Self::level("", map, known)
    }

    fn level(outer: &'p str, map: &'p Map, known: &[&str]) -> Result<Self, ApiError> {
        let params = Self { outer, map };
        for name in known {
            note(|| (params.full(name), Read::Known));
        }
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                // What is nested in an unknown map is named down to its first leaf.
                let leaf = leaf(params.full(name), &map[name]);
                Err(Problem::UnknownParameter { name: leaf }.into())
            }
            None => Ok(params),
        }
    }

    /// The name as the caller wrote it, brackets included.
    pub fn full(&self, name: &str) -> String {
        if self.outer.is_empty() { name.to_owned() } else { format!("{}[{name}]", self.outer) }
    }

    /// Whether a parameter is there, even if empty.
    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// A scalar as it was sent, empty ones included.
    ///
    /// # Errors
    /// [`Problem::NotScalar`] for a list or a map; [`Problem::TextTooLong`].
    pub fn scalar(&self, name: &str) -> Result<Option<&'p str>, ApiError> {
        self.long(name, TEXT_CHARS_MAX)
    }

    /// A scalar as it was sent, with a limit of its own.
    ///
    /// # Errors
    /// As [`Params::scalar`].
    pub fn long(&self, name: &str, limit: usize) -> Result<Option<&'p str>, ApiError> {
        note(|| (self.full(name), Read::Text(limit)));
        match self.map.get(name) {
            None => Ok(None),
            Some(Param::Text(text)) if text.chars().count() > limit => {
                Err(Problem::TextTooLong { name: self.full(name), limit }.into())
            }
            Some(Param::Text(text)) => Ok(Some(text)),
            Some(Param::List(_) | Param::Map(_)) => {
                Err(Problem::NotScalar { name: self.full(name) }.into())
            }
        }
    }

    /// A text that cannot be empty.
    ///
    /// # Errors
    /// [`Problem::Empty`], and those of [`Params::scalar`].
    pub fn text(&self, name: &str) -> Result<Option<&'p str>, ApiError> {
        match self.scalar(name)? {
            Some("") => Err(Problem::Empty { name: self.full(name) }.into()),
            other => Ok(other),
        }
    }

    /// A text, owned.
    ///
    /// # Errors
    /// As [`Params::text`].
    pub fn owned(&self, name: &str) -> Result<Option<String>, ApiError> {
        Ok(self.text(name)?.map(str::to_owned))
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`Problem::MissingParameter`]; [`Problem::Blank`] for nothing but spaces; those of
    /// [`Params::text`].
    pub fn required(&self, name: &str) -> Result<&'p str, ApiError> {
        let text = self.text(name)?.ok_or_else(|| self.missing(name))?;
        if text.trim().is_empty() {
            return Err(Problem::Blank { name: self.full(name) }.into());
        }
        Ok(text)
    }

    /// Checks that a text has none of these characters.
    ///
    /// # Errors
    /// [`Problem::Characters`]; [`Problem::NotScalar`]; [`Problem::TextTooLong`].
    pub fn without(&self, name: &str, not: &'static str) -> Result<(), ApiError> {
        match self.scalar(name)? {
            Some(text) if text.contains(|character| not.contains(character)) => {
                Err(Problem::Characters { name: self.full(name), not }.into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The error for a parameter that is not there.
    pub fn missing(&self, name: &str) -> ApiError {
        Problem::MissingParameter { name: self.full(name) }.into()
    }

    /// A text where empty means nothing, for objects that are being made.
    ///
    /// # Errors
    /// As [`Params::scalar`]; [`Problem::TextTooLong`] above `limit`.
    pub fn note(&self, name: &str, limit: usize) -> Result<Option<String>, ApiError> {
        note(|| (self.full(name), Read::Text(limit)));
        match self.scalar(name)? {
            None | Some("") => Ok(None),
            Some(text) if text.chars().count() > limit => {
                Err(Problem::TextTooLong { name: self.full(name), limit }.into())
            }
            Some(text) => Ok(Some(text.to_owned())),
        }
    }

    /// A text where empty unsets, for objects that are there.
    ///
    /// # Errors
    /// As [`Params::note`].
    pub fn patch(&self, name: &str, limit: usize) -> Result<Patch<String>, ApiError> {
        if !self.has(name) {
            return Ok(Patch::Keep);
        }
        Ok(self.note(name, limit)?.map_or(Patch::Unset, Patch::Set))
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`Problem::NotInteger`], and those of [`Params::text`].
    pub fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        note(|| (self.full(name), Read::Integer));
        let Some(text) = self.text(name)? else { return Ok(None) };
        match parse_integer(text) {
            Some(number) => Ok(Some(number)),
            None => {
                Err(Problem::NotInteger { name: self.full(name), value: text.to_owned() }.into())
            }
        }
    }

    /// Yes or no.
    ///
    /// # Errors
    /// [`Problem::NotBoolean`], and those of [`Params::text`].
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        note(|| (self.full(name), Read::Boolean));
        match self.text(name)? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => {
                Err(Problem::NotBoolean { name: self.full(name), value: other.to_owned() }.into())
            }
        }
    }

    /// One of a closed list of words.
    ///
    /// # Errors
    /// [`Problem::NotAmong`], and those of [`Params::text`].
    pub fn choice<T: Copy>(&self, name: &str, all: &[(&str, T)]) -> Result<Option<T>, ApiError> {
        let words = || all.iter().map(|(word, _)| String::from(*word)).collect();
        note(|| (self.full(name), Read::Words(words())));
        let Some(text) = self.text(name)? else { return Ok(None) };
        match all.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => Err(Problem::NotAmong { name: self.full(name), words: words() }.into()),
        }
    }

    /// A currency.
    ///
    /// # Errors
    /// [`Problem::BadCurrency`], and those of [`Params::text`].
    pub fn currency(&self, name: &str) -> Result<Option<Currency>, ApiError> {
        note(|| (self.full(name), Read::Currency));
        let Some(text) = self.text(name)? else { return Ok(None) };
        let currency = Currency::parse(text);
        currency.map(Some).map_err(|_| Problem::BadCurrency { given: text.to_owned() }.into())
    }

    /// An e-mail address where empty means nothing.
    ///
    /// # Errors
    /// [`Problem::BadEmail`], and those of [`Params::scalar`].
    pub fn email(&self, name: &str) -> Result<Option<String>, ApiError> {
        note(|| (self.full(name), Read::Email));
        match self.note(name, 512)? {
            Some(text) if !plausible_email(&text) => {
                Err(Problem::BadEmail { name: self.full(name), given: text }.into())
            }
            other => Ok(other),
        }
    }

    /// A map within, with its own known names. An empty text is no map but says "unset".
    ///
    /// # Errors
    /// [`Problem::UnknownParameter`]; [`Problem::NotMap`].
    pub fn map<'n>(
        &'n self,
        name: &str,
        outer: &'n mut String,
        known: &[&str],
    ) -> Result<Option<Params<'n>>, ApiError> {
        *outer = self.full(name);
        for inner in known {
            note(|| (format!("{outer}[{inner}]"), Read::Known));
        }
        match self.map.get(name) {
            None => Ok(None),
            Some(Param::Text(text)) if text.is_empty() => Ok(Some(Params { outer, map: &NOTHING })),
            Some(Param::Map(map)) => Params::level(outer, map, known).map(Some),
            Some(Param::Text(_) | Param::List(_)) => {
                Err(Problem::NotMap { name: self.full(name) }.into())
            }
        }
    }

    /// A list of texts.
    ///
    /// # Errors
    /// [`Problem::NotList`]; [`Problem::Empty`] for an empty text; [`Problem::EmptyItem`] for one within.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<&'p str>>, ApiError> {
        let texts = self.any_texts(name)?;
        if texts.iter().flatten().any(|text| text.is_empty()) {
            return Err(Problem::EmptyItem { name: self.full(name) }.into());
        }
        Ok(texts)
    }

    /// A list of texts for a caller that says of each what is wrong with it.
    ///
    /// # Errors
    /// [`Problem::NotList`]; [`Problem::Empty`] for an empty text.
    pub fn any_texts(&self, name: &str) -> Result<Option<Vec<&'p str>>, ApiError> {
        note(|| (self.full(name), Read::Texts));
        let not_list = || Problem::NotList { name: self.full(name) };
        match self.map.get(name) {
            None => Ok(None),
            Some(Param::Text(text)) if text.is_empty() => {
                Err(Problem::Empty { name: self.full(name) }.into())
            }
            Some(Param::List(items)) => {
                let items = items.iter().map(|item| match item {
                    Param::Text(text) => Ok(text.as_str()),
                    Param::List(_) | Param::Map(_) => Err(not_list().into()),
                });
                items.collect::<Result<_, ApiError>>().map(Some)
            }
            Some(Param::Text(_) | Param::Map(_)) => Err(not_list().into()),
        }
    }

    /// The caller's own pairs on a new object; an empty value is as if it were not there.
    ///
    /// # Errors
    /// As [`Params::metadata_patch`]; [`Problem::MetadataFull`].
    pub fn metadata(&self) -> Result<Metadata, ApiError> {
        let pairs = self.metadata_patch()?.pairs;
        let pairs: Metadata =
            pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        if pairs.len() > METADATA_PAIRS {
            return Err(Problem::MetadataFull.into());
        }
        Ok(pairs)
    }

    /// A change of the caller's own pairs: an empty value removes one, an empty map all.
    ///
    /// # Errors
    /// [`Problem::NotMap`]; [`Problem::MetadataKey`]; [`Problem::MetadataValue`].
    pub fn metadata_patch(&self) -> Result<MetadataPatch, ApiError> {
        note(|| (self.full("metadata"), Read::Metadata));
        let map = match self.map.get("metadata") {
            None => return Ok(MetadataPatch::default()),
            Some(Param::Text(text)) if text.is_empty() => {
                return Ok(MetadataPatch { clear: true, pairs: Vec::new() });
            }
            Some(Param::Map(map)) => map,
            Some(Param::Text(_) | Param::List(_)) => {
                return Err(Problem::NotMap { name: "metadata".to_owned() }.into());
            }
        };
        let mut pairs = Vec::with_capacity(map.len());
        for (key, value) in map {
            let chars = key.chars().count();
            if chars == 0 || chars > METADATA_KEY_CHARS || key.contains(['[', ']']) {
                return Err(Problem::MetadataKey { key: key.clone() }.into());
            }
            let Param::Text(value) = value else {
                return Err(Problem::NotScalar { name: format!("metadata[{key}]") }.into());
            };
            if value.chars().count() > METADATA_VALUE_CHARS {
                return Err(Problem::MetadataValue { key: key.clone() }.into());
            }
            pairs.push((key.clone(), (!value.is_empty()).then(|| value.clone())));
        }
        Ok(MetadataPatch { clear: false, pairs })
    }

    /// The paths to expand, checked against those an object has.
    ///
    /// # Errors
    /// [`Problem::BadExpand`], and those of [`Params::texts`].
    pub fn expand(&self, expandable: crate::wire::expand::Kind) -> Result<Vec<String>, ApiError> {
        let paths = self.any_texts("expand")?.unwrap_or_default();
        for path in &paths {
            if !expandable.allows(path) {
                let list = expandable.list_hint(path);
                return Err(Problem::BadExpand { path: String::from(*path), list }.into());
            }
        }
        Ok(paths.into_iter().map(str::to_owned).collect())
    }
}

/// An optional sign and ASCII digits, nothing else.
fn parse_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// One `@` with something on both sides and no white space: the rest is the mail server's business.
fn plausible_email(text: &str) -> bool {
    let spaced =
        text.contains(|character: char| character.is_whitespace() || character.is_control());
    match text.split_once('@') {
        Some((name, host)) => {
            !spaced && !name.is_empty() && !host.is_empty() && !host.contains('@')
        }
        None => false,
    }
}

fn leaf(name: String, value: &Param) -> String {
    match value {
        Param::Map(map) => match map.iter().next() {
            Some((inner, value)) => leaf(format!("{name}[{inner}]"), value),
            None => name,
        },
        Param::Text(_) | Param::List(_) => name,
    }
}
