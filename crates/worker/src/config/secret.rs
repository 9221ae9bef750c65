//! Secrets: the names of their variables, and what is in them.

use std::fmt;

use farthing_core::webhook::{Scheme, Secret};

use super::error::{ConfigError, SecretFault};
use crate::setting::{self, Lookup};

/// Stands alone between a label and its secret. A secret that is nothing but this is nobody's, so
/// that no scheme's secret, not even one that a person has made up, is ever taken for a label.
const LABEL_SIGN: &str = "=";
const LABEL_MAX: usize = 32;
/// Of our own making: random, and not a word.
const FORWARD_BYTES_LEAST: usize = 16;

/// A text that nobody sees, and that is sent or compared as it is.
#[derive(Clone)]
pub(crate) struct BareSecret(String);

/// One secret in the two schemes the origin may choose from.
#[derive(Clone, Debug)]
pub(crate) struct ForwardSecret {
    pub(crate) standard: Secret,
    pub(crate) stripe: Secret,
}

impl BareSecret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever sends it or compares with it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BareSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The variable of a source: `PREFIX_` and its name in capitals, `_` for `-`. A source's name has
/// neither capitals nor `_`, so that no two sources share one.
pub(super) fn variable(prefix: &str, source: &str) -> String {
    let name = source.to_ascii_uppercase().replace('-', "_");
    [prefix, "_", &name].concat()
}

/// The secrets of a sender, by `SECRET_NAME`: separated by white space, each alone or as
/// `label = secret`.
pub(super) fn of_source(
    lookup: Lookup<'_>,
    source: &str,
    scheme: Scheme,
) -> Result<Vec<Secret>, Box<ConfigError>> {
    let variable = variable("SECRET", source);
    let text = setting::text(lookup, &variable).unwrap_or_default();
    let mut secrets = Vec::<Secret>::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let position = secrets.len().saturating_add(1);
        let fail =
            |fault| Box::new(ConfigError::Secret { variable: variable.clone(), position, fault });
        let label = words.next_if_eq(&LABEL_SIGN).map(|_| word);
        let word = match label {
            Some(_) => words.next().ok_or_else(|| fail(SecretFault::Label))?,
            None => word,
        };
        if word == LABEL_SIGN || label.is_some_and(|label| !is_label(label)) {
            return Err(fail(SecretFault::Label));
        }
        if word.ends_with(',') {
            return Err(fail(SecretFault::Comma));
        }
        let secret = scheme.secret(word).map_err(|_| fail(SecretFault::NotBase64))?;
        if label.is_some() && secrets.iter().any(|other| other.label() == label) {
            return Err(fail(SecretFault::LabelTwice));
        }
        secrets.push(match label {
            Some(label) => secret.labelled(label),
            None => secret,
        });
    }
    if secrets.is_empty() {
        let why = "without it nothing of that source can be verified";
        return Err(ConfigError::Unset { variable, why }.into());
    }
    Ok(secrets)
}

/// A secret of our own that signs what is sent.
pub(super) fn forward(
    lookup: Lookup<'_>,
    variable: &str,
) -> Result<Option<ForwardSecret>, Box<ConfigError>> {
    let Some(text) = setting::text(lookup, variable) else { return Ok(None) };
    let variable = variable.to_owned();
    let fail = |fault| Box::new(ConfigError::Secret { variable, position: 1, fault });
    if text.contains(char::is_whitespace) {
        return Err(fail(SecretFault::Several));
    }
    let Ok(key) = Scheme::Standard.key(&text) else { return Err(fail(SecretFault::NotBase64)) };
    if key.len() < FORWARD_BYTES_LEAST {
        return Err(fail(SecretFault::Weak));
    }
    let Ok(standard) = Secret::standard(&text) else { return Err(fail(SecretFault::NotBase64)) };
    Ok(Some(ForwardSecret { standard, stripe: Secret::stripe(&text) }))
}

/// What signs for a source: `FORWARD_SECRET_NAME`, else `FORWARD_SECRET`.
pub(super) fn forward_of(
    lookup: Lookup<'_>,
    source: &str,
) -> Result<ForwardSecret, Box<ConfigError>> {
    let own = variable("FORWARD_SECRET", source);
    if let Some(secret) = forward(lookup, &own)? {
        return Ok(secret);
    }
    let why = "it (or FORWARD_SECRET, for all sources) signs what is handed on, so that whoever receives it can verify it";
    forward(lookup, "FORWARD_SECRET")?.ok_or(ConfigError::Unset { variable: own, why }.into())
}

/// The key by which missing events are asked for.
pub(super) fn fetch_key(lookup: Lookup<'_>, source: &str) -> Result<BareSecret, Box<ConfigError>> {
    let variable = variable("FETCH_KEY", source);
    let Some(text) = setting::text(lookup, &variable) else {
        let why = "fetch_from is asked with it";
        return Err(ConfigError::Unset { variable, why }.into());
    };
    merchant_key(&variable, text)
}

/// A key that only servers may know, under which a backend is asked for something.
pub(crate) fn merchant_key(variable: &str, text: String) -> Result<BareSecret, Box<ConfigError>> {
    if is_key(&text, "sk_") || is_key(&text, "rk_") {
        return Ok(BareSecret::new(text));
    }
    let variable = variable.to_owned();
    Err(ConfigError::Secret { variable, position: 1, fault: SecretFault::NotAKey }.into())
}

/// Whether a text is one key of a kind.
pub(crate) fn is_key(text: &str, kind: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() > kind.len() && text.starts_with(kind) && text.bytes().all(plain)
}

fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=LABEL_MAX).contains(&text.len()) && text.chars().all(plain)
}
