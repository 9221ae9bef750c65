//! `GET /v1/farthing/audit`: what operators and managers of keys did, and which keys were used.

use std::sync::Arc;

use farthing_server::{keys, trail};
use serde_json::Value;

use crate::support::{Ask, Engine, OPERATOR, Server, id};

const PATH: &str = "/v1/farthing/audit";

fn lines(server: &Server, query: &str) -> Vec<Value> {
    let list = server.send(Ask::get(&format!("{PATH}?{query}")).by(OPERATOR));
    assert_eq!(list.status, 200, "{}", list.body);
    list.json["data"].as_array().unwrap().clone()
}

fn said(lines: &[Value]) -> Vec<String> {
    lines
        .iter()
        .rev()
        .map(|line| {
            let status = &line["response_status"];
            format!("{} {status}", line["action"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn what_an_operator_does_is_there_before_it_is_done_and_after() {
    for engine in [Engine::Memory, Engine::Sqlite, Engine::Postgres] {
        let server = Server::new(engine);
        let open = || Ask::post("/v1/farthing/merchants", "number=9&name=Nine").by(OPERATOR);
        let (first, second) = (server.send(open()), server.send(open()));
        assert_eq!((first.status, second.status), (200, 400));
        let told = lines(&server, "limit=100");
        // Newest first: this very list is asked for, and not answered yet.
        assert_eq!(
            said(&told),
            [
                "POST /v1/farthing/merchants null",
                "POST /v1/farthing/merchants 200",
                "POST /v1/farthing/merchants null",
                "POST /v1/farthing/merchants 400",
                "GET /v1/farthing/audit null",
            ]
        );
        let (asked, answered) = (&told[4], &told[3]);
        assert_eq!(asked["object"], "farthing.audit_line");
        assert!(asked["actor"].as_str().unwrap().starts_with("key_"), "{asked}");
        assert_eq!(asked["actor"], answered["actor"]);
        assert_eq!(asked["request"].as_str(), first.header("request-id"));
        assert_eq!(asked["request"], answered["request"]);
        // A page, and the next one by the place of its last line.
        let page = server.send(Ask::get(&format!("{PATH}?limit=2")).by(OPERATOR)).json;
        assert_eq!(page["has_more"], true);
        let last = &page["data"][1]["id"];
        let older = lines(&server, &format!("limit=2&starting_after={last}"));
        let place = last.as_i64().unwrap();
        assert_eq!(
            older.iter().map(|line| line["id"].as_i64().unwrap()).collect::<Vec<_>>(),
            [place - 1, place - 2]
        );
    }
}

#[test]
fn who_manages_keys_and_secrets_is_there_who_pays_is_not() {
    let server = Server::memory();
    server.paid(1000);
    server.get("/v1/charges");
    let made = server.made("/v1/farthing/keys", "class=restricted&scopes[events]=read");
    let path = format!("/v1/farthing/keys/{}", id(&made));
    server.made(&format!("{path}/roll"), "");
    assert_eq!(server.send(Ask::new("DELETE", &path)).status, 200);
    // A key named by its text, by mistake: never kept.
    let mistaken = made["key"].as_str().unwrap();
    server.send(Ask::new("DELETE", &format!("/v1/farthing/keys/{mistaken}")));
    // Where payouts go, who is told, what is sent again.
    let bank = "country=US&currency=usd&routing_number=110000000&account_number=000123456789";
    server.made("/v1/farthing/bank_accounts", bank);
    server.made("/v1/webhook_endpoints", "url=https://shop.example/hook&enabled_events[]=*");
    let event = id(&server.get("/v1/events?limit=1").json["data"][0]).to_owned();
    server.made(&format!("/v1/events/{event}/retry"), "");
    let told = lines(&server, "limit=100");
    let said = said(&told);
    let done: Vec<&str> = said.iter().skip(8).step_by(2).map(String::as_str).collect();
    assert_eq!(
        done,
        [
            "POST /v1/farthing/bank_accounts null",
            "POST /v1/webhook_endpoints null",
            &format!("POST /v1/events/{event}/retry null"),
            "GET /v1/farthing/audit null",
        ]
    );
    assert_eq!(
        said[..6],
        [
            "POST /v1/farthing/keys null".to_owned(),
            "POST /v1/farthing/keys 200".to_owned(),
            format!("POST {path}/roll null"),
            format!("POST {path}/roll 200"),
            format!("DELETE {path} null"),
            format!("DELETE {path} 200"),
        ]
    );
    assert!(!format!("{told:?}").contains(mistaken), "{told:?}");
}

#[test]
fn uses_of_keys_are_counted() {
    let server = Server::memory();
    for _ in 0..3 {
        server.get("/v1/charges");
    }
    for _ in 0..2 {
        server.send(Ask::get("/v1/charges").by("sk_test_nobody_knows_0000"));
    }
    let note = || {
        let app = Arc::clone(&server.app);
        server.block_on(async move {
            keys::record_uses(&app).await.unwrap();
            trail::note_uses(&app).await.unwrap();
        });
    };
    note();
    let told = lines(&server, "limit=100");
    let count = |action: &str| {
        let found: Vec<&Value> = told.iter().filter(|line| line["action"] == action).collect();
        assert_eq!(found.len(), 1, "{action}: {told:?}");
        (found[0]["actor"].as_str().unwrap().to_owned(), found[0]["count"].as_i64().unwrap())
    };
    let (actor, used) = count("used");
    assert!(actor.starts_with("key_") && used == 3, "{actor} {used}");
    assert_eq!(count("refused"), ("sk_test_*************0000".to_owned(), 2));
    // What was counted once is not counted again.
    note();
    let again = lines(&server, "limit=100");
    let total =
        |lines: &[Value]| lines.iter().filter_map(|line| line["count"].as_i64()).sum::<i64>();
    assert_eq!(total(&again), total(&told) + 1, "the list of before, and nothing else");
}

#[test]
fn who_may_read_it() {
    Server::memory().check_refusals(
        "
        GET /v1/farthing/audit => 403 invalid_request_error - -
        GET /v1/farthing/vault => 403 invalid_request_error - -
        POST /v1/farthing/vault/rotate => 403 invalid_request_error - -
        ",
    );
    let server = Server::memory();
    for line in ["GET /v1/farthing/audit limit=x", "GET /v1/farthing/audit starting_after=x"] {
        let answer = server.send(Ask::line(line).by(OPERATOR));
        assert_eq!(answer.status, 400, "{line}: {}", answer.body);
    }
}
