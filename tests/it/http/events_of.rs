//! `/v1/farthing/events`: the events of one object beyond a place among them.

use serde_json::Value;

use crate::support::{Ask, Engine, OPERATOR, PUBLISHABLE, STRANGER, Server, id};

const EVENTS: &str = "/v1/farthing/events";
const WE: &str = "/v1/webhook_endpoints";

/// A charge with six events: it succeeded, was changed three times, and was refunded twice.
fn busy_charge(server: &Server) -> String {
    let paid = server.paid(1000);
    let charge = paid["latest_charge"].as_str().unwrap().to_owned();
    for number in 0..3 {
        server.made(&format!("/v1/charges/{charge}"), &format!("metadata[n]={number}"));
    }
    for _ in 0..2 {
        server.made("/v1/refunds", &format!("charge={charge}&amount=10"));
    }
    charge
}

fn read(server: &Server, query: &str) -> Value {
    let answer = server.get(&format!("{EVENTS}?{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    answer.json
}

fn column<'l>(list: &'l Value, field: &str) -> Vec<&'l Value> {
    list["data"].as_array().unwrap().iter().map(|event| &event[field]).collect()
}

#[test]
fn parameters() {
    let server = Server::memory();
    let object = busy_charge(&server);
    let endpoint = server.made(WE, "url=https://a.example&enabled_events[]=*");
    let table = "
        GET /v1/farthing/events => 400 invalid_request_error parameter_missing object
        GET /v1/farthing/events after_sequence=1 => 400 invalid_request_error parameter_missing object
        GET /v1/farthing/events object= => 400 invalid_request_error parameter_invalid_empty object
        GET /v1/farthing/events object[]=$ => 400 invalid_request_error - object
        GET /v1/farthing/events object=nope => 400 invalid_request_error resource_missing object
        GET /v1/farthing/events object=ch_nope => 400 invalid_request_error resource_missing object
        GET /v1/farthing/events object=balance => 400 invalid_request_error resource_missing object
        GET /v1/farthing/events object=balance_xxx => 400 invalid_request_error resource_missing object
        GET /v1/farthing/events object=balance_jpy => 400 invalid_request_error resource_missing object
        GET /v1/farthing/events object=WE => 400 invalid_request_error resource_missing object
        GET /v1/farthing/events object=$&after_sequence= => 400 invalid_request_error parameter_invalid_empty after_sequence
        GET /v1/farthing/events object=$&after_sequence=x => 400 invalid_request_error parameter_invalid_integer after_sequence
        GET /v1/farthing/events object=$&after_sequence=1.0 => 400 invalid_request_error parameter_invalid_integer after_sequence
        GET /v1/farthing/events object=$&after_sequence=-1 => 400 invalid_request_error parameter_invalid_integer after_sequence
        GET /v1/farthing/events object=$&after_sequence=99999999999999999999 => 400 invalid_request_error parameter_invalid_integer after_sequence
        GET /v1/farthing/events object=$&webhook_endpoint= => 400 invalid_request_error parameter_invalid_empty webhook_endpoint
        GET /v1/farthing/events object=$&webhook_endpoint=we_nope => 400 invalid_request_error resource_missing webhook_endpoint
        GET /v1/farthing/events object=$&webhook_endpoint=$ => 400 invalid_request_error resource_missing webhook_endpoint
        GET /v1/farthing/events object=$&limit=x => 400 invalid_request_error parameter_invalid_integer limit
        GET /v1/farthing/events object=$&starting_after=evt_1 => 400 invalid_request_error parameter_unknown starting_after
        GET /v1/farthing/events object=$&nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/farthing/events object=$ => 404 invalid_request_error - -
    ";
    let table = table.replace('$', &object);
    server.check_refusals(&table.replace("WE", id(&endpoint)));
    let missing = server.refused(Ask::get(&format!("{EVENTS}?object=ch_nope")));
    assert_eq!(missing.message(), "No such object: 'ch_nope'");
    // Only a secret key of the object's own merchant.
    let by =
        |key: &str| server.refused(Ask::get(&format!("{EVENTS}?object={object}")).by(key)).said();
    assert_eq!(by(PUBLISHABLE), "403 invalid_request_error secret_key_required -");
    assert_eq!(by(OPERATOR).split(' ').next(), Some("403"));
    assert_eq!(by(STRANGER), "400 invalid_request_error resource_missing object");
}

#[test]
fn pages_go_forwards_and_leave_nothing_out() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        busy_charge(&server);
        let charge = busy_charge(&server);
        let list = read(&server, &format!("object={charge}"));
        assert_eq!((&list["object"], &list["url"]), (&"list".into(), &EVENTS.into()));
        let places: Vec<Value> = (1..=6).map(Value::from).collect();
        assert_eq!(column(&list, "sequence"), places.iter().collect::<Vec<_>>());
        assert_eq!(column(&list, "type")[0], "charge.succeeded");
        assert_eq!(column(&list, "type")[5], "charge.refunded");
        for event in list["data"].as_array().unwrap() {
            assert_eq!(event["data"]["object"]["id"], *charge, "no other object's");
            let alone = server.get(&format!("/v1/events/{}", id(event))).json;
            assert_eq!(&alone, event, "nothing is said of endpoints where none is named");
        }
        for limit in 1..=7 {
            let (mut after, mut seen) = (0, Vec::new());
            loop {
                let query = format!("object={charge}&after_sequence={after}&limit={limit}");
                let page = read(&server, &query);
                let data = page["data"].as_array().unwrap();
                assert!(data.len() <= limit, "{query}");
                seen.extend(data.clone());
                if page["has_more"] == false {
                    break;
                }
                after = seen.last().unwrap()["sequence"].as_i64().unwrap();
            }
            assert_eq!(list["data"], Value::from(seen), "pages of {limit}");
        }
        for (query, count) in [
            ("after_sequence=0", 6),
            ("after_sequence=5", 1),
            ("after_sequence=6", 0),
            ("after_sequence=4294967296", 0),
            ("after_sequence=9223372036854775807", 0),
            ("limit=0", 1), // As in every list: out of range is taken for the nearest.
            ("limit=1000", 6),
        ] {
            let page = read(&server, &format!("object={charge}&{query}"));
            assert_eq!(page["data"].as_array().unwrap().len(), count, "{query}");
        }
    }
}

#[test]
fn an_endpoint_reads_what_was_due_to_it() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let early = server.made(WE, "url=https://a.example&enabled_events[]=charge.updated");
        let form = "url=https://b.example&enabled_events[]=charge.succeeded\
                    &enabled_events[]=charge.refunded&api_version=2025-01-27.acacia";
        let ends = server.made(WE, form);
        let charge = busy_charge(&server);
        let late = server.made(WE, "url=https://c.example&enabled_events[]=*");
        server.made(&format!("/v1/charges/{charge}"), "metadata[n]=last");
        let of = |endpoint: &Value, more: &str| {
            read(&server, &format!("object={charge}&webhook_endpoint={}{more}", id(endpoint)))
        };
        let pairs = |list: &Value| {
            let data = list["data"].as_array().unwrap();
            let number = |value: &Value| value.as_u64();
            data.iter()
                .map(|event| {
                    assert!(event.as_object().unwrap().contains_key("previous_sequence"));
                    (number(&event["previous_sequence"]), number(&event["sequence"]).unwrap())
                })
                .collect::<Vec<_>>()
        };
        let list = of(&early, "");
        assert_eq!(pairs(&list), [(None, 2), (Some(2), 3), (Some(3), 4), (Some(4), 7)]);
        let list = of(&ends, "");
        assert_eq!(pairs(&list), [(None, 1), (Some(1), 5), (Some(5), 6)]);
        assert_eq!(column(&list, "api_version"), ["2025-01-27.acacia"; 3]);
        assert_eq!(pairs(&of(&late, "")), [(None, 7)], "nothing from before it was there");
        let page = of(&ends, "&after_sequence=1&limit=1");
        assert_eq!((pairs(&page), &page["has_more"]), (vec![(Some(1), 5)], &true.into()));
        let page = of(&ends, "&after_sequence=5&limit=1");
        assert_eq!((pairs(&page), &page["has_more"]), (vec![(Some(5), 6)], &false.into()));
        // One that was switched off keeps its past; one that was deleted is not found.
        server.made(&format!("{WE}/{}", id(&ends)), "disabled=true");
        assert_eq!(pairs(&of(&ends, "")).len(), 3);
        server.send(Ask::new("DELETE", &format!("{WE}/{}", id(&ends))));
        let path = format!("{EVENTS}?object={charge}&webhook_endpoint={}", id(&ends));
        let missing = "400 invalid_request_error resource_missing webhook_endpoint";
        assert_eq!(server.refused(Ask::get(&path)).said(), missing);
    }
}

#[test]
fn every_kind_of_object_that_has_events_can_be_asked_for() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid = server.paid(1000);
        let refund = server.made("/v1/refunds", &format!("payment_intent={}", id(&paid)));
        one_of_every_kind(&server);
        let mut kinds = std::collections::BTreeSet::new();
        for event in server.get("/v1/events?limit=100").json["data"].as_array().unwrap() {
            let object = &event["data"]["object"];
            // The balance has no id, and is one object for each currency.
            let named = object["id"].as_str().unwrap_or("balance_usd");
            let list = read(&server, &format!("object={named}"));
            assert!(list["data"].as_array().unwrap().contains(event), "{event}");
            kinds.insert(object["object"].as_str().unwrap().to_owned());
        }
        let expected = [
            "balance",
            "charge",
            "customer",
            "dispute",
            "payment_intent",
            "payment_method",
            "payout",
            "radar.early_fraud_warning",
            "refund",
            "setup_intent",
        ];
        assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), expected);
        assert_eq!(
            column(&read(&server, &format!("object={}", id(&refund))), "type")[0],
            "refund.created"
        );
        // An object that nothing has happened to since is no error.
        let list = read(&server, &format!("object={}&after_sequence=2", id(&paid)));
        assert_eq!((&list["data"], &list["has_more"]), (&serde_json::json!([]), &false.into()));
    }
}

/// What is not there yet of what has events: a customer with a card, a set-up, a dispute, a fraud
/// warning, funds that are available at once, and their payout.
fn one_of_every_kind(server: &Server) {
    let customer = id(&server.made("/v1/customers", "")).to_owned();
    server.made("/v1/payment_methods/pm_card_visa/attach", &format!("customer={customer}"));
    server.made("/v1/setup_intents", "");
    for card in ["createDispute", "createIssuerFraudRecord", "bypassPending"] {
        let amount = if card == "bypassPending" { 90_000 } else { 1_000 };
        let form =
            format!("amount={amount}&currency=usd&confirm=true&payment_method=pm_card_{card}");
        server.made("/v1/payment_intents", &form);
    }
    server.hear_news();
    let account = "country=US&currency=usd&routing_number=110000000&account_number=000123456789";
    server.made("/v1/farthing/bank_accounts", account);
    server.made("/v1/payouts", "amount=10&currency=usd");
}

#[test]
fn a_foreign_endpoint_is_one_that_never_was() {
    let server = Server::memory();
    let foreign = server.made(WE, "url=https://a.example&enabled_events[]=*");
    let form = "amount=1000&currency=usd";
    let own = server.send(Ask::post("/v1/payment_intents", form).by(STRANGER));
    let answer = |endpoint: &str| {
        let path = format!("{EVENTS}?object={}&webhook_endpoint={endpoint}", own.id());
        let answer = server.refused(Ask::get(&path).by(STRANGER));
        (answer.status, answer.body.replace(endpoint, "$"))
    };
    let seen = answer(id(&foreign));
    assert_eq!(seen.0, 400);
    assert_eq!(seen, answer("we_nope"));
}
