//! Payment methods on the wire.

use farthing_domain::method::{PaymentMethod, WALLET};
use farthing_domain::method_type::MethodType;
use farthing_domain::object::ObjectRef;
use farthing_domain::tenant::Mode;

use super::charge::check_wire;
use super::expand::Expand;
use super::json::Object;
use super::{Rows, shapes, shared};

/// The type of what is set up for later, and of what a token stands for.
pub const CARD: &str = "card";

/// The fields of a payment method.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &PaymentMethod, expand: &Expand<'_>) {
    out.plain("id", row.id);
    out.plain("object", "payment_method");
    out.plain("allow_redisplay", row.redisplay.wire());
    shared::billing(out, &row.billing);
    if row.kind == MethodType::CARD {
        card(out, row);
    }
    out.int("created", row.created.seconds());
    rows.pointer(out, "customer", (row.customer().map(ObjectRef::Customer), expand));
    out.null("customer_account");
    out.bool("livemode", row.tenant.mode() == Mode::Live);
    shared::metadata(out, &row.metadata);
    if row.kind != MethodType::CARD {
        shapes::method(out, row);
    }
    out.plain("type", row.kind.wire);
}

fn card(out: &mut Object<'_>, row: &PaymentMethod) {
    let card = &row.card;
    out.object("card", |out| {
        out.plain("brand", card.brand.wire());
        out.object("checks", |out| {
            out.nulls(&["address_line1_check", "address_postal_code_check"]);
            out.maybe_plain("cvc_check", check_wire(row.cvc_check));
        });
        out.maybe_text("country", card.country.as_deref());
        out.plain("display_brand", card.brand.wire());
        out.int("exp_month", card.exp_month);
        out.int("exp_year", card.exp_year);
        out.text("fingerprint", &card.fingerprint);
        out.text("funding", &card.funding);
        out.null("generated_from");
        out.text("last4", &card.last4);
        out.object("networks", |out| {
            out.texts("available", [card.brand.wire()]);
            out.null("preferred");
        });
        out.plain("regulated_status", "unregulated");
        out.object("three_d_secure_usage", |out| out.bool("supported", true));
        wallet(out, row);
    });
}

/// The wallet that a card is paid from. No device has a number of its own here.
pub fn wallet(out: &mut Object<'_>, row: &PaymentMethod) {
    match row.parts.get(WALLET) {
        Some(word) => out.object("wallet", |out| {
            out.object(word, |_| {});
            out.null("dynamic_last4");
            out.text("type", word);
        }),
        None => out.null("wallet"),
    }
}
