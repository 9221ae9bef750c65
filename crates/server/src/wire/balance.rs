//! The balance, and the lines of its history.

use farthing_domain::ledger::account::{Account, Balance};
use farthing_domain::ledger::conversion::Ratio;
use farthing_domain::ledger::transfer::{BalanceTransaction, Reason};
use farthing_domain::object::ObjectRef;
use farthing_domain::view::{Key, Row};

use super::Rows;
use super::expand::Expand;
use super::json::{Object, object_into};

/// The fields of a balance: one figure for each currency the merchant ever had, in order of code.
fn fields<'b>(
    out: &mut Object<'_>,
    live: bool,
    balances: impl Iterator<Item = &'b Balance> + Clone,
) {
    out.plain("object", "balance");
    side(out, "available", balances.clone().filter(|row| row.account == Account::Available));
    out.bool("livemode", live);
    side(out, "pending", balances.filter(|row| row.account == Account::Pending));
}

/// The same, of what was loaded.
pub fn of(out: &mut Object<'_>, rows: &Rows<'_>) {
    let balances = rows.view.set(&Key::Balances(rows.tenant)).iter().filter_map(|row| match row {
        Row::Balance(balance) => Some(balance),
        _ => None,
    });
    fields(out, rows.live(), balances);
}

fn side<'b>(out: &mut Object<'_>, key: &str, rows: impl Iterator<Item = &'b Balance>) {
    let mut rows: Vec<&Balance> = rows.collect();
    rows.sort_by_key(|row| row.currency.code());
    out.list(key, rows, |out, row| {
        object_into(out, |out| {
            out.int("amount", row.minor);
            out.plain("currency", row.currency.code());
            out.object("source_types", |out| out.int("card", row.minor));
        });
    });
}

/// The fields of a balance transaction.
pub fn line(out: &mut Object<'_>, rows: &Rows<'_>, row: &BalanceTransaction, expand: &Expand<'_>) {
    let fee = row.fee.minor();
    out.plain("id", row.id);
    out.plain("object", "balance_transaction");
    out.int("amount", row.amount.minor());
    out.int("available_on", row.available_on.seconds());
    out.plain("balance_type", "payments");
    out.int("created", row.created.seconds());
    out.plain("currency", row.amount.currency().code());
    out.maybe_text("description", row.description.as_deref());
    match row.ratio {
        None => out.null("exchange_rate"),
        Some(ratio) => out.raw("exchange_rate", decimal(ratio).as_bytes()),
    }
    out.int("fee", fee);
    out.list("fee_details", (fee != 0).then_some(fee), |out, fee| {
        object_into(out, |out| {
            out.int("amount", fee);
            out.null("application");
            out.plain("currency", row.amount.currency().code());
            out.plain("description", fee_of(row.reason));
            out.plain("type", "stripe_fee");
        });
    });
    out.int("net", row.amount.minor().saturating_sub(fee));
    out.plain("reporting_category", row.reason.category());
    // What the operator keeps back is caused by no object of the merchant's.
    let source = Some(row.source).filter(|it| !matches!(it, ObjectRef::Balance(_)));
    rows.pointer(out, "source", (source, expand));
    out.plain("status", status(row, rows));
    out.plain("type", row.reason.wire());
}

/// A ratio as a decimal number with ten places at most, rounded down.
fn decimal(ratio: Ratio) -> String {
    let (above, below) = (u128::from(ratio.numerator()), u128::from(ratio.denominator()));
    let places = above * 10_u128.pow(10) / below;
    let (whole, part) = (places / 10_u128.pow(10), places % 10_u128.pow(10));
    let text = format!("{whole}.{part:010}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn fee_of(reason: Reason) -> &'static str {
    match reason {
        Reason::Dispute => "Dispute fee",
        Reason::Charge
        | Reason::Refund
        | Reason::RefundFailure
        | Reason::DisputeReversal
        | Reason::Availability
        | Reason::Payout
        | Reason::PayoutPaid
        | Reason::PayoutFailure
        | Reason::PayoutCancel
        | Reason::PayoutReversal
        | Reason::Reserve
        | Reason::ReserveRelease
        | Reason::Authorization
        | Reason::Release => "Processing fee",
    }
}

fn status(row: &BalanceTransaction, rows: &Rows<'_>) -> &'static str {
    // Without a reader's time, as it was when it was written.
    let now = rows.now.unwrap_or(row.created);
    if row.available_on <= now { "available" } else { "pending" }
}
