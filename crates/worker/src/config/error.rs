//! The sentences about mistakes in the settings.

use super::WAIT_MS_MAX;
use super::source::NAME_MAX;
use crate::words::{digits, filled};

/// A setting is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigError {
    /// A variable, a secret or a binding is not there.
    Missing {
        variable: &'static str,
        why: &'static str,
    },
    /// The same of one that has a source's name in it, or the source's own name for it.
    Unset {
        variable: String,
        why: &'static str,
    },
    /// Something is bound by a setting's name, and it is no setting.
    NotText {
        variable: String,
    },
    /// Not JSON, or not of the shape.
    Json {
        variable: &'static str,
        line: usize,
        column: usize,
    },
    Number {
        variable: &'static str,
        least: u32,
        most: u32,
    },
    Short {
        variable: String,
        least: usize,
    },
    TooMany {
        variable: &'static str,
        most: usize,
    },
    SourceName {
        position: usize,
    },
    /// A field of a source; `must` is the end of a sentence.
    Field {
        source: String,
        field: &'static str,
        must: &'static str,
    },
    /// A wait of a source.
    Wait {
        source: String,
        field: &'static str,
    },
    Secret {
        variable: String,
        position: usize,
        fault: SecretFault,
    },
    Delay {
        position: usize,
    },
    Price {
        item: String,
        code: &'static str,
    },
    Address {
        variable: &'static str,
    },
    Origin {
        position: usize,
        code: &'static str,
    },
    /// What every page is given is no key for a page.
    PublishableKey,
    /// One key is a test key and the other is not.
    Modes,
}

/// What is wrong with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretFault {
    /// It is not base64.
    NotBase64,
    /// Too few bytes to be random.
    Weak,
    /// Ends with a comma: it was separated from the next by one.
    Comma,
    /// A label without a secret, or a label that is none.
    Label,
    /// Two have the same label.
    LabelTwice,
    /// More than one text where one belongs.
    Several,
    /// No key of a merchant's.
    NotAKey,
}

impl SecretFault {
    fn sentence(self) -> &'static str {
        match self {
            Self::NotBase64 => "it must be base64, with or without whsec_ before it",
            Self::Weak => "it must stand for at least 16 random bytes",
            Self::Comma => "it ends with a comma; separate secrets by spaces",
            Self::Label => "a label reads `label = secret`, with 1 to 32 of a-z, 0-9 and '-'",
            Self::LabelTwice => "another secret has the same label",
            Self::Several => "there must be only one",
            Self::NotAKey => "it must be a secret or a restricted key, sk_... or rk_...",
        }
    }
}

impl ConfigError {
    /// What is wrong, and what is expected instead.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Missing { variable, why } => filled("{} is not set: {}.", &[variable, why]),
            Self::Unset { variable, why } => filled("{} is not set: {}.", &[variable, why]),
            Self::NotText { variable } => filled(
                "{} is the name of a setting, and something else is bound by it: give that another name.",
                &[variable],
            ),
            Self::Json { variable, line, column } => filled(
                "{} is not the JSON that this Worker expects, near its line {}, column {}.",
                &[variable, &digits(*line), &digits(*column)],
            ),
            Self::Number { variable, least, most } => filled(
                "{} must be a whole number from {} to {}.",
                &[variable, &digits(*least), &digits(*most)],
            ),
            Self::Short { variable, least } => {
                filled("{} must have at least {} characters.", &[variable, &digits(*least)])
            }
            Self::TooMany { variable, most } => {
                filled("{} has at most {} entries.", &[variable, &digits(*most)])
            }
            Self::SourceName { position } => filled(
                "The name of source number {} in SOURCES must be 1 to {} of the characters a-z, 0-9 and '-'.",
                &[&digits(*position), &digits(NAME_MAX)],
            ),
            Self::Field { source, field, must } => {
                filled("{} of source \"{}\" in SOURCES {}.", &[field, source, must])
            }
            Self::Wait { source, field } => filled(
                "{} of source \"{}\" in SOURCES must be from 0 to {} milliseconds (a week).",
                &[field, source, &digits(WAIT_MS_MAX)],
            ),
            Self::Secret { variable, position, fault } => filled(
                "{} holds a secret (number {}) that cannot be used: {}.",
                &[variable, &digits(*position), fault.sentence()],
            ),
            Self::Delay { position } => filled(
                "Entry {} of FORWARD_SCHEDULE_MS is not a number of milliseconds from 0 to {} (a week).",
                &[&digits(*position), &digits(WAIT_MS_MAX)],
            ),
            Self::Price { item, code } => {
                filled("The price of \"{}\" in PRICES cannot be charged ({}).", &[item, code])
            }
            Self::Address { variable } => filled(
                "{} must be an https address, or http on the loopback interface.",
                &[variable],
            ),
            Self::Origin { position, code } => filled(
                "Entry {} of ORIGINS is not an origin such as https://shop.example ({}).",
                &[&digits(*position), code],
            ),
            Self::PublishableKey => "FARTHING_PUBLISHABLE_KEY must be one publishable key, pk_test_... or pk_live_...: every page is given it.".to_owned(),
            Self::Modes => "FARTHING_PUBLISHABLE_KEY and FARTHING_SECRET_KEY must both be test keys, or both live keys.".to_owned(),
        }
    }
}
