//! Searches: a walk through a list, newest first, that keeps what the query finds.
//!
//! It is the same walk in both engines, over their own pages.

use farthing_domain::limits::{PAGE_ROWS_MAX, SEARCH_ROWS};
use farthing_domain::method::PaymentMethod;
use farthing_domain::query::{CreatedRange, Cursor, List, Query, SearchPage, SearchQuery};
use farthing_domain::search::{Found, Of};
use farthing_domain::view::{Key, Row, View};

use crate::error::StoreError;
use crate::snapshot::{Snapshot, seq_of};

/// One page of what is found.
pub(crate) fn search(
    snapshot: &Snapshot<'_>,
    query: &SearchQuery,
) -> Result<SearchPage, StoreError> {
    let mut found = SearchPage::default();
    let start = query.after.map_or(Cursor::Start, Cursor::After);
    let mut last = None;
    let end = walk(snapshot, query, start, |row, seq| {
        if found.page.rows.len() == query.limit {
            found.next = last;
            return Going::Stop;
        }
        last = Some(seq);
        found.page.rows.push(row);
        Going::On
    })?;
    found.next = found.next.or(end);
    found.page.has_more = found.next.is_some();
    if query.count {
        let mut total = 0_usize;
        walk(snapshot, query, Cursor::Start, |_, _| {
            total = total.saturating_add(1);
            Going::On
        })?;
        found.total = Some(total);
    }
    Ok(found)
}

/// Whether a walk goes on after a row.
#[derive(PartialEq, Eq)]
enum Going {
    On,
    Stop,
}

/// Visits what is found. Answers where it gave up, if it did before the end of the list.
fn walk(
    snapshot: &Snapshot<'_>,
    query: &SearchQuery,
    start: Cursor,
    mut visit: impl FnMut(Row, i64) -> Going,
) -> Result<Option<i64>, StoreError> {
    let list = match query.of {
        Of::Intents => List::Intents,
        Of::Charges => List::Charges { intent: None, group: None },
        Of::Customers => List::Customers { email: None },
    };
    let (tenant, created) = (query.tenant, CreatedRange::default());
    let mut step = Query { tenant, list, created, cursor: start, limit: PAGE_ROWS_MAX };
    let mut looked = 0;
    while looked < SEARCH_ROWS {
        let page = snapshot.page(&step)?;
        looked = looked.saturating_add(page.rows.len());
        let cards = cards(snapshot, query, &page.rows)?;
        let oldest = page.rows.last().and_then(seq_of);
        for row in page.rows {
            let Some(seq) = seq_of(&row) else { continue };
            if finds(query, &row, &cards) && visit(row, seq) == Going::Stop {
                return Ok(None);
            }
        }
        match oldest {
            Some(seq) if page.has_more => step.cursor = Cursor::After(seq),
            Some(_) | None => return Ok(None),
        }
    }
    match step.cursor {
        Cursor::After(seq) => Ok(Some(seq)),
        Cursor::Start | Cursor::Before(_) => Ok(None),
    }
}

/// The cards of charges, where the query asks about them.
fn cards(snapshot: &Snapshot<'_>, query: &SearchQuery, rows: &[Row]) -> Result<View, StoreError> {
    let mut view = View::default();
    if query.search.asks_card() {
        let mut keys: Vec<Key> = rows.iter().filter_map(card).collect();
        keys.sort_unstable();
        keys.dedup();
        snapshot.load(&mut view, &keys)?;
    }
    Ok(view)
}

fn card(row: &Row) -> Option<Key> {
    if let Row::Charge(charge) = row {
        Some(Key::Method(charge.tenant, charge.method))
    } else {
        None
    }
}

fn finds(query: &SearchQuery, row: &Row, cards: &View) -> bool {
    let method = |key: &Key| -> Option<PaymentMethod> {
        match cards.knows(key).then(|| cards.row(key)).flatten() {
            Some(Row::Method(method)) => Some(method.clone()),
            Some(_) | None => None,
        }
    };
    if let Row::Intent(intent) = row {
        query.search.finds(Found::Intent(intent))
    } else if let Row::Charge(charge) = row {
        let method = card(row).and_then(|key| method(&key));
        query.search.finds(Found::Charge(charge, method.as_ref()))
    } else if let Row::Customer(customer) = row {
        query.search.finds(Found::Customer(customer))
    } else {
        false
    }
}
