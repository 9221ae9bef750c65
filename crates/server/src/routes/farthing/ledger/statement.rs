//! `GET /v1/farthing/ledger/statement`
//!
//! ```text
//! curl -G 127.0.0.1:4242/v1/farthing/ledger/statement -u sk_test_…: \
//!   -d account=available -d currency=usd -d from=1767225600 -d to=1769903999
//! ```

use farthing_core::time::TimestampMs;
use farthing_domain::ledger::sheet::{Sheet, SheetQuery};

use super::{OWNER, account, cause, end_of_second, place};
use crate::error::{ApiError, Problem};
use crate::read::{limit, no_such};
use crate::request::{HouseRequest, Outcome};
use crate::wire::json::{object, object_into};

const KNOWN: [&str; 6] = ["account", "currency", "from", "limit", "starting_after", "to"];

/// One ledger account in one currency over a period: opening, each movement with the balance after
/// it, oldest first, and closing. A further page begins behind a movement of the one before.
///
/// # Errors
/// No account, currency or period; a period that ends before it begins; a merchant or a cursor that
/// is not there; wrong types.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&OWNER[..], &KNOWN].concat())?;
    let tenant = request.owner(&params).await?;
    let account = account(&params)?.ok_or_else(|| params.missing("account"))?;
    let currency = params.currency("currency")?.ok_or_else(|| params.missing("currency"))?;
    let from = params.integer("from")?.ok_or_else(|| params.missing("from"))?;
    let to = end_of_second(&params, "to")?.ok_or_else(|| params.missing("to"))?;
    if to.seconds() < from {
        return Err(Problem::BelowLeast { name: "to".to_owned(), least: from }.into());
    }
    let from = TimestampMs::from_seconds(from);
    let after = match params.text("starting_after")? {
        None => None,
        Some(text) => {
            let found = place(&request, tenant, text).await?;
            let name = "starting_after";
            let found = found.ok_or_else(|| no_such("ledger transfer", text, name))?;
            Some((found.created, found.number))
        }
    };
    let limit = limit(&params)?;
    let asked = SheetQuery { tenant, account, currency, from, to, after, limit };
    let sheet = request.app.store.sheet(asked).await?;
    Ok(request.outcome(200, body(&asked, &sheet)))
}

fn body(asked: &SheetQuery, sheet: &Sheet) -> Vec<u8> {
    let mut balance = sheet.before;
    object(|out| {
        out.plain("object", "farthing.ledger_statement");
        out.plain("account", asked.account.name());
        out.plain("currency", asked.currency.code());
        out.int("from", asked.from.seconds());
        out.int("to", asked.to.seconds());
        out.int("opening_balance", sheet.opening);
        out.list("lines", &sheet.transfers, |out, transfer| {
            let amount = transfer.moves(asked.account, asked.currency);
            balance = balance.saturating_add(amount);
            object_into(out, |out| {
                out.plain("transfer", transfer.number);
                cause(out, transfer);
                out.int("amount", amount);
                out.int("balance", balance);
            });
        });
        out.bool("has_more", sheet.has_more);
        out.int("closing_balance", sheet.closing);
    })
}
