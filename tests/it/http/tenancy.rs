//! A foreign id gets the answer of an id that never existed, byte for byte: on every route of the
//! router, wherever an id can be named, between merchants and between modes.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use farthing_acquirer::Faults;
use farthing_core::id::{
    ApiKeyId, BalanceTransactionId, BankAccountId, ChargeId, CustomerId, DisputeId, EndpointId,
    EventId, FraudWarningId, IntentId, PaymentMethodId, PayoutId, RefundId, SetupIntentId, TokenId,
};
use farthing_server::config::Config;
use serde_json::Value;

use crate::support::{Ask, Engine, LIVE, SECRET, STRANGER, Server};
use rows::{NAMELESS, TEMPLATES};

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
