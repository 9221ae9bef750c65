//! `GET /status`: counts by source, for whoever has the token.

use std::collections::BTreeMap;

use serde::Serialize;
use worker::{Env, Request, Response};

use super::answer;
use crate::config::{Config, HandOn};
use crate::inbox::{self, Counts};
use crate::problem::Problem;
use crate::token;
use crate::wake;

/// One source as the page and programs see it.
#[derive(Serialize)]
struct Shown {
    /// `origin`, `queue` or `pull`.
    hand_on: &'static str,
    /// How many shards it has; settled at its first use.
    shards: usize,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct Status<'a> {
    version: &'static str,
    sources: BTreeMap<&'a str, Shown>,
}

/// Serves the route. What this isolate refused until now is counted in; asking wakes every shard.
pub(super) async fn status(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Problem> {
    token::authorize(request, config)?;
    wake::tell_all(env, config).await;
    let mut sources = BTreeMap::new();
    for (name, source) in &config.sources {
        let shards: Vec<Counts> =
            inbox::ask_all(env, config, name, |_| "/counts".to_owned()).await?;
        let hand_on = match source.hand_on {
            HandOn::Origin { .. } => "origin",
            HandOn::Queue { .. } => "queue",
            HandOn::Pull => "pull",
        };
        let count = shards.len();
        let counts = shards.into_iter().fold(Counts::default(), Counts::plus);
        sources.insert(name.as_str(), Shown { hand_on, shards: count, counts });
    }
    answer(&Status { version: env!("CARGO_PKG_VERSION"), sources })
}
