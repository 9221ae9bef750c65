//! Early fraud warnings on the wire.

use farthing_domain::object::ObjectRef;
use farthing_domain::warning::{FraudWarning, actionable};

use super::Rows;
use super::expand::Expand;
use super::json::Object;

/// The fields of a warning.
pub fn fields(out: &mut Object<'_>, rows: &Rows<'_>, row: &FraudWarning, expand: &Expand<'_>) {
    out.plain("id", row.id);
    out.plain("object", "radar.early_fraud_warning");
    let charge = rows.view.charge(rows.tenant, row.charge);
    out.bool("actionable", charge.is_some_and(actionable));
    rows.pointer(out, "charge", (Some(ObjectRef::Charge(row.charge)), expand));
    out.int("created", row.created.seconds());
    // The one kind that the simulated issuers tell of.
    out.plain("fraud_type", "made_with_stolen_card");
    out.bool("livemode", rows.live());
    rows.pointer(out, "payment_intent", (Some(ObjectRef::Intent(row.intent)), expand));
}
