//! `GET /v1/farthing/ledger/entries`

use farthing_domain::ledger::transfer::{Entry, Transfer};
use farthing_domain::query::List;

use super::{LIST, OWNER, account, cause, page, transfer_of};
use crate::error::ApiError;
use crate::request::{HouseRequest, Outcome};
use crate::wire::json::object_into;
use crate::wire::list;

/// The entries of one ledger account, newest first, perhaps in one currency. A page has those of at
/// most `limit` transfers; the cursor is a transfer's id.
///
/// # Errors
/// No account; a merchant or a cursor that is not there; wrong types.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&OWNER[..], &LIST, &["account", "currency"]].concat())?;
    let tenant = request.owner(&params).await?;
    let account = account(&params)?.ok_or_else(|| params.missing("account"))?;
    let currency = params.currency("currency")?;
    let touching = Some((account, currency));
    let wanted = List::Transfers { reasons: None, source: None, touching };
    let found = page(&request, &params, (tenant, wanted)).await?;
    let own = |entry: &&Entry| {
        entry.account == account && currency.is_none_or(|one| one == entry.amount.currency())
    };
    let items = found.rows.iter().filter_map(transfer_of).flat_map(|transfer| {
        transfer.entries.iter().filter(own).map(move |entry| (transfer, *entry))
    });
    let body = list::of((items, found.has_more), &request.path, |out, (transfer, entry)| {
        write(out, transfer, entry);
    });
    Ok(request.outcome(200, body))
}

fn write(out: &mut Vec<u8>, transfer: &Transfer, entry: Entry) {
    object_into(out, |out| {
        out.plain("object", "farthing.ledger_entry");
        out.plain("transfer", transfer.number);
        out.plain("account", entry.account.name());
        out.plain("currency", entry.amount.currency().code());
        out.int("amount", entry.amount.minor());
        cause(out, transfer);
    });
}
