//! A foreign id gets the answer of an id that never existed.

use serde_json::Value;

use crate::support::{Ask, STRANGER, Server, id};

/// An id of the right shape that was never issued, made from one that was: time moved on a little.
fn never_issued(kind: &str) -> String {
    use farthing_core::id::{
        BalanceTransactionId, ChargeId, CustomerId, DisputeId, EndpointId, EventId, IntentId,
        PaymentMethodId, RefundId, SetupIntentId, TokenId,
    };
    let bytes = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    match kind {
        "payment_intent" => IntentId::from_bytes(bytes).to_string(),
        "charge" => ChargeId::from_bytes(bytes).to_string(),
        "refund" => RefundId::from_bytes(bytes).to_string(),
        "customer" => CustomerId::from_bytes(bytes).to_string(),
        "setup_intent" => SetupIntentId::from_bytes(bytes).to_string(),
        "token" => TokenId::from_bytes(bytes).to_string(),
        "dispute" => DisputeId::from_bytes(bytes).to_string(),
        "payment_method" => PaymentMethodId::from_bytes(bytes).to_string(),
        "balance_transaction" => BalanceTransactionId::from_bytes(bytes).to_string(),
        "event" => EventId::from_bytes(bytes).to_string(),
        "webhook_endpoint" => EndpointId::from_bytes(bytes).to_string(),
        other => panic!("{other}"),
    }
}

/// A card as it is typed.
const CARD: &str = "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034";

#[test]
fn nothing_tells_a_foreign_id_from_one_that_never_was() {
    let server = Server::memory();
    let paid = server.paid(1000);
    let refund = server.made("/v1/refunds", &format!("payment_intent={}&amount=100", id(&paid)));
    let charge = refund["charge"].as_str().unwrap().to_owned();
    server.made(
        "/v1/payment_intents",
        "amount=900&currency=usd&payment_method=pm_card_createDispute&confirm=true",
    );
    let dispute = server.get("/v1/disputes").json["data"][0].clone();
    let endpoint = server.made("/v1/webhook_endpoints", "url=https://a.example&enabled_events[]=*");
    let event = server.get("/v1/events").json["data"][0].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let owned = [
        ("payment_intent", text(&paid["id"])),
        ("charge", charge),
        ("refund", text(&refund["id"])),
        ("customer", text(&server.made("/v1/customers", "name=Ann")["id"])),
        ("setup_intent", text(&server.made("/v1/setup_intents", "")["id"])),
        ("token", text(&server.made("/v1/tokens", CARD)["id"])),
        ("dispute", text(&dispute["id"])),
        ("payment_method", text(&paid["payment_method"])),
        ("balance_transaction", text(&refund["balance_transaction"])),
        ("event", text(&event["id"])),
        ("webhook_endpoint", text(&endpoint["id"])),
    ];
    for (kind, foreign) in &owned {
        for template in templates(kind) {
            let ask = |id: &str| Ask::line(&template.replace('$', id)).by(STRANGER);
            let seen = server.refused(ask(foreign));
            let never = never_issued(kind);
            for absent in [never.as_str(), "nope_1"] {
                let unseen = server.refused(ask(absent));
                assert_eq!(seen.status, unseen.status, "{template}");
                assert_eq!(seen.body.replace(foreign, "$"), unseen.body.replace(absent, "$"));
            }
        }
    }
}

/// Every place where an id of a kind can be named.
const TEMPLATES: &[(&str, &[&str])] = &[
    (
        "payment_intent",
        &[
            "GET /v1/payment_intents/$",
            "GET /v1/payment_intents/$?client_secret=$_secret_x",
            "GET /v1/payment_intents/$?expand[]=latest_charge",
            "POST /v1/payment_intents/$ description=x",
            "POST /v1/payment_intents/$ currency=eur",
            "POST /v1/payment_intents/$/confirm payment_method=pm_card_visa",
            "POST /v1/payment_intents/$/capture",
            "POST /v1/payment_intents/$/cancel",
            "GET /v1/payment_intents starting_after=$",
            "GET /v1/charges payment_intent=$",
            "GET /v1/refunds payment_intent=$",
            "GET /v1/disputes payment_intent=$",
            "POST /v1/refunds payment_intent=$",
            "GET /v1/farthing/events object=$",
        ],
    ),
    (
        "charge",
        &[
            "GET /v1/charges/$",
            "POST /v1/charges/$ description=x",
            "GET /v1/charges ending_before=$",
            "GET /v1/refunds charge=$",
            "GET /v1/disputes charge=$",
            "POST /v1/refunds charge=$",
            "GET /v1/balance_transactions source=$",
            "GET /v1/farthing/events object=$&after_sequence=1",
        ],
    ),
    (
        "refund",
        &[
            "GET /v1/refunds/$",
            "POST /v1/refunds/$ metadata[a]=b",
            "POST /v1/refunds/$/cancel",
            "GET /v1/refunds starting_after=$",
            "GET /v1/farthing/events object=$",
        ],
    ),
    (
        "customer",
        &[
            "GET /v1/customers/$",
            "POST /v1/customers/$ name=x",
            "DELETE /v1/customers/$",
            "GET /v1/customers starting_after=$",
            "GET /v1/customers/$/payment_methods",
            "GET /v1/payment_methods customer=$",
            "GET /v1/payment_intents customer=$",
            "GET /v1/charges customer=$",
            "POST /v1/payment_intents amount=100&currency=usd&customer=$",
            "GET /v1/farthing/events object=$",
        ],
    ),
    (
        "dispute",
        &[
            "GET /v1/disputes/$",
            "POST /v1/disputes/$ evidence[uncategorized_text]=x",
            "POST /v1/disputes/$/close",
            "GET /v1/disputes starting_after=$",
            "GET /v1/farthing/events object=$",
        ],
    ),
    (
        "payment_method",
        &[
            "GET /v1/payment_methods/$",
            "POST /v1/payment_methods/$ metadata[a]=b",
            "POST /v1/payment_methods/$/detach",
            "POST /v1/payment_intents amount=100&currency=usd&payment_method=$",
            "POST /v1/payment_intents amount=100&currency=usd&confirm=true&payment_method=$",
        ],
    ),
    (
        "balance_transaction",
        &["GET /v1/balance_transactions/$", "GET /v1/balance_transactions starting_after=$"],
    ),
    ("event", &["GET /v1/events/$", "GET /v1/events starting_after=$"]),
    (
        "webhook_endpoint",
        &[
            "GET /v1/webhook_endpoints/$",
            "POST /v1/webhook_endpoints/$ disabled=true",
            "DELETE /v1/webhook_endpoints/$",
            "GET /v1/webhook_endpoints starting_after=$",
        ],
    ),
    (
        "setup_intent",
        &[
            "GET /v1/setup_intents/$",
            "POST /v1/setup_intents/$ description=x",
            "POST /v1/setup_intents/$/confirm payment_method=pm_card_visa",
            "POST /v1/setup_intents/$/cancel",
            "POST /v1/setup_intents/$/verify_microdeposits",
            "GET /v1/setup_attempts setup_intent=$",
            "GET /v1/setup_intents starting_after=$",
        ],
    ),
    ("token", &["GET /v1/tokens/$", "POST /v1/payment_methods type=card&card[token]=$"]),
];

fn templates(kind: &str) -> &'static [&'static str] {
    let found = TEMPLATES.iter().find(|(of, _)| *of == kind);
    found.unwrap_or_else(|| panic!("{kind}")).1
}

#[test]
fn lists_and_balances_are_ones_own() {
    let server = Server::memory();
    server.paid(1000);
    for path in [
        "payment_intents",
        "charges",
        "customers",
        "setup_intents",
        "radar/early_fraud_warnings",
        "refunds",
        "disputes",
        "events",
        "balance_transactions",
    ] {
        let list = server.send(Ask::get(&format!("/v1/{path}")).by(STRANGER));
        assert_eq!(list.json["data"], serde_json::json!([]), "{path}");
    }
    let balance = server.send(Ask::get("/v1/balance").by(STRANGER)).json;
    assert_eq!(
        (&balance["available"], &balance["pending"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
}

#[test]
fn keys_of_two_merchants_are_two_keys() {
    let server = Server::memory();
    let ask = || Ask::post("/v1/payment_intents", "amount=1000&currency=usd").idempotent("same");
    let (one, two) = (server.send(ask()), server.send(ask().by(STRANGER)));
    assert_eq!((one.status, two.status), (200, 200));
    assert_ne!(one.id(), two.id());
}
