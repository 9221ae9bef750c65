//! Payouts on the wire.

use farthing_domain::object::ObjectRef;
use farthing_domain::payout::{Payout, PayoutFailure, PayoutState};

use super::Rows;
use super::expand::Expand;
use super::json::Object;
use super::shared;

/// The fields of a payout. One that reverses another has its amount below zero.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &Payout, expand: &Expand<'_>) {
    let minor = row.amount.minor();
    let line = |id: Option<_>| (id.map(ObjectRef::BalanceTransaction), expand);
    let payout = |id: Option<_>| (id.map(ObjectRef::Payout), expand);
    out.plain("id", row.id);
    out.plain("object", "payout");
    out.int("amount", if row.original.is_some() { -minor } else { minor });
    out.nulls(&["application_fee", "application_fee_amount"]);
    out.int("arrival_date", row.arrival.seconds());
    out.bool("automatic", row.automatic.is_some());
    rows.pointer(out, "balance_transaction", line(row.balance_transaction));
    out.int("created", row.created.seconds());
    out.plain("currency", row.amount.currency().code());
    out.maybe_text("description", row.description.as_deref());
    let account = ObjectRef::BankAccount(row.destination);
    rows.pointer(out, "destination", (Some(account), expand));
    rows.pointer(out, "failure_balance_transaction", line(row.returned));
    out.maybe_plain("failure_code", row.failure.map(PayoutFailure::wire));
    out.maybe_plain("failure_message", row.failure.map(message));
    out.bool("livemode", rows.live());
    shared::metadata(out, &row.metadata);
    out.plain("method", row.method.wire());
    rows.pointer(out, "original_payout", payout(row.original));
    out.null("payout_method");
    out.plain("reconciliation_status", reconciliation(row));
    rows.pointer(out, "reversed_by", payout(row.reversed_by));
    out.plain("source_type", "card");
    out.maybe_text("statement_descriptor", row.statement_descriptor.as_deref());
    out.plain("status", row.state.wire());
    out.null("trace_id");
    out.plain("type", "bank_account");
}

fn reconciliation(row: &Payout) -> &'static str {
    match (row.automatic, row.state) {
        (None, _) => "not_applicable",
        (Some(_), PayoutState::Pending) => "in_progress",
        (Some(_), _) => "completed",
    }
}

fn message(failure: PayoutFailure) -> &'static str {
    match failure {
        PayoutFailure::NoAccount => "The bank could not find this account.",
        PayoutFailure::AccountClosed => "The bank account has been closed.",
        PayoutFailure::InsufficientFunds => "There is not enough in the bank account to take back.",
        PayoutFailure::DebitNotAuthorized => "The bank does not allow debits of this account.",
        PayoutFailure::InvalidCurrency => "The bank cannot take this currency to this account.",
        PayoutFailure::CouldNotProcess => "The bank could not process this payout.",
    }
}
