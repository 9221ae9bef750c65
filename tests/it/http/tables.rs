//! What every list and every pointer have in common, list by list and pointer by pointer.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Ask, Engine, Server, id};

/// A server with at least four of everything that is listed, all of one customer; and that customer.
fn filled(engine: Engine) -> (Server, String) {
    let server = Server::new(engine);
    let customer = server.made("/v1/customers", "name=Ann");
    let customer = id(&customer).to_owned();
    server.made(
        "/v1/payment_intents",
        "amount=90000&currency=usd&payment_method=pm_card_bypassPending&confirm=true",
    );
    for n in 0..4 {
        let account = format!("country=US&currency=usd&account_number=00012345678{n}");
        server.made("/v1/farthing/bank_accounts", &account);
        server.made("/v1/payouts", "amount=100&currency=usd");
        server.made("/v1/customers", &format!("name=Other{n}"));
        let hook = format!("url=https://a.example/{n}&enabled_events[]=*");
        server.made("/v1/webhook_endpoints", &hook);
        server.made("/v1/farthing/keys", "class=restricted&scopes[events]=read");
        let method = server.made("/v1/payment_methods", "type=card&card[token]=tok_visa");
        let attach = format!("/v1/payment_methods/{}/attach", id(&method));
        server.made(&attach, &format!("customer={customer}"));
        let pay = |method: &str| {
            let form = format!(
                "amount=900&currency=usd&customer={customer}&payment_method={method}&confirm=true"
            );
            server.made("/v1/payment_intents", &form)
        };
        let paid = pay(id(&method));
        server.made("/v1/refunds", &format!("payment_intent={}&amount=100", id(&paid)));
        server.made(
            "/v1/payment_intents",
            "amount=900&currency=usd&payment_method=pm_card_createDispute&confirm=true",
        );
    }
    (server, customer)
}

/// Every list, with what it must be asked; whether its items have a time to be filtered by.
const LISTS: &[(&str, bool)] = &[
    ("/v1/payment_intents?", true),
    ("/v1/payment_intents?customer=@&", true),
    ("/v1/charges?", true),
    ("/v1/charges?customer=@&", true),
    ("/v1/customers?", true),
    ("/v1/refunds?", true),
    ("/v1/disputes?", true),
    ("/v1/balance_transactions?", true),
    ("/v1/payouts?", true),
    ("/v1/events?", true),
    ("/v1/farthing/bank_accounts?", false),
    ("/v1/webhook_endpoints?", false),
    ("/v1/payment_methods?customer=@&", false),
    ("/v1/customers/@/payment_methods?", false),
    ("/v1/farthing/keys?", false),
    ("/v1/farthing/ledger/transfers?", true),
];

fn data(list: &Value) -> &Vec<Value> {
    list["data"].as_array().unwrap_or_else(|| panic!("{list}"))
}

fn ids(list: &Value) -> Vec<String> {
    data(list).iter().map(|item| id(item).to_owned()).collect()
}

#[test]
fn every_list_pages_alike() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let (server, customer) = filled(engine);
        let mut wrong = String::new();
        for (list, timed) in LISTS {
            let list = list.replace('@', &customer);
            if let Err(what) = check(&server, &list, *timed) {
                writeln!(wrong, "{engine:?} {list}\n  {what}").unwrap();
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
    }
}

#[expect(clippy::needless_pass_by_value, reason = "most callers have just made them")]
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, not {expected:?}")) }
}

fn check(server: &Server, list: &str, timed: bool) -> Result<(), String> {
    let page = |query: &str| server.get(&format!("{list}{query}")).json;
    let whole = page("limit=100");
    let all = ids(&whole);
    same("at least four", all.len() >= 4, true)?;
    same("object", &whole["object"], &"list".into())?;
    same("url", whole["url"].as_str(), list.split('?').next())?;
    // Forward without gap or repeat, and back again.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = page(&format!("limit=3{cursor}"));
        seen.extend(ids(&part));
        if part["has_more"] == false {
            break;
        }
        cursor = format!("&starting_after={}", seen.last().unwrap());
    }
    same("forward", &seen, &all)?;
    let back = page(&format!("limit=2&ending_before={}", all[3]));
    same("back", ids(&back), all[1..3].to_vec())?;
    same("more before", &back["has_more"], &true.into())?;
    let first = page(&format!("ending_before={}", all[0]));
    same("before the first", ids(&first), Vec::new())?;
    for (limit, count) in [("0", 1), ("-7", 1), ("2", 2), ("1000000", all.len().min(100))] {
        same(limit, data(&page(&format!("limit={limit}"))).len(), count)?;
    }
    let refused = |query: &str| server.refused(Ask::get(&format!("{list}{query}"))).said();
    let bad = "400 invalid_request_error";
    same("limit", refused("limit=x"), format!("{bad} parameter_invalid_integer limit"))?;
    for name in ["starting_after", "ending_before"] {
        let said = format!("{bad} resource_missing {name}");
        same(name, refused(&format!("{name}=nope_1")), said)?;
    }
    let both = format!("starting_after={}&ending_before={}", all[0], all[1]);
    same("both", refused(&both), format!("{bad} - -"))?;
    same("unknown", refused("nope=1"), format!("{bad} parameter_unknown nope"))?;
    if timed { times(server, list, &whole) } else { Ok(()) }
}

fn times(server: &Server, list: &str, whole: &Value) -> Result<(), String> {
    let count = |query: &str| data(&server.get(&format!("{list}limit=100&{query}")).json).len();
    let seconds = || data(whole).iter().map(|item| item["created"].as_i64().unwrap());
    let (earliest, latest) = (seconds().min().unwrap(), seconds().max().unwrap());
    let all = data(whole).len();
    let at_first = seconds().filter(|second| *second == earliest).count();
    for (query, expected) in [
        (format!("created[gte]={earliest}&created[lte]={latest}"), all),
        (format!("created[gt]={latest}"), 0),
        (format!("created[lt]={earliest}"), 0),
        (format!("created={earliest}"), at_first),
        (format!("created[gt]={earliest}"), all - at_first),
        (format!("created[gte]={latest}&created[lt]={earliest}"), 0),
    ] {
        same(&query, count(&query), expected)?;
    }
    let refused = |query: &str| server.refused(Ask::get(&format!("{list}{query}"))).said();
    let bad = "400 invalid_request_error";
    let said = format!("{bad} parameter_unknown created[nope]");
    same("bound", refused("created[nope]=1"), said)?;
    same("second", refused("created=x"), format!("{bad} parameter_invalid_integer created"))
}

#[test]
fn what_is_gone_keeps_its_place() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let (server, customer) = filled(engine);
        let of_customer = format!("/v1/customers/{customer}/payment_methods");
        for (list, gone) in [
            ("/v1/customers".to_owned(), "DELETE /v1/customers/$"),
            ("/v1/webhook_endpoints".to_owned(), "DELETE /v1/webhook_endpoints/$"),
            (of_customer, "POST /v1/payment_methods/$/detach"),
            ("/v1/farthing/keys".to_owned(), "DELETE /v1/farthing/keys/$"),
        ] {
            let before = ids(&server.get(&format!("{list}?limit=100")).json);
            let answer = server.send(Ask::line(&gone.replace('$', &before[2])));
            assert_eq!(answer.status, 200, "{}", answer.body);
            let page = |query: &str| ids(&server.get(&format!("{list}?limit=100&{query}")).json);
            let cursor = &before[2];
            assert_eq!(page(&format!("starting_after={cursor}")), before[3..], "{list}");
            assert_eq!(page(&format!("ending_before={cursor}")), before[..2], "{list}");
        }
    }
}

/// From which kind of object, along which path, one arrives at what. The objects are those of one
/// paid, refunded and disputed payment of a customer.
const POINTERS: &[(&str, &str, &str)] = &[
    ("payment_intents/pi", "customer", "customer"),
    ("payment_intents/pi", "payment_method", "payment_method"),
    ("payment_intents/pi", "payment_method.customer", "customer"),
    ("payment_intents/pi", "latest_charge", "charge"),
    ("payment_intents/pi", "latest_charge.customer", "customer"),
    ("payment_intents/pi", "latest_charge.balance_transaction", "balance_transaction"),
    ("payment_intents/pi", "latest_charge.balance_transaction.source", "charge"),
    (
        "payment_intents/pi",
        "latest_charge.balance_transaction.source.payment_intent",
        "payment_intent",
    ),
    ("payment_intents/pi", "latest_charge.payment_intent.latest_charge.customer", "customer"),
    ("charges/ch", "payment_intent.latest_charge.balance_transaction.source", "charge"),
    ("charges/ch", "payment_intent.payment_method.customer", "customer"),
    ("refunds/re", "charge.payment_intent.latest_charge.customer", "customer"),
    ("refunds/re", "payment_intent.latest_charge.balance_transaction.source", "charge"),
    ("refunds/re", "balance_transaction.source.charge.payment_intent", "payment_intent"),
    ("balance_transactions/txn", "source.payment_intent.latest_charge.customer", "customer"),
    ("payment_methods/pm", "customer", "customer"),
    (
        "disputes/du",
        "charge.payment_intent.latest_charge.balance_transaction",
        "balance_transaction",
    ),
    ("disputes/du", "payment_intent.latest_charge.dispute.charge", "charge"),
    ("payouts/po", "destination", "bank_account"),
    ("payouts/po", "balance_transaction.source.destination", "bank_account"),
    ("charges/disputed", "dispute.payment_intent.latest_charge.dispute", "dispute"),
];

#[test]
fn pointers_are_followed_for_four_levels() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let (server, _) = filled(engine);
        let newest = |list: &str| server.get(&format!("/v1/{list}")).json["data"][0].clone();
        let refund = newest("refunds");
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
        let paid = server.get(&format!("/v1/payment_intents/{}", text(&refund["payment_intent"])));
        let dispute = newest("disputes");
        let known = [
            ("/pi", text(&paid.json["id"])),
            ("/ch", text(&paid.json["latest_charge"])),
            ("/re", text(&refund["id"])),
            ("/txn", text(&refund["balance_transaction"])),
            ("/pm", text(&paid.json["payment_method"])),
            ("/disputed", text(&dispute["charge"])),
            ("/du", text(&dispute["id"])),
            ("/po", text(&newest("payouts")["id"])),
        ];
        for (from, path, arrives) in POINTERS {
            let (name, own) = known.iter().find(|(name, _)| from.ends_with(name)).unwrap();
            let object = format!("/v1/{}/{own}", from.strip_suffix(name).unwrap());
            let seen = server.get(&format!("{object}?expand[]={path}")).json;
            let found = path.split('.').fold(&seen, |at, field| &at[field]);
            assert_eq!(found["object"], *arrives, "{engine:?} {from} {path}: {seen}");
            // The same in a list; a level more than four is none.
            let list = format!("/v1/{}", from.strip_suffix(name).unwrap());
            if !list.ends_with("payment_methods") {
                let listed = server.get(&format!("{list}?limit=100&expand[]=data.{path}")).json;
                let item = data(&listed).iter().find(|item| item["id"] == own.as_str()).unwrap();
                let found = path.split('.').fold(item, |at, field| &at[field]);
                assert_eq!(found["object"], *arrives, "{engine:?} list of {from} {path}");
            }
            let deeper =
                format!("{path}.{}", "payment_intent.latest_charge.payment_intent.latest_charge");
            let refused = server.refused(Ask::get(&format!("{object}?expand[]={deeper}")));
            assert_eq!(refused.said(), "400 invalid_request_error - -", "{deeper}");
        }
    }
}
