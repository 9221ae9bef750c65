//! Customers on the wire.

use farthing_core::id::CustomerId;
use farthing_domain::customer::Customer;
use farthing_domain::object::ObjectRef;
use farthing_domain::tenant::Mode;

use super::expand::Expand;
use super::json::Object;
use super::{Rows, shared};

/// The fields of a customer; of a deleted one what is left of it.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &Customer, expand: &Expand<'_>) {
    if row.deleted {
        return deleted(out, row.id);
    }
    let profile = &row.profile;
    out.plain("id", row.id);
    out.plain("object", "customer");
    shared::maybe_address(out, profile.address.as_ref());
    out.int("balance", profile.balance);
    out.int("created", row.created.seconds());
    out.nulls(&["currency", "customer_account", "default_source"]);
    out.bool("delinquent", false);
    out.maybe_text("description", profile.description.as_deref());
    out.null("discount");
    out.maybe_text("email", profile.email.as_deref());
    out.text("invoice_prefix", &profile.invoice_prefix);
    out.object("invoice_settings", |out| {
        out.null("custom_fields");
        let method = profile.default_method.map(ObjectRef::Method);
        let inner = expand.below("invoice_settings").unwrap_or_default();
        rows.pointer(out, "default_payment_method", (method, &inner));
        out.maybe_text("footer", profile.invoice_footer.as_deref());
        out.null("rendering_options");
    });
    out.bool("livemode", row.tenant.mode() == Mode::Live);
    shared::metadata(out, &profile.metadata);
    out.maybe_text("name", profile.name.as_deref());
    out.int("next_invoice_sequence", profile.next_invoice_sequence);
    out.maybe_text("phone", profile.phone.as_deref());
    out.texts("preferred_locales", profile.preferred_locales.iter().map(String::as_str));
    shared::shipping(out, profile.shipping.as_ref());
    out.plain("tax_exempt", profile.tax_exempt.wire());
    out.null("test_clock");
}

/// What is left of a deleted one.
pub fn deleted(out: &mut Object<'_>, id: CustomerId) {
    out.plain("id", id);
    out.plain("object", "customer");
    out.bool("deleted", true);
}
