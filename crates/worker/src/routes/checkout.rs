//! `POST /checkout/intents`, `POST /checkout/intents/:id` and their preflight: a static page pays without
//! a server of its own.

use std::future::Future;

use super::{answer, made};
use crate::body::{self, Absent};
use crate::calls::Call;
use crate::checkout::{self, CheckoutConfig, Reply};
use crate::config::{Config, ConfigError};
use crate::cors::{self, Verdict};
use crate::host::{self, Env, Headers, Request, Response};
use crate::limiter;
use crate::problem::Problem;

/// A cart's body: a hundred lines of ids are a tenth of it.
const BODY_MAX: usize = 64 * 1024;
/// Longer than the backend's own limit for the network, so that it is the one to say what happened.
const BACKEND_TIMEOUT_MS: u32 = 15_000;

/// Makes the intent of a cart. A page on the list can read every answer, refusals included.
pub(super) async fn create(
    request: Request,
    env: &Env,
    config: &Config,
    own: &str,
) -> Result<Response, Problem> {
    let config = settings(config)?;
    let origin = request.headers().get("origin").ok().flatten();
    let verdict = admitted(config, own, origin.as_deref())?;
    readable(price_and_ask(request, env, config).await, &verdict)
}

/// Changes the amount of a cart's intent, where it is the intent that this very cart was given.
pub(super) async fn reprice(
    request: Request,
    env: &Env,
    config: &Config,
    (own, id): (&str, &str),
) -> Result<Response, Problem> {
    let config = settings(config)?;
    let origin = request.headers().get("origin").ok().flatten();
    let verdict = admitted(config, own, origin.as_deref())?;
    readable(price_and_change(request, env, config, id).await, &verdict)
}

/// Serves the preflight.
pub(super) fn preflight(
    request: &Request,
    config: &Config,
    own: &str,
) -> Result<Response, Problem> {
    let config = settings(config)?;
    let origin = request.headers().get("origin").ok().flatten();
    let verdict = admitted(config, own, origin.as_deref())?;
    Ok(with_cors(made(host::response(204, &[], &cors::PREFLIGHT))?, &verdict))
}

fn settings(config: &Config) -> Result<&CheckoutConfig, Problem> {
    let why = "it names what a page may sell, and for how much";
    config
        .checkout
        .as_ref()
        .ok_or(Problem::Config(ConfigError::Missing { variable: "PRICES", why }))
}

fn admitted<'o>(
    config: &CheckoutConfig,
    own: &str,
    origin: Option<&'o str>,
) -> Result<Verdict<'o>, Problem> {
    match cors::judge(&config.origins, own, origin) {
        Verdict::Refuse => Err(Problem::OriginNotAllowed),
        verdict => Ok(verdict),
    }
}

fn readable(
    outcome: Result<checkout::Answer, Problem>,
    verdict: &Verdict<'_>,
) -> Result<Response, Problem> {
    let response = match outcome {
        Ok(intent) => answer(intent.to_json())?,
        Err(problem) => made(problem.into_response())?,
    };
    Ok(with_cors(response, verdict))
}

fn with_cors(response: Response, verdict: &Verdict<'_>) -> Response {
    if let Verdict::Allow(origin) = verdict {
        for (name, value) in cors::headers(origin) {
            response.headers().set(name, value).ok();
        }
    }
    response
}

async fn price_and_ask(
    request: Request,
    env: &Env,
    config: &CheckoutConfig,
) -> Result<checkout::Answer, Problem> {
    limiter::admit(env, config.per_minute, &request.headers()).await?;
    let body = json_body(&request).await?;
    let order = checkout::parse(config, &body)?;
    let key = config.cart_keys.idempotency_key(&order.cart_key);
    let post = Post { path: "/v1/payment_intents", key: &key, form: checkout::form(&order) };
    let reply = ask(config, post.send(config)).await?;
    checkout::read_answer(config, reply, (&key, &order.cart_key))
}

async fn price_and_change(
    request: Request,
    env: &Env,
    config: &CheckoutConfig,
    id: &str,
) -> Result<checkout::Answer, Problem> {
    limiter::admit(env, config.per_minute, &request.headers()).await?;
    let body = json_body(&request).await?;
    let (order, update_key) = checkout::parse_change(config, &body)?;
    // Whose intent it is, the backend knows: it was made under this cart's key or it was not. So a
    // page can change the amount of no intent but its own, whatever ids it has seen.
    let made_with = config.cart_keys.idempotency_key(&order.cart_key);
    let reply = ask(config, look_up(config, &made_with)).await?;
    let made = checkout::read_record(reply, (&made_with, &order.cart_key))?;
    if made.as_deref() != Some(id) {
        return Err(Problem::UnknownIntent);
    }
    let key = config.cart_keys.update_key(&order.cart_key, &update_key);
    let path = ["/v1/payment_intents/", id].concat();
    let post = Post { path: &path, key: &key, form: checkout::change_form(&order) };
    let reply = ask(config, post.send(config)).await?;
    checkout::read_answer(config, reply, (&key, &update_key))
}

async fn json_body(request: &Request) -> Result<Vec<u8>, Problem> {
    // A form of another site could be posted without a preflight; JSON cannot.
    body::accept_json(&request.headers(), Absent::Refused)?;
    body::read(request, BODY_MAX).await
}

/// A request that changes something at the backend.
struct Post<'p> {
    path: &'p str,
    key: &'p str,
    form: String,
}

impl Post<'_> {
    async fn send(self, config: &CheckoutConfig) -> host::Result<Reply> {
        let headers = authorized(config)?;
        headers.set("content-type", "application/x-www-form-urlencoded")?;
        headers.set("idempotency-key", self.key)?;
        call("POST", config, self.path, (headers, Some(self.form.as_bytes()))).await
    }
}

/// What became of a key: 64 hexadecimal digits, which need no escape in a path.
async fn look_up(config: &CheckoutConfig, key: &str) -> host::Result<Reply> {
    let path = ["/v1/farthing/idempotency/", key].concat();
    call("GET", config, &path, (authorized(config)?, None)).await
}

fn authorized(config: &CheckoutConfig) -> host::Result<Headers> {
    let headers = Headers::new()?;
    headers.set("authorization", &["Bearer ", config.secret_key.expose()].concat())?;
    Ok(headers)
}

async fn ask(
    config: &CheckoutConfig,
    call: impl Future<Output = host::Result<Reply>>,
) -> Result<Reply, Problem> {
    call.await.map_err(|fault| {
        host::log_fault(&["the backend at ", &config.api_base, " did not answer"], &fault);
        Problem::OutcomeUnknown
    })
}

async fn call(
    method: &'static str,
    config: &CheckoutConfig,
    path: &str,
    (headers, body): (Headers, Option<&[u8]>),
) -> host::Result<Reply> {
    let url = [&config.api_base, path].concat();
    let call = Call { method, url: &url, headers, body, timeout_ms: BACKEND_TIMEOUT_MS };
    let response = call.send().await?;
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let body = body::read_answer(&response).await?;
    Ok(Reply { status: response.status(), retry_after, body })
}
