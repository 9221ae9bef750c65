//! The one table from problems to the wire: status, type, code, param, words.
//!
//! A snapshot test prints all of it. Words may change between releases; the other columns may not.

use std::borrow::Cow;

use farthing_store::StoreError;

use super::refusal;
use super::{Place, Problem};
use crate::form::{DEPTH_MAX, FormError, INDEX_MAX, PAIRS_MAX};

/// How a problem looks on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The HTTP status.
    pub status: u16,
    /// One of the four types.
    pub kind: &'static str,
    /// A stable code, where the wire has one.
    pub code: Option<Cow<'static, str>>,
    /// The parameter it is about.
    pub param: Option<Cow<'static, str>>,
    /// A sentence that says what to do.
    pub message: String,
    /// What `Stripe-Should-Retry` says; absent where the client's own rule is right.
    pub retry: Option<bool>,
}

/// The type of what the caller did wrong.
pub const INVALID: &str = "invalid_request_error";
/// The type of what we did wrong.
pub const API: &str = "api_error";
/// The type of a card's fault.
pub const CARD: &str = "card_error";
/// The type of a misused key.
pub const IDEMPOTENCY: &str = "idempotency_error";

impl Row {
    /// A bad request without a code.
    pub fn bad(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status: 400, kind: INVALID, code: None, param: None, message, retry: None }
    }

    /// With another status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// With another type.
    #[must_use]
    pub fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// With a code.
    #[must_use]
    pub fn code(self, code: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// About a parameter.
    #[must_use]
    pub fn param(self, param: impl Into<Cow<'static, str>>) -> Self {
        Self { param: Some(param.into()), ..self }
    }

    /// Telling the client whether to try again.
    #[must_use]
    pub fn retry(self, retry: bool) -> Self {
        Self { retry: Some(retry), ..self }
    }
}

/// The row of a problem.
pub fn row(problem: &Problem) -> Row {
    match problem {
        Problem::Form(error) => form(error),
        Problem::Key(_)
        | Problem::KeyGuessable
        | Problem::BodyTooLarge
        | Problem::BodySlow
        | Problem::BodyBroken
        | Problem::ContentType
        | Problem::UnknownUrl { .. }
        | Problem::Version { .. } => transport(problem),
        Problem::NoApiKey
        | Problem::BadApiKey { .. }
        | Problem::ExpiredKey { .. }
        | Problem::Permissions { .. }
        | Problem::SecretKeyRequired
        | Problem::OperatorKeyRequired
        | Problem::OperatorKeyElsewhere
        | Problem::LiveRefused
        | Problem::Account
        | Problem::TooManyKeys
        | Problem::CardFromScript => access(problem),
        Problem::RateLimited { retry_after_s } => limited(*retry_after_s),
        Problem::Shed => store(&StoreError::Busy),
        Problem::Missing { noun, id, param, place } => missing(noun, id, param, *place),
        Problem::Refused(refused) => refusal::row(refused),
        Problem::Store(error) => store(error),
        Problem::Vault | Problem::Bug => store(&StoreError::Bug),
        parameter => super::table_params::row(parameter),
    }
}

/// An object that does not exist, or belongs to somebody else: the two look the same (decision 16).
pub fn missing(noun: &str, id: &str, param: &'static str, place: Place) -> Row {
    let status = match place {
        Place::Path => 404,
        Place::Param => 400,
    };
    Row::bad(format!("No such {noun}: '{id}'")).status(status).code("resource_missing").param(param)
}

fn form(error: &FormError) -> Row {
    match error {
        FormError::TooManyPairs => {
            Row::bad(format!("Too many parameters: a request can have at most {PAIRS_MAX}."))
        }
        FormError::TooDeep { name } => Row::bad(format!(
            "Parameter nested too deeply: at most {DEPTH_MAX} levels are accepted."
        ))
        .param(name.clone()),
        FormError::Conflict { name } => {
            Row::bad("This parameter was given both as a value and as a hash or list of values.")
                .param(name.clone())
        }
        FormError::Index { name } => {
            Row::bad(format!("Index out of range: list indexes go up to {INDEX_MAX}."))
                .param(name.clone())
        }
        FormError::Percent => Row::bad(
            "The parameters are not properly percent-encoded: every '%' must be followed by two hexadecimal digits.",
        ),
        FormError::NotText => {
            Row::bad("The parameters must be UTF-8 text without zero bytes once decoded.")
        }
    }
}

fn transport(problem: &Problem) -> Row {
    match problem {
        Problem::BodyTooLarge => {
            Row::bad("The request body is too large: at most 1 MiB is accepted.").status(413)
        }
        Problem::BodySlow => {
            Row::bad("The request body did not arrive in time.").status(408).retry(true)
        }
        Problem::BodyBroken => Row::bad("The request body ended before it was complete."),
        Problem::ContentType => Row::bad(
            "Request bodies must be sent as 'application/x-www-form-urlencoded'. Check the Content-Type header.",
        ),
        Problem::UnknownUrl { method, path } => Row::bad(format!(
            "Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve one, check that its id is not empty."
        ))
        .status(404),
        Problem::Version { given } => Row::bad(format!("Invalid Stripe API version: {given}")),
        Problem::KeyGuessable => Row::bad(
            "With a publishable key, the Idempotency-Key must be a random value of at least 128 bits, such as a UUID.",
        ),
        Problem::Key(error) => Row::bad(error.to_string()),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

fn access(problem: &Problem) -> Row {
    match problem {
        Problem::NoApiKey => Row::bad(
            "You did not provide an API key. Send it in the Authorization header with Bearer auth, as in 'Authorization: Bearer YOUR_SECRET_KEY'.",
        )
        .status(401),
        Problem::BadApiKey { masked } => {
            Row::bad(format!("Invalid API Key provided: {masked}")).status(401)
        }
        Problem::ExpiredKey { masked } => {
            Row::bad(format!("Expired API Key provided: {masked}"))
                .status(401)
                .code("api_key_expired")
        }
        Problem::Permissions { masked, needs } => Row::bad(match needs {
            Some(needs) => format!(
                "The provided key '{masked}' does not have the permissions that this request needs: {needs}. Give the key that scope, or use another key."
            ),
            None => format!(
                "The provided key '{masked}' is a restricted one, and this request is not for restricted keys."
            ),
        })
        .status(403)
        .code("more_permissions_required"),
        Problem::SecretKeyRequired => Row::bad(
            "This endpoint needs a secret API key (sk_...), but a publishable key was given. Call it from your server.",
        )
        .status(403)
        .code("secret_key_required"),
        Problem::OperatorKeyRequired => {
            Row::bad("This endpoint needs an operator key.").status(403)
        }
        Problem::OperatorKeyElsewhere => Row::bad(
            "An operator key opens merchants and keys and nothing else. Use the merchant's own key here.",
        )
        .status(403),
        Problem::LiveRefused => Row::bad(
            "Live keys do not work here: the only acquirer is the simulator. Use a test key, or start the server with --simulate-live.",
        )
        .status(403)
        .code("testmode_charges_only"),
        Problem::Account => {
            Row::bad("The key provided does not have access to the account named in Stripe-Account.")
                .status(403)
        }
        Problem::TooManyKeys => Row::bad(
            "The vault has 256 encryption keys, which is as many as there can be; nothing was changed.",
        ),
        Problem::CardFromScript => Row::bad(
            "With a publishable key, card numbers are taken from the card frame (<farthing-card>) only, so that they never enter your page. In test mode a publishable key with allow_scripts takes them from scripts too.",
        )
        .status(403)
        .code("card_number_from_script"),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

/// Nothing about retries is said: the official clients then leave it to their callers, who know
/// whether they ask too often.
fn limited(retry_after_s: u64) -> Row {
    Row::bad(format!(
        "Too many requests with this API key; nothing was done. Try again in {retry_after_s} s, and ask less often."
    ))
    .status(429)
    .code("rate_limit")
}

fn store(error: &StoreError) -> Row {
    let own = |message: &str| Row::bad(message).kind(API);
    match error {
        StoreError::Busy => own("Too much is going on right now; nothing was done. Try again shortly.")
            .status(503)
            .retry(true),
        StoreError::Unavailable | StoreError::ReadOnly | StoreError::Closed => {
            own("The service is not available right now. Try again shortly, with the same idempotency key.")
                .status(503)
                .retry(true)
        }
        StoreError::OutcomeUnknown => own(
            "It is not known whether the request was carried out. Send it again with the same idempotency key to find out.",
        )
        .status(500)
        .retry(true),
        StoreError::Damaged
        | StoreError::Corrupt { .. }
        | StoreError::Bug
        | StoreError::Locked { .. }
        | StoreError::Unusable { .. }
        | StoreError::Unreachable
        | StoreError::NotEmpty
        | StoreError::SchemaNewer { .. } => {
            own("Something went wrong on our side. The request id in the headers will help to find out why.")
                .status(500)
        }
    }
}
