//! Refunds on the wire. They have no `livemode`.

use farthing_domain::method_type::MethodType;
use farthing_domain::object::ObjectRef;
use farthing_domain::refund::{FailureReason, Refund, RefundReason, RefundState};

use super::Rows;
use super::expand::Expand;
use super::json::Object;
use super::shared;

/// The fields of a refund.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &Refund, expand: &Expand<'_>) {
    out.plain("id", row.id);
    out.plain("object", "refund");
    out.int("amount", row.amount.minor());
    let balance = row.balance_transaction.map(ObjectRef::BalanceTransaction);
    rows.pointer(out, "balance_transaction", (balance, expand));
    rows.pointer(out, "charge", (Some(ObjectRef::Charge(row.charge)), expand));
    out.int("created", row.created.seconds());
    out.plain("currency", row.amount.currency().code());
    rows.pointer(out, "customer", (row.customer.map(ObjectRef::Customer), expand));
    out.null("customer_account");
    out.object("destination_details", |out| {
        let method = ObjectRef::Method(row.method);
        let method =
            if rows.has(method) { rows.view.method(rows.tenant, row.method) } else { None };
        let kind = method.map_or(MethodType::CARD, |method| method.kind);
        out.object(kind.wire, |out| {
            if kind == MethodType::CARD {
                out.plain("reference_status", "pending");
                out.plain("reference_type", "acquirer_reference_number");
                out.plain("type", "refund");
            }
        });
        out.plain("type", kind.wire);
    });
    if row.state == RefundState::Failed {
        // Refunds of the first release say no more than that.
        let line = row.failure.and_then(|failure| failure.balance_transaction);
        if let Some(line) = line {
            let line = Some(ObjectRef::BalanceTransaction(line));
            rows.pointer(out, "failure_balance_transaction", (line, expand));
        }
        let reason = row.failure.map_or(FailureReason::Unknown, |failure| failure.reason);
        out.plain("failure_reason", reason.wire());
    }
    shared::metadata(out, &row.metadata);
    rows.pointer(out, "payment_intent", (Some(ObjectRef::Intent(row.intent)), expand));
    out.plain("payment_method", row.method);
    if row.state == RefundState::Pending {
        out.plain("pending_reason", "processing");
    }
    out.maybe_plain("reason", row.reason.map(reason_wire));
    out.nulls(&["receipt_number", "source_transfer_reversal"]);
    out.plain("status", status(row.state));
    out.null("transfer_reversal");
}

fn status(state: RefundState) -> &'static str {
    match state {
        RefundState::Pending => "pending",
        RefundState::Succeeded => "succeeded",
        RefundState::Failed => "failed",
    }
}

fn reason_wire(reason: RefundReason) -> &'static str {
    match reason {
        RefundReason::Duplicate => "duplicate",
        RefundReason::Fraudulent => "fraudulent",
        RefundReason::RequestedByCustomer => "requested_by_customer",
    }
}
