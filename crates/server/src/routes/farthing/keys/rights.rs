//! What a request says a key may do, and until when.

use farthing_core::time::TimestampMs;
use farthing_domain::key::{Access, Caps, Resource, Rights, Scopes, TotalCap};

use crate::error::{ApiError, Problem};
use crate::params::Params;

/// Characters of a key's name.
const NAME_CHARS: usize = 100;
/// The longest time a key can be made for: ten years. Longer is for ever.
const EXPIRES_IN_MAX_S: i64 = 10 * 365 * 86_400;
/// The longest stretch that a total can be for.
const WINDOW_MAX_S: i64 = 366 * 86_400;

/// The parameters that are read here.
pub const KNOWN: [&str; 4] = ["caps", "expires_in", "name", "scopes"];

/// Reads `name`, `scopes`, `caps` and `expires_in`.
///
/// # Errors
/// Words and numbers that are none; a cap without its currency.
pub fn rights(params: &Params<'_>, now: TimestampMs) -> Result<Rights, ApiError> {
    let expires_in = whole(params, "expires_in", (1, EXPIRES_IN_MAX_S))?;
    Ok(Rights {
        name: params.note("name", NAME_CHARS)?,
        scopes: scopes(params)?,
        caps: caps(params)?,
        expires_at: expires_in.map(|seconds| now.plus_ms(seconds.saturating_mul(1_000))),
        family: None,
    })
}

fn scopes(params: &Params<'_>) -> Result<Scopes, ApiError> {
    let names: Vec<&str> = Resource::ALL.iter().map(|resource| resource.wire()).collect();
    let mut outer = String::new();
    let Some(given) = params.map("scopes", &mut outer, &names)? else {
        return Ok(Scopes::default());
    };
    let words = [("read", Some(Access::Read)), ("write", Some(Access::Write)), ("none", None)];
    let mut scopes = Scopes::default();
    for resource in Resource::ALL {
        if let Some(Some(access)) = given.choice(resource.wire(), &words)? {
            scopes.0.insert(*resource, access);
        }
    }
    Ok(scopes)
}

fn caps(params: &Params<'_>) -> Result<Option<Caps>, ApiError> {
    let mut outer = String::new();
    let known = ["amount", "currency", "total_amount", "window_seconds"];
    let Some(given) = params.map("caps", &mut outer, &known)? else { return Ok(None) };
    let currency = given.currency("currency")?.ok_or_else(|| given.missing("currency"))?;
    let total = whole(&given, "total_amount", (0, i64::MAX))?;
    let window = whole(&given, "window_seconds", (1, WINDOW_MAX_S))?;
    if total.is_none() && window.is_some() {
        return Err(given.missing("total_amount"));
    }
    let window_ms = window.map(|seconds| seconds.saturating_mul(1_000));
    Ok(Some(Caps {
        currency,
        each_minor: whole(&given, "amount", (0, i64::MAX))?,
        total: total.map(|minor| TotalCap { minor, window_ms }),
    }))
}

/// A whole number between two others.
///
/// # Errors
/// [`Problem::BelowLeast`]; [`Problem::NotInteger`] for what is too large as well.
pub fn whole(
    params: &Params<'_>,
    name: &str,
    (least, most): (i64, i64),
) -> Result<Option<i64>, ApiError> {
    match params.integer(name)? {
        Some(number) if number < least => {
            Err(Problem::BelowLeast { name: params.full(name), least }.into())
        }
        Some(number) if number > most => {
            let value = number.to_string();
            Err(Problem::NotInteger { name: params.full(name), value }.into())
        }
        other => Ok(other),
    }
}
