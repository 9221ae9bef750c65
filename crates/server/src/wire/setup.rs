//! Set-up intents and their tries on the wire.

use farthing_core::id::{PaymentMethodId, SetupIntentId};
use farthing_domain::intent::MethodChoice;
use farthing_domain::method::PaymentMethod;
use farthing_domain::network::Decline;
use farthing_domain::object::ObjectRef;
use farthing_domain::reply::Answer;
use farthing_domain::setup::{SetupAttempt, SetupCancelReason, SetupIntent, SetupState, TryState};

use super::Rows;
use super::charge::check_wire;
use super::expand::Expand;
use super::json::{Object, object};
use super::{error, method, shared};
use crate::error::table::{CARD, Row};

/// What the wire says of every set-up, whatever was sent: recorded so.
const USAGE: &str = "off_session";

/// The whole client secret.
pub fn client_secret(row: &SetupIntent) -> String {
    format!("{}_secret_{}", row.id, row.secret)
}

/// The fields of a set-up intent.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &SetupIntent, expand: &Expand<'_>) {
    out.plain("id", row.id);
    out.plain("object", "setup_intent");
    out.nulls(&["allowed_payment_method_types", "application"]);
    match row.methods {
        MethodChoice::Automatic { redirects } => out.object("automatic_payment_methods", |out| {
            out.plain("allow_redirects", if redirects { "always" } else { "never" });
            out.bool("enabled", true);
        }),
        MethodChoice::Listed(_) => out.null("automatic_payment_methods"),
    }
    let reason = match &row.state {
        SetupState::Canceled { reason, .. } => *reason,
        _ => None,
    };
    out.maybe_plain("cancellation_reason", reason.map(SetupCancelReason::wire));
    out.plain("client_secret", client_secret(row));
    out.int("created", row.created.seconds());
    rows.pointer(out, "customer", (row.customer.map(ObjectRef::Customer), expand));
    out.null("customer_account");
    out.maybe_text("description", row.description.as_deref());
    out.nulls(&["excluded_payment_method_types", "flow_directions"]);
    match &row.state {
        SetupState::RequiresPaymentMethod { last_error: Some(last) } => {
            out.object("last_setup_error", |out| {
                refused(out, rows, (&last.decline, last.method));
                out.plain("type", CARD);
            });
        }
        _ => out.null("last_setup_error"),
    }
    let latest = row.latest_attempt.map(ObjectRef::SetupAttempt);
    rows.pointer(out, "latest_attempt", (latest, expand));
    out.bool("livemode", rows.live());
    out.null("mandate");
    shared::metadata(out, &row.metadata);
    next_action(out, rows, row);
    out.null("on_behalf_of");
    rows.pointer(out, "payment_method", (row.method.map(ObjectRef::Method), expand));
    out.null("payment_method_configuration_details");
    out.object("payment_method_options", |out| {
        out.object("card", |out| {
            out.nulls(&["mandate_options", "network"]);
            out.plain("request_three_d_secure", "automatic");
        });
    });
    out.texts("payment_method_types", [method::CARD]);
    out.null("single_use_mandate");
    out.plain("status", row.state.wire());
    out.plain("usage", USAGE);
}

/// The core that a declined answer and `last_setup_error` share: why, and which card.
fn refused(out: &mut Object<'_>, rows: &Rows<'_>, (decline, method): (&Decline, PaymentMethodId)) {
    error::decline(out, decline);
    if decline.code == "expired_card" {
        out.plain("param", "exp_month"); // Recorded so, of set-ups only.
    }
    let what = ObjectRef::Method(method);
    if rows.has(what) {
        let mut bytes = Vec::with_capacity(1024);
        rows.write(&mut bytes, what, &Expand::none());
        out.raw("payment_method", &bytes);
        out.plain("payment_method_type", method::CARD);
    }
}

fn next_action(out: &mut Object<'_>, rows: &Rows<'_>, row: &SetupIntent) {
    let SetupState::RequiresAction { return_url } = &row.state else {
        return out.null("next_action");
    };
    let challenge = format!(
        "{}/farthing/challenge/{}/{}?client_secret={}",
        rows.public_url,
        row.tenant.raw(),
        row.id,
        client_secret(row)
    );
    shared::next_action(out, &challenge, return_url.as_deref());
}

/// The fields of a try.
pub fn attempt(out: &mut Object<'_>, rows: &Rows<'_>, row: &SetupAttempt, expand: &Expand<'_>) {
    out.plain("id", row.id);
    out.plain("object", "setup_attempt");
    out.null("application");
    out.int("created", row.created.seconds());
    rows.pointer(out, "customer", (row.customer.map(ObjectRef::Customer), expand));
    out.nulls(&["customer_account", "flow_directions"]);
    out.bool("livemode", rows.live());
    out.null("on_behalf_of");
    let method = ObjectRef::Method(row.method);
    rows.pointer(out, "payment_method", (Some(method), expand));
    out.object("payment_method_details", |out| {
        if rows.has(method)
            && let Some(method) = rows.view.method(rows.tenant, row.method)
        {
            out.object("card", |out| card(out, row, method));
        }
        out.plain("type", method::CARD);
    });
    match &row.state {
        TryState::Failed(decline) => out.object("setup_error", |out| {
            refused(out, rows, (decline, row.method));
            out.plain("type", CARD);
        }),
        TryState::RequiresAction | TryState::Succeeded { .. } | TryState::Abandoned => {
            out.null("setup_error");
        }
    }
    rows.pointer(out, "setup_intent", (Some(ObjectRef::Setup(row.setup)), expand));
    out.plain("status", row.state.wire());
    out.plain("usage", USAGE);
}

fn card(out: &mut Object<'_>, row: &SetupAttempt, method: &PaymentMethod) {
    let card = &method.card;
    out.plain("brand", card.brand.wire());
    let authenticated = match &row.state {
        TryState::Succeeded { authenticated, cvc_check, postal_check, line1_check } => {
            out.object("checks", |out| {
                out.maybe_plain("address_line1_check", check_wire(*line1_check));
                out.maybe_plain("address_postal_code_check", check_wire(*postal_check));
                out.maybe_plain("cvc_check", check_wire(*cvc_check));
            });
            *authenticated
        }
        TryState::RequiresAction | TryState::Failed(_) | TryState::Abandoned => {
            out.null("checks");
            false
        }
    };
    out.maybe_text("country", card.country.as_deref());
    out.int("exp_month", card.exp_month);
    out.int("exp_year", card.exp_year);
    out.text("fingerprint", &card.fingerprint);
    out.text("funding", &card.funding);
    out.text("last4", &card.last4);
    out.plain("network", card.brand.wire());
    if authenticated {
        out.object("three_d_secure", |out| {
            out.plain("authentication_flow", "challenge");
            out.plain("electronic_commerce_indicator", "05");
            out.plain("result", "authenticated");
            out.nulls(&["result_reason", "transaction_id"]);
            out.plain("version", "2.2.0");
        });
    } else {
        out.null("three_d_secure");
    }
    method::wallet(out, method);
}

/// The card was refused. The set-up intent was loaded and says why.
pub(super) fn declined(rows: &Rows<'_>, id: SetupIntentId) -> Answer {
    let body = object(|out| {
        out.object("error", |out| {
            if let Some(row) = rows.view.setup(rows.tenant, id)
                && let SetupState::RequiresPaymentMethod { last_error: Some(last) } = &row.state
            {
                refused(out, rows, (&last.decline, last.method));
            }
            carried(out, rows, id);
            out.plain("type", CARD);
        });
    });
    Answer { status: 402, body }
}

/// An error that carries its set-up intent.
pub(super) fn with(rows: &Rows<'_>, row: &Row, id: SetupIntentId) -> Answer {
    let body = error::body(row, |out| carried(out, rows, id));
    Answer { status: row.status, body }
}

fn carried(out: &mut Object<'_>, rows: &Rows<'_>, id: SetupIntentId) {
    let what = ObjectRef::Setup(id);
    if rows.has(what) {
        let mut bytes = Vec::with_capacity(2048);
        rows.write(&mut bytes, what, &Expand::none());
        out.raw("setup_intent", &bytes);
    }
}
