//! Searches: one page of what a query finds, newest first.

use farthing_domain::decide::rendering;
use farthing_domain::query::{Page, SearchQuery};
use farthing_domain::search::{Of, Search};
use farthing_domain::view::View;

use crate::error::{ApiError, Problem};
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Expand, Item, Kind};
use crate::wire::list::{self, reference};

const KNOWN: &[&str] = &["expand", "limit", "page", "query"];
/// The one expansion that is not about an item.
const TOTAL: &str = "total_count";

/// Answers with one page of what is found.
///
/// # Errors
/// A query that cannot be understood, a page that nobody was given, wrong types.
pub async fn run(request: &ApiRequest, (of, item): (Of, Item)) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let text = params.required("query")?;
    let search = Search::parse(text, of).map_err(|why| Problem::BadSearch { why })?;
    let limit = read::limit(&params)?;
    let expand = params.expand(Kind::Search(item))?;
    let after = params.text("page")?.map(place).transpose()?;
    let count = expand.iter().any(|path| path == TOTAL);
    let tenant = request.tenant;
    let query = SearchQuery { tenant, of, search, after, limit, count };
    let deep = expand.iter().any(|path| path != TOTAL);
    let wants = move |page: &Page, view: &View| {
        let items = page.rows.iter().filter_map(reference);
        items.flat_map(|item| rendering(view, tenant, item, deep)).collect()
    };
    let (found, view) = request.app.store.search_with(query, wants).await?;
    let next = found.next.map(|seq| format!("{seq:x}"));
    let rows = read::rows(request, &view);
    let body = list::found(
        &rows,
        (&found.page.rows, next.as_deref(), found.total),
        &request.path,
        &Expand::items(&expand),
    );
    Ok(request.outcome(200, body))
}

/// Where the page begins that an earlier one named.
fn place(text: &str) -> Result<i64, ApiError> {
    i64::from_str_radix(text, 16).map_err(|_| Problem::BadSearchPage.into())
}
