//! The settings, read once per isolate and checked as a whole: a mistake is one sentence at the
//! first request, never an open door.
//!
//! Here: what all of them are (this file), one source (`source`), secrets and their names
//! (`secret`), and the sentences (`error`). A sentence names the variable and what it must look
//! like. It never repeats the value.

mod error;
mod secret;
mod source;

use farthing_core::inbox::Patience;
use farthing_core::retry::Schedule;
use farthing_core::webhook::{Policy, Scheme, Secret};

use crate::checkout::CheckoutConfig;
use crate::named::Named;
use crate::setting::{self, Bound, Lookup};

pub(crate) use self::error::ConfigError;
pub(crate) use self::secret::{BareSecret, ForwardSecret, is_key, merchant_key};

/// Inboxes a source is spread over when nothing else is said.
const SHARDS_DEFAULT: u32 = 8;
/// A bound on the spread: every one of them is asked for `/status` and by the cron trigger.
const SHARDS_MAX: u32 = 64;
/// As many senders as anybody has; each of them costs its shards a call a minute.
const SOURCES_MAX: usize = 32;
/// A token of our own: 16 characters cannot be guessed over the network.
const TOKEN_LEAST: usize = 16;
/// Tries after which patience is not the problem.
const SCHEDULE_MAX: usize = 64;
/// The longest wait of any kind: a week.
const WAIT_MS_MAX: u32 = 7 * 24 * 3_600_000;
/// Spreads the retries of many events that failed together.
const SCHEDULE_JITTER_PERCENT: u8 = 10;
/// A row of the inbox holds two megabytes, and more than the body is in it.
const BODY_BYTES_MAX: u32 = 1_900_000;
const BODY_BYTES_DEFAULT: u32 = 1 << 20;
const DAYS_MAX: u32 = 3_650;
const KEEP_BODY_DAYS_DEFAULT: u32 = 30;
/// Stripe re-sends by hand for up to 30 days; an identity is known for longer than that.
const KEEP_ID_DAYS_DEFAULT: u32 = 90;
const FAILURES_PER_MINUTE_DEFAULT: u32 = 60;
const FAILURES_PER_MINUTE_MAX: u32 = 1_000_000;

/// Every setting of this Worker.
pub(crate) struct Config {
    /// By name.
    pub(crate) sources: Named<Source>,
    /// How many inboxes a source is spread over, at its first use.
    pub(crate) shards: u32,
    /// When an event that was not taken is handed on again.
    pub(crate) schedule: Schedule,
    /// How long the origin may take to answer.
    pub(crate) forward_timeout_ms: u32,
    /// The largest body that is taken in.
    pub(crate) body_max_bytes: usize,
    /// Days the body of an event that was handed on is kept.
    pub(crate) keep_body_days: u32,
    /// Days its identity is known; never fewer.
    pub(crate) keep_id_days: u32,
    /// Guards what can be read.
    pub(crate) status_token: Option<BareSecret>,
    /// Who is told when something needs a person.
    pub(crate) alert: Option<Alert>,
    /// Creating intents for a page, if it is set up.
    pub(crate) checkout: Option<CheckoutConfig>,
}

/// One sender of webhooks.
#[derive(Debug)]
pub(crate) struct Source {
    /// 1 to 32 characters of `a-z`, `0-9` and `-`.
    pub(crate) name: String,
    pub(crate) scheme: Scheme,
    /// Always strict.
    pub(crate) policy: Policy,
    /// Never empty. Several while one is being replaced.
    pub(crate) secrets: Vec<Secret>,
    pub(crate) hand_on: HandOn,
    /// How long its events wait for one another.
    pub(crate) patience: Patience,
    /// Whether a sender that counts, and does not say what it sent before, sends every number here.
    pub(crate) gapless: bool,
    /// Whether an event that is older than one already handed on is dropped, not passed on.
    pub(crate) drop_stale: bool,
    /// Where missing events are asked for.
    pub(crate) fetch: Option<Fetch>,
    /// What is told of every payment that succeeded.
    pub(crate) fulfil: Option<Hook>,
}

/// Where a source's events go from here.
#[derive(Debug)]
pub(crate) enum HandOn {
    /// To a server of the merchant's.
    Origin { url: String, secret: Box<ForwardSecret> },
    /// To a Cloudflare Queue.
    Queue { binding: String },
    /// Nowhere: they are read from here.
    Pull,
}

/// An address that is called with what is signed for it.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) url: String,
    pub(crate) secret: ForwardSecret,
}

/// A backend of Farthing's that can be asked for the events of an object.
#[derive(Debug)]
pub(crate) struct Fetch {
    /// Its address, without a slash at the end.
    pub(crate) base: String,
    /// Which of its endpoints this inbox is, so that only what was due here is asked for.
    pub(crate) endpoint: String,
    pub(crate) key: BareSecret,
}

/// Who is told, and when signatures that fail are worth it.
#[derive(Debug)]
pub(crate) struct Alert {
    pub(crate) url: String,
    pub(crate) secret: ForwardSecret,
    /// More in a minute than this, of one source.
    pub(crate) failures_per_minute: u32,
}

impl Config {
    /// Reads and checks every setting. `bound` says whether there is a binding of a
    /// name that has a method.
    ///
    /// # Errors
    /// The first mistake found.
    pub(crate) fn parse(lookup: Lookup<'_>, bound: Bound<'_>) -> Result<Self, Box<ConfigError>> {
        let keep_body_days =
            setting::number(lookup, "KEEP_BODY_DAYS", (1, DAYS_MAX), KEEP_BODY_DAYS_DEFAULT)?;
        let body_max =
            setting::number(lookup, "BODY_MAX_BYTES", (1, BODY_BYTES_MAX), BODY_BYTES_DEFAULT)?;
        let timeout = (100, 30_000);
        Ok(Self {
            sources: parse_sources(lookup, bound)?,
            shards: setting::number(lookup, "SHARDS", (1, SHARDS_MAX), SHARDS_DEFAULT)?,
            schedule: parse_schedule(lookup)?,
            forward_timeout_ms: setting::number(lookup, "FORWARD_TIMEOUT_MS", timeout, 10_000)?,
            body_max_bytes: usize::try_from(body_max).unwrap_or(usize::MAX),
            keep_body_days,
            keep_id_days: setting::number(
                lookup,
                "KEEP_ID_DAYS",
                (keep_body_days, DAYS_MAX),
                KEEP_ID_DAYS_DEFAULT.max(keep_body_days),
            )?,
            status_token: setting::secret(lookup, "STATUS_TOKEN", TOKEN_LEAST)?,
            alert: parse_alert(lookup)?,
            checkout: CheckoutConfig::parse(lookup, bound)?,
        })
    }
}

fn parse_sources(lookup: Lookup<'_>, bound: Bound<'_>) -> Result<Named<Source>, Box<ConfigError>> {
    let written = setting::table(lookup, "SOURCES", source::Written::from_json)?;
    let written = written.unwrap_or_default();
    if written.len() > SOURCES_MAX {
        return Err(ConfigError::TooMany { variable: "SOURCES", most: SOURCES_MAX }.into());
    }
    let mut sources = Named::new();
    for (index, (name, written)) in written.into_iter().enumerate() {
        let position = index.saturating_add(1);
        let source = source::parse(lookup, bound, (position, name), &written)?;
        sources.insert(source.name.clone(), source);
    }
    if !sources.is_empty() && !bound("INBOX", "idFromName") {
        let why = "the Durable Object of class Inbox keeps what arrives; bind it by that name";
        return Err(ConfigError::Missing { variable: "INBOX", why }.into());
    }
    Ok(sources)
}

fn parse_alert(lookup: Lookup<'_>) -> Result<Option<Alert>, Box<ConfigError>> {
    let bounds = (1, FAILURES_PER_MINUTE_MAX);
    let variable = "ALERT_FAILURES_PER_MINUTE";
    let failures_per_minute =
        setting::number(lookup, variable, bounds, FAILURES_PER_MINUTE_DEFAULT)?;
    let Some(url) = setting::text(lookup, "ALERT_URL") else { return Ok(None) };
    if !setting::callable(&url) {
        return Err(ConfigError::Address { variable: "ALERT_URL" }.into());
    }
    let why = "it signs what ALERT_URL is told, so that it can be believed";
    let secret = secret::forward(lookup, "ALERT_SECRET")?
        .ok_or(ConfigError::Missing { variable: "ALERT_SECRET", why })?;
    Ok(Some(Alert { url, secret, failures_per_minute }))
}

fn parse_schedule(lookup: Lookup<'_>) -> Result<Schedule, Box<ConfigError>> {
    let texts = setting::list(lookup, "FORWARD_SCHEDULE_MS");
    if texts.is_empty() {
        return Ok(Schedule::forwards());
    }
    if texts.len() > SCHEDULE_MAX {
        return Err(
            ConfigError::TooMany { variable: "FORWARD_SCHEDULE_MS", most: SCHEDULE_MAX }.into()
        );
    }
    let mut waits = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let delay_ms: Option<u32> = text.parse().ok();
        let delay_ms = delay_ms.filter(|delay_ms| *delay_ms <= WAIT_MS_MAX);
        let position = index.saturating_add(1);
        waits.push(u64::from(delay_ms.ok_or(ConfigError::Delay { position })?));
    }
    Ok(Schedule::new(waits, SCHEDULE_JITTER_PERCENT))
}

#[cfg(test)]
mod tests;
