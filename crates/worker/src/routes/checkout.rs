//! `POST /checkout/intents`, `POST /checkout/intents/:id` and their preflight: a static page pays without
//! a server of its own.

use super::{answer, made};
use crate::body::{self, Absent};
use crate::calls::Call;
use crate::checkout::{self, CheckoutConfig, Reply};
use crate::config::Config;
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
) -> Result<Response, Box<Problem>> {
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
) -> Result<Response, Box<Problem>> {
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
) -> Result<Response, Box<Problem>> {
    let config = settings(config)?;
    let origin = request.headers().get("origin").ok().flatten();
    let verdict = admitted(config, own, origin.as_deref())?;
    Ok(with_cors(made(host::response(204, &[], &cors::PREFLIGHT))?, &verdict))
}

fn settings(config: &Config) -> Result<&CheckoutConfig, Box<Problem>> {
    let why = "it names what a page may sell, and for how much";
    Ok(config.checkout.as_ref().ok_or_else(|| Problem::missing("PRICES", why))?)
}

fn admitted<'o>(
    config: &CheckoutConfig,
    own: &str,
    origin: Option<&'o str>,
) -> Result<Verdict<'o>, Box<Problem>> {
    match cors::judge(&config.origins, own, origin) {
        Verdict::Refuse => Err(Problem::OriginNotAllowed.into()),
        verdict => Ok(verdict),
    }
}

fn readable(
    outcome: Result<checkout::Answer, Box<Problem>>,
    verdict: &Verdict<'_>,
) -> Result<Response, Box<Problem>> {
    let response = match outcome {
        Ok(intent) => answer(&intent.to_json())?,
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
) -> Result<checkout::Answer, Box<Problem>> {
    let body = json_body(&request, env, config).await?;
    let order = checkout::parse(config, &body)?;
    let key = config.cart_keys.idempotency_key(&order.cart_key);
    let reply = ask(config, "/v1/payment_intents", Some((&key, checkout::form(&order)))).await?;
    checkout::read_answer(config, reply, (&key, &order.cart_key))
}

async fn price_and_change(
    request: Request,
    env: &Env,
    config: &CheckoutConfig,
    id: &str,
) -> Result<checkout::Answer, Box<Problem>> {
    let body = json_body(&request, env, config).await?;
    let (order, update_key) = checkout::parse_change(config, &body)?;
    // Whose intent it is, the backend knows: it was made under this cart's key or it was not. So a
    // page can change the amount of no intent but its own, whatever ids it has seen.
    let made_with = config.cart_keys.idempotency_key(&order.cart_key);
    // The key is 64 hexadecimal digits, which need no escape in a path.
    let record = ["/v1/farthing/idempotency/", &made_with].concat();
    let reply = ask(config, &record, None).await?;
    let made = checkout::read_record(reply, (&made_with, &order.cart_key))?;
    if made.as_deref() != Some(id) {
        return Err(Problem::UnknownIntent.into());
    }
    let key = config.cart_keys.update_key(&order.cart_key, &update_key);
    let path = ["/v1/payment_intents/", id].concat();
    let reply = ask(config, &path, Some((&key, checkout::change_form(&order)))).await?;
    checkout::read_answer(config, reply, (&key, &update_key))
}

async fn json_body(
    request: &Request,
    env: &Env,
    config: &CheckoutConfig,
) -> Result<Vec<u8>, Box<Problem>> {
    limiter::admit(env, config.per_minute, &request.headers()).await?;
    // A form of another site could be posted without a preflight; JSON cannot.
    body::accept_json(&request.headers(), Absent::Refused)?;
    body::read(request, BODY_MAX).await
}

/// Asks the backend: for what is at a path, or to do what a form says, once under a key.
async fn ask(
    config: &CheckoutConfig,
    path: &str,
    change: Option<(&str, String)>,
) -> Result<Reply, Box<Problem>> {
    call(config, path, change).await.map_err(|fault| {
        host::log_fault(&["the backend at ", &config.api_base, " did not answer"], &fault);
        Problem::OutcomeUnknown.into()
    })
}

async fn call(
    config: &CheckoutConfig,
    path: &str,
    change: Option<(&str, String)>,
) -> host::Result<Reply> {
    let headers = Headers::new()?;
    headers.set("authorization", &["Bearer ", config.secret_key.expose()].concat())?;
    if let Some((key, _)) = change {
        headers.set("content-type", "application/x-www-form-urlencoded")?;
        headers.set("idempotency-key", key)?;
    }
    let url = [&config.api_base, path].concat();
    let call = Call {
        method: if change.is_some() { "POST" } else { "GET" },
        url: &url,
        headers,
        body: change.as_ref().map(|(_, form)| form.as_bytes()),
        timeout_ms: BACKEND_TIMEOUT_MS,
    };
    let response = call.send().await?;
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let body = body::read_answer(&response).await?;
    Ok(Reply { status: response.status(), retry_after, body })
}
