//! What the inbox holds, for whoever has the token: its events in several orders, one event, what is
//! missing, and another try for what was parked.

use super::answer;
use farthing_core::print::Digits;

use crate::config::Config;
use crate::cursor::Cursor;
use crate::host::{Env, Request, Response};
use crate::inbox::{self, Page, ROWS_MAX};
use crate::json::{Json, List, Map, shown};
use crate::problem::Problem;
use crate::query::{Query, decode, encode};
use crate::route::Listing;
use crate::token;

/// Rows in one answer when nothing else is asked for.
const ROWS_DEFAULT: u32 = 100;
/// More than any moment is.
const EVER_MS: i64 = 1 << 53;

/// `GET /inbox/:source?after=&limit=` and its other listings. `after` is the `next` of the previous
/// answer; a reader that keeps it misses nothing and sees nothing twice.
pub(super) async fn list(
    request: &Request,
    env: &Env,
    config: &Config,
    (source, listing, query): (&str, Listing, &str),
) -> Result<Response, Box<Problem>> {
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
    let path = |shard: u32| {
        let (after, limit) = (Digits::signed(cursor.place(shard)), Digits::of(limit.into()));
        [name(listing), "?after=", after.as_str(), "&limit=", limit.as_str()].concat()
    };
    let answers = inbox::ask_all(env, config, source, &path).await?;
    let pages: Option<_> = answers.into_iter().map(Page::from_json).collect();
    let most = usize::try_from(limit).unwrap_or(1);
    let (rows, has_more) = merge(pages.ok_or_else(inbox::broken)?, &mut cursor, most);
    let shown =
        Map::new().raw("rows", &rows).text("next", &cursor.to_text()).flag("has_more", has_more);
    answer(&shown.end())
}

/// `GET /inbox/:source/gaps`: what is missing: what is waited for, then the rest, the newest first.
pub(super) async fn gaps(
    request: &Request,
    env: &Env,
    config: &Config,
    source: &str,
) -> Result<Response, Box<Problem>> {
    admitted(request, env, config, source).await?;
    let shards = inbox::ask_all(env, config, source, &|_| "/gaps".to_owned()).await?;
    let shards = shards.into_iter().map(Json::into_items).collect();
    // Every shard's are in this order. The newest first, and any that is open before all others.
    let age = |gap: &Json| {
        let opened_at: i64 = gap.whole_of("opened_at").unwrap_or(0);
        let open = gap.field("state").and_then(Json::text) == Some("open");
        opened_at.saturating_neg().saturating_sub(if open { EVER_MS } else { 0 })
    };
    let gaps = inbox::merged(shards, age);
    let gaps = gaps.fold(List::new(), |list, (_, gap)| list.raw(&shown(&gap)));
    answer(&Map::new().raw("gaps", &gaps.end()).end())
}

/// `GET /inbox/:source/events/:id`: one event, with its body as long as it is kept.
pub(super) async fn event(
    request: &Request,
    env: &Env,
    config: &Config,
    (source, id): (&str, &str),
) -> Result<Response, Box<Problem>> {
    admitted(request, env, config, source).await?;
    let path = ["/event?id=", &encode(&decode(id))].concat();
    let found = inbox::ask_all(env, config, source, &|_| path.clone()).await?;
    let row = found.iter().find(|row| **row != Json::Null).ok_or(Problem::UnknownEvent)?;
    answer(&shown(row))
}

/// `POST /inbox/:source/retry`, and of one event: what was parked gets its schedule again.
pub(super) async fn retry(
    request: &Request,
    env: &Env,
    config: &Config,
    (source, id): (&str, Option<&str>),
) -> Result<Response, Box<Problem>> {
    admitted(request, env, config, source).await?;
    let path = match id {
        None => "/redrive".to_owned(),
        Some(id) => ["/redrive?id=", &encode(&decode(id))].concat(),
    };
    let counts = inbox::ask_all(env, config, source, &|_| path.clone()).await?;
    let retried = counts.into_iter().reduce(inbox::sum).unwrap_or(Json::Null);
    answer(&Map::new().raw("retried", &shown(&retried)).end())
}

/// Lets in who has the token, to a source that there is. Answers how many shards it has.
async fn admitted(
    request: &Request,
    env: &Env,
    config: &Config,
    source: &str,
) -> Result<u32, Box<Problem>> {
    token::authorize(request, config)?;
    if !config.sources.contains_key(source) {
        return Err(Problem::UnknownSource.into());
    }
    inbox::spread(env, config, source).await
}

fn name(listing: Listing) -> &'static str {
    match listing {
        Listing::Handed => "/handed",
        Listing::Arrived => "/arrived",
        Listing::Waiting => "/waiting",
        Listing::Parked => "/parked",
    }
}

/// Merges the shards' pages by time of arrival, each shard's own order kept, and moves the cursor
/// past what is shown.
fn merge(pages: Vec<Page>, cursor: &mut Cursor, limit: usize) -> (String, bool) {
    let mut has_more = pages.iter().any(|page| page.has_more);
    let shards = pages.into_iter().map(|page| page.rows).collect();
    let mut list = List::new();
    let rows = inbox::merged(shards, |row| row.whole_of("received_at").unwrap_or(0));
    for (nth, (shard, row)) in rows.enumerate() {
        if nth == limit {
            has_more = true;
            break;
        }
        cursor.move_to(shard, row.whole_of("place").unwrap_or(0));
        list = list.raw(&shown(&row));
    }
    (list.end(), has_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: &[(i64, i64)], has_more: bool) -> Page {
        let row = |&(place, received_at): &(i64, i64)| {
            let row = Map::new().whole("place", place).whole("received_at", received_at).end();
            Json::parse(row.as_bytes()).unwrap()
        };
        Page { rows: rows.iter().map(row).collect(), has_more }
    }

    #[test]
    fn pages_merge_by_arrival_and_keep_each_shards_order() {
        // The second shard's clock ran backwards: its order stays, and nothing is left out.
        let pages = || vec![page(&[(1, 10), (2, 30)], false), page(&[(5, 20), (6, 15)], false)];
        let mut cursor = Cursor::parse(None, Listing::Handed, 2).unwrap();
        let (rows, has_more) = merge(pages(), &mut cursor, 10);
        let times = |rows: &str| {
            Json::parse(rows.as_bytes()).unwrap().each(|row| row.whole_of::<i64>("received_at"))
        };
        assert_eq!(times(&rows), Some(vec![10, 20, 15, 30]));
        assert_eq!((cursor.place(0), cursor.place(1), has_more), (2, 6, false));

        let mut cursor = Cursor::parse(None, Listing::Handed, 2).unwrap();
        cursor.move_to(1, 4);
        let (rows, has_more) = merge(pages(), &mut cursor, 2);
        assert_eq!(times(&rows), Some(vec![10, 20]));
        assert_eq!((cursor.place(0), cursor.place(1), has_more), (1, 5, true));
        let (_, has_more) = merge(vec![page(&[(1, 1)], true)], &mut cursor, 1);
        assert!(has_more);
    }
}
