//! Everything this Worker can answer other than success, and the one table of its status codes.
//!
//! An answer names a stable code and says what to do. It never carries a secret, a stack trace, or
//! text taken from the request.

use crate::config::ConfigError;
use crate::host::{Response, Result};
use crate::json::Map;
use crate::reply;
use crate::words::{digits, filled};

/// Why a request was not served.
#[derive(Debug)]
pub(crate) enum Problem {
    /// No such path.
    NoRoute,
    /// The path exists, the method does not.
    Method { allow: &'static str },
    /// No webhook source of this name is configured.
    UnknownSource,
    /// No event of this id is in the inbox.
    UnknownEvent,
    /// `after` is no cursor of this listing.
    Cursor,
    /// `limit` is out of its range.
    Limit { most: u32 },
    /// More bytes than the route reads.
    TooLarge { limit: usize },
    /// The connection broke before the whole body had arrived.
    BodyLost,
    /// The signature did not verify, or the signed body names no identity. Core's reason code.
    Refused { code: &'static str, message: String },
    /// The bearer token is missing or wrong.
    Unauthorized,
    /// A page of an origin that is not on the list.
    OriginNotAllowed,
    /// A body that is not JSON.
    MediaType,
    /// A checkout request that cannot be priced or keyed.
    Checkout { code: &'static str, message: String },
    /// More requests of one address than the checkout takes.
    TooMany { retry_after_s: u64 },
    /// The intent in the path is not the one that this cart was given.
    UnknownIntent,
    /// The inbox did not confirm the write: the sender must come again.
    Storage,
    /// The backend refused or failed; its own words, its own status.
    Backend {
        status: u16,
        code: String,
        kind: String,
        message: String,
        retry_after: Option<String>,
    },
    /// Nobody knows whether the backend did it: keep the key and try again.
    OutcomeUnknown,
    /// A setting is missing or wrong.
    Config(Box<ConfigError>),
}

impl Problem {
    /// Something that has to be set or bound, and is not.
    pub(crate) fn missing(variable: &'static str, why: &'static str) -> Self {
        Self::Config(ConfigError::Missing { variable, why }.into())
    }

    /// The table of status codes.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::BodyLost
            | Self::Cursor
            | Self::Limit { .. }
            | Self::Refused { .. }
            | Self::Checkout { .. } => 400,
            Self::Unauthorized => 401,
            Self::OriginNotAllowed => 403,
            Self::NoRoute | Self::UnknownSource | Self::UnknownEvent | Self::UnknownIntent => 404,
            Self::Method { .. } => 405,
            Self::TooLarge { .. } => 413,
            Self::MediaType => 415,
            Self::TooMany { .. } => 429,
            Self::Backend { status, .. } => *status,
            Self::Config(_) => 500,
            Self::OutcomeUnknown => 502,
            Self::Storage => 503,
        }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::NoRoute => "not_found",
            Self::Method { .. } => "method_not_allowed",
            Self::UnknownSource => "unknown_source",
            Self::UnknownEvent => "unknown_event",
            Self::Cursor => "bad_cursor",
            Self::Limit { .. } => "bad_limit",
            Self::UnknownIntent => "unknown_intent",
            Self::TooLarge { .. } => "body_too_large",
            Self::BodyLost => "body_incomplete",
            Self::Refused { code, .. } | Self::Checkout { code, .. } => code,
            Self::Unauthorized => "unauthorized",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::MediaType => "unsupported_media_type",
            Self::TooMany { .. } => "rate_limited",
            Self::Storage => "storage_unavailable",
            Self::Backend { code, .. } => code,
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Config(_) => "misconfigured",
        }
    }

    /// One sentence for a person.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::NoRoute => "There is nothing at this path.".into(),
            Self::Method { allow } => filled("This path answers {} only.", &[allow]),
            Self::UnknownSource => {
                "No webhook source of this name is configured; name it in SOURCES.".into()
            }
            Self::UnknownIntent => {
                "This cart has no such intent; create one with its cart_key first.".into()
            }
            Self::UnknownEvent => "The inbox holds no event of this id.".into(),
            Self::Cursor => {
                "`after` must be the `next` of an earlier answer to the same path; leave it out to begin.".into()
            }
            Self::Limit { most } => {
                filled("`limit` must be a whole number from 1 to {}.", &[&digits(*most)])
            },
            Self::TooLarge { limit } => filled("The body is larger than {} bytes.", &[&digits(*limit)]),
            Self::BodyLost => "The body ended early; send it again.".into(),
            Self::Refused { message, .. }
            | Self::Checkout { message, .. }
            | Self::Backend { message, .. } => message.clone(),
            Self::Unauthorized => "Send the status token as a bearer token.".into(),
            Self::OriginNotAllowed => {
                "Pages of this origin may not call this Worker; list it in ORIGINS.".into()
            }
            Self::MediaType => "Send the body as application/json.".into(),
            Self::TooMany { retry_after_s } => {
                let sentence = "Too many requests from this address; come again in {} s.";
                filled(sentence, &[&digits(*retry_after_s)])
            }
            Self::Storage => "The inbox could not store this; send it again.".into(),
            Self::OutcomeUnknown => {
                "The payment backend did not answer; try again with the same cart key.".into()
            }
            Self::Config(error) => error.sentence(),
        }
    }

    /// Stripe's class of the error, which the page's client reads.
    fn kind(&self) -> &str {
        match self {
            Self::Backend { kind, .. } => kind,
            Self::Config(_) | Self::OutcomeUnknown | Self::Storage => "api_error",
            Self::NoRoute
            | Self::Method { .. }
            | Self::UnknownSource
            | Self::UnknownEvent
            | Self::Cursor
            | Self::Limit { .. }
            | Self::UnknownIntent
            | Self::TooLarge { .. }
            | Self::BodyLost
            | Self::Refused { .. }
            | Self::Unauthorized
            | Self::OriginNotAllowed
            | Self::MediaType
            | Self::TooMany { .. }
            | Self::Checkout { .. } => "invalid_request_error",
        }
    }

    /// Seconds, or the backend's own words, to wait before coming again.
    fn retry_after(&self) -> Option<String> {
        match self {
            Self::Storage | Self::OutcomeUnknown => Some("2".to_owned()),
            Self::TooMany { retry_after_s } => Some(digits(*retry_after_s)),
            Self::Backend { retry_after, .. } => retry_after.clone(),
            _ => None,
        }
    }

    /// Whether the sender of a webhook is told that it will not be taken as it is.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self.status(), 400 | 413 | 415)
    }

    /// The JSON body: `{"error": {"type", "code", "message"}}`.
    fn body(&self) -> String {
        let error = Map::new()
            .text("type", self.kind())
            .text("code", self.code())
            .text("message", &self.message())
            .end();
        Map::new().raw("error", &error).end()
    }

    /// The whole answer.
    pub(crate) fn into_response(self) -> Result<Response> {
        let wait = self.retry_after();
        let mut headers = vec![("cache-control", "no-store")];
        if let Some(wait) = &wait {
            headers.push(("retry-after", wait));
        }
        match &self {
            Self::Method { allow } => headers.push(("allow", allow)),
            Self::Unauthorized => headers.push(("www-authenticate", "Bearer")),
            _ => {}
        }
        reply::json(self.status(), &self.body(), &headers)
    }
}

impl From<Box<ConfigError>> for Box<Problem> {
    fn from(error: Box<ConfigError>) -> Self {
        Self::new(Problem::Config(error))
    }
}
