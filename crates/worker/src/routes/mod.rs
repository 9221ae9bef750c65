//! One file per route; this one chooses between them.

mod checkout;
mod receive;
mod status;

use serde::Serialize;
use serde_json::json;
use worker::{Env, Headers, Request, Response, console_error};

use crate::address::Address;
use crate::ambient;
use crate::config::Config;
use crate::inbox;
use crate::problem::Problem;
use crate::route::{Route, route};

/// Serves one request.
pub(crate) async fn serve(request: Request, env: &Env) -> worker::Result<Response> {
    let config = match ambient::config(env) {
        Ok(config) => config,
        Err(error) => {
            console_error!("{error}");
            return Problem::Config(error).into_response();
        }
    };
    match dispatch(request, env, &config).await {
        Ok(response) => Ok(response),
        Err(problem) => problem.into_response(),
    }
}

async fn dispatch(request: Request, env: &Env, config: &Config) -> Result<Response, Problem> {
    let url = request.inner().url();
    let address = Address::parse(&url).ok_or(Problem::NoRoute)?;
    match route(request.method().as_ref(), address.path)? {
        Route::Receive { source } => receive::receive(request, env, config, source).await,
        Route::Status => status::status(&request, env, config).await,
        Route::Inbox { source } => {
            status::inbox(&request, env, config, (source, address.query)).await
        }
        Route::Unpark { source } => status::unpark(&request, env, config, source).await,
        Route::Checkout => checkout::create(request, config, address.origin).await,
        Route::Reprice { id } => checkout::reprice(request, config, address.origin, id).await,
        Route::Preflight => checkout::preflight(&request, config, address.origin),
        Route::Health => answer(&json!({ "ok": true, "version": env!("CARGO_PKG_VERSION") })),
    }
}

/// What the cron trigger does.
pub(crate) async fn sweep(env: &Env) {
    let config = match ambient::config(env) {
        Ok(config) => config,
        Err(error) => return console_error!("{error}"),
    };
    for source in config.sources.keys() {
        // A shard that does not answer is logged by the client; the others are swept all the same.
        inbox::ask_all::<bool>(env, &config, source, |_| "/sweep".to_owned()).await.ok();
    }
}

/// A JSON answer that no cache keeps.
fn answer<T: Serialize>(value: &T) -> Result<Response, Problem> {
    let build = || {
        let headers = Headers::new();
        headers.set("content-type", "application/json")?;
        headers.set("cache-control", "no-store")?;
        Ok::<_, worker::Error>(Response::from_json(value)?.with_headers(headers))
    };
    build().map_err(|error| {
        console_error!("an answer could not be written: {error}");
        Problem::Storage
    })
}
