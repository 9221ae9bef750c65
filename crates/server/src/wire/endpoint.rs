//! Webhook endpoints on the wire.

use farthing_core::id::EndpointId;
use farthing_domain::endpoint::{Endpoint, EndpointStatus, EventFilter};
use farthing_domain::tenant::Mode;

use super::json::Object;
use super::shared;

/// The fields of an endpoint; the secret only in the answer that made it.
pub fn fields(out: &mut Object<'_>, row: &Endpoint, secret: Option<&str>) {
    out.plain("id", row.id);
    out.plain("object", "webhook_endpoint");
    out.maybe_text("api_version", row.api_version.as_deref());
    out.null("application");
    out.int("created", row.created.seconds());
    out.maybe_text("description", row.description.as_deref());
    match &row.events {
        EventFilter::All => out.texts("enabled_events", ["*"]),
        EventFilter::Some(names) => out.texts("enabled_events", names.iter().map(String::as_str)),
    }
    out.bool("livemode", row.tenant.mode() == Mode::Live);
    shared::metadata(out, &row.metadata);
    if let Some(secret) = secret {
        out.text("secret", secret);
    }
    out.plain("status", status(row.status));
    out.text("url", &row.url);
}

/// What is left of a deleted one.
pub fn deleted(out: &mut Object<'_>, id: EndpointId) {
    out.plain("id", id);
    out.plain("object", "webhook_endpoint");
    out.bool("deleted", true);
}

fn status(status: EndpointStatus) -> &'static str {
    match status {
        EndpointStatus::Enabled => "enabled",
        EndpointStatus::Disabled | EndpointStatus::Deleted => "disabled",
    }
}
