//! Charges on the wire.

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::charge::{Charge, ChargeState, UserReport};
use farthing_domain::limits::REFUNDS_SHOWN;
use farthing_domain::method::PaymentMethod;
use farthing_domain::method_type::MethodType;
use farthing_domain::network::{Approval, Check, Decline, Risk};
use farthing_domain::object::ObjectRef;
use farthing_domain::view::Key;

use super::Rows;
use super::expand::Expand;
use super::json::Object;
use super::{list, shapes, shared};
use crate::error::decline;

/// The fields of a charge.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &Charge, expand: &Expand<'_>) {
    let seen = Seen::of(row);
    out.plain("id", row.id);
    out.plain("object", "charge");
    out.int("amount", row.amount.minor());
    out.int("amount_captured", seen.captured.minor());
    out.int("amount_refunded", row.refunded.minor());
    out.nulls(&["application", "application_fee", "application_fee_amount"]);
    let balance = row.balance_transaction.map(ObjectRef::BalanceTransaction);
    rows.pointer(out, "balance_transaction", (balance, expand));
    shared::billing(out, &row.billing);
    out.null("calculated_statement_descriptor");
    // What is on its way was asked for in one step: there is nothing left to capture.
    out.bool("captured", seen.is_captured || seen.is_pending);
    out.int("created", row.created.seconds());
    out.plain("currency", row.amount.currency().code());
    rows.pointer(out, "customer", (row.customer.map(ObjectRef::Customer), expand));
    out.maybe_text("description", row.description.as_deref());
    out.null("destination");
    rows.pointer(out, "dispute", (row.dispute.map(ObjectRef::Dispute), expand));
    out.bool("disputed", row.dispute.is_some());
    out.null("failure_balance_transaction");
    out.maybe_text("failure_code", seen.decline.map(|decline| decline.code.as_str()));
    out.maybe_text("failure_message", seen.decline.map(message));
    out.object("fraud_details", |out| {
        if let Some(report) = row.report {
            out.plain("user_report", report_wire(report));
        }
    });
    out.bool("livemode", rows.live());
    shared::metadata(out, &row.metadata);
    out.nulls(&["on_behalf_of", "order"]);
    outcome(out, &seen);
    out.bool("paid", seen.approval.is_some() && !seen.is_pending);
    rows.pointer(out, "payment_intent", (Some(ObjectRef::Intent(row.intent)), expand));
    out.plain("payment_method", row.method);
    details(out, rows, (row, &seen));
    out.object("radar_options", |_| {});
    out.maybe_text("receipt_email", row.receipt_email.as_deref());
    out.nulls(&["receipt_number", "receipt_url"]);
    out.bool("refunded", seen.is_captured && row.refunded == seen.captured);
    refunds(out, rows, (row, expand));
    out.null("review");
    shared::shipping(out, row.shipping.as_ref());
    out.nulls(&["source", "source_transfer", "statement_descriptor"]);
    out.maybe_text("statement_descriptor_suffix", row.statement_descriptor_suffix.as_deref());
    out.plain("status", seen.status());
    out.null("transfer_data");
    out.maybe_text("transfer_group", row.transfer_group.as_deref());
}

/// Its refunds, the newest first, where they are asked for.
fn refunds(out: &mut Object<'_>, rows: &Rows<'_>, (row, expand): (&Charge, &Expand<'_>)) {
    let Some(below) = expand.below("refunds") else { return };
    let set = Key::RefundsOf(rows.tenant, row.id);
    // A charge that is made in this very commit has none, and nobody has looked for any.
    let all = if rows.view.knows(&set) { rows.view.set(&set) } else { &[] };
    let items = all.iter().rev().filter_map(list::reference).take(REFUNDS_SHOWN);
    let inner = below.below("data").unwrap_or_default();
    let url = format!("/v1/charges/{}/refunds", row.id);
    let bytes = list::of((items, all.len() > REFUNDS_SHOWN), &url, |out, item| {
        rows.write(out, item, &inner);
    });
    out.raw("refunds", &bytes);
}

/// The words for it.
pub const REPORTS: [(&str, UserReport); 2] =
    [("fraudulent", UserReport::Fraudulent), ("safe", UserReport::Safe)];

fn report_wire(report: UserReport) -> &'static str {
    match report {
        UserReport::Fraudulent => "fraudulent",
        UserReport::Safe => "safe",
    }
}

/// A charge's state, as far as the wire tells states apart.
struct Seen<'c> {
    approval: Option<&'c Approval>,
    decline: Option<&'c Decline>,
    is_captured: bool,
    is_pending: bool,
    captured: Money,
    capture_before: Option<TimestampMs>,
}

impl<'c> Seen<'c> {
    fn of(row: &'c Charge) -> Self {
        let nothing = Money::zero(row.amount.currency());
        let none = Self {
            approval: None,
            decline: None,
            is_captured: false,
            is_pending: false,
            captured: nothing,
            capture_before: None,
        };
        match &row.state {
            ChargeState::Held { approval, capture_before } => {
                Self { approval: Some(approval), capture_before: Some(*capture_before), ..none }
            }
            ChargeState::Captured { approval, amount, held_until, .. } => Self {
                approval: Some(approval),
                is_captured: true,
                captured: *amount,
                capture_before: *held_until,
                ..none
            },
            ChargeState::Pending { approval } => {
                Self { approval: Some(approval), is_pending: true, ..none }
            }
            ChargeState::Released { approval } => Self { approval: Some(approval), ..none },
            ChargeState::Failed { decline } => Self { decline: Some(decline), ..none },
        }
    }

    fn status(&self) -> &'static str {
        match (self.approval, self.is_pending) {
            (Some(_), true) => "pending",
            (Some(_), false) => "succeeded",
            (None, _) => "failed",
        }
    }

    fn risk(&self) -> Risk {
        match (self.approval, self.decline) {
            (Some(approval), _) => approval.risk,
            (None, Some(decline)) => decline.risk,
            (None, None) => Risk::Normal,
        }
    }
}

fn message(decline: &Decline) -> &'static str {
    decline::message(&decline.code, decline.decline_code.as_deref())
}

fn outcome(out: &mut Object<'_>, seen: &Seen<'_>) {
    let decline = seen.decline;
    let text = |part: fn(&Decline) -> Option<&str>| decline.and_then(part);
    let (network, kind, said) = match decline {
        None => ("approved_by_network", "authorized", "Payment complete."),
        Some(decline) if decline.blocked => {
            ("not_sent_to_network", "blocked", "The payment was blocked as too risky.")
        }
        Some(_) => {
            ("declined_by_network", "issuer_declined", "The issuer of the card declined it.")
        }
    };
    let reason = match decline {
        Some(decline) if decline.blocked => Some("highest_risk_level"),
        Some(decline) => Some(decline.decline_code.as_deref().unwrap_or(&decline.code)),
        None if seen.risk() == Risk::Elevated => Some("elevated_risk_level"),
        None => None,
    };
    let (level, score) = match seen.risk() {
        Risk::Normal => ("normal", 20),
        Risk::Elevated => ("elevated", 70),
        Risk::Highest => ("highest", 90),
    };
    out.object("outcome", |out| {
        out.maybe_text("advice_code", text(|decline| decline.advice_code.as_deref()));
        out.null("network_advice_code");
        let code = text(|decline| decline.network_decline_code.as_deref());
        out.maybe_text("network_decline_code", code);
        out.plain("network_status", network);
        out.maybe_text("reason", reason);
        out.plain("risk_level", level);
        out.int("risk_score", score);
        out.plain("seller_message", said);
        out.plain("type", kind);
    });
}

fn details(out: &mut Object<'_>, rows: &Rows<'_>, (row, seen): (&Charge, &Seen<'_>)) {
    out.object("payment_method_details", |out| {
        if rows.has(ObjectRef::Method(row.method))
            && let Some(method) = rows.view.method(rows.tenant, row.method)
        {
            if method.kind == MethodType::CARD {
                out.object("card", |out| card(out, (row, seen), method));
            } else {
                let movement = seen.approval.map(|approval| &*approval.network_id);
                shapes::details(out, method, movement);
            }
            out.plain("type", method.kind.wire);
        }
    });
}

fn card(out: &mut Object<'_>, (row, seen): (&Charge, &Seen<'_>), method: &PaymentMethod) {
    let approval = seen.approval;
    let card = &method.card;
    let authorized = if approval.is_some() { Some(row.amount.minor()) } else { None };
    out.maybe_int("amount_authorized", authorized);
    out.maybe_text("authorization_code", approval.map(|approval| &*approval.authorization_code));
    out.plain("brand", card.brand.wire());
    if let Some(before) = seen.capture_before {
        out.int("capture_before", before.seconds());
    }
    out.object("checks", |out| {
        let check = |part: fn(&Approval) -> Check| approval.and_then(|seen| check_wire(part(seen)));
        out.maybe_plain("address_line1_check", check(|approval| approval.line1_check));
        out.maybe_plain("address_postal_code_check", check(|approval| approval.postal_check));
        out.maybe_plain("cvc_check", check(|approval| approval.cvc_check));
    });
    out.maybe_text("country", card.country.as_deref());
    out.null("electronic_commerce_indicator");
    out.int("exp_month", card.exp_month);
    out.int("exp_year", card.exp_year);
    out.object("extended_authorization", |out| out.plain("status", "disabled"));
    out.text("fingerprint", &card.fingerprint);
    out.text("funding", &card.funding);
    let status = |offered: bool| if offered { "available" } else { "unavailable" };
    let offers = row.offers;
    out.object("incremental_authorization", |out| {
        out.plain("status", status(offers.incremental));
    });
    out.null("installments");
    out.text("last4", &card.last4);
    out.null("mandate");
    out.object("multicapture", |out| out.plain("status", status(offers.multicapture)));
    out.plain("network", card.brand.wire());
    out.object("network_token", |out| out.bool("used", false));
    out.maybe_text("network_transaction_id", approval.map(|approval| &*approval.network_id));
    out.object("overcapture", |out| {
        out.int("maximum_amount_capturable", row.amount.minor());
        out.plain("status", "unavailable");
    });
    out.plain("regulated_status", "unregulated");
    out.nulls(&["three_d_secure", "transaction_link_id"]);
    super::method::wallet(out, method);
}

/// The wire's word.
pub fn check_wire(check: Check) -> Option<&'static str> {
    match check {
        Check::None => None,
        Check::Pass => Some("pass"),
        Check::Fail => Some("fail"),
        Check::Unavailable => Some("unavailable"),
        Check::Unchecked => Some("unchecked"),
    }
}
