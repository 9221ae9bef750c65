//! `/v1/payment_intents/search` and `/v1/charges/search`

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Answer, Ask, Engine, STRANGER, Server, id};

fn encoded(query: &str) -> String {
    let mut out = String::new();
    for byte in query.bytes() {
        write!(out, "%{byte:02x}").expect("room");
    }
    out
}

fn search(server: &Server, of: &str, query: &str, more: &str) -> Answer {
    let answer = server.get(&format!("/v1/{of}/search?query={}{more}", encoded(query)));
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    answer
}

/// The amounts of what is found, newest first.
fn amounts(server: &Server, of: &str, query: &str) -> Vec<i64> {
    let found = search(server, of, query, "").json;
    found["data"].as_array().unwrap().iter().map(|row| row["amount"].as_i64().unwrap()).collect()
}

/// Two that are paid, one that was declined, one that waits, in euros.
fn fill(server: &Server) -> Value {
    let pay = |form: &str| server.post("/v1/payment_intents", form);
    let note = "metadata[order]=Six%20pears&metadata[shop]=a";
    pay(&format!("amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&{note}"));
    pay("amount=2000&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true");
    let paid = pay(
        "amount=3000&currency=usd&payment_method=pm_card_mastercard&confirm=true&metadata[shop]=b",
    );
    pay("amount=4000&currency=eur&metadata[shop]=a");
    paid.json
}

#[test]
fn what_is_looked_for_is_found_newest_first() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid = fill(&server);
        for (query, expected) in [
            ("status:'succeeded'", vec![3000, 1000]),
            ("status:\"SUCCEEDED\"", vec![3000, 1000]),
            ("-status:'succeeded'", vec![4000, 2000]),
            ("amount>1000", vec![4000, 3000, 2000]),
            ("amount>=2000 AND amount<4000", vec![3000, 2000]),
            ("amount:2000", vec![2000]),
            ("amount<=1000 OR currency:'eur'", vec![4000, 1000]),
            ("currency:'usd' status:'succeeded'", vec![3000, 1000]),
            ("metadata['shop']:'a'", vec![4000, 1000]),
            ("metadata[\"order\"]~\"PEAR\"", vec![1000]),
            ("metadata['order']:'six'", vec![]),
            ("metadata['order']:'six pears'", vec![1000]),
            ("metadata['shop']:null", vec![2000]),
            ("-metadata['shop']:null AND -metadata['shop']:'a'", vec![3000]),
            ("created>0 AND customer:null", vec![4000, 3000, 2000, 1000]),
            ("customer:'cus_x'", vec![]),
        ] {
            assert_eq!(amounts(&server, "payment_intents", query), expected, "{query}");
        }
        for (query, expected) in [
            ("status:'failed'", vec![2000]),
            ("payment_method_details.card.last4:4242", vec![1000]),
            ("payment_method_details.card.brand:'mastercard'", vec![3000]),
            ("payment_method_details.card.exp_year>2000", vec![3000, 2000, 1000]),
            ("disputed:'false' AND refunded:'false'", vec![3000, 2000, 1000]),
        ] {
            assert_eq!(amounts(&server, "charges", query), expected, "{query}");
        }
        server.made("/v1/refunds", &format!("payment_intent={}&amount=100", id(&paid)));
        assert!(amounts(&server, "charges", "refunded:'true'").is_empty(), "a part is not all");
        server.made("/v1/refunds", &format!("payment_intent={}", id(&paid)));
        assert_eq!(amounts(&server, "charges", "refunded:'true'"), [3000], "at once");
    }
}

#[test]
fn pages_follow_one_another() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        for amount in 1..=250 {
            let form = format!("amount={}&currency=usd", 100 + amount);
            server.made("/v1/payment_intents", &form);
        }
        let whole = server.get("/v1/payment_intents?limit=1000").json;
        assert_eq!(whole["data"].as_array().unwrap().len(), 100, "a page has no more");
        let query = "amount>=101 AND -amount:200";
        let (mut seen, mut more) = (Vec::new(), "&limit=100&expand[]=total_count".to_owned());
        loop {
            let found = search(&server, "payment_intents", query, &more).json;
            assert_eq!(found["object"], "search_result");
            assert_eq!(found["total_count"], 249);
            assert_eq!(found["url"], "/v1/payment_intents/search");
            let rows = found["data"].as_array().unwrap();
            assert!(rows.len() <= 100, "no more than were asked for");
            seen.extend(rows.iter().map(|row| row["amount"].as_i64().unwrap()));
            assert_eq!(found["has_more"], json!(!found["next_page"].is_null()));
            let Some(next) = found["next_page"].as_str() else { break };
            more = format!("&limit=100&expand[]=total_count&page={next}");
        }
        let expected: Vec<i64> = (101..=350).rev().filter(|amount| *amount != 200).collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn what_is_found_can_be_expanded_and_is_ones_own() {
    let server = Server::memory();
    let paid = fill(&server);
    let more = "&expand[]=data.latest_charge";
    let found = search(&server, "payment_intents", "amount:3000", more).json;
    assert!(found.get("total_count").is_none());
    assert_eq!(found["data"][0]["latest_charge"]["id"], paid["latest_charge"]);
    for of in ["payment_intents", "charges"] {
        let query = format!("/v1/{of}/search?query={}", encoded("amount>0"));
        let other = server.send(Ask::get(&query).by(STRANGER));
        assert_eq!((other.status, &other.json["data"]), (200, &json!([])));
    }
}

#[test]
fn what_cannot_be_understood_is_refused() {
    let server = Server::memory();
    let many = ["amount:1"; 11].join(" AND ");
    for query in [
        "amount",
        "amount:",
        "amount:x",
        "status:succeeded",
        "status:'x",
        "metadata:'a'",
        "metadata['a':'b'",
        "nope:'x'",
        "last4:'4242'",
        "status>'x'",
        "amount~1",
        "status~'succ'",
        "metadata['a']~'ab'",
        "amount:1 AND amount:2 OR amount:3",
        "amount:1,amount:2",
        "AND",
        "-",
        "amount:1 AND",
        &many,
    ] {
        let path = format!("/v1/payment_intents/search?query={}", encoded(query));
        let refused = server.refused(Ask::get(&path));
        assert_eq!(refused.said(), "400 invalid_request_error - query", "{query}");
    }
    server.check_refusals(
        "
        GET /v1/charges/search => 400 invalid_request_error parameter_missing query
        GET /v1/charges/search query= => 400 invalid_request_error parameter_invalid_empty query
        GET /v1/charges/search query=amount:1&page=zz => 400 invalid_request_error - page
        GET /v1/charges/search query=amount:1&limit=x => 400 invalid_request_error parameter_invalid_integer limit
        GET /v1/charges/search query=amount:1&starting_after=ch_x => 400 invalid_request_error parameter_unknown starting_after
        GET /v1/charges/search query=amount:1&expand[]=latest_charge => 400 invalid_request_error - -
        GET /v1/payment_intents/search query=refunded:'true' => 400 invalid_request_error - query
        ",
    );
}
