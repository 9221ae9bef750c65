//! `POST /checkout/intents` and its preflight: a static page pays without a server of its own.

use worker::{
    AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    console_error, web_sys,
};

use super::answer;
use crate::body;
use crate::checkout::{self, CheckoutConfig, Order, Reply};
use crate::config::{Config, ConfigError};
use crate::cors::{self, Verdict};
use crate::problem::Problem;

/// A cart's body: a hundred lines of ids are a tenth of it.
const BODY_MAX: usize = 64 * 1024;
/// Longer than the backend's own limit for the network, so that it is the one to say what happened.
const BACKEND_TIMEOUT_MS: u32 = 15_000;

/// Serves the route. A page on the list can read every answer, refusals included.
pub(super) async fn create(
    request: Request,
    config: &Config,
    own: &str,
) -> Result<Response, Problem> {
    let config = settings(config)?;
    let origin = request.headers().get("origin").ok().flatten();
    let verdict = cors::judge(&config.origins, own, origin.as_deref());
    if verdict == Verdict::Refuse {
        return Err(Problem::OriginNotAllowed);
    }
    let response = match price_and_ask(request, config).await {
        Ok(created) => answer(&created)?,
        Err(problem) => problem.into_response().map_err(|_| Problem::Storage)?,
    };
    Ok(readable(response, &verdict))
}

/// Serves the preflight.
pub(super) fn preflight(
    request: &Request,
    config: &Config,
    own: &str,
) -> Result<Response, Problem> {
    let config = settings(config)?;
    let origin = request.headers().get("origin").ok().flatten();
    let verdict = cors::judge(&config.origins, own, origin.as_deref());
    if verdict == Verdict::Refuse {
        return Err(Problem::OriginNotAllowed);
    }
    let response = Response::empty().map_err(|_| Problem::Storage)?.with_status(204);
    for (name, value) in cors::PREFLIGHT {
        response.headers().set(name, value).ok();
    }
    Ok(readable(response, &verdict))
}

fn settings(config: &Config) -> Result<&CheckoutConfig, Problem> {
    let why = "it names what a page may sell, and for how much";
    config
        .checkout
        .as_ref()
        .ok_or(Problem::Config(ConfigError::Missing { variable: "PRICES", why }))
}

fn readable(response: Response, verdict: &Verdict<'_>) -> Response {
    if let Verdict::Allow(origin) = verdict {
        for (name, value) in cors::headers(origin) {
            response.headers().set(name, value).ok();
        }
    }
    response
}

async fn price_and_ask(
    mut request: Request,
    config: &CheckoutConfig,
) -> Result<checkout::Answer, Problem> {
    // A form of another site could be posted without a preflight; JSON cannot.
    let kind = request.headers().get("content-type").ok().flatten().unwrap_or_default();
    if !kind.trim().to_ascii_lowercase().starts_with("application/json") {
        return Err(Problem::MediaType);
    }
    let body = body::read(&mut request, BODY_MAX).await?;
    let order = checkout::parse(config, &body)?;
    let key = config.cart_keys.idempotency_key(&order.cart_key);
    let reply = ask(config, &order, &key).await.map_err(|error| {
        console_error!("the backend did not answer: {error}");
        Problem::OutcomeUnknown
    })?;
    checkout::read_answer(config, reply, (&key, &order.cart_key))
}

async fn ask(config: &CheckoutConfig, order: &Order, key: &str) -> worker::Result<Reply> {
    let headers = Headers::new();
    headers.set("authorization", &format!("Bearer {}", config.secret_key))?;
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    headers.set("idempotency-key", key)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual) // The key goes to this address and to no other.
        .with_body(Some(checkout::form(order).into()));
    let url = format!("{}/v1/payment_intents", config.api_base);
    let request = Request::new_with_init(&url, &init)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(BACKEND_TIMEOUT_MS));
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let body = response.bytes().await?;
    Ok(Reply { status: response.status_code(), retry_after, body })
}
