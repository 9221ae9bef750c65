//! Reading one setting: the shapes that all settings share. Pure; where the text comes from is an
//! argument, so that every rule here is tested without a Worker.

use farthing_core::json::{JsonError, Scan};

use crate::address;
use crate::config::{BareSecret, ConfigError};
use crate::json::{self, Json};

/// Looks up a variable or a secret by its name.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Whether what is bound by a name has a method of a name.
pub(crate) type Bound<'a> = &'a dyn Fn(&str, &str) -> bool;

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
) -> Result<u32, Box<ConfigError>> {
    let Some(value) = text(lookup, variable) else { return Ok(default) };
    let (least, most) = bounds;
    let number = value.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or(ConfigError::Number { variable, least, most }.into())
}

/// A map in JSON whose values have one shape, in the order in which they are written. No name may
/// appear twice: only one of the two would count, and nobody would know which.
pub(crate) fn table<T>(
    lookup: Lookup<'_>,
    variable: &'static str,
    shape: impl Fn(&Json) -> Option<T>,
) -> Result<Option<Vec<(String, T)>>, Box<ConfigError>> {
    // Not trimmed, so that the line is the one that whoever wrote it counts.
    let Some(text) = lookup(variable).filter(|value| !value.trim().is_empty()) else {
        return Ok(None);
    };
    let read = |rows: &mut Vec<(String, T)>| {
        let mut scan = Scan::new(&text);
        scan.kind()?;
        scan.map(|scan, name| {
            scan.kind()?;
            let wrong = JsonError::NotJson { at: scan.at() };
            let name = json::plain(name, scan.at())?;
            let value = shape(&Json::read(scan)?).ok_or(wrong)?;
            if rows.iter().any(|(other, _)| *other == name) {
                return Err(wrong);
            }
            rows.push((name, value));
            Ok(())
        })?;
        scan.end()
    };
    let mut rows = Vec::new();
    match read(&mut rows) {
        Ok(()) => Ok(Some(rows)),
        // The place says where to look; nothing of the value is repeated.
        Err(error) => Err(place(variable, &text, error.at()).into()),
    }
}

fn place(variable: &'static str, text: &str, at: usize) -> ConfigError {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    let lines = before.split(|byte| *byte == b'\n');
    let (line, column) =
        lines.fold((0_usize, 0), |(line, _), text| (line.saturating_add(1), text.len()));
    ConfigError::Json { variable, line, column: column.saturating_add(1) }
}

/// A secret of our own making, long enough not to be guessed.
pub(crate) fn secret(
    lookup: Lookup<'_>,
    variable: &'static str,
    least: usize,
) -> Result<Option<BareSecret>, Box<ConfigError>> {
    match text(lookup, variable) {
        Some(value) if value.len() < least => {
            Err(ConfigError::Short { variable: variable.to_owned(), least }.into())
        }
        other => Ok(other.map(BareSecret::new)),
    }
}

/// Whether an address is one that this Worker may call.
pub(crate) fn callable(url: &str) -> bool {
    address::is_callable(url)
}
