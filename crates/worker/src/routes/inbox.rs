//! What the inbox holds, for whoever has the token: its events in several orders, one event, what is
//! missing, and another try for what was parked.

use worker::{Env, Request, Response};

use super::answer;
use crate::config::Config;
use crate::cursor::Cursor;
use crate::inbox::{self, GapRow, Page, ROWS_MAX, Row};
use crate::json::{Json, List, Map};
use crate::problem::Problem;
use crate::query::{Query, decode, encode};
use crate::route::Listing;
use crate::token;

/// Rows in one answer when nothing else is asked for.
const ROWS_DEFAULT: u32 = 100;

/// `GET /inbox/:source?after=&limit=` and its other listings. `after` is the `next` of the previous
/// answer; a reader that keeps it misses nothing and sees nothing twice.
pub(super) async fn list(
    request: &Request,
    env: &Env,
    config: &Config,
    (source, listing, query): (&str, Listing, &str),
) -> Result<Response, Problem> {
    let shards = admitted(request, env, config, source).await?;
    let query = Query::parse(query);
    let mut cursor = Cursor::parse(query.text("after"), listing, shards).ok_or(Problem::Cursor)?;
    let limit = match query.text("limit") {
        None => ROWS_DEFAULT,
        Some(_) => query
            .number("limit")
            .filter(|limit| (1..=ROWS_MAX).contains(limit))
            .ok_or(Problem::Limit { most: ROWS_MAX })?,
    };
    let path =
        |shard: u32| format!("/{}?after={}&limit={limit}", name(listing), cursor.place(shard));
    let pages = inbox::ask_all(env, config, source, path, Page::from_json).await?;
    let most = usize::try_from(limit).unwrap_or(1);
    let (rows, has_more) = merge(pages, &mut cursor, most);
    let shown = Map::new()
        .raw("rows", &List::of(&rows, Row::to_json))
        .text("next", &cursor.to_string())
        .flag("has_more", has_more);
    answer(shown.end())
}

/// `GET /inbox/:source/gaps`: what is missing: what is waited for, then the rest, the newest first.
pub(super) async fn gaps(
    request: &Request,
    env: &Env,
    config: &Config,
    source: &str,
) -> Result<Response, Problem> {
    admitted(request, env, config, source).await?;
    let shape = |json: &Json| json.each(GapRow::from_json);
    let gaps = inbox::ask_all(env, config, source, |_| "/gaps".to_owned(), shape).await?;
    let mut gaps: Vec<GapRow> = gaps.into_iter().flatten().collect();
    gaps.sort_by_key(|gap| (gap.state != "open", std::cmp::Reverse(gap.opened_at)));
    answer(Map::new().raw("gaps", &List::of(&gaps, GapRow::to_json)).end())
}

/// `GET /inbox/:source/events/:id`: one event, with its body as long as it is kept.
pub(super) async fn event(
    request: &Request,
    env: &Env,
    config: &Config,
    (source, id): (&str, &str),
) -> Result<Response, Problem> {
    admitted(request, env, config, source).await?;
    let path = format!("/event?id={}", encode(&decode(id)));
    let shape = |json: &Json| match json {
        Json::Null => Some(None),
        row => Row::from_json(row).map(Some),
    };
    let found = inbox::ask_all(env, config, source, |_| path.clone(), shape).await?;
    let row = found.into_iter().flatten().next().ok_or(Problem::UnknownEvent)?;
    answer(row.to_json())
}

/// `POST /inbox/:source/retry`, and of one event: what was parked gets its schedule again.
pub(super) async fn retry(
    request: &Request,
    env: &Env,
    config: &Config,
    (source, id): (&str, Option<&str>),
) -> Result<Response, Problem> {
    admitted(request, env, config, source).await?;
    let path = match id {
        None => "/redrive".to_owned(),
        Some(id) => format!("/redrive?id={}", encode(&decode(id))),
    };
    let counts = inbox::ask_all(env, config, source, |_| path.clone(), Json::whole).await?;
    answer(Map::new().whole("retried", counts.into_iter().fold(0, i64::saturating_add)).end())
}

/// Lets in who has the token, to a source that there is. Answers how many shards it has.
async fn admitted(
    request: &Request,
    env: &Env,
    config: &Config,
    source: &str,
) -> Result<u32, Problem> {
    token::authorize(request, config)?;
    if !config.sources.contains_key(source) {
        return Err(Problem::UnknownSource);
    }
    inbox::spread(env, config, source).await
}

fn name(listing: Listing) -> &'static str {
    match listing {
        Listing::Handed => "handed",
        Listing::Arrived => "arrived",
        Listing::Waiting => "waiting",
        Listing::Parked => "parked",
    }
}

/// Merges the shards' pages by time of arrival, each shard's own order kept, and moves the cursor
/// past what is shown.
fn merge(pages: Vec<Page>, cursor: &mut Cursor, limit: usize) -> (Vec<Row>, bool) {
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
        cursor.move_to(index, row.place);
        shown.push(row);
    }
    (shown, has_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: &[(i64, i64)], has_more: bool) -> Page {
        let row = |&(place, received_at): &(i64, i64)| Row {
            place,
            id: format!("evt_{received_at}"),
            received_at,
            ..Row::default()
        };
        Page { rows: rows.iter().map(row).collect(), has_more }
    }

    #[test]
    fn pages_merge_by_arrival_and_keep_each_shards_order() {
        // The second shard's clock ran backwards: its order stays, and nothing is left out.
        let pages = || vec![page(&[(1, 10), (2, 30)], false), page(&[(5, 20), (6, 15)], false)];
        let mut cursor = Cursor::parse(None, Listing::Handed, 2).unwrap();
        let (rows, has_more) = merge(pages(), &mut cursor, 10);
        let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["evt_10", "evt_20", "evt_15", "evt_30"]);
        assert_eq!((cursor.place(0), cursor.place(1), has_more), (2, 6, false));

        let mut cursor = Cursor::parse(None, Listing::Handed, 2).unwrap();
        cursor.move_to(1, 4);
        let (rows, has_more) = merge(pages(), &mut cursor, 2);
        assert_eq!((rows.len(), cursor.place(0), cursor.place(1), has_more), (2, 1, 5, true));
        let (_, has_more) = merge(vec![page(&[(1, 1)], true)], &mut cursor, 1);
        assert!(has_more);
    }
}
