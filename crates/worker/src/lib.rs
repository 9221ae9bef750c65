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
mod host;
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
mod words;

use worker::js_sys::Promise;
use worker::wasm_bindgen::prelude::{JsValue, wasm_bindgen};

pub use host::{Context, Env};
pub use inbox::Inbox;
pub use limiter::Limiter;

/// Every request comes in here.
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
pub fn fetch(request: host::Request, env: Env, context: Context) -> Promise {
    host::promise(async move { routes::serve(request, &env, &context).await })
}

/// The cron trigger: every shard of every source sees to its alarm.
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
pub fn scheduled(_event: JsValue, env: Env, _context: JsValue) -> Promise {
    host::promise(async move {
        routes::sweep(&env).await;
        Ok(JsValue::UNDEFINED)
    })
}
