//! The sentences about mistakes in the settings.

use std::fmt;

use super::WAIT_MS_MAX;
use super::source::NAME_MAX;

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

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { variable, why } => write!(f, "{variable} is not set: {why}."),
            Self::Unset { variable, why } => write!(f, "{variable} is not set: {why}."),
            Self::NotText { variable } => write!(
                f,
                "{variable} is the name of a setting, and something else is bound by it: give that another name."
            ),
            Self::Json { variable, line, column } => write!(
                f,
                "{variable} is not the JSON that this Worker expects, near its line {line}, column {column}."
            ),
            Self::Number { variable, least, most } => {
                write!(f, "{variable} must be a whole number from {least} to {most}.")
            }
            Self::Short { variable, least } => {
                write!(f, "{variable} must have at least {least} characters.")
            }
            Self::TooMany { variable, most } => write!(f, "{variable} has at most {most} entries."),
            Self::SourceName { position } => write!(
                f,
                "The name of source number {position} in SOURCES must be 1 to {NAME_MAX} of the characters a-z, 0-9 and '-'."
            ),
            Self::Field { source, field, must } => {
                write!(f, "{field} of source \"{source}\" in SOURCES {must}.")
            }
            Self::Wait { source, field } => write!(
                f,
                "{field} of source \"{source}\" in SOURCES must be from 0 to {WAIT_MS_MAX} milliseconds (a week)."
            ),
            Self::Secret { variable, position, fault } => write!(
                f,
                "{variable} holds a secret (number {position}) that cannot be used: {}.",
                fault.sentence()
            ),
            Self::Delay { position } => write!(
                f,
                "Entry {position} of FORWARD_SCHEDULE_MS is not a number of milliseconds from 0 to {WAIT_MS_MAX} (a week)."
            ),
            Self::Price { item, code } => {
                write!(f, "The price of \"{item}\" in PRICES cannot be charged ({code}).")
            }
            Self::Address { variable } => {
                write!(f, "{variable} must be an https address, or http on the loopback interface.")
            }
            Self::Origin { position, code } => write!(
                f,
                "Entry {position} of ORIGINS is not an origin such as https://shop.example ({code})."
            ),
            Self::PublishableKey => f.write_str(
                "FARTHING_PUBLISHABLE_KEY must be one publishable key, pk_test_... or pk_live_...: every page is given it."
            ),
            Self::Modes => f.write_str(
                "FARTHING_PUBLISHABLE_KEY and FARTHING_SECRET_KEY must both be test keys, or both live keys."
            ),
        }
    }
}

impl std::error::Error for ConfigError {}
