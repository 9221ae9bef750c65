//! Reading one setting: the shapes that all settings share. Pure; where the text comes from is an
//! argument, so that every rule here is tested without a Worker.

use serde::de::DeserializeOwned;

use crate::address::Address;
use crate::config::ConfigError;

/// Looks up a variable or a secret by its name.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

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
    let Some(value) = text(lookup, variable) else { return Ok(None) };
    // The column says where to look; the message of the parser might quote the value.
    serde_json::from_str(&value)
        .map(Some)
        .map_err(|error| ConfigError::Json { variable, column: error.column() })
}

/// A secret of our own making, long enough not to be guessed.
pub(crate) fn secret(
    lookup: Lookup<'_>,
    variable: &'static str,
    least: usize,
) -> Result<Option<String>, ConfigError> {
    match text(lookup, variable) {
        Some(value) if value.len() < least => Err(ConfigError::Short { variable, least }),
        other => Ok(other),
    }
}

/// Whether an address is one this Worker may call.
pub(crate) fn callable(url: &str) -> bool {
    Address::parse(url).is_some_and(|address| address.is_callable())
}
