//! Headers that every answer of the API carries, and the shape of a JSON answer.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use farthing_core::id::request_id;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, STRICT_TRANSPORT_SECURITY, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::app::Shared;
use crate::config::Config;
use crate::entropy;
use crate::pretty::pretty;
use crate::trail::Acted;
use crate::wire::API_VERSION;

/// The caller's key of one logical request.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The version a client speaks.
pub const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
/// The connected account a client wants to act for.
pub const STRIPE_ACCOUNT: HeaderName = HeaderName::from_static("stripe-account");
/// Whether the client is to try again.
pub const SHOULD_RETRY: HeaderName = HeaderName::from_static("stripe-should-retry");
/// The request that was first sent with this key.
pub const ORIGINAL_REQUEST: HeaderName = HeaderName::from_static("original-request");
/// This answer was kept under the key.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// What became of this answer under the request's key: see [`KeyStatus`].
pub const IDEMPOTENCY_STATUS: HeaderName = HeaderName::from_static("idempotency-status");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// The headers that browsers' scripts may read.
const EXPOSED: &str = "Request-Id, Stripe-Manage-Version, Stripe-Should-Retry, Idempotency-Status, Idempotent-Replayed, Original-Request";
const CORS: [(&str, &str); 5] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "GET, HEAD, PUT, PATCH, POST, DELETE"),
    (
        "access-control-allow-headers",
        "Authorization, Content-Type, Idempotency-Key, Stripe-Account, Stripe-Version",
    ),
    ("access-control-max-age", "300"),
    ("access-control-expose-headers", EXPOSED),
];

/// Where what people look at is.
const PAGES: &str = "/farthing/";

/// The id of the request being answered, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// What became of an answer under its request's idempotency key. Every answer of the API says it, so
/// that nobody believes in a key that was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// This answer is on disk under the key: whoever repeats the request gets these bytes again.
    Stored,
    /// These bytes were kept from an earlier request with this key; nothing was done now.
    Replayed,
    /// This answer is not kept: there is no key, or none is looked at here, or it was refused and the
    /// key is as it was, or the key waits for another answer.
    Ignored,
}

impl KeyStatus {
    /// Its name on the wire.
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Stored => "stored",
            Self::Replayed => "replayed",
            Self::Ignored => "ignored",
        })
    }
}

/// A JSON answer from compact bytes.
pub fn json_response(status: u16, compact: &[u8], retry: Option<bool>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Body::from(pretty(compact))).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(retry) = retry {
        let word = if retry { "true" } else { "false" };
        headers.insert(SHOULD_RETRY, HeaderValue::from_static(word));
    }
    response
}

/// Whether a version is well formed: a date, and since 2024 a name.
pub fn is_version(text: &str) -> bool {
    let (date, name) = text.split_once('.').unwrap_or((text, "name"));
    let digits = |part: &str, count: usize| {
        part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut parts = date.split('-');
    let dated = [4, 2, 2].iter().all(|count| parts.next().is_some_and(|part| digits(part, *count)));
    dated
        && parts.next().is_none()
        && !name.is_empty()
        && name.len() <= 32
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Gives a request its id, and an answer its headers.
///
/// # Panics
/// Never: a request id is ASCII.
pub async fn layer(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let id = request_id(entropy::bytes());
    request.extensions_mut().insert(RequestId(id.clone()));
    let acted = Acted::default();
    request.extensions_mut().insert(acted.clone());
    let asked = request.headers();
    let version = asked.get(STRIPE_VERSION).cloned();
    let account = asked.get(STRIPE_ACCOUNT).cloned();
    // Never the query or the body: a client secret is in the one, a card may be in the other.
    let (method, path) = (request.method().clone(), loggable(request.uri().path()).to_owned());
    let key = asked.get(IDEMPOTENCY_KEY).filter(|_| request.method() == Method::POST).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    acted.answered(&app, &id, response.status()).await;
    let is_page = path.starts_with(PAGES);
    tracing::debug!(request_id = %id, %method, %path, status = response.status().as_u16(), "answered");
    let headers = response.headers_mut();
    let id = HeaderValue::from_str(&id).expect("a request id is ASCII");
    if let Some(key) = key {
        headers.insert(IDEMPOTENCY_KEY, key);
        headers.entry(ORIGINAL_REQUEST).or_insert_with(|| id.clone());
    }
    headers.insert(REQUEST_ID, id);
    let version = version.unwrap_or_else(|| HeaderValue::from_static(API_VERSION));
    headers.insert(STRIPE_VERSION, version);
    if let Some(account) = account {
        headers.insert(STRIPE_ACCOUNT, account);
    }
    encrypted(&app.config, headers);
    common(headers);
    // Scripts of other origins read the API. A page is for whoever looks at it.
    if !is_page {
        headers.entry(IDEMPOTENCY_STATUS).or_insert_with(|| KeyStatus::Ignored.header());
        for (name, value) in CORS {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

/// A path without what follows where a key is named: somebody may name a secret one by mistake.
fn loggable(path: &str) -> &str {
    for place in ["/v1/farthing/keys/", "/v1/farthing/idempotency/"] {
        if path.starts_with(place) {
            return place;
        }
    }
    path
}

/// What files for browsers have of this: the card frame above all must not be loaded in the clear.
pub async fn files_layer(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    encrypted(&app.config, response.headers_mut());
    response
}

/// Browsers come back encrypted only, where a proxy does TLS.
fn encrypted(config: &Config, headers: &mut HeaderMap) {
    if config.behind_tls_proxy {
        let years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, years);
    }
}

fn common(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
}

#[cfg(test)]
mod tests {
    use super::{is_version, loggable};

    #[test]
    fn no_key_is_logged_with_its_path() {
        for (path, logged) in [
            ("/v1/farthing/keys/sk_live_1", "/v1/farthing/keys/"),
            ("/v1/farthing/idempotency/order-1", "/v1/farthing/idempotency/"),
            ("/v1/farthing/keys", "/v1/farthing/keys"),
            ("/v1/payment_intents/pi_1", "/v1/payment_intents/pi_1"),
        ] {
            assert_eq!(loggable(path), logged);
        }
    }

    #[test]
    fn versions_are_dates_with_or_without_a_name() {
        for (text, good) in [
            ("2026-10-28.endive", true),
            ("2024-06-20", true),
            ("2026-10-28.", false),
            ("2026-10-28.Endive", false),
            ("2026-1-28", false),
            ("2026-10-28-01", false),
            ("2026-10", false),
            ("latest", false),
            ("", false),
            ("2026-10-28.a.b", false),
        ] {
            assert_eq!(is_version(text), good, "{text}");
        }
    }
}
