//! `/v1/balance` and `/v1/balance_transactions`

use crate::support::{Engine, Server};

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        GET /v1/balance nope=1 => 400 invalid_request_error parameter_unknown nope
        GET /v1/balance_transactions/txn_nope => 404 invalid_request_error resource_missing id
        GET /v1/balance_transactions source=ch_nope => 400 invalid_request_error resource_missing source
        GET /v1/balance_transactions type=nope => 400 invalid_request_error - type
        GET /v1/balance_transactions currency=xxx => 400 invalid_request_error - currency
        GET /v1/balance_transactions nope=1 => 400 invalid_request_error parameter_unknown nope
        ",
    );
}

#[test]
fn what_the_merchant_has_is_the_sum_of_the_lines() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        assert_eq!(server.get("/v1/balance").json["available"], serde_json::json!([]));
        let paid = server.paid(1000);
        let charge = paid["latest_charge"].as_str().unwrap();
        server.made("/v1/refunds", &format!("charge={charge}&amount=400"));
        let lines = server.get("/v1/balance_transactions").json;
        let net: i64 = lines["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["net"].as_i64().unwrap())
            .sum();
        assert_eq!(net, 1000 - 59 - 400, "2.9 % and 0.30 are kept, a refund keeps the fee");
        let balance = server.get("/v1/balance").json;
        let sum = |side: &str| -> i64 {
            let rows = balance[side].as_array().unwrap();
            rows.iter().map(|row| row["amount"].as_i64().unwrap()).sum()
        };
        assert_eq!(sum("pending") + sum("available"), net);
        let of_charge = server.get(&format!("/v1/balance_transactions?source={charge}")).json;
        assert_eq!(of_charge["data"].as_array().unwrap().len(), 1);
        let line = &of_charge["data"][0];
        assert_eq!(
            (&line["type"], &line["fee"], &line["net"]),
            (&"charge".into(), &59.into(), &941.into())
        );
        assert_eq!(line["status"], "pending");
        assert!(line.get("livemode").is_none() && line.get("metadata").is_none());
        let one = server.get(&format!("/v1/balance_transactions/{}", line["id"].as_str().unwrap()));
        assert_eq!(&one.json, line);
        let books = server.app.store.books().unwrap();
        assert!(books.first_bad.is_none(), "{:?}", books.first_bad);
    }
}

#[test]
fn lines_are_listed_by_type_and_by_currency() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid = server.paid(1000);
        let charge = paid["latest_charge"].as_str().unwrap();
        server.made("/v1/refunds", &format!("charge={charge}&amount=400"));
        let form = "amount=5000&currency=eur&payment_method=pm_card_createDispute&confirm=true";
        server.made("/v1/payment_intents", form);
        let found = |query: &str| -> Vec<(String, String)> {
            let list = server.get(&format!("/v1/balance_transactions?{query}")).json;
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let data = list["data"].as_array().unwrap().iter();
            data.map(|line| (text(&line["type"]), text(&line["currency"]))).collect()
        };
        let line = |kind: &str, currency: &str| (kind.to_owned(), currency.to_owned());
        assert_eq!(found("").len(), 4);
        assert_eq!(found("type=charge"), [line("charge", "eur"), line("charge", "usd")]);
        assert_eq!(found("type=adjustment"), [line("adjustment", "eur")]);
        assert_eq!(found("currency=usd"), [line("refund", "usd"), line("charge", "usd")]);
        assert_eq!(found("type=charge&currency=usd"), [line("charge", "usd")]);
        assert_eq!(found(&format!("type=refund&source={charge}")), []);
        assert_eq!(found(&format!("type=charge&source={charge}")), [line("charge", "usd")]);
        assert_eq!(found("type=stripe_fee"), [], "known to the wire, and never written here");
        assert_eq!(found("currency=jpy"), []);
        assert_eq!(found("type=charge&limit=1"), [line("charge", "eur")]);
    }
}
