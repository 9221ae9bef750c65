//! Pages: cursors, limits, filters.

use serde_json::Value;

use crate::support::{Ask, Engine, Server, id};

const PI: &str = "/v1/payment_intents";

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(id).collect()
}

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        GET /v1/payment_intents limit=x => 400 invalid_request_error parameter_invalid_integer limit
        GET /v1/payment_intents starting_after=pi_nope => 400 invalid_request_error resource_missing starting_after
        GET /v1/payment_intents ending_before=ch_nope => 400 invalid_request_error resource_missing ending_before
        GET /v1/payment_intents starting_after=pi_nope&ending_before=pi_nope => 400 invalid_request_error resource_missing starting_after
        GET /v1/payment_intents created[nope]=1 => 400 invalid_request_error parameter_unknown created[nope]
        GET /v1/payment_intents created=x => 400 invalid_request_error parameter_invalid_integer created
        GET /v1/payment_intents created[gte]=x => 400 invalid_request_error parameter_invalid_integer created[gte]
        GET /v1/payment_intents expand[]=latest_charge => 400 invalid_request_error - -
        GET /v1/payment_intents nope=1 => 400 invalid_request_error parameter_unknown nope
        ",
    );
    let answer = Server::memory().refused(Ask::get(&format!("{PI}?expand[]=latest_charge")));
    assert!(answer.message().contains("data.latest_charge"), "{}", answer.message());
}

#[test]
fn pages_in_both_directions_have_no_gap_and_no_repeat() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let made: Vec<Value> =
            (0..7).map(|n| server.made(PI, &format!("amount={}&currency=usd", 100 + n))).collect();
        let newest: Vec<&str> = made.iter().rev().map(id).collect();
        let mut seen: Vec<String> = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = server.get(&format!("{PI}?limit=3{cursor}")).json;
            assert_eq!((&page["object"], &page["url"]), (&"list".into(), &PI.into()));
            seen.extend(ids(&page).into_iter().map(str::to_owned));
            if page["has_more"] == false {
                break;
            }
            cursor = format!("&starting_after={}", seen.last().unwrap());
        }
        assert_eq!(seen, newest);
        let page = server.get(&format!("{PI}?limit=2&ending_before={}", newest[4])).json;
        assert_eq!((ids(&page), &page["has_more"]), (newest[2..4].to_vec(), &true.into()));
        let page = server.get(&format!("{PI}?limit=4&ending_before={}", newest[3])).json;
        assert_eq!((ids(&page), &page["has_more"]), (newest[..3].to_vec(), &false.into()));
        let both = format!("{PI}?starting_after={}&ending_before={}", newest[0], newest[1]);
        let answer = server.refused(Ask::get(&both));
        assert_eq!(answer.said(), "400 invalid_request_error - -");
    }
}

#[test]
fn limits_are_clamped_in_silence() {
    let server = Server::memory();
    for n in 0..12 {
        server.made(PI, &format!("amount={}&currency=usd", 100 + n));
    }
    for (limit, count) in [("", 10), ("limit=0", 1), ("limit=-5", 1), ("limit=1000", 12)] {
        let page = server.get(&format!("{PI}?{limit}")).json;
        assert_eq!(page["data"].as_array().unwrap().len(), count, "{limit}");
    }
}

#[test]
fn created_bounds_are_seconds() {
    let server = Server::memory();
    let made = server.made(PI, "amount=100&currency=usd");
    let second = made["created"].as_i64().unwrap();
    for (filter, count) in [
        (format!("created={second}"), 1),
        (format!("created={}", second + 1), 0),
        (format!("created[gte]={second}"), 1),
        (format!("created[gt]={second}"), 0),
        (format!("created[lte]={second}"), 1),
        (format!("created[lt]={second}"), 0),
        (format!("created[gt]={}&created[lt]={}", second - 1, second + 1), 1),
    ] {
        let page = server.get(&format!("{PI}?{filter}")).json;
        assert_eq!(page["data"].as_array().unwrap().len(), count, "{filter}");
    }
}

#[test]
fn charges_and_refunds_are_listed_by_what_they_belong_to() {
    let server = Server::memory();
    let (one, two) = (server.paid(1000), server.paid(2000));
    let list = server.get(&format!("/v1/charges?payment_intent={}", id(&one))).json;
    assert_eq!(ids(&list), [one["latest_charge"].as_str().unwrap()]);
    let refund = server.made("/v1/refunds", &format!("payment_intent={}", id(&two)));
    for filter in [
        format!("payment_intent={}", id(&two)),
        format!("charge={}", refund["charge"].as_str().unwrap()),
    ] {
        assert_eq!(ids(&server.get(&format!("/v1/refunds?{filter}")).json), [id(&refund)]);
    }
    let none = server.get(&format!("/v1/refunds?payment_intent={}", id(&one))).json;
    assert_eq!(none["data"], serde_json::json!([]));
}
