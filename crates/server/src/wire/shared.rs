//! Parts that several objects share.

use farthing_domain::command::RequestMark;
use farthing_domain::object::{Address, Billing, Metadata, Shipping};

use super::json::Object;

/// `metadata`.
pub fn metadata(out: &mut Object<'_>, pairs: &Metadata) {
    out.object("metadata", |out| {
        for (name, value) in pairs {
            out.text(name, value);
        }
    });
}

/// `shipping`, or null.
pub fn shipping(out: &mut Object<'_>, shipping: Option<&Shipping>) {
    let Some(to) = shipping else { return out.null("shipping") };
    out.object("shipping", |out| {
        address(out, &to.address);
        out.maybe_text("carrier", to.carrier.as_deref());
        out.maybe_text("name", to.name.as_deref());
        out.maybe_text("phone", to.phone.as_deref());
        out.maybe_text("tracking_number", to.tracking_number.as_deref());
    });
}

/// `billing_details`.
pub fn billing(out: &mut Object<'_>, billing: &Billing) {
    out.object("billing_details", |out| {
        address(out, &billing.address);
        out.maybe_text("email", billing.email.as_deref());
        out.maybe_text("name", billing.name.as_deref());
        out.maybe_text("phone", billing.phone.as_deref());
        out.null("tax_id");
    });
}

/// `next_action`: where the holder must go, and from there back to the shop if that has an address.
pub fn next_action(out: &mut Object<'_>, challenge: &str, return_url: Option<&str>) {
    out.object("next_action", |out| {
        if let Some(return_url) = return_url {
            out.object("redirect_to_url", |out| {
                out.text("return_url", return_url);
                out.text("url", challenge);
            });
            out.plain("type", "redirect_to_url");
        } else {
            out.plain("type", "use_stripe_sdk");
            out.object("use_stripe_sdk", |out| {
                out.plain("type", "farthing_challenge");
                out.text("url", challenge);
            });
        }
    });
}

/// `request` of an event, or null.
pub fn request(out: &mut Object<'_>, request: Option<&RequestMark>) {
    let Some(mark) = request else { return out.null("request") };
    out.object("request", |out| {
        out.text("id", &mark.id);
        out.maybe_text("idempotency_key", mark.key.as_deref());
    });
}

/// `address`, or null.
pub fn maybe_address(out: &mut Object<'_>, given: Option<&Address>) {
    match given {
        Some(given) => address(out, given),
        None => out.null("address"),
    }
}

fn address(out: &mut Object<'_>, address: &Address) {
    out.object("address", |out| {
        out.maybe_text("city", address.city.as_deref());
        out.maybe_text("country", address.country.as_deref());
        out.maybe_text("line1", address.line1.as_deref());
        out.maybe_text("line2", address.line2.as_deref());
        out.maybe_text("postal_code", address.postal_code.as_deref());
        out.maybe_text("state", address.state.as_deref());
    });
}
