//! The settings, read once per isolate and checked as a whole: a mistake is one sentence at the
//! first request, never an open door.
//!
//! A sentence names the variable and what it must look like. It never repeats the value.

use std::collections::BTreeMap;
use std::fmt;

use farthing_core::retry::Schedule;
use farthing_core::webhook::{Secret, Tolerance};
use serde::Deserialize;

use crate::checkout::CheckoutConfig;
use crate::setting::{self, Lookup};

/// Inboxes a source is spread over when nothing else is said.
const SHARDS_DEFAULT: u32 = 8;
/// A bound on the spread: every one of them is asked for `/status` and by the cron trigger.
const SHARDS_MAX: u32 = 64;
/// A source is a path segment, a part of a variable's name and of a Durable Object's name.
const SOURCE_NAME_MAX: usize = 32;
/// A token of our own: 16 characters cannot be guessed over the network.
const TOKEN_LEAST: usize = 16;
/// Tries after which patience is not the problem.
const SCHEDULE_MAX: usize = 32;
/// Spreads the retries of many events that failed together.
const SCHEDULE_JITTER_PERCENT: u8 = 5;
/// Stripe re-sends for up to 30 days by hand; an identity must be known for longer than that.
const KEEP_DAYS_DEFAULT: u32 = 40;

/// Every setting of this Worker.
#[derive(Debug)]
pub(crate) struct Config {
    /// By name.
    pub(crate) sources: BTreeMap<String, Source>,
    /// How many inboxes a source is spread over.
    pub(crate) shards: u32,
    /// When a failed forward is tried again.
    pub(crate) schedule: Schedule,
    /// How long the origin may take to answer.
    pub(crate) forward_timeout_ms: u32,
    /// Signs what is forwarded.
    pub(crate) forward_secret: Option<ForwardSecret>,
    /// Days a forwarded item is remembered.
    pub(crate) keep_days: u32,
    /// Guards what can be read.
    pub(crate) status_token: Option<String>,
    /// Creating intents for a page, if it is set up.
    pub(crate) checkout: Option<CheckoutConfig>,
}

/// One sender of webhooks.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) scheme: Scheme,
    /// Never empty. Several while one is being replaced.
    pub(crate) secrets: Vec<Secret>,
    pub(crate) tolerance: Tolerance,
    /// Where the events go from here, if anywhere.
    pub(crate) forward: Option<String>,
}

/// How a sender signs.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scheme {
    /// `Stripe-Signature`.
    Stripe,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    Standard,
}

/// One secret in the two schemes the origin may choose from.
#[derive(Debug)]
pub(crate) struct ForwardSecret {
    pub(crate) standard: Secret,
    pub(crate) stripe: Secret,
}

/// A source as written in `SOURCES`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceText {
    scheme: Scheme,
    forward: Option<String>,
    tolerance_s: Option<u32>,
}

/// A setting is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigError {
    Missing { variable: &'static str, why: &'static str },
    Json { variable: &'static str, column: usize },
    Number { variable: &'static str, least: u32, most: u32 },
    Short { variable: &'static str, least: usize },
    SourceName { name: String },
    NoSecret { variable: String },
    Secret { variable: String, code: &'static str },
    Tolerance { source: String },
    Forward { source: String },
    Schedule,
    Price { item: String, code: &'static str },
    Address { variable: &'static str },
    Origin { position: usize },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { variable, why } => write!(f, "{variable} is not set: {why}."),
            Self::Json { variable, column } => write!(
                f,
                "{variable} is not the JSON this Worker expects, near column {column}; see its wrangler.toml."
            ),
            Self::Number { variable, least, most } => {
                write!(f, "{variable} must be a whole number from {least} to {most}.")
            }
            Self::Short { variable, least } => {
                write!(f, "{variable} must have at least {least} characters.")
            }
            Self::SourceName { name } => write!(
                f,
                "The source name {name:?} must be 1 to {SOURCE_NAME_MAX} of the characters a-z, 0-9 and '-'."
            ),
            Self::NoSecret { variable } => {
                write!(
                    f,
                    "{variable} is not set: without it nothing of that source can be verified."
                )
            }
            Self::Secret { variable, code } => {
                write!(f, "{variable} holds a secret that its scheme cannot use ({code}).")
            }
            Self::Tolerance { source } => {
                write!(f, "tolerance_s of source {source:?} must be from 1 to 86400 seconds.")
            }
            Self::Forward { source } => write!(
                f,
                "forward of source {source:?} must be an https address, or http on the loopback interface."
            ),
            Self::Schedule => write!(
                f,
                "FORWARD_SCHEDULE_MS must be 1 to {SCHEDULE_MAX} delays in milliseconds, separated by spaces."
            ),
            Self::Price { item, code } => {
                write!(f, "The price of {item:?} in PRICES cannot be charged ({code}).")
            }
            Self::Address { variable } => {
                write!(f, "{variable} must be an https address, or http on the loopback interface.")
            }
            Self::Origin { position } => write!(
                f,
                "Entry {position} of ORIGINS is not an origin such as https://shop.example, without a path."
            ),
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// The first mistake found.
    pub(crate) fn parse(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        let written: BTreeMap<String, SourceText> =
            setting::json(lookup, "SOURCES")?.unwrap_or_default();
        let mut sources = BTreeMap::new();
        for (name, text) in written {
            let source = parse_source(lookup, &name, text)?;
            sources.insert(name, source);
        }
        Ok(Self {
            sources,
            shards: setting::number(lookup, "SHARDS", (1, SHARDS_MAX), SHARDS_DEFAULT)?,
            schedule: parse_schedule(lookup)?,
            forward_timeout_ms: setting::number(
                lookup,
                "FORWARD_TIMEOUT_MS",
                (100, 30_000),
                10_000,
            )?,
            forward_secret: parse_forward_secret(lookup)?,
            keep_days: setting::number(lookup, "KEEP_DAYS", (1, 3_650), KEEP_DAYS_DEFAULT)?,
            status_token: setting::secret(lookup, "STATUS_TOKEN", TOKEN_LEAST)?,
            checkout: CheckoutConfig::parse(lookup)?,
        })
    }
}

fn parse_source(lookup: Lookup<'_>, name: &str, text: SourceText) -> Result<Source, ConfigError> {
    // No underscore: it is what '-' becomes in the secret's name, and two sources must not share one.
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > SOURCE_NAME_MAX || !name.chars().all(plain) {
        return Err(ConfigError::SourceName { name: name.to_owned() });
    }
    let variable = format!("SECRET_{}", name.to_ascii_uppercase().replace('-', "_"));
    let texts = setting::list(lookup, &variable);
    if texts.is_empty() {
        return Err(ConfigError::NoSecret { variable });
    }
    let secrets = texts
        .iter()
        .map(|secret| match text.scheme {
            Scheme::Stripe => Ok(Secret::stripe(secret)),
            Scheme::Standard => Secret::standard(secret).map_err(|error| ConfigError::Secret {
                variable: variable.clone(),
                code: error.code(),
            }),
        })
        .collect::<Result<_, _>>()?;
    let tolerance = match text.tolerance_s {
        None => Tolerance::DEFAULT,
        Some(seconds) => Tolerance::seconds(seconds)
            .map_err(|_| ConfigError::Tolerance { source: name.to_owned() })?,
    };
    if text.forward.as_deref().is_some_and(|url| !setting::callable(url)) {
        return Err(ConfigError::Forward { source: name.to_owned() });
    }
    Ok(Source { scheme: text.scheme, secrets, tolerance, forward: text.forward })
}

fn parse_forward_secret(lookup: Lookup<'_>) -> Result<Option<ForwardSecret>, ConfigError> {
    let Some(text) = setting::text(lookup, "FORWARD_SECRET") else { return Ok(None) };
    let standard = Secret::standard(&text).map_err(|error| ConfigError::Secret {
        variable: "FORWARD_SECRET".to_owned(),
        code: error.code(),
    })?;
    Ok(Some(ForwardSecret { standard, stripe: Secret::stripe(&text) }))
}

fn parse_schedule(lookup: Lookup<'_>) -> Result<Schedule, ConfigError> {
    let texts = setting::list(lookup, "FORWARD_SCHEDULE_MS");
    if texts.is_empty() {
        return Ok(Schedule::forwards());
    }
    let delays: Vec<u64> = texts
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()
        .map_err(|_| ConfigError::Schedule)?;
    if delays.len() > SCHEDULE_MAX {
        return Err(ConfigError::Schedule);
    }
    Ok(Schedule::new(delays, SCHEDULE_JITTER_PERCENT))
}
