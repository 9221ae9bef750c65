//! Every filter of every list: it leaves out what it should, on every engine.
//!
//! There are two worlds of objects, a day apart; each filter is asked for the one and for the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{Engine, SECRET, Server, id};

/// A list, and a filter of it: `$` is what an object of the one world is called and then of the other,
/// `#` the moment between both, and `%` a day later. What stands before `;` is asked beside it.
const FILTERS: &[(&str, &str)] = &[
    ("/v1/payment_intents", "customer=$customer"),
    ("/v1/payment_intents", "created#"),
    ("/v1/charges", "customer=$customer"),
    ("/v1/charges", "payment_intent=$payment_intent"),
    ("/v1/charges", "transfer_group=$group"),
    ("/v1/charges", "customer=$both;payment_intent=$mine"),
    ("/v1/charges", "customer=$both;transfer_group=$own_group"),
    ("/v1/charges", "created#"),
    ("/v1/charges/{id}/refunds", "created#"),
    ("/v1/customers", "email=$email"),
    ("/v1/customers", "created#"),
    ("/v1/customers/{id}/payment_methods", "type=$type"),
    ("/v1/payment_methods", "customer=$customer"),
    ("/v1/payment_methods", "customer=$both;type=$type"),
    ("/v1/refunds", "charge=$charge"),
    ("/v1/refunds", "payment_intent=$payment_intent"),
    ("/v1/refunds", "created#"),
    ("/v1/disputes", "charge=$disputed_charge"),
    ("/v1/disputes", "payment_intent=$disputed"),
    ("/v1/disputes", "created#"),
    ("/v1/radar/early_fraud_warnings", "charge=$warned_charge"),
    ("/v1/radar/early_fraud_warnings", "payment_intent=$warned"),
    ("/v1/radar/early_fraud_warnings", "created#"),
    ("/v1/setup_intents", "customer=$customer"),
    ("/v1/setup_intents", "payment_method=$payment_method"),
    ("/v1/setup_intents", "created#"),
    ("/v1/setup_attempts", "setup_intent=$setup_intent"),
    ("/v1/setup_attempts", "setup_intent=$tried;created#"),
    ("/v1/balance_transactions", "currency=$currency"),
    ("/v1/balance_transactions", "source=$charge"),
    ("/v1/balance_transactions", "type=$line"),
    ("/v1/balance_transactions", "created#"),
    ("/v1/payouts", "status=$status"),
    ("/v1/payouts", "destination=$destination"),
    ("/v1/payouts", "arrival_date%"),
    ("/v1/payouts", "created#"),
    ("/v1/events", "type=$event"),
    ("/v1/events", "types[]=$event"),
    ("/v1/events", "delivery_success=$taken"),
    ("/v1/events", "created#"),
    ("/v1/webhook_endpoints", "created#"),
    ("/v1/farthing/bank_accounts", "created#"),
    ("/v1/farthing/events", "object=$payment_intent"),
    ("/v1/farthing/events", "object=$first;webhook_endpoint=$endpoint"),
    ("/v1/farthing/ledger/transfers", "reason=$reason"),
    ("/v1/farthing/ledger/transfers", "source=$charge"),
    ("/v1/farthing/ledger/transfers", "created#"),
    ("/v1/farthing/ledger/entries", "account=$account"),
    ("/v1/farthing/ledger/entries", "account=network;currency=$currency"),
    ("/v1/farthing/ledger/entries", "account=network;created#"),
];

/// Filters that are tried elsewhere, with where.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("/v1/payment_methods", "created", "nowhere: it is no parameter of theirs (400)"),
    (
        "/v1/customers/{id}/payment_methods",
        "created",
        "nowhere: it is no parameter of theirs (400)",
    ),
    (
        "/v1/customers/{id}/balance_transactions",
        "created",
        "customers.rs: the list is always empty",
    ),
    (
        "/v1/customers/{id}/balance_transactions",
        "invoice",
        "customers.rs: the list is always empty",
    ),
    ("/v1/customers/{id}/sources", "created", "customers.rs: the list is always empty"),
    ("/v1/customers/{id}/sources", "object", "customers.rs: the list is always empty"),
    ("/v1/customers/{id}/tax_ids", "created", "customers.rs: the list is always empty"),
    ("/v1/setup_intents", "attach_to_self", "below: no account keeps methods of its own"),
    ("/v1/balance_transactions", "payout", "payouts.rs: an automatic payout and its lines"),
    ("/v1/farthing/events", "after_sequence", "events_of.rs"),
    ("/v1/farthing/keys", "merchant", "api_keys.rs"),
    ("/v1/farthing/keys", "livemode", "api_keys.rs"),
    ("/v1/farthing/ledger/transfers", "merchant", "ledger.rs"),
    ("/v1/farthing/ledger/transfers", "livemode", "ledger.rs"),
    ("/v1/farthing/ledger/entries", "merchant", "ledger.rs"),
    ("/v1/farthing/ledger/entries", "livemode", "ledger.rs"),
];

/// What lists have besides filters.
const PAGING: [&str; 4] = ["limit", "starting_after", "ending_before", "expand"];

type World = BTreeMap<&'static str, String>;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// One world: a customer, what it paid, what came of it, and a payout.
fn world(server: &Server, which: usize) -> World {
    let currency = ["usd", "eur"][which];
    let email = format!("who{which}@example.com");
    let customer = text(&server.made("/v1/customers", &format!("email={email}"))["id"]);
    let card = text(
        &server.made("/v1/payment_methods/pm_card_visa/attach", &format!("customer={customer}"))["id"],
    );
    let pay = |card: &str, amount: i64, group: &str| {
        server.made(
            "/v1/payment_intents",
            &format!(
                "amount={amount}&currency={currency}&confirm=true&payment_method={card}&customer={customer}&transfer_group={group}{which}"
            ),
        )
    };
    let disputed = pay("pm_card_createDispute", 1_000, "h");
    let warned = pay("pm_card_createIssuerFraudRecord", 1_000, "h");
    let paid = pay("pm_card_bypassPending", 90_000, "g");
    server.made("/v1/refunds", &format!("payment_intent={}&amount=100", id(&paid)));
    let form = format!("customer={customer}&payment_method={card}&confirm=true");
    let setup = text(&server.made("/v1/setup_intents", &form)["id"]);
    let place = [
        "country=US&currency=usd&routing_number=110000000&account_number=000123456789",
        "country=DE&currency=eur&account_number=DE89370400440532013000",
    ][which];
    let bank = text(&server.made("/v1/farthing/bank_accounts", place)["id"]);
    let form = format!("amount=500&currency={currency}&destination={bank}");
    let payout = server.made("/v1/payouts", &form);
    if which == 0 {
        server.made(&format!("/v1/payouts/{}/cancel", id(&payout)), "");
    }
    World::from([
        ("customer", customer),
        ("email", email),
        ("group", format!("g{which}")),
        ("payment_method", card),
        ("payment_intent", text(&paid["id"])),
        ("charge", text(&paid["latest_charge"])),
        ("disputed", text(&disputed["id"])),
        ("disputed_charge", text(&disputed["latest_charge"])),
        ("warned", text(&warned["id"])),
        ("warned_charge", text(&warned["latest_charge"])),
        ("setup_intent", setup),
        ("currency", currency.to_owned()),
        ("destination", bank),
        ("status", ["canceled", "pending"][which].to_owned()),
        ("type", ["card", "us_bank_account"][which].to_owned()),
        ("line", ["charge", "refund"][which].to_owned()),
        ("reason", ["charge", "refund"][which].to_owned()),
        ("account", ["available", "fees"][which].to_owned()),
        ("event", ["charge.succeeded", "refund.created"][which].to_owned()),
        ("taken", ["true", "false"][which].to_owned()),
    ])
}

/// Both worlds, and the moment between them. What is listed below one object is below the first world's.
fn worlds(engine: Engine) -> (Server, [World; 2], i64) {
    let server = Server::new(engine);
    let hook = |kind: &str| {
        let form = format!("url=https://{kind}.example&enabled_events[]={kind}");
        text(&server.made("/v1/webhook_endpoints", &form)["id"])
    };
    let first = hook("payment_intent.created");
    let mut one = world(&server, 0);
    let tried = text(&server.made("/v1/setup_intents", "")["id"]);
    let confirm = format!("/v1/setup_intents/{tried}/confirm");
    let declined = server.post(&confirm, "payment_method=pm_card_chargeDeclined");
    assert_eq!(declined.status, 402, "{}", declined.body);
    let clock = server.made("/v1/farthing/test_clock/advance", "seconds=86400");
    let between = clock["now"].as_i64().unwrap();
    server.made("/v1/farthing/test_clock/advance", "seconds=10");
    let mut two = world(&server, 1);
    let second = hook("payment_intent.succeeded");
    // Below one object of the first world: another try, refund and method.
    server.made(&confirm, "payment_method=pm_card_visa");
    let again = |path: &str, form: String| server.made(path, &form);
    again("/v1/refunds", format!("charge={}&amount=100", one["charge"]));
    let bank = again(
        "/v1/payment_methods",
        "type=us_bank_account&us_bank_account[account_number]=000123456789&us_bank_account[routing_number]=110000000&us_bank_account[account_holder_type]=individual&billing_details[name]=Jo".to_owned(),
    );
    again(
        &format!("/v1/payment_methods/{}/attach", id(&bank)),
        format!("customer={}", one["customer"]),
    );
    let open = again(
        "/v1/payment_intents",
        "amount=900&currency=usd&payment_method=pm_card_visa".to_owned(),
    );
    again(
        &format!("/v1/payment_intents/{}/confirm", id(&open)),
        "return_url=https://a.example".to_owned(),
    );
    // Two of one customer's.
    let mine = [one["payment_intent"].clone(), one["disputed"].clone()];
    let both = one["customer"].clone();
    let [paid, disputed] = mine;
    let worlds = [(&mut one, first, (paid, "g0")), (&mut two, second, (disputed, "h0"))];
    for (world, endpoint, (mine, group)) in worlds {
        world.insert("mine", mine);
        world.insert("own_group", group.to_owned());
        world.insert("both", both.clone());
        world.insert("tried", tried.clone());
        world.insert("endpoint", endpoint);
        world.insert("first", id(&open).to_owned());
    }
    (server, [one, two], between)
}

fn ids(server: &Server, list: &str, query: &str) -> BTreeSet<String> {
    let answer = server.get(&format!("{list}?limit=100&{query}"));
    assert_eq!(answer.status, 200, "{list} {query}: {}", answer.body);
    let rows = answer.json["data"].as_array().unwrap().clone();
    assert!(rows.len() < 100, "{list}: all of them are on the page");
    // An entry has no name; it is known by all that it says.
    let name = |row: &Value| row["id"].as_str().map_or_else(|| row.to_string(), str::to_owned);
    rows.iter().map(name).collect()
}

/// A template with the objects of a world, and each moment as before or after.
fn filled(template: &str, world: &World, (which, between): (usize, i64)) -> String {
    let bound = |at: i64| [format!("[lt]={at}"), format!("[gte]={at}")][which].clone();
    let text = template.replace('#', &bound(between)).replace('%', &bound(between + 86_400));
    let mut text = text;
    let mut names: Vec<&&str> = world.keys().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in names {
        text = text.replace(&format!("${name}"), &world[*name]);
    }
    assert!(!text.contains('$'), "{text}");
    text
}

#[test]
fn every_filter_tells_two_worlds_apart() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let (server, worlds, between) = worlds(engine);
        for (list, template) in FILTERS {
            let below = if list.contains("customers") { "customer" } else { "charge" };
            let path = list.replace("{id}", &worlds[0][below]);
            let part = |which: usize| {
                let query = filled(template, &worlds[which], (which, between));
                ids(&server, &path, &query.replace(';', "&"))
            };
            let (one, two) = (part(0), part(1));
            let what = format!("{engine:?} {list} {template}: {one:?} and {two:?}");
            assert!(!one.is_empty() && !two.is_empty() && one.is_disjoint(&two), "{what}");
        }
    }
}

/// Accounts keep no methods of their own: the filter finds none, and nothing is made that it would find.
#[test]
fn no_set_up_is_for_the_account_itself() {
    let server = Server::memory();
    let made = server.made("/v1/setup_intents", "attach_to_self=false");
    assert!(ids(&server, "/v1/setup_intents", "attach_to_self=true").is_empty());
    let others = ids(&server, "/v1/setup_intents", "attach_to_self=false");
    assert_eq!(others, BTreeSet::from([id(&made).to_owned()]));
    let refused = server.post("/v1/setup_intents", "attach_to_self=true");
    assert_eq!(refused.said(), "400 invalid_request_error - attach_to_self");
}

/// What is asked beside a filter is part of the question, not of its answer: no page is emptier for it.
#[test]
fn a_filtered_page_is_a_full_one() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let (server, worlds, _) = worlds(engine);
        for query in ["account=fees", "account=fees&currency=eur", "account=available&currency=usd"]
        {
            let path = format!("/v1/farthing/ledger/entries?{query}&limit=1");
            let page = server.get(&path).json;
            assert_eq!(page["data"].as_array().unwrap().len(), 1, "{engine:?} {query}: {page}");
        }
        let path = format!("/v1/farthing/events?object={}", worlds[0]["payment_intent"]);
        let sequences = |more: &str| -> Vec<i64> {
            let list = server.get(&format!("{path}{more}")).json;
            let events = list["data"].as_array().unwrap().iter();
            events.map(|event| event["sequence"].as_i64().unwrap()).collect()
        };
        assert_eq!(sequences(""), [1, 2]);
        assert_eq!(sequences("&after_sequence=1"), [2]);
    }
}

#[test]
fn no_filter_is_left_out() {
    let server = Server::memory();
    let document =
        server.send(crate::support::Ask::get("/v1/farthing/openapi.json").by(SECRET)).json;
    let mut bare = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let names: Vec<String> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| text(&parameter["name"]))
            .collect();
        let listed = names.iter().any(|name| name == "limit");
        if !listed || path.ends_with("/search") || path.ends_with("/statement") {
            continue;
        }
        for name in names.iter().filter(|name| !PAGING.contains(&name.as_str())) {
            let tried = |(list, template): &(&str, &str)| {
                let last = template.rsplit(';').next().unwrap_or_default();
                let own = last.split(['=', '#', '%', '[']).next();
                *list == path.as_str() && own == Some(name.as_str())
            };
            let elsewhere = ELSEWHERE.iter().any(|(list, own, _)| list == path && own == name);
            if !FILTERS.iter().any(tried) && !elsewhere {
                bare.push(format!("{path} {name}"));
            }
        }
    }
    assert!(bare.is_empty(), "filters that no test tries: {bare:#?}");
}
