//! Farthing at the edge: a Cloudflare Worker that takes webhooks in and hands them on, and creates
//! intents for a static page.
//!
//! A webhook is verified over its raw bytes, stored once in a Durable Object, acknowledged only
//! then, and forwarded until the origin took it. A page names what is in the cart; the price is
//! this Worker's. Deliberately not here: any rule of its own about money, signatures or retries.
//! They are `farthing_core`'s; this crate carries bytes between it and the runtime.

mod address;
mod ambient;
mod body;
mod calls;
mod checkout;
mod config;
mod cors;
mod cursor;
mod inbox;
mod join;
mod json;
mod limiter;
mod named;
mod planted;
mod problem;
mod query;
mod reply;
mod route;
mod routes;
mod setting;
mod tally;
mod token;
mod wake;

use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

pub use inbox::Inbox;
pub use limiter::Limiter;

/// Every request comes in here.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    routes::serve(request, &env, &context).await
}

/// The cron trigger: every shard of every source sees to its alarm.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    routes::sweep(&env).await;
}
