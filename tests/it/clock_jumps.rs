//! A wall clock that jumps, forwards and back: no answer changes, nothing happens twice, lists keep
//! their order, and the books balance all the while.

use farthing_core::time::TimestampMs;
use farthing_server::rehearsal;
use serde_json::Value;

use crate::support::{Ask, Engine, Server, id};

const PI: &str = "/v1/payment_intents";
const START_S: i64 = 1_800_000_000;
const DAY_S: i64 = 86_400;

/// The clock is at another time from now on.
fn jump(days: i64) {
    let seed = u64::try_from(days + 10_000).unwrap();
    rehearsal::begin(seed, TimestampMs::from_seconds(START_S + days * DAY_S));
}

fn pay(server: &Server, key: &str) -> Value {
    let form = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true";
    let answer = server.send(Ask::post(PI, form).idempotent(key));
    assert_eq!(answer.status, 200, "{key}: {}", answer.body);
    answer.json
}

fn ids(server: &Server, path: &str) -> Vec<String> {
    let list = server.get(&format!("{path}?limit=100")).json;
    list["data"].as_array().unwrap().iter().map(|each| id(each).to_owned()).collect()
}

#[test]
fn whatever_the_clock_says_a_key_has_one_answer() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        jump(0);
        let server = Server::new(engine);
        let hook = "url=https://shop.example/hook&enabled_events[]=*";
        server.made("/v1/webhook_endpoints", hook);
        let first = pay(&server, "k0");
        let later = "amount=700&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual";
        let held = server.made(PI, later);
        let mut newest = vec![id(&held).to_owned(), id(&first).to_owned()];
        for (count, days) in [-30, 400, -7_000, 1, 3_000, 0].into_iter().enumerate() {
            jump(days);
            assert_eq!(pay(&server, "k0"), first, "{days} days");
            let other = pay(&server, &format!("k{}", count + 1));
            newest.insert(0, id(&other).to_owned());
            assert_eq!(ids(&server, PI), newest, "{days} days: the order is that of the commits");
            let refund = format!("payment_intent={}&amount=300", id(&other));
            assert_eq!(server.made("/v1/refunds", &refund)["status"], "succeeded");
            let report = server.app.store.books().unwrap();
            assert_eq!(report.first_bad, None, "{days} days");
            assert_eq!(report.open_attempts, 0, "{days} days");
        }
        assert_eq!(server.charges_in_the_book(), newest.len(), "one charge for each, and the hold");
        // Each object's events are numbered without a gap, whatever times they carry.
        let told = server.get(&format!("/v1/farthing/events?object={}", newest[0])).json;
        let places: Vec<i64> = told["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["sequence"].as_i64().unwrap())
            .collect();
        assert_eq!(places, (1..).take(places.len()).collect::<Vec<i64>>());
    }
}
