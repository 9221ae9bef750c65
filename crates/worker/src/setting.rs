//! Reading one setting: the shapes that all settings share. Pure; where the text comes from is an
//! argument, so that every rule here is tested without a Worker.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::address;
use crate::config::{BareSecret, ConfigError};

/// Looks up a variable or a secret by its name.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Named values in the order in which they are written. No name may appear twice: only one of the
/// two would count, and nobody would know which.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

struct Pairs<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
        let mut pairs = Vec::<(String, T)>::new();
        while let Some(name) = map.next_key::<String>()? {
            if pairs.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom("twice"));
            }
            pairs.push((name, map.next_value()?));
        }
        Ok(Named(pairs))
    }
}

/// The text of a setting; blank means absent.
pub(crate) fn text(lookup: Lookup<'_>, variable: &str) -> Option<String> {
    lookup(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The parts of a list separated by commas or white space.
pub(crate) fn list(lookup: Lookup<'_>, variable: &str) -> Vec<String> {
    text(lookup, variable)
        .unwrap_or_default()
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A whole number between two bounds, both allowed.
pub(crate) fn number(
    lookup: Lookup<'_>,
    variable: &'static str,
    bounds: (u32, u32),
    default: u32,
) -> Result<u32, ConfigError> {
    let Some(value) = text(lookup, variable) else { return Ok(default) };
    let (least, most) = bounds;
    value.parse().ok().filter(|number| (least..=most).contains(number)).ok_or(ConfigError::Number {
        variable,
        least,
        most,
    })
}

/// JSON of a given shape.
pub(crate) fn json<T: DeserializeOwned>(
    lookup: Lookup<'_>,
    variable: &'static str,
) -> Result<Option<T>, ConfigError> {
    // Not trimmed, so that the line is the one that whoever wrote it counts.
    let Some(value) = lookup(variable).filter(|value| !value.trim().is_empty()) else {
        return Ok(None);
    };
    // The place says where to look; the message of the parser might quote the value.
    serde_json::from_str(&value).map(Some).map_err(|error| ConfigError::Json {
        variable,
        line: error.line(),
        column: error.column(),
    })
}

/// A secret of our own making, long enough not to be guessed.
pub(crate) fn secret(
    lookup: Lookup<'_>,
    variable: &'static str,
    least: usize,
) -> Result<Option<BareSecret>, ConfigError> {
    match text(lookup, variable) {
        Some(value) if value.len() < least => {
            Err(ConfigError::Short { variable: variable.to_owned(), least })
        }
        other => Ok(other.map(BareSecret::new)),
    }
}

/// Whether an address is one that this Worker may call.
pub(crate) fn callable(url: &str) -> bool {
    address::is_callable(url)
}
