//! What the inbox holds, for whoever has the status token: `GET /status`, `GET /inbox/:source` and
//! `POST /inbox/:source/retry`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use worker::url::form_urlencoded;
use worker::{Env, Request, Response};

use super::answer;
use crate::config::{Config, ConfigError};
use crate::inbox::{self, Counts, Page, ROWS_MAX};
use crate::problem::Problem;

/// Rows in one answer when nothing else is asked for.
const ROWS_DEFAULT: u32 = 100;

/// `GET /status`: counts by source.
pub(super) async fn status(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Problem> {
    authorize(request, config)?;
    let mut sources = BTreeMap::new();
    for name in config.sources.keys() {
        let shards: Vec<Counts> =
            inbox::ask_all(env, config, name, |_| "/counts".to_owned()).await?;
        sources.insert(name, shards.into_iter().fold(Counts::default(), Counts::plus));
    }
    answer(&json!({ "sources": sources, "shards": config.shards }))
}

/// `GET /inbox/:source?after=&limit=`: rows in the order of their arrival. `after` is the `next` of
/// the previous answer; a reader that keeps it misses nothing and sees nothing twice.
pub(super) async fn inbox(
    request: &Request,
    env: &Env,
    config: &Config,
    (source, query): (&str, &str),
) -> Result<Response, Problem> {
    authorize(request, config)?;
    known(config, source)?;
    let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
    let mut places = parse_places(query.get("after").map(AsRef::as_ref), config.shards);
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(ROWS_DEFAULT);
    let limit = limit.clamp(1, ROWS_MAX);
    let path = |shard: u32| {
        let index = usize::try_from(shard).unwrap_or(usize::MAX);
        let after = places.get(index).copied().unwrap_or(0);
        format!("/rows?after={after}&limit={limit}")
    };
    let pages: Vec<Page> = inbox::ask_all(env, config, source, path).await?;
    let (rows, has_more) = merge(pages, &mut places, usize::try_from(limit).unwrap_or(1));
    answer(&json!({ "rows": rows, "next": write_places(&places), "has_more": has_more }))
}

/// `POST /inbox/:source/retry`: what was parked gets its schedule again.
pub(super) async fn unpark(
    request: &Request,
    env: &Env,
    config: &Config,
    source: &str,
) -> Result<Response, Problem> {
    authorize(request, config)?;
    known(config, source)?;
    let counts: Vec<u64> = inbox::ask_all(env, config, source, |_| "/unpark".to_owned()).await?;
    answer(&json!({ "retried": counts.into_iter().fold(0, u64::saturating_add) }))
}

/// Compares the bearer token in constant time. Without a configured token nobody gets in.
fn authorize(request: &Request, config: &Config) -> Result<(), Problem> {
    let why = "the inbox is shown only to who sends it as a bearer token";
    let missing = ConfigError::Missing { variable: "STATUS_TOKEN", why };
    let token = config.status_token.as_deref().ok_or(missing)?;
    let header = request.headers().get("authorization").ok().flatten().unwrap_or_default();
    let given = header.strip_prefix("Bearer ").unwrap_or_default();
    if bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
        Ok(())
    } else {
        Err(Problem::Unauthorized)
    }
}

fn known(config: &Config, source: &str) -> Result<(), Problem> {
    if config.sources.contains_key(source) { Ok(()) } else { Err(Problem::UnknownSource) }
}

/// A cursor is one place per shard: shards do not share a clock, so a time would skip rows.
fn parse_places(after: Option<&str>, shards: u32) -> Vec<i64> {
    let mut places: Vec<i64> =
        after.unwrap_or_default().split('.').map(|place| place.parse().unwrap_or(0)).collect();
    places.resize(usize::try_from(shards).unwrap_or(1), 0);
    places
}

fn write_places(places: &[i64]) -> String {
    places.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// Merges the shards' pages by time of arrival, each shard's own order kept, and moves the places
/// past what is shown.
fn merge(pages: Vec<Page>, places: &mut [i64], limit: usize) -> (Vec<Value>, bool) {
    let mut has_more = pages.iter().any(|page| page.has_more);
    let mut queues: Vec<_> =
        pages.into_iter().map(|page| page.rows.into_iter().peekable()).collect();
    let mut shown = Vec::new();
    loop {
        let earliest = queues
            .iter_mut()
            .enumerate()
            .filter_map(|(index, queue)| queue.peek().map(|row| (row.received_at, index)))
            .min();
        let Some((_, index)) = earliest else { break };
        if shown.len() == limit {
            has_more = true;
            break;
        }
        let Some(row) = queues.get_mut(index).and_then(Iterator::next) else { break };
        if let Some(place) = places.get_mut(index) {
            *place = row.seq;
        }
        shown.push(json!(row));
    }
    (shown, has_more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Row;

    fn page(rows: &[(i64, i64)], has_more: bool) -> Page {
        let row = |&(seq, received_at): &(i64, i64)| Row {
            seq,
            id: format!("evt_{received_at}"),
            kind: None,
            object: None,
            amount: None,
            currency: None,
            sequence: None,
            previous_sequence: None,
            received_at,
            state: "stored".into(),
            tries: 0,
            answer: None,
            body: None,
        };
        Page { rows: rows.iter().map(row).collect(), has_more }
    }

    #[test]
    fn pages_merge_by_arrival_and_keep_each_shards_order() {
        // The second shard's clock ran backwards: its order stays, and nothing is left out.
        let pages = || vec![page(&[(1, 10), (2, 30)], false), page(&[(5, 20), (6, 15)], false)];
        let mut places = vec![0, 0];
        let (rows, has_more) = merge(pages(), &mut places, 10);
        let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["evt_10", "evt_20", "evt_15", "evt_30"]);
        assert_eq!((places, has_more), (vec![2, 6], false));

        let mut places = vec![0, 4];
        let (rows, has_more) = merge(pages(), &mut places, 2);
        assert_eq!((rows.len(), places, has_more), (2, vec![1, 5], true));
        let (_, has_more) = merge(vec![page(&[(1, 1)], true)], &mut [0], 1);
        assert!(has_more);
    }

    #[test]
    fn a_cursor_comes_back_whatever_was_made_of_it() {
        assert_eq!(parse_places(Some("3.0.7"), 3), [3, 0, 7]);
        assert_eq!(write_places(&[3, 0, 7]), "3.0.7");
        assert_eq!(parse_places(None, 2), [0, 0]);
        assert_eq!(parse_places(Some("3.x.7.9"), 2), [3, 0]);
        assert_eq!(parse_places(Some(""), 2), [0, 0]);
    }
}
