//! One file per route; this one chooses between them.

mod checkout;
#[cfg(feature = "diagnose")]
mod diagnose;
mod inbox;
mod page;
mod receive;
mod status;

use crate::address::Address;
use crate::ambient;
use crate::config::Config;
use crate::host::{self, Context, Env, Request, Response};
use crate::inbox as shards;
use crate::json::Map;
use crate::planted;
use crate::problem::Problem;
use crate::reply;
use crate::route::{Route, route};
use crate::wake;

/// Serves one request.
pub(crate) async fn serve(
    request: Request,
    env: &Env,
    context: &Context,
) -> host::Result<Response> {
    let config = match ambient::config(env) {
        Ok(config) => config,
        Err(error) => {
            host::log(&[&error.sentence()]);
            return Problem::Config(Box::new(error.clone())).into_response();
        }
    };
    let answer = match dispatch(request, env, config).await {
        Ok(response) => Ok(response),
        Err(problem) => problem.into_response(),
    };
    wake::after_request(env, config, context);
    answer
}

async fn dispatch(request: Request, env: &Env, config: &Config) -> Result<Response, Box<Problem>> {
    let url = request.url();
    planted::listen(&request);
    planted::panic_point("route");
    let address = Address::parse(&url).ok_or(Problem::NoRoute)?;
    match route(&request.method(), address.path)? {
        Route::Receive { source } => receive::receive(request, env, config, source).await,
        #[cfg(feature = "diagnose")]
        Route::Diagnose { source } => diagnose::diagnose(request, config, source).await,
        #[cfg(not(feature = "diagnose"))]
        Route::Diagnose { .. } => Err(Problem::NoRoute.into()),
        Route::Page => page::page(),
        Route::Status => status::status(&request, env, config).await,
        Route::Inbox { source, listing } => {
            inbox::list(&request, env, config, (source, listing, address.query)).await
        }
        Route::Gaps { source } => inbox::gaps(&request, env, config, source).await,
        Route::Event { source, id } => inbox::event(&request, env, config, (source, id)).await,
        Route::Retry { source, id } => inbox::retry(&request, env, config, (source, id)).await,
        Route::Checkout => checkout::create(request, env, config, address.origin).await,
        Route::Reprice { id } => {
            checkout::reprice(request, env, config, (address.origin, id)).await
        }
        Route::Preflight => checkout::preflight(&request, config, address.origin),
        Route::Health => {
            answer(&Map::new().flag("ok", true).text("version", env!("CARGO_PKG_VERSION")).end())
        }
    }
}

/// What the cron trigger does: every shard of every source sees to its alarm.
pub(crate) async fn sweep(env: &Env) {
    match ambient::config(env) {
        Ok(config) => shards::wake_all(env, config).await,
        Err(error) => host::log(&[&error.sentence()]),
    }
}

/// A JSON answer that no cache keeps.
fn answer(body: &str) -> Result<Response, Box<Problem>> {
    made(reply::json(200, body, &[("cache-control", "no-store")]))
}

/// An answer, if the runtime makes it.
fn made(answer: host::Result<Response>) -> Result<Response, Box<Problem>> {
    answer.map_err(|fault| {
        host::log_fault(&["an answer could not be written"], &fault);
        Problem::Storage.into()
    })
}
