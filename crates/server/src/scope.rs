//! What a restricted key must be allowed, from a request's method, path and expansions alone: so
//! that no route can forget to ask.

use farthing_core::idempotency::Param;
use farthing_domain::key::{Access, Resource, Scopes};
use http::Method;

use crate::form::Form;

/// What a request needs; none where no restricted key may go.
pub fn needed(method: &Method, path: &str) -> Option<(Resource, Access)> {
    let access = if method == Method::GET { Access::Read } else { Access::Write };
    let mut parts = path.strip_prefix("/v1/")?.split('/');
    let resource = match parts.next()? {
        "farthing" => match parts.next()? {
            "events" => Resource::Events,
            "bank_accounts" | "payout_settings" => Resource::Payouts,
            "idempotency" => Resource::Idempotency,
            "ledger" => Resource::Ledger,
            "test_clock" => Resource::TestHelpers,
            "webhook_endpoints" => Resource::WebhookEndpoints,
            _ => return None,
        },
        "customers" => match parts.nth(1) {
            Some("payment_methods") => Resource::PaymentMethods,
            _ => Resource::Customers,
        },
        "balance_transactions" | "balance_settings" => Resource::Balance,
        "radar" => Resource::Charges,
        "confirmation_tokens" => Resource::Tokens,
        "setup_attempts" | "mandates" => Resource::SetupIntents,
        "accounts" | "external_accounts" => Resource::Payouts,
        other => Resource::parse(other)?,
    };
    Some((resource, access))
}

/// The first expansion that leads to what the key may not read, by the name of the field.
pub fn closed_expansion<'f>(form: &'f Form, scopes: &Scopes) -> Option<&'f str> {
    let Some(Param::List(paths)) = form.params.get("expand") else { return None };
    let texts = paths.iter().filter_map(|path| match path {
        Param::Text(text) => Some(text.as_str()),
        Param::List(_) | Param::Map(_) => None,
    });
    texts.flat_map(|text| text.split('.')).find(|field| {
        let behind = behind(field);
        !behind.is_some_and(|all| all.iter().all(|each| scopes.allow(*each, Access::Read)))
    })
}

/// What a field points to; none for a field that is not known here, which stays closed.
fn behind(field: &str) -> Option<&'static [Resource]> {
    Some(match field {
        "customer" => &[Resource::Customers],
        "charge" | "latest_charge" => &[Resource::Charges],
        "payment_intent" => &[Resource::PaymentIntents],
        "payment_method" | "default_payment_method" => &[Resource::PaymentMethods],
        "balance_transaction" | "failure_balance_transaction" => &[Resource::Balance],
        "dispute" => &[Resource::Disputes],
        "refunds" => &[Resource::Refunds],
        "setup_intent" | "latest_attempt" | "mandate" => &[Resource::SetupIntents],
        "payout" | "destination" | "original_payout" | "reversed_by" => &[Resource::Payouts],
        "source" => &[Resource::Charges, Resource::Refunds, Resource::Disputes, Resource::Payouts],
        // Of a list, and pointers that are always null here.
        "data"
        | "total_count"
        | "application"
        | "application_fee"
        | "default_source"
        | "on_behalf_of"
        | "review"
        | "source_transfer"
        | "source_transfer_reversal"
        | "test_clock"
        | "transfer_reversal" => &[],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_needs() {
        for (method, path, needs) in [
            ("GET", "/v1/charges", "charges read"),
            ("POST", "/v1/charges/ch_1", "charges write"),
            ("DELETE", "/v1/customers/cus_1", "customers write"),
            ("GET", "/v1/customers/cus_1/payment_methods/pm_1", "payment_methods read"),
            ("GET", "/v1/balance", "balance read"),
            ("GET", "/v1/balance_transactions/txn_1", "balance read"),
            ("POST", "/v1/payment_intents/pi_1/capture", "payment_intents write"),
            ("POST", "/v1/test_helpers/refunds/re_1/expire", "test_helpers write"),
            ("GET", "/v1/farthing/ledger/entries", "ledger read"),
            ("POST", "/v1/payouts/po_1/cancel", "payouts write"),
            ("GET", "/v1/farthing/bank_accounts", "payouts read"),
            ("POST", "/v1/farthing/payout_settings", "payouts write"),
            ("POST", "/v1/farthing/keys", "-"),
            ("POST", "/v1/farthing/merchants", "-"),
            ("GET", "/v1/nope", "-"),
            ("GET", "/farthing/frame", "-"),
        ] {
            let needed = needed(&method.parse().unwrap(), path);
            let text = needed.map_or("-".to_owned(), |(resource, access)| {
                format!("{} {}", resource.wire(), access.wire())
            });
            assert_eq!(text, needs, "{method} {path}");
        }
    }
}
