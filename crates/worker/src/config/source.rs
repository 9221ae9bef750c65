//! One source as it is written in `SOURCES`, and what is made of it.

use farthing_core::inbox::Patience;
use farthing_core::webhook::{Policy, Scheme, Tolerance};

use super::error::ConfigError;
use super::{Fetch, HandOn, Hook, Source, WAIT_MS_MAX, secret};
use crate::json::Json;
use crate::setting::{self, Bound, Lookup};

/// A source is a path segment, a part of a variable's name and of a Durable Object's name.
pub(super) const NAME_MAX: usize = 32;
const GAP_WAIT_MS: u32 = 600_000;
const BASELINE_WAIT_MS: u32 = 5_000;
const REORDER_MS: u32 = 0;
const HOLD_MS: u32 = 3_600_000;
/// An id of an endpoint, or the name of a binding.
const TEXT_MAX: usize = 64;

/// What a field of a source holds.
#[derive(Clone, Copy)]
enum Holds {
    Text,
    /// A number of 32 bits.
    Whole,
    Flag,
}

/// The fields of a source. `scheme` alone must be there.
const FIELDS: [(&str, Holds); 14] = [
    ("scheme", Holds::Text),
    ("forward", Holds::Text),
    ("queue", Holds::Text),
    ("tolerance_s", Holds::Whole),
    ("without_timestamp", Holds::Flag),
    ("gap_wait_ms", Holds::Whole),
    ("baseline_wait_ms", Holds::Whole),
    ("reorder_ms", Holds::Whole),
    ("hold_ms", Holds::Whole),
    ("gapless", Holds::Flag),
    ("stale", Holds::Text),
    ("fetch_from", Holds::Text),
    ("endpoint", Holds::Text),
    ("fulfil", Holds::Text),
];

/// A source as written: every field that is there has its type, and there is no other.
pub(super) struct Written(Json);

impl Written {
    pub(super) fn from_json(json: &Json) -> Option<Self> {
        let fits = |(name, value): &(String, Json)| {
            let known = FIELDS.iter().find(|(field, _)| field == name);
            known.is_some_and(|(_, holds)| match (holds, value) {
                (_, Json::Null) | (Holds::Text, Json::Text(_)) | (Holds::Flag, Json::Flag(_)) => {
                    true
                }
                (Holds::Whole, _) => json.whole_of::<u32>(name).is_some(),
                (Holds::Text | Holds::Flag, _) => false,
            })
        };
        let fits = json.fields()?.iter().all(fits) && json.field("scheme").is_some();
        fits.then(|| Self(json.clone()))
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.0.field(field)?.text()
    }

    fn whole(&self, field: &str) -> Option<u32> {
        self.0.whole_of(field)
    }

    fn flag(&self, field: &str) -> bool {
        self.0.field(field).and_then(Json::flag).unwrap_or(false)
    }
}

/// Checks one source. `position` is where it stands in `SOURCES`, from 1.
pub(super) fn parse(
    lookup: Lookup<'_>,
    bound: Bound<'_>,
    (position, name): (usize, String),
    written: &Written,
) -> Result<Source, Box<ConfigError>> {
    // No underscore: it is what '-' becomes in the secret's name, and two sources must not share one.
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(plain) {
        return Err(ConfigError::SourceName { position }.into());
    }
    let fail = |field, must| Box::new(ConfigError::Field { source: name.clone(), field, must });
    let scheme = Scheme::parse(written.text("scheme").unwrap_or_default())
        .ok_or_else(|| fail("scheme", "must be stripe, standard, slack, github or shopify"))?;
    let drop_stale = match written.text("stale") {
        None | Some("pass") => false,
        Some("drop") => true,
        Some(_) => return Err(fail("stale", "must be pass or drop")),
    };
    Ok(Source {
        scheme,
        policy: policy(scheme, written, &fail)?,
        secrets: secret::of_source(lookup, &name, scheme)?,
        hand_on: hand_on((lookup, bound), &name, written, &fail)?,
        patience: patience(&name, written)?,
        gapless: written.flag("gapless"),
        drop_stale,
        fetch: fetch(lookup, &name, written, &fail)?,
        fulfil: hook(lookup, &name, "fulfil", written)?,
        name,
    })
}

/// Makes an error of a field's name and the end of a sentence.
type Fail<'f> = &'f dyn Fn(&'static str, &'static str) -> Box<ConfigError>;

fn policy(scheme: Scheme, written: &Written, fail: Fail<'_>) -> Result<Policy, Box<ConfigError>> {
    let without_timestamp = written.flag("without_timestamp");
    if scheme.signs_time() == without_timestamp {
        return Err(fail(
            "without_timestamp",
            if without_timestamp {
                "is only for github and shopify: this scheme signs the time"
            } else {
                "must be true for github and shopify: they sign no time, so that whoever has recorded a webhook can send it again for ever, and only its known identity stops it"
            },
        ));
    }
    let tolerance = match written.whole("tolerance_s") {
        None => Tolerance::DEFAULT,
        Some(_) if !scheme.signs_time() => {
            return Err(fail("tolerance_s", "means nothing: this scheme signs no time"));
        }
        Some(seconds) => Tolerance::seconds(seconds)
            .map_err(|_| fail("tolerance_s", "must be from 1 to 86400 seconds"))?,
    };
    Ok(Policy::Strict(tolerance))
}

fn hand_on(
    (lookup, bound): (Lookup<'_>, Bound<'_>),
    name: &str,
    written: &Written,
    fail: Fail<'_>,
) -> Result<HandOn, Box<ConfigError>> {
    match (hook(lookup, name, "forward", written)?, written.text("queue")) {
        (None, None) => Ok(HandOn::Pull),
        (Some(Hook { url, secret }), None) => Ok(HandOn::Origin { url, secret: Box::new(secret) }),
        (None, Some(binding)) if !is_plain(binding) => {
            Err(fail("queue", "must be the name of a queue's binding, such as EVENTS"))
        }
        (None, Some(binding)) if !bound(binding, "send") => {
            Err(fail("queue", "names no queue that is bound here; bind the queue by that name"))
        }
        (None, Some(binding)) => Ok(HandOn::Queue { binding: binding.to_owned() }),
        (Some(_), Some(_)) => Err(fail("queue", "cannot be set beside forward; choose one")),
    }
}

/// What is called at the address in a field, if there is one.
fn hook(
    lookup: Lookup<'_>,
    name: &str,
    field: &'static str,
    written: &Written,
) -> Result<Option<Hook>, Box<ConfigError>> {
    let Some(url) = written.text(field) else { return Ok(None) };
    if !setting::callable(url) {
        let must = "must be an https address, or http on the loopback interface";
        return Err(ConfigError::Field { source: name.to_owned(), field, must }.into());
    }
    Ok(Some(Hook { url: url.to_owned(), secret: secret::forward_of(lookup, name)? }))
}

fn patience(name: &str, written: &Written) -> Result<Patience, Box<ConfigError>> {
    let wait = |field, default| {
        let wait_ms = written.whole(field).unwrap_or(default);
        if wait_ms > WAIT_MS_MAX {
            return Err(Box::new(ConfigError::Wait { source: name.to_owned(), field }));
        }
        Ok(i64::from(wait_ms))
    };
    Ok(Patience {
        gap_ms: wait("gap_wait_ms", GAP_WAIT_MS)?,
        baseline_ms: wait("baseline_wait_ms", BASELINE_WAIT_MS)?,
        reorder_ms: wait("reorder_ms", REORDER_MS)?,
        hold_ms: wait("hold_ms", HOLD_MS)?,
    })
}

fn fetch(
    lookup: Lookup<'_>,
    name: &str,
    written: &Written,
    fail: Fail<'_>,
) -> Result<Option<Fetch>, Box<ConfigError>> {
    let endpoint = written.text("endpoint");
    let Some(base) = written.text("fetch_from") else {
        return match endpoint {
            None => Ok(None),
            Some(_) => Err(fail("endpoint", "means nothing without fetch_from")),
        };
    };
    if !setting::callable(base) || base.contains(['?', '#']) {
        let must = "must be an https address, or http on the loopback interface, and nothing after its path";
        return Err(fail("fetch_from", must));
    }
    // Without it every event of an object would be handed on, those included that no endpoint of
    // this inbox is subscribed to.
    let endpoint = endpoint.unwrap_or_default();
    if !endpoint.starts_with("we_") || !is_plain(endpoint) {
        return Err(fail(
            "endpoint",
            "must be the id, we_..., of the endpoint there that sends here",
        ));
    }
    let base = base.trim_end_matches('/').to_owned();
    let endpoint = endpoint.to_owned();
    Ok(Some(Fetch { base, endpoint, key: secret::fetch_key(lookup, name)? }))
}

fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=TEXT_MAX).contains(&text.len()) && text.bytes().all(plain)
}
