//! `POST /checkout/intents`, `POST /checkout/intents/:id` and their preflight: a static page pays without
//! a server of its own.

use worker::{
    AbortSignal, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    console_error, web_sys,
};

use super::answer;
use crate::body::{self, Absent};
use crate::checkout::{self, CheckoutConfig, Reply};
use crate::config::{Config, ConfigError};
use crate::cors::{self, Verdict};
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
    let response = Response::empty().map_err(|_| Problem::Storage)?.with_status(204);
    for (name, value) in cors::PREFLIGHT {
        response.headers().set(name, value).ok();
    }
    Ok(with_cors(response, &verdict))
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
        Ok(intent) => answer(&intent)?,
        Err(problem) => problem.into_response().map_err(|_| Problem::Storage)?,
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
    mut request: Request,
    env: &Env,
    config: &CheckoutConfig,
) -> Result<checkout::Answer, Problem> {
    limiter::admit(env, config.per_minute, request.headers()).await?;
    let body = json_body(&mut request).await?;
    let order = checkout::parse(config, &body)?;
    let key = config.cart_keys.idempotency_key(&order.cart_key);
    let post = Post { path: "/v1/payment_intents", key: &key, form: checkout::form(&order) };
    let reply = ask(config, post.request(config)).await?;
    checkout::read_answer(config, reply, (&key, &order.cart_key))
}

async fn price_and_change(
    mut request: Request,
    env: &Env,
    config: &CheckoutConfig,
    id: &str,
) -> Result<checkout::Answer, Problem> {
    limiter::admit(env, config.per_minute, request.headers()).await?;
    let body = json_body(&mut request).await?;
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
    let path = format!("/v1/payment_intents/{id}");
    let post = Post { path: &path, key: &key, form: checkout::change_form(&order) };
    let reply = ask(config, post.request(config)).await?;
    checkout::read_answer(config, reply, (&key, &update_key))
}

async fn json_body(request: &mut Request) -> Result<Vec<u8>, Problem> {
    // A form of another site could be posted without a preflight; JSON cannot.
    body::accept_json(request.headers(), Absent::Refused)?;
    body::read(request, BODY_MAX).await
}

/// A request that changes something at the backend.
struct Post<'p> {
    path: &'p str,
    key: &'p str,
    form: String,
}

impl Post<'_> {
    fn request(self, config: &CheckoutConfig) -> worker::Result<Request> {
        let headers = authorized(config)?;
        headers.set("content-type", "application/x-www-form-urlencoded")?;
        headers.set("idempotency-key", self.key)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(headers)
            .with_redirect(RequestRedirect::Manual) // The key goes to this address and to no other.
            .with_body(Some(self.form.into()));
        Request::new_with_init(&[&config.api_base, self.path].concat(), &init)
    }
}

/// What became of a key: 64 hexadecimal digits, which need no escape in a path.
fn look_up(config: &CheckoutConfig, key: &str) -> worker::Result<Request> {
    let mut init = RequestInit::new();
    init.with_headers(authorized(config)?).with_redirect(RequestRedirect::Manual);
    Request::new_with_init(&[&config.api_base, "/v1/farthing/idempotency/", key].concat(), &init)
}

fn authorized(config: &CheckoutConfig) -> worker::Result<Headers> {
    let headers = Headers::new();
    headers.set("authorization", &["Bearer ", config.secret_key.expose()].concat())?;
    Ok(headers)
}

async fn ask(config: &CheckoutConfig, request: worker::Result<Request>) -> Result<Reply, Problem> {
    send(request).await.map_err(|error| {
        console_error!("the backend at {} did not answer: {error}", config.api_base);
        Problem::OutcomeUnknown
    })
}

async fn send(request: worker::Result<Request>) -> worker::Result<Reply> {
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(BACKEND_TIMEOUT_MS));
    let mut response = Fetch::Request(request?).send_with_signal(&signal).await?;
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let body = response.bytes().await?;
    Ok(Reply { status: response.status_code(), retry_after, body })
}
