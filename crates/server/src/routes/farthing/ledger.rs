//! `/v1/farthing/ledger/…`: what the books hold, for operators and for the merchant itself.
//!
//! With a secret key these are its own merchant's; an operator names `merchant` and perhaps
//! `livemode`. Amounts are in minor units, positive into a ledger account and negative out of it.

pub mod accounts;
pub mod entries;
pub mod statement;
pub mod transfers;

use farthing_core::id::{ChargeId, DisputeId, PayoutId, RefundId};
use farthing_core::time::TimestampMs;
use farthing_domain::ledger::account::Account;
use farthing_domain::ledger::transfer::{Reason, Transfer};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::{Cursor, List, Page, Query};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};

use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::read::{limit, no_such, range};
use crate::request::ApiRequest;
use crate::wire::Id;
use crate::wire::json::{Object, object_into};

/// Who is asked about.
pub const OWNER: [&str; 2] = ["livemode", "merchant"];
/// The parameters of a list here.
pub const LIST: [&str; 4] = ["created", "ending_before", "limit", "starting_after"];

/// The ledger account that a parameter names.
///
/// # Errors
/// A word that names none.
pub fn account(params: &Params<'_>) -> Result<Option<Account>, ApiError> {
    let words: Vec<(&str, Account)> = Account::ALL.iter().map(|one| (one.name(), *one)).collect();
    params.choice("account", &words)
}

/// The reasons that go by a name.
///
/// # Errors
/// A word that names none.
pub fn reasons(params: &Params<'_>) -> Result<Option<Vec<Reason>>, ApiError> {
    let words: Vec<(&str, &str)> =
        Reason::ALL.iter().map(|one| (one.category(), one.category())).collect();
    let found = params.choice("reason", &words)?;
    Ok(found.map(|word| {
        Reason::ALL.iter().copied().filter(|reason| reason.category() == word).collect()
    }))
}

/// The last moment of a second.
///
/// # Errors
/// A text that is no number.
pub fn end_of_second(params: &Params<'_>, name: &str) -> Result<Option<TimestampMs>, ApiError> {
    let end = |second: i64| TimestampMs::from_seconds(second).plus_ms(999);
    Ok(params.integer(name)?.map(end))
}

/// One page of transfers, newest first.
///
/// # Errors
/// A cursor or a source that names nothing; two cursors; wrong types.
pub async fn page(
    request: &ApiRequest,
    params: &Params<'_>,
    (tenant, list): (TenantId, List),
) -> Result<Page, ApiError> {
    let mut cursor = None;
    for name in ["starting_after", "ending_before"] {
        let Some(text) = params.text(name)? else { continue };
        let place = place(request, tenant, text).await?;
        let place = place.ok_or_else(|| no_such("ledger transfer", text, name))?.number;
        let next =
            if name == "starting_after" { Cursor::After(place) } else { Cursor::Before(place) };
        if cursor.replace(next).is_some() {
            return Err(Problem::BothCursors.into());
        }
    }
    let cursor = cursor.unwrap_or(Cursor::Start);
    let query =
        Query { tenant, list, created: range(params, "created")?, cursor, limit: limit(params)? };
    Ok(request.app.store.page(query).await?)
}

/// The transfer that a cursor names.
///
/// # Errors
/// What the store could not do.
pub async fn place(
    request: &ApiRequest,
    tenant: TenantId,
    text: &str,
) -> Result<Option<Transfer>, ApiError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let Some(number) = text.parse().ok().filter(|_| digits) else { return Ok(None) };
    let key = Key::Transfer(tenant, number);
    let view = request.app.store.fetch(vec![key]).await?;
    Ok(view.row(&key).and_then(transfer_of).cloned())
}

/// A transfer with its entries.
pub fn write_transfer(out: &mut Vec<u8>, transfer: &Transfer) {
    object_into(out, |out| {
        out.plain("id", transfer.number);
        out.plain("object", "farthing.ledger_transfer");
        cause(out, transfer);
        out.maybe_int("expires_at", transfer.expires.map(TimestampMs::seconds));
        out.list("entries", &transfer.entries, |out, entry| {
            object_into(out, |out| {
                out.plain("account", entry.account.name());
                out.plain("currency", entry.amount.currency().code());
                out.int("amount", entry.amount.minor());
            });
        });
    });
}

/// When and why.
pub fn cause(out: &mut Object<'_>, transfer: &Transfer) {
    out.int("created", transfer.created.seconds());
    out.plain("reason", transfer.reason.category());
    out.plain("source", Id(transfer.source));
}

/// A row of a list of transfers, which holds nothing else.
pub fn transfer_of(row: &Row) -> Option<&Transfer> {
    match row {
        Row::Transfer(transfer) => Some(transfer),
        _ => None,
    }
}

/// An id of whatever moves funds.
fn source_id(text: &str) -> Option<ObjectRef> {
    let charge = ChargeId::parse(text).map(ObjectRef::Charge);
    let refund = || RefundId::parse(text).map(ObjectRef::Refund);
    let dispute = || DisputeId::parse(text).map(ObjectRef::Dispute);
    let payout = || PayoutId::parse(text).map(ObjectRef::Payout);
    charge.or_else(refund).or_else(dispute).or_else(payout)
}

/// What a transfer can belong to, by an id of its kind; a filter that names none is refused.
///
/// # Errors
/// An id of nobody, or of somebody else.
pub async fn source(
    request: &ApiRequest,
    params: &Params<'_>,
    tenant: TenantId,
) -> Result<Option<ObjectRef>, ApiError> {
    let Some(text) = params.text("source")? else { return Ok(None) };
    let missing = || no_such("source", text, "source");
    let what = source_id(text).ok_or_else(missing)?;
    let key = crate::wire::key_of(tenant, what);
    let view = request.app.store.fetch(vec![key]).await?;
    view.row(&key).map(|_| Some(what)).ok_or_else(missing)
}
