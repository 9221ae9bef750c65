//! What a payout refuses in each state, and when funds that skip pending are available.

use serde_json::{Value, json};

use crate::support::{Ask, Engine, Server, id};

const DAY_S: i64 = 24 * 60 * 60;

fn advance(server: &Server, seconds: i64) {
    server.made("/v1/farthing/test_clock/advance", &format!("seconds={seconds}"));
}

fn funded(server: &Server, currency: &str) {
    let form = format!(
        "amount=10000&currency={currency}&payment_method=pm_card_bypassPending&confirm=true"
    );
    server.made("/v1/payment_intents", &form);
}

fn said(server: &Server, payout: &Value, verb: &str) -> String {
    let answer = server.refused(Ask::post(&format!("/v1/payouts/{}/{verb}", id(payout)), ""));
    assert_eq!(answer.said(), "400 invalid_request_error - -");
    answer.message().to_owned()
}

#[test]
fn only_what_is_paid_is_reversed_and_only_where_banks_do() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        funded(&server, "usd");
        funded(&server, "eur");
        let dollars = server.made("/v1/payouts", "amount=500&currency=usd");
        let iban = "country=DE&currency=eur&account_number=DE89370400440532013000";
        let bank = server.made("/v1/farthing/bank_accounts", iban);
        let form = format!("amount=500&currency=eur&destination={}", id(&bank));
        let euros = server.made("/v1/payouts", &form);
        assert!(said(&server, &dollars, "reverse").contains("a status of pending"));
        advance(&server, DAY_S);
        assert!(said(&server, &dollars, "reverse").contains("a status of in_transit"));
        advance(&server, 3 * DAY_S);
        assert!(said(&server, &euros, "reverse").contains("in the US or in Canada"));
        let path = format!("/v1/payouts/{}/reverse", id(&dollars));
        assert_eq!(server.made(&path, "")["amount"], -500);
        assert_eq!(server.app.store.books().unwrap().first_bad, None);
    }
}

#[test]
fn what_the_schedule_pays_out_is_not_canceled() {
    let server = Server::memory();
    server.made("/v1/farthing/payout_settings", "interval=daily");
    funded(&server, "usd");
    advance(&server, DAY_S);
    let made = server.get("/v1/payouts").json["data"][0].clone();
    assert_eq!((&made["automatic"], &made["status"]), (&json!(true), &json!("pending")));
    assert_eq!(said(&server, &made, "cancel"), "Automatic payouts cannot be canceled.");
}

#[test]
fn funds_that_skip_pending_are_available_when_they_come() {
    let server = Server::memory();
    funded(&server, "usd");
    let line = server.get("/v1/balance_transactions").json["data"][0].clone();
    assert_eq!(line["available_on"], line["created"]);
    assert_eq!(line["status"], "available");
}

/// An hour after midnight: nothing of the next minutes is another day's.
fn in_the_night(server: &Server) {
    let now = server.get("/v1/farthing/test_clock").json["now"].as_i64().unwrap();
    let to = (now / DAY_S + 1) * DAY_S + 3_600;
    server.made("/v1/farthing/test_clock/advance", &format!("to={to}"));
}

#[test]
fn a_payout_leaves_at_the_next_midnight_and_not_before() {
    let server = Server::memory();
    in_the_night(&server);
    funded(&server, "usd");
    let made = server.made("/v1/payouts", "amount=500&currency=usd");
    let status = || server.get(&format!("/v1/payouts/{}", id(&made))).json["status"].clone();
    advance(&server, 20 * 3_600);
    assert_eq!(status(), "pending");
    advance(&server, 4 * 3_600);
    assert_eq!(status(), "in_transit");
}

#[test]
fn the_schedule_pays_out_every_currency_and_an_earlier_one_nothing() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let schedule = |form: &str| server.made("/v1/farthing/payout_settings", form);
        let payouts = || server.get("/v1/payouts").json["data"].as_array().unwrap().clone();
        schedule("interval=daily");
        schedule("interval=manual");
        funded(&server, "usd");
        funded(&server, "eur");
        advance(&server, 3 * DAY_S);
        assert!(payouts().is_empty(), "the former schedule pays nothing out");
        schedule("interval=daily");
        advance(&server, DAY_S);
        let made = payouts();
        let currencies: Vec<&str> =
            made.iter().map(|payout| payout["currency"].as_str().unwrap()).collect();
        assert!(
            currencies.len() == 2 && currencies.contains(&"usd") && currencies.contains(&"eur")
        );
        let count = |filter: &str| {
            let path = format!("/v1/balance_transactions?payout={}{filter}", id(&made[0]));
            server.get(&path).json["data"].as_array().unwrap().len()
        };
        let counts = (count(""), count("&type=charge"), count("&type=payout"));
        assert_eq!(counts, (2, 1, 1));
    }
}
