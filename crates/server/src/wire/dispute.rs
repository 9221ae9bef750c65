//! Disputes on the wire. Their lines are shown whole, whatever is expanded.

use farthing_domain::charge::{Charge, ChargeState};
use farthing_domain::dispute::{Dispute, DisputeReason, DisputeState, EVIDENCE};
use farthing_domain::method_type::MethodType;
use farthing_domain::object::ObjectRef;

use super::Rows;
use super::expand::Expand;
use super::json::Object;
use super::shared;

/// The fields of a dispute.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &Dispute, expand: &Expand<'_>) {
    out.plain("id", row.id);
    out.plain("object", "dispute");
    out.int("amount", row.amount.minor());
    let lines = [row.withdrawn, row.reinstated];
    out.list("balance_transactions", lines.into_iter().flatten(), |out, line| {
        rows.write(out, ObjectRef::BalanceTransaction(line), &Expand::none());
    });
    rows.pointer(out, "charge", (Some(ObjectRef::Charge(row.charge)), expand));
    out.int("created", row.created.seconds());
    out.plain("currency", row.amount.currency().code());
    out.texts("enhanced_eligibility_types", []);
    evidence(out, row);
    details(out, rows, row);
    out.null("intended_submission_method");
    let charge = rows.view.charge(rows.tenant, row.charge);
    out.bool("is_charge_refundable", charge.is_some_and(is_refundable));
    out.bool("livemode", rows.live());
    shared::metadata(out, &row.metadata);
    out.maybe_plain("network_reason_code", network_code(row.reason));
    rows.pointer(out, "payment_intent", (Some(ObjectRef::Intent(row.intent)), expand));
    card(out, rows, row);
    out.plain("reason", reason(row.reason));
    out.plain("status", row.state.wire());
}

fn evidence(out: &mut Object<'_>, row: &Dispute) {
    out.object("evidence", |out| {
        for name in EVIDENCE {
            // Its place in the order of names, which are otherwise all texts.
            if name == "product_description" {
                out.object("enhanced_evidence", |_| {});
            }
            out.maybe_text(name, row.evidence.get(name).map(String::as_str));
        }
    });
}

fn details(out: &mut Object<'_>, rows: &Rows<'_>, row: &Dispute) {
    out.object("evidence_details", |out| {
        out.int("due_by", row.due_by.seconds());
        out.object("enhanced_eligibility", |_| {});
        out.bool("has_evidence", !row.evidence.is_empty());
        let late = rows.now.is_some_and(|now| now > row.due_by);
        out.bool("past_due", late && row.submissions == 0);
        out.int("submission_count", row.submissions);
        let how = if row.submissions == 0 { "not_submitted" } else { "manual" };
        out.plain("submission_method", how);
    });
}

fn card(out: &mut Object<'_>, rows: &Rows<'_>, row: &Dispute) {
    out.object("payment_method_details", |out| {
        if let Some(method) = rows.view.method(rows.tenant, row.method) {
            out.object(method.kind.wire, |out| {
                if method.kind == MethodType::CARD {
                    out.plain("brand", method.card.brand.wire());
                    out.plain("case_type", case(row.state));
                    out.plain("network", method.card.brand.wire());
                    out.maybe_plain("network_reason_code", network_code(row.reason));
                }
            });
            out.plain("type", method.kind.wire);
        }
    });
}

fn case(state: DisputeState) -> &'static str {
    match state {
        DisputeState::InquiryOpen | DisputeState::InquiryAnswered | DisputeState::InquiryClosed => {
            "inquiry"
        }
        DisputeState::Open | DisputeState::Answered | DisputeState::Won | DisputeState::Lost => {
            "chargeback"
        }
    }
}

fn reason(reason: DisputeReason) -> &'static str {
    match reason {
        DisputeReason::Fraudulent => "fraudulent",
        DisputeReason::ProductNotReceived => "product_not_received",
        DisputeReason::DebitNotAuthorized => "debit_not_authorized",
    }
}

/// The card networks' own number for a reason; none for what is no card's.
fn network_code(reason: DisputeReason) -> Option<&'static str> {
    match reason {
        DisputeReason::Fraudulent => Some("10.4"),
        DisputeReason::ProductNotReceived => Some("13.1"),
        DisputeReason::DebitNotAuthorized => None,
    }
}

fn is_refundable(charge: &Charge) -> bool {
    match &charge.state {
        ChargeState::Captured { amount, .. } => {
            charge.disputed.is_zero() && charge.refunded != *amount
        }
        ChargeState::Held { .. }
        | ChargeState::Pending { .. }
        | ChargeState::Released { .. }
        | ChargeState::Failed { .. } => false,
    }
}
