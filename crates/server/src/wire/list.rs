//! Pages of lists.

use farthing_domain::object::ObjectRef;
use farthing_domain::view::Row;

use super::Rows;
use super::expand::Expand;
use super::json::object;

/// One page, newest first.
pub fn page(
    rows: &Rows<'_>,
    (items, has_more): (&[Row], bool),
    url: &str,
    expand: &Expand<'_>,
) -> Vec<u8> {
    let items = items.iter().filter_map(reference);
    of((items, has_more), url, |out, item| rows.write(out, item, expand))
}

/// One page of items that know how they are written, in the order in which they come.
pub fn of<T>(
    (items, has_more): (impl IntoIterator<Item = T>, bool),
    url: &str,
    write: impl FnMut(&mut Vec<u8>, T),
) -> Vec<u8> {
    object(|out| {
        out.plain("object", "list");
        out.list("data", items, write);
        out.bool("has_more", has_more);
        out.plain("url", url);
    })
}

/// One page of what a search found, newest first.
pub fn found(
    rows: &Rows<'_>,
    (items, next, total): (&[Row], Option<&str>, Option<usize>),
    url: &str,
    expand: &Expand<'_>,
) -> Vec<u8> {
    object(|out| {
        out.plain("object", "search_result");
        out.list("data", items.iter().filter_map(reference), |out, item| {
            rows.write(out, item, expand);
        });
        out.bool("has_more", next.is_some());
        out.maybe_text("next_page", next);
        if let Some(total) = total {
            out.int("total_count", i64::try_from(total).unwrap_or(i64::MAX));
        }
        out.plain("url", url);
    })
}

/// The object a row is listed as; none for rows that are never listed.
pub fn reference(row: &Row) -> Option<ObjectRef> {
    match row {
        Row::Intent(row) => Some(ObjectRef::Intent(row.id)),
        Row::Customer(row) => Some(ObjectRef::Customer(row.id)),
        Row::Method(row) => Some(ObjectRef::Method(row.id)),
        Row::Setup(row) => Some(ObjectRef::Setup(row.id)),
        Row::SetupAttempt(row) => Some(ObjectRef::SetupAttempt(row.id)),
        Row::Warning(row) => Some(ObjectRef::Warning(row.id)),
        Row::Charge(row) => Some(ObjectRef::Charge(row.id)),
        Row::Refund(row) => Some(ObjectRef::Refund(row.id)),
        Row::Dispute(row) => Some(ObjectRef::Dispute(row.id)),
        Row::Payout(row) => Some(ObjectRef::Payout(row.id)),
        Row::BankAccount(row) => Some(ObjectRef::BankAccount(row.id)),
        Row::BalanceTransaction(row) => Some(ObjectRef::BalanceTransaction(row.id)),
        Row::Event(row) => Some(ObjectRef::Event(row.id)),
        Row::Endpoint(row) => Some(ObjectRef::Endpoint(row.id)),
        Row::Tenant(_)
        | Row::ApiKey(_)
        | Row::Token(_)
        | Row::Balance(_)
        | Row::Transfer(_)
        | Row::Attempt(_)
        | Row::Record(_)
        | Row::Body(_)
        | Row::Delivery(_)
        | Row::Timer(_)
        | Row::Allowance(_)
        | Row::Spend(_) => None,
    }
}
