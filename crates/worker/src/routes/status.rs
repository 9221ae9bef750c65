//! `GET /status`: counts by source, for whoever has the token.

use super::answer;
use crate::config::{Config, HandOn};
use crate::host::{Env, Request, Response};
use crate::inbox;
use crate::json::{Json, Map};
use crate::problem::Problem;
use crate::token;
use crate::wake;

/// Serves the route. What this isolate refused until now is counted in; asking wakes every shard.
pub(super) async fn status(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Box<Problem>> {
    token::authorize(request, config)?;
    wake::tell_all(env, config).await;
    let mut sources = Map::new();
    for (name, source) in config.sources.iter() {
        let shards = inbox::ask_all(env, config, name, &|_| "/counts".to_owned()).await;
        let hand_on = match source.hand_on {
            HandOn::Origin { .. } => "origin",
            HandOn::Queue { .. } => "queue",
            HandOn::Pull => "pull",
        };
        let shown = Map::new().text("hand_on", hand_on);
        let shown = match shards {
            Ok(shards) => {
                let count = u64::try_from(shards.len()).unwrap_or(0); // Settled at its first use.
                let counts = shards.into_iter().reduce(inbox::sum).unwrap_or(Json::Null);
                shown.count("shards", count).all(&counts)
            }
            // A part of its counts would look like all of them; the other sources' are theirs.
            Err(problem) => shown.text("error", problem.code()),
        };
        sources = sources.raw(name, &shown.end());
    }
    let status = Map::new().text("version", env!("CARGO_PKG_VERSION"));
    answer(&status.raw("sources", &sources.end()).end())
}
