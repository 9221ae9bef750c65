//! Bank accounts on the wire, and when funds become available and are paid out.

use farthing_core::id::BankAccountId;
use farthing_core::money::{Money, SignedMoney};
use farthing_domain::bank::BankAccount;
use farthing_domain::tenant::{Interval, Mode, PayoutSettings, TenantId};

use super::json::Object;
use super::shared;

/// The days of a week, from Monday, as the wire names them.
pub const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The fields of a bank account; of a deleted one what is left of it.
pub fn fields(out: &mut Object<'_>, row: &BankAccount) {
    if row.deleted {
        return deleted(out, row.id);
    }
    let details = &row.details;
    out.plain("id", row.id);
    out.plain("object", "bank_account");
    out.maybe_text("account_holder_name", details.holder.as_deref());
    out.nulls(&["account_holder_type", "account_type"]);
    out.texts("available_payout_methods", ["standard", "instant"]);
    out.null("bank_name");
    out.plain("country", &details.country);
    out.plain("currency", details.currency.code());
    out.bool("default_for_currency", row.is_default);
    out.plain("fingerprint", &details.fingerprint);
    out.text("last4", &details.last4);
    shared::metadata(out, &row.metadata);
    out.maybe_text("routing_number", details.routing.as_deref());
    out.plain("status", "new");
}

/// What is kept back of a tenant's funds, and what of them can be paid out.
pub fn reserve(out: &mut Object<'_>, tenant: TenantId, (whole, available): (Money, SignedMoney)) {
    out.plain("object", "farthing.reserve");
    out.int("merchant", tenant.merchant());
    out.bool("livemode", tenant.mode() == Mode::Live);
    out.int("amount", whole.minor());
    out.int("available", available.minor());
    out.plain("currency", whole.currency().code());
}

/// What is left of a deleted one.
pub fn deleted(out: &mut Object<'_>, id: BankAccountId) {
    out.plain("id", id);
    out.plain("object", "bank_account");
    out.bool("deleted", true);
}

/// The fields of a tenant's payout settings.
pub fn settings(out: &mut Object<'_>, live: bool, row: PayoutSettings) {
    let (interval, weekly, monthly) = match row.interval {
        Interval::Manual => ("manual", None, None),
        Interval::Daily => ("daily", None, None),
        Interval::Weekly(day) => ("weekly", WEEKDAYS.get(usize::from(day)).copied(), None),
        Interval::Monthly(day) => ("monthly", None, Some(i64::from(day))),
    };
    out.plain("object", "farthing.payout_settings");
    out.int("delay_days", row.delay_days);
    out.plain("interval", interval);
    out.bool("livemode", live);
    out.maybe_int("monthly_anchor", monthly);
    out.maybe_plain("weekly_anchor", weekly);
}
