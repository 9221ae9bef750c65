//! Payment intents on the wire.

use farthing_core::money::Money;
use farthing_domain::intent::{
    CancelReason, CaptureMethod, ConfirmationMethod, FutureUsage, Intent, IntentState,
    MethodChoice, PaymentError, References, Wish,
};
use farthing_domain::method_type::{Can, Flow, MethodType};
use farthing_domain::object::ObjectRef;

use super::Rows;
use super::expand::Expand;
use super::json::Object;
use super::shapes::{self, Todo};
use super::{error, shared};

/// The whole client secret.
pub fn client_secret(row: &Intent) -> String {
    format!("{}_secret_{}", row.id, row.secret)
}

/// The fields of an intent.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &Intent, expand: &Expand<'_>) {
    out.plain("id", row.id);
    out.plain("object", "payment_intent");
    out.null("allowed_payment_method_types");
    amounts(out, row);
    out.nulls(&["application", "application_fee_amount"]);
    automatic(out, row.methods);
    cancellation(out, &row.state);
    out.plain("capture_method", capture_wire(row.capture));
    out.plain("client_secret", format_args!("{}_secret_{}", row.id, row.secret));
    out.plain("confirmation_method", confirmation_wire(row.confirmation));
    out.int("created", row.created.seconds());
    out.plain("currency", row.amount.currency().code());
    rows.pointer(out, "customer", (row.customer.map(ObjectRef::Customer), expand));
    out.null("customer_account");
    out.maybe_text("description", row.description.as_deref());
    excluded(out, row);
    last_error(out, rows, row);
    rows.pointer(out, "latest_charge", (row.latest_charge.map(ObjectRef::Charge), expand));
    out.bool("livemode", rows.live());
    out.object("managed_payments", |out| out.bool("enabled", false));
    shared::metadata(out, &row.metadata);
    next_action(out, rows, row);
    out.null("on_behalf_of");
    references(out, row);
    rows.pointer(out, "payment_method", (row.method.map(ObjectRef::Method), expand));
    out.null("payment_method_configuration_details");
    options(out, row);
    out.texts("payment_method_types", types(row).map(|kind| kind.wire));
    out.nulls(&["payment_record", "processing"]);
    out.maybe_text("receipt_email", row.receipt_email.as_deref());
    out.null("review");
    out.maybe_plain("setup_future_usage", row.setup_future_usage.map(usage_wire));
    out.null("shared_payment_granted_token");
    shared::shipping(out, row.shipping.as_ref());
    out.null("source");
    out.maybe_text("statement_descriptor", row.statement_descriptor.as_deref());
    out.maybe_text("statement_descriptor_suffix", row.statement_descriptor_suffix.as_deref());
    out.plain("status", row.state.wire());
    out.null("transfer_data");
    out.maybe_text("transfer_group", row.transfer_group.as_deref());
}

fn amounts(out: &mut Object<'_>, row: &Intent) {
    let nothing = Money::zero(row.amount.currency());
    let (capturable, received) = match &row.state {
        IntentState::RequiresCapture { capturable, received } => (*capturable, *received),
        IntentState::Succeeded { received } => (nothing, *received),
        IntentState::RequiresPaymentMethod { .. }
        | IntentState::RequiresConfirmation
        | IntentState::RequiresAction { .. }
        | IntentState::Processing
        | IntentState::Canceled { .. } => (nothing, nothing),
    };
    out.int("amount", row.amount.minor());
    out.int("amount_capturable", capturable.minor());
    out.object("amount_details", |out| out.object("tip", |_| {}));
    out.int("amount_received", received.minor());
}

fn automatic(out: &mut Object<'_>, methods: MethodChoice) {
    match methods {
        MethodChoice::Automatic { redirects } => out.object("automatic_payment_methods", |out| {
            out.plain("allow_redirects", if redirects { "always" } else { "never" });
            out.bool("enabled", true);
        }),
        MethodChoice::Listed(_) => out.null("automatic_payment_methods"),
    }
}

fn cancellation(out: &mut Object<'_>, state: &IntentState) {
    match state {
        IntentState::Canceled { at, reason } => {
            out.int("canceled_at", at.seconds());
            out.maybe_plain("cancellation_reason", reason.map(CancelReason::wire));
        }
        _ => out.nulls(&["canceled_at", "cancellation_reason"]),
    }
}

fn last_error(out: &mut Object<'_>, rows: &Rows<'_>, row: &Intent) {
    match &row.state {
        IntentState::RequiresPaymentMethod { last_error: Some(last) } => {
            out.object("last_payment_error", |out| payment_error(out, rows, last));
        }
        _ => out.null("last_payment_error"),
    }
}

/// The core that a declined answer and the intent's `last_payment_error` share.
pub fn payment_error(out: &mut Object<'_>, rows: &Rows<'_>, last: &PaymentError) {
    if let Some(charge) = last.charge {
        out.plain("charge", charge);
    }
    error::decline(out, &last.decline);
    if rows.has(ObjectRef::Method(last.method)) {
        let mut bytes = Vec::with_capacity(1024);
        rows.write(&mut bytes, ObjectRef::Method(last.method), &Expand::none());
        out.raw("payment_method", &bytes);
        let method = rows.view.method(rows.tenant, last.method);
        let kind = method.map_or(MethodType::CARD, |method| method.kind);
        out.plain("payment_method_type", kind.wire);
        if kind != MethodType::CARD {
            return out.plain("type", "invalid_request_error");
        }
    }
    out.plain("type", "card_error");
}

fn next_action(out: &mut Object<'_>, rows: &Rows<'_>, row: &Intent) {
    let IntentState::RequiresAction { return_url, expires_at } = &row.state else {
        return out.null("next_action");
    };
    let challenge = format!(
        "{}/farthing/challenge/{}/{}?client_secret={}",
        rows.public_url,
        row.tenant.raw(),
        row.id,
        client_secret(row)
    );
    let method = row.method.filter(|method| rows.has(ObjectRef::Method(*method)));
    let method = method.and_then(|method| rows.view.method(rows.tenant, method));
    let wire = method.map_or(MethodType::CARD.wire, |method| method.kind.wire);
    let name = row.id.bytes();
    let todo =
        Todo { page: &challenge, back: return_url.as_deref(), until: *expires_at, name: &name };
    if !shapes::action(out, wire, &todo) {
        shared::next_action(out, &challenge, return_url.as_deref());
    }
}

fn excluded(out: &mut Object<'_>, row: &Intent) {
    if row.excluded.is_empty() {
        out.null("excluded_payment_method_types");
    } else {
        let kinds = row.excluded.iter().map(|kind| kind.wire);
        out.texts("excluded_payment_method_types", kinds);
    }
}

/// Not there at all where nobody said any.
fn references(out: &mut Object<'_>, row: &Intent) {
    let References { customer, order } = &row.references;
    if customer.is_some() || order.is_some() {
        out.object("payment_details", |out| {
            out.maybe_text("customer_reference", customer.as_deref());
            out.maybe_text("order_reference", order.as_deref());
        });
    }
}

/// The kinds that an intent may be paid with: those that were named, or all that fit it.
fn types(row: &Intent) -> impl Iterator<Item = MethodType> {
    let (currency, choice) = (row.amount.currency(), row.methods);
    let later = row.capture == CaptureMethod::Manual;
    let excluded = row.excluded;
    let rest = MethodType::all().filter(move |kind| !excluded.has(*kind));
    rest.filter(move |kind| match choice {
        MethodChoice::Listed(kinds) => kinds.has(*kind),
        MethodChoice::Automatic { redirects } => {
            kind.takes(currency)
                && (redirects || kind.flow != Flow::Redirect)
                && (!later || kind.can(Can::CaptureLater))
        }
    })
}

fn options(out: &mut Object<'_>, row: &Intent) {
    let requests = row.requests;
    out.object("payment_method_options", |out| {
        if !types(row).any(|kind| kind == MethodType::CARD) {
            return;
        }
        out.object("card", |out| {
            out.nulls(&["installments", "mandate_options", "network"]);
            let mut request = |name: &str, wish: Option<Wish>| {
                if let Some(wish) = wish {
                    out.plain(name, wish.wire());
                }
            };
            request("request_extended_authorization", requests.extended);
            request("request_incremental_authorization", requests.incremental);
            request("request_multicapture", requests.multicapture);
            request("request_overcapture", requests.overcapture);
            out.plain("request_three_d_secure", requests.three_d_secure.wire());
        });
    });
}

/// The wire's word.
pub fn capture_wire(capture: CaptureMethod) -> &'static str {
    match capture {
        CaptureMethod::Automatic => "automatic",
        CaptureMethod::AutomaticAsync => "automatic_async",
        CaptureMethod::Manual => "manual",
    }
}

fn confirmation_wire(confirmation: ConfirmationMethod) -> &'static str {
    match confirmation {
        ConfirmationMethod::Automatic => "automatic",
        ConfirmationMethod::Manual => "manual",
    }
}

fn usage_wire(usage: FutureUsage) -> &'static str {
    match usage {
        FutureUsage::OnSession => "on_session",
        FutureUsage::OffSession => "off_session",
    }
}
