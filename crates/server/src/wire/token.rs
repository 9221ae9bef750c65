//! Tokens on the wire.

use farthing_domain::tenant::Mode;
use farthing_domain::token::Token;

use super::json::Object;
use super::method::CARD;

/// The fields of a token.
pub fn fields(out: &mut Object<'_>, row: &Token) {
    out.plain("id", row.id);
    out.plain("object", "token");
    out.object("card", |out| card(out, row));
    out.null("client_ip");
    out.int("created", row.created.seconds());
    out.bool("livemode", row.tenant.mode() == Mode::Live);
    out.plain("type", CARD);
    out.bool("used", row.used);
}

/// The card of a token, in the shape of before there were payment methods.
fn card(out: &mut Object<'_>, row: &Token) {
    let (card, address) = (&row.card, &row.address);
    let unchecked = |part: &Option<String>| part.as_ref().map(|_| "unchecked");
    out.plain("id", row.card_id());
    out.plain("object", CARD);
    out.maybe_text("address_city", address.city.as_deref());
    out.maybe_text("address_country", address.country.as_deref());
    out.maybe_text("address_line1", address.line1.as_deref());
    out.maybe_plain("address_line1_check", unchecked(&address.line1));
    out.maybe_text("address_line2", address.line2.as_deref());
    out.maybe_text("address_state", address.state.as_deref());
    out.maybe_text("address_zip", address.postal_code.as_deref());
    out.maybe_plain("address_zip_check", unchecked(&address.postal_code));
    out.plain("brand", brand(row));
    out.maybe_text("country", card.country.as_deref());
    out.plain("cvc_check", "unchecked");
    out.null("dynamic_last4");
    out.int("exp_month", card.exp_month);
    out.int("exp_year", card.exp_year);
    out.text("fingerprint", &card.fingerprint);
    out.text("funding", &card.funding);
    out.text("last4", &card.last4);
    out.object("metadata", |_| {});
    out.maybe_text("name", row.name.as_deref());
    out.object("networks", |out| out.null("preferred"));
    out.plain("regulated_status", "unregulated");
    out.null("tokenization_method");
}

/// In the older shape brands are written as people write them.
fn brand(row: &Token) -> &'static str {
    match row.card.brand.wire() {
        "visa" => "Visa",
        "mastercard" => "MasterCard",
        "amex" => "American Express",
        "discover" => "Discover",
        "diners" => "Diners Club",
        "jcb" => "JCB",
        "unionpay" => "UnionPay",
        _ => "Unknown",
    }
}
