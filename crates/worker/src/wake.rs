//! What an isolate does after a request, when the answer is on its way: it wakes the shards once in
//! its life, and writes down what it refused.

use std::cell::Cell;

use crate::ambient;
use crate::config::Config;
use crate::host::{Context, Env};
use crate::inbox::{self, Rejected};
use crate::tally;

/// How often refused requests are written down, at most.
const TELL_MS: i64 = 2_000;

thread_local! {
    static WOKEN: Cell<bool> = const { Cell::new(false) };
    static TOLD_MS: Cell<i64> = const { Cell::new(0) };
}

/// Does what is due, after the answer.
pub(crate) fn after_request(env: &Env, config: &'static Config, context: &Context) {
    let first = !WOKEN.replace(true);
    let now = ambient::now().ms();
    let tell = tally::any() && now.saturating_sub(TOLD_MS.get()) >= TELL_MS;
    if !first && !tell {
        return;
    }
    if tell {
        TOLD_MS.set(now);
    }
    let env = env.clone();
    context.run_on(async move {
        if first {
            inbox::wake_all(&env, config).await;
        }
        if tell {
            tell_all(&env, config).await;
        }
    });
}

/// Writes down what this isolate refused, at the first shard of each source.
pub(crate) async fn tell_all(env: &Env, config: &Config) {
    for source in config.sources.keys() {
        let reasons = tally::take(source);
        if reasons.is_empty() {
            continue;
        }
        let rejected = Rejected { source: source.to_owned(), reasons };
        let body = rejected.to_json().into_bytes();
        // A shard that does not answer is logged; the counts are not worth more than that.
        inbox::ask_one(env, (source, 0), ("/reject", Some(body))).await.ok();
    }
}
