//! A foreign id gets the answer of an id that never existed, byte for byte: on every route of the
//! router, wherever an id can be named, between merchants and between modes.

use std::collections::{BTreeMap, BTreeSet};

use farthing_acquirer::Faults;
use farthing_core::id::{
    ApiKeyId, BalanceTransactionId, BankAccountId, ChargeId, CustomerId, DisputeId, EndpointId,
    EventId, FraudWarningId, IntentId, PaymentMethodId, PayoutId, RefundId, SetupIntentId, TokenId,
};
use farthing_server::config::Config;
use serde_json::Value;

use crate::support::{Ask, Engine, LIVE, SECRET, STRANGER, Server};

/// Where every path is named.
const ROUTER: &str = include_str!("../../../crates/server/src/router.rs");

/// An id of the right shape that was never issued.
fn never_issued(kind: &str) -> String {
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
        "payout" => PayoutId::from_bytes(bytes).to_string(),
        "bank_account" => BankAccountId::from_bytes(bytes).to_string(),
        "fraud_warning" => FraudWarningId::from_bytes(bytes).to_string(),
        "api_key" => ApiKeyId::from_bytes(bytes).to_string(),
        "idempotency_key" => "never-used".to_owned(),
        "client_secret" => {
            format!("{}_secret_{}", IntentId::from_bytes(bytes), "x".repeat(25))
        }
        other => panic!("{other}"),
    }
}

/// Every place where an id of a kind can be named: `$` is the id, `@kind` one of whoever asks.
const TEMPLATES: &[(&str, &[&str])] = &[
    (
        "payment_intent",
        &[
            "GET /v1/payment_intents/$",
            "GET /v1/payment_intents/$ client_secret=$_secret_x",
            "GET /v1/payment_intents/$ expand[]=latest_charge",
            "POST /v1/payment_intents/$ description=x",
            "POST /v1/payment_intents/$ currency=eur",
            "POST /v1/payment_intents/$/confirm payment_method=@payment_method",
            "POST /v1/payment_intents/$/capture",
            "POST /v1/payment_intents/$/cancel",
            "POST /v1/payment_intents/$/increment_authorization amount=1000",
            "POST /v1/payment_intents/$/apply_customer_balance",
            "POST /v1/payment_intents/$/verify_microdeposits",
            "GET /v1/payment_intents/$/amount_details_line_items",
            "GET /v1/payment_intents starting_after=$",
            "GET /v1/payment_intents ending_before=$&expand[]=data.latest_charge",
            "GET /v1/charges payment_intent=$",
            "GET /v1/charges/search query=payment_intent:'$'",
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
            "GET /v1/charges/$ expand[]=payment_intent",
            "POST /v1/charges/$ description=x",
            "GET /v1/charges starting_after=$",
            "GET /v1/charges ending_before=$",
            "GET /v1/refunds charge=$",
            "GET /v1/disputes charge=$",
            "POST /v1/refunds charge=$&expand[]=charge",
            "GET /v1/balance_transactions source=$",
            "GET /v1/charges/$/dispute",
            "POST /v1/charges/$/dispute metadata[a]=b",
            "POST /v1/charges/$/dispute/close",
            "POST /v1/charges/$/capture",
            "POST /v1/charges/$/refund amount=10",
            "GET /v1/charges/$/refunds",
            "POST /v1/charges/$/refunds amount=10",
            "GET /v1/radar/early_fraud_warnings charge=$",
            "GET /v1/farthing/events object=$&after_sequence=1",
            "GET /v1/farthing/ledger/transfers source=$",
        ],
    ),
    (
        "refund",
        &[
            "GET /v1/refunds/$",
            "POST /v1/refunds/$ metadata[a]=b",
            "POST /v1/refunds/$/cancel",
            "POST /v1/test_helpers/refunds/$/expire",
            "GET /v1/refunds starting_after=$",
            "GET /v1/balance_transactions source=$",
            "GET /v1/farthing/events object=$",
            "GET /v1/farthing/ledger/transfers source=$",
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
            "GET /v1/customers/$/balance_transactions",
            "POST /v1/customers/$/balance_transactions amount=1&currency=usd",
            "GET /v1/customers/$/balance_transactions/cbtxn_1",
            "POST /v1/customers/$/balance_transactions/cbtxn_1",
            "GET /v1/customers/$/sources",
            "POST /v1/customers/$/sources source=tok_visa",
            "GET /v1/customers/$/sources/card_1",
            "POST /v1/customers/$/sources/card_1",
            "DELETE /v1/customers/$/sources/card_1",
            "GET /v1/customers/$/tax_ids",
            "POST /v1/customers/$/tax_ids type=eu_vat&value=DE1",
            "GET /v1/customers/$/tax_ids/txi_1",
            "DELETE /v1/customers/$/tax_ids/txi_1",
            "GET /v1/customers/$/payment_methods/@payment_method",
            "GET /v1/payment_methods customer=$",
            "GET /v1/payment_intents customer=$",
            "GET /v1/payment_intents/search query=customer:'$'",
            "GET /v1/charges customer=$",
            "POST /v1/payment_intents amount=100&currency=usd&customer=$&expand[]=customer",
            "POST /v1/payment_intents/@payment_intent customer=$",
            "POST /v1/charges amount=100&currency=usd&customer=$",
            "POST /v1/payment_methods/@payment_method/attach customer=$",
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
            "GET /v1/farthing/ledger/transfers source=$",
        ],
    ),
    (
        "payment_method",
        &[
            "GET /v1/payment_methods/$",
            "POST /v1/payment_methods/$ metadata[a]=b",
            "POST /v1/payment_methods/$/attach customer=@customer",
            "POST /v1/payment_methods/$/detach",
            "GET /v1/customers/@customer/payment_methods/$",
            "GET /v1/customers/@customer/payment_methods starting_after=$",
            "GET /v1/payment_methods customer=@customer&starting_after=$",
            "POST /v1/payment_intents amount=100&currency=usd&payment_method=$",
            "POST /v1/payment_intents amount=100&currency=usd&confirm=true&payment_method=$",
            "POST /v1/payment_intents/@payment_intent/confirm payment_method=$",
        ],
    ),
    (
        "balance_transaction",
        &["GET /v1/balance_transactions/$", "GET /v1/balance_transactions starting_after=$"],
    ),
    (
        "event",
        &[
            "GET /v1/events/$",
            "GET /v1/events starting_after=$",
            "POST /v1/events/$/retry",
            "POST /v1/events/$/retry webhook_endpoint=@webhook_endpoint",
        ],
    ),
    (
        "webhook_endpoint",
        &[
            "GET /v1/webhook_endpoints/$",
            "POST /v1/webhook_endpoints/$ disabled=true",
            "DELETE /v1/webhook_endpoints/$",
            "GET /v1/webhook_endpoints starting_after=$",
            "POST /v1/events/@event/retry webhook_endpoint=$",
            "GET /v1/farthing/events object=@payment_intent&webhook_endpoint=$",
            "POST /v1/farthing/webhook_endpoints/$/roll_secret",
        ],
    ),
    (
        "setup_intent",
        &[
            "GET /v1/setup_intents/$",
            "POST /v1/setup_intents/$ description=x",
            "POST /v1/setup_intents/$/confirm payment_method=@payment_method",
            "POST /v1/setup_intents/$/cancel",
            "POST /v1/setup_intents/$/verify_microdeposits",
            "GET /v1/setup_attempts setup_intent=$",
            "GET /v1/setup_intents starting_after=$",
        ],
    ),
    (
        "token",
        &[
            "GET /v1/tokens/$",
            "GET /v1/confirmation_tokens/$",
            "POST /v1/payment_methods type=card&card[token]=$",
        ],
    ),
    (
        "fraud_warning",
        &[
            "GET /v1/radar/early_fraud_warnings/$",
            "GET /v1/radar/early_fraud_warnings starting_after=$",
        ],
    ),
    (
        "payout",
        &[
            "GET /v1/payouts/$",
            "GET /v1/payouts/$ expand[]=balance_transaction",
            "POST /v1/payouts/$ metadata[a]=b",
            "POST /v1/payouts/$/cancel",
            "POST /v1/payouts/$/reverse",
            "GET /v1/payouts starting_after=$",
            "GET /v1/balance_transactions payout=$",
            "GET /v1/balance_transactions source=$",
            "GET /v1/farthing/events object=$",
            "GET /v1/farthing/ledger/transfers source=$",
        ],
    ),
    (
        "bank_account",
        &[
            "GET /v1/farthing/bank_accounts/$",
            "DELETE /v1/farthing/bank_accounts/$",
            "GET /v1/farthing/bank_accounts starting_after=$",
            "GET /v1/payouts destination=$",
            "POST /v1/payouts amount=100&currency=usd&destination=$",
        ],
    ),
    (
        "api_key",
        &[
            "GET /v1/farthing/keys/$",
            "POST /v1/farthing/keys/$ allow_scripts=true",
            "DELETE /v1/farthing/keys/$",
            "POST /v1/farthing/keys/$/roll",
            "GET /v1/farthing/keys starting_after=$",
        ],
    ),
    (
        "idempotency_key",
        &[
            "GET /v1/farthing/idempotency/$",
            "GET /v1/farthing/idempotency/$ client_secret=@client_secret",
        ],
    ),
    ("client_secret", &["GET /v1/farthing/idempotency/some-key client_secret=$"]),
];

/// Routes that name no object of anybody.
const NAMELESS: &[&str] = &[
    "GET /v1/balance",
    "POST /v1/customers",
    "GET /v1/customers/search",
    "POST /v1/setup_intents",
    "POST /v1/tokens",
    "POST /v1/payment_methods",
    "POST /v1/webhook_endpoints",
    "POST /v1/farthing/merchants",
    "GET /v1/farthing/audit",
    "GET /v1/farthing/vault",
    "POST /v1/farthing/vault/rotate",
    // An operator's, who has all merchants.
    "POST /v1/farthing/merchants/{number}/reserve",
    "POST /v1/farthing/merchants/{number}/settlement",
    "POST /v1/farthing/keys",
    "POST /v1/farthing/bank_accounts",
    "GET /v1/farthing/payout_settings",
    "POST /v1/farthing/payout_settings",
    "GET /v1/farthing/ledger/accounts",
    // Transfers are numbered by each merchant from 1: a number is one's own or nobody's.
    "GET /v1/farthing/ledger/entries",
    "GET /v1/farthing/ledger/statement",
    "GET /v1/farthing/openapi.json",
    "GET /v1/farthing/test_clock",
    "POST /v1/farthing/test_clock/advance",
];

/// `POST /v1/charges/{id}` and so on: the paths that the router names, with the methods it answers.
fn routes(server: &Server) -> BTreeSet<String> {
    let paths = ROUTER.split('"').filter(|text| text.starts_with("/v1/"));
    let mut found = BTreeSet::new();
    for path in paths {
        for method in ["GET", "POST", "DELETE"] {
            let ask = Ask::new(method, &path.replace(['{', '}'], "")).by_nobody();
            if !server.send(ask).message().starts_with("Unrecognized request URL") {
                found.insert(format!("{method} {path}"));
            }
        }
    }
    assert!(found.len() > 50, "{found:?}");
    found
}

/// Whether a template asks this route.
fn asks(template: &str, route: &str) -> bool {
    let mut parts = template.split(' ');
    let asked = format!("{} {}", parts.next().unwrap(), parts.next().unwrap());
    let segments = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (asked, route) = (segments(&asked), segments(route));
    asked.len() == route.len()
        && asked.iter().zip(&route).all(|(one, two)| one == two || two.starts_with('{'))
}

#[test]
fn every_route_has_its_row() {
    let server = Server::memory();
    let routes = routes(&server);
    let all = || TEMPLATES.iter().flat_map(|(_, templates)| templates.iter());
    let bare: Vec<&String> = routes
        .iter()
        .filter(|route| {
            !NAMELESS.contains(&route.as_str()) && !all().any(|template| asks(template, route))
        })
        .collect();
    assert!(bare.is_empty(), "routes that nobody tries with foreign ids: {bare:#?}");
    for template in all() {
        assert!(routes.iter().any(|route| asks(template, route)), "no such route: {template}");
    }
    for route in NAMELESS {
        assert!(routes.contains(*route), "no such route: {route}");
    }
}

/// One object of each kind, of whoever holds the key.
fn own(server: &Server, key: &str) -> BTreeMap<&'static str, String> {
    let made = |path: &str, form: &str| {
        let answer = server.send(Ask::post(path, form).by(key));
        assert_eq!(answer.status, 200, "{path} {form}: {}", answer.body);
        answer.json
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let endpoint = made("/v1/webhook_endpoints", "url=https://a.example&enabled_events[]=*");
    let customer = made("/v1/customers", "name=Ann");
    // Numbers, because live mode knows no tokens of tests.
    let card = |number: &str| {
        let form = format!("type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=34");
        made("/v1/payment_methods", &form)
    };
    let take = |number: &str, amount: i64| {
        let method = text(&card(number)["id"]);
        let form = format!("amount={amount}&currency=usd&payment_method={method}&confirm=true");
        made("/v1/payment_intents", &form)
    };
    let pay = |number: &str| take(number, 900);
    let method = card("4242424242424242");
    let paid = pay("4242424242424242");
    let refund = made("/v1/refunds", &format!("payment_intent={}&amount=100", text(&paid["id"])));
    pay("4000000000000259");
    pay("4000000000005423");
    let setup = made("/v1/setup_intents", "");
    // Funds that are available at once, and where they go.
    take("4000000000000077", 90_000);
    let account = "country=US&currency=usd&routing_number=110000000&account_number=000123456789";
    let account = made("/v1/farthing/bank_accounts", account);
    let payout = made("/v1/payouts", "amount=100&currency=usd");
    let typed = "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=34";
    let token = made("/v1/tokens", typed);
    let list = |path: &str| server.send(Ask::get(path).by(key)).json["data"][0].clone();
    let idempotent = format!("key-of-{}", key.replace('_', "-"));
    let open = "amount=500&currency=usd";
    let ask = Ask::post("/v1/payment_intents", open).by(key).idempotent(&idempotent);
    let open = server.send(ask).json;
    let restricted = made("/v1/farthing/keys", "class=restricted&scopes[events]=read");
    BTreeMap::from([
        ("payment_intent", text(&open["id"])),
        ("charge", text(&refund["charge"])),
        ("refund", text(&refund["id"])),
        ("customer", text(&customer["id"])),
        ("dispute", text(&list("/v1/disputes")["id"])),
        ("payment_method", text(&method["id"])),
        ("balance_transaction", text(&refund["balance_transaction"])),
        ("event", text(&list("/v1/events")["id"])),
        ("webhook_endpoint", text(&endpoint["id"])),
        ("setup_intent", text(&setup["id"])),
        ("token", text(&token["id"])),
        ("fraud_warning", text(&list("/v1/radar/early_fraud_warnings")["id"])),
        ("api_key", text(&restricted["id"])),
        ("payout", text(&payout["id"])),
        ("bank_account", text(&account["id"])),
        ("idempotency_key", idempotent),
        ("client_secret", text(&open["client_secret"])),
    ])
}

#[test]
fn nothing_tells_a_foreign_id_from_one_that_never_was() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let config = Config { simulate_live: true, ..Config::dev() };
        let server = Server::with(engine, config, Faults::none());
        let owners = [SECRET, STRANGER, LIVE].map(|key| (key, own(&server, key)));
        for (owner, foreign) in &owners {
            for (asker, own) in &owners {
                if owner != asker {
                    compare(&server, asker, (own, foreign));
                }
            }
        }
    }
}

type Ids = BTreeMap<&'static str, String>;

fn compare(server: &Server, asker: &str, (own, foreign): (&Ids, &Ids)) {
    for (kind, templates) in TEMPLATES {
        let foreign = &foreign[kind];
        let never = never_issued(kind);
        // An id that is none at all, in the shape that its family's masking leaves alone.
        let none = if *kind == "api_key" { "key_1" } else { "nope_1" };
        let absent =
            if *kind == "idempotency_key" { vec![never] } else { vec![never, none.to_owned()] };
        for template in *templates {
            let mut template = String::from(*template);
            for (kind, id) in own {
                template = template.replace(&format!("@{kind}"), id);
            }
            let ask = |id: &str| Ask::line(&template.replace('$', id)).by(asker);
            let seen = answer(server, &template, ask(foreign));
            for absent in &absent {
                let unseen = answer(server, &template, ask(absent));
                assert_eq!(seen.0, unseen.0, "{template}");
                assert_eq!(
                    seen.1.replace(foreign.as_str(), "$"),
                    unseen.1.replace(absent.as_str(), "$"),
                    "{template}"
                );
            }
        }
    }
}

/// Status and body. What is not a look is refused, and leaves nothing behind.
fn answer(server: &Server, template: &str, ask: Ask) -> (u16, String) {
    let answer = if template.starts_with("GET ") { server.send(ask) } else { server.refused(ask) };
    (answer.status, answer.body)
}

/// What a merchant sees who has nothing: every list, and what a search finds.
const LISTS: [&str; 18] = [
    "payment_intents",
    "payment_intents/search?query=created%3E0",
    "charges",
    "charges/search?query=created%3E0",
    "customers",
    "customers/search?query=created%3E0",
    "setup_intents",
    "radar/early_fraud_warnings",
    "refunds",
    "disputes",
    "events",
    "balance_transactions",
    "payouts",
    "webhook_endpoints",
    "farthing/bank_accounts",
    "farthing/ledger/accounts",
    "farthing/ledger/transfers",
    "farthing/ledger/entries?account=network",
];

#[test]
fn lists_and_balances_are_ones_own() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        own(&server, SECRET);
        for path in LISTS {
            let list = |key| server.send(Ask::get(&format!("/v1/{path}")).by(key)).json;
            assert_ne!(list(SECRET)["data"], serde_json::json!([]), "{engine:?} {path}");
            assert_eq!(list(STRANGER)["data"], serde_json::json!([]), "{engine:?} {path}");
        }
        let balance = server.send(Ask::get("/v1/balance").by(STRANGER)).json;
        assert_eq!(
            (&balance["available"], &balance["pending"]),
            (&serde_json::json!([]), &serde_json::json!([]))
        );
        // Of an earlier moment too.
        let now = server.get("/v1/farthing/test_clock").json["now"].clone();
        let path = format!("/v1/farthing/ledger/accounts?at={now}");
        assert_eq!(server.send(Ask::get(&path).by(STRANGER)).json["data"], serde_json::json!([]));
    }
}

#[test]
fn keys_of_two_merchants_are_two_keys() {
    let server = Server::memory();
    let ask = || Ask::post("/v1/payment_intents", "amount=1000&currency=usd").idempotent("same");
    let (one, two) = (server.send(ask()), server.send(ask().by(STRANGER)));
    assert_eq!((one.status, two.status), (200, 200));
    assert_ne!(one.id(), two.id());
}
