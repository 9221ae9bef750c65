//! Charges that settle in another currency.

use farthing_domain::ledger::account::Account;
use serde_json::Value;

use crate::support::{Ask, Engine, OPERATOR, STRANGER, Server, id};

const PI: &str = "/v1/payment_intents";
const SETTLEMENT: &str = "/v1/farthing/merchants/1/settlement";

fn set(server: &Server, form: &str) -> Value {
    let answer = server.send(Ask::post(SETTLEMENT, form).by(OPERATOR));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json
}

/// A server whose dev merchant settles in euro.
fn in_euro(engine: Engine) -> Server {
    let server = Server::new(engine);
    set(&server, "currency=eur&rates[]=usd=9175/10000");
    server
}

fn paid(server: &Server, card: &str) -> Value {
    let form = format!("amount=1000&currency=usd&payment_method={card}&confirm=true");
    server.made(PI, &form)
}

/// Lines oldest first: what for, how much, of it kept, in which currency.
fn lines(server: &Server) -> Vec<(String, i64, i64, String)> {
    let listed = server.get("/v1/balance_transactions").json;
    let listed = listed["data"].as_array().unwrap().iter().rev();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let int = |line: &Value, name: &str| line[name].as_i64().unwrap();
    listed
        .map(|line| {
            let (what, currency) = (text(line, "reporting_category"), text(line, "currency"));
            (what, int(line, "amount"), int(line, "fee"), currency)
        })
        .collect()
}

fn line(what: &str, amount: i64, fee: i64) -> (String, i64, i64, String) {
    (what.to_owned(), amount, fee, "eur".to_owned())
}

/// What each ledger account holds, for the accounts that conversions move and the network.
fn held(server: &Server) -> Vec<(&'static str, &'static str, i128)> {
    let report = server.app.store.books().unwrap();
    assert_eq!(report.first_bad, None);
    let of = report
        .totals
        .iter()
        .filter(|total| total.account.of_conversions() || total.account == Account::Network);
    of.map(|total| (total.currency.code(), total.account.name(), total.minor)).collect()
}

#[test]
fn only_an_operator_says_how_a_merchant_settles() {
    let server = Server::memory();
    let by_merchant = server.refused(Ask::post(SETTLEMENT, "currency=eur"));
    assert_eq!(by_merchant.status, 403);
    for (path, form, said) in [
        (
            "/v1/farthing/merchants/99/settlement",
            "currency=eur",
            "404 invalid_request_error resource_missing -",
        ),
        ("/v1/farthing/merchants/x/settlement", "", "404 invalid_request_error resource_missing -"),
        (SETTLEMENT, "currency=xxx", "400 invalid_request_error - currency"),
        (SETTLEMENT, "rates[]=usd", "400 invalid_request_error - rates[0]"),
        (SETTLEMENT, "rates[]=usd=1/1&rates[]=usd=0/5", "400 invalid_request_error - rates[1]"),
        (SETTLEMENT, "rates[]=usd=1/0", "400 invalid_request_error - rates[0]"),
        (SETTLEMENT, "rates[]=usd=%2B1/2", "400 invalid_request_error - rates[0]"),
        (SETTLEMENT, "rates[]=usd=0.9", "400 invalid_request_error - rates[0]"),
        (SETTLEMENT, "rates[]=xxx=1/2", "400 invalid_request_error - rates[0]"),
        (SETTLEMENT, "nope=1", "400 invalid_request_error parameter_unknown nope"),
    ] {
        assert_eq!(server.refused(Ask::post(path, form).by(OPERATOR)).said(), said, "{form}");
    }
    let shown = set(&server, "currency=eur&rates[]=usd=9175/10000&rates[]=jpy=61/10000");
    assert_eq!(shown["currency"], "eur");
    assert_eq!(shown["rates"], serde_json::json!(["jpy=61/10000", "usd=9175/10000"]));
    let less = set(&server, "currency=&rates[]=jpy=");
    assert_eq!(
        (&less["currency"], &less["rates"]),
        (&Value::Null, &serde_json::json!(["usd=9175/10000"]))
    );
    let live = set(&server, "livemode=true");
    assert_eq!(live["rates"], serde_json::json!([]), "each mode has its own");
}

#[test]
fn a_charge_is_converted_and_comes_back_whole() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = in_euro(engine);
        let intent = paid(&server, "pm_card_visa");
        assert_eq!(
            (&intent["currency"], &intent["amount_received"]),
            (&"usd".into(), &1000.into())
        );
        let charge =
            server.get(&format!("/v1/charges/{}", intent["latest_charge"].as_str().unwrap()));
        let own = charge.json["balance_transaction"].as_str().unwrap().to_owned();
        let own = server.get(&format!("/v1/balance_transactions/{own}")).json;
        assert_eq!(own["exchange_rate"], 0.9175);
        assert_eq!(
            (&own["currency"], &own["amount"]),
            (&"eur".into(), &918.into()),
            "917.5, half up"
        );
        // 2.9 % of 9.18 and 0.30.
        assert_eq!((&own["fee"], &own["net"]), (&57.into(), &861.into()));
        assert_eq!(own["fee_details"][0]["currency"], "eur");
        let balance = server.get("/v1/balance").json;
        let pending = balance["pending"].as_array().unwrap();
        assert_eq!(pending.len(), 1, "nothing in dollars: {balance}");
        assert_eq!((&pending[0]["currency"], &pending[0]["amount"]), (&"eur".into(), &861.into()));
        assert_eq!(
            held(&server),
            [
                ("eur", "fx_clearing", -917),
                ("eur", "rounding", -1),
                ("usd", "network", -1000),
                ("usd", "fx_clearing", 1000),
            ]
        );
        for part in [333, 333, 334] {
            let back = format!("payment_intent={}&amount={part}", id(&intent));
            assert_eq!(server.made("/v1/refunds", &back)["currency"], "usd");
        }
        let parts = [
            line("charge", 918, 57),
            line("refund", -306, 0),
            line("refund", -306, 0),
            line("refund", -306, 0),
        ];
        assert_eq!(lines(&server), parts, "together what was credited");
        assert!(held(&server).iter().all(|(_, _, minor)| *minor == 0), "{:?}", held(&server));
    }
}

#[test]
fn disputes_and_returned_refunds_are_converted_at_the_charges_own_ratio() {
    let server = in_euro(Engine::Memory);
    paid(&server, "pm_card_createDispute");
    server.hear_news();
    // What comes later does not change what was.
    set(&server, "rates[]=usd=2/1");
    let dispute = server.get("/v1/disputes").json["data"][0].clone();
    assert_eq!((&dispute["currency"], &dispute["amount"]), (&"usd".into(), &1000.into()));
    assert_eq!(dispute["balance_transactions"][0]["currency"], "eur");
    assert_eq!(dispute["balance_transactions"][0]["exchange_rate"], 0.9175);
    let evidence = "evidence[uncategorized_text]=winning_evidence";
    server.made(&format!("/v1/disputes/{}", id(&dispute)), evidence);
    server.hear_news();
    let expected =
        [line("charge", 918, 57), line("dispute", -918, 1500), line("dispute_reversal", 918, 0)];
    assert_eq!(lines(&server), expected);
    held(&server);

    let server = in_euro(Engine::Memory);
    let intent = paid(&server, "pm_card_refundFail");
    server.made("/v1/refunds", &format!("payment_intent={}&amount=500", id(&intent)));
    server.hear_news();
    // Of 1000 dollars' worth 918; of 500 it is 459, so half of it is as much.
    let expected =
        [line("charge", 918, 57), line("refund", -459, 0), line("refund_failure", 459, 0)];
    assert_eq!(lines(&server), expected);
    held(&server);
}

#[test]
fn what_comes_later_is_converted_at_the_ratio_of_its_charge() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = in_euro(engine);
        let back = paid(&server, "pm_card_visa");
        paid(&server, "pm_card_createDisputeInquiry");
        server.hear_news();
        let form = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual";
        let hold = server.made(PI, form);
        set(&server, "rates[]=usd=2/1");
        server.made("/v1/refunds", &format!("payment_intent={}", id(&back)));
        server.made(&format!("{PI}/{}/capture", id(&hold)), "");
        let inquiry = server.get("/v1/disputes").json["data"][0].clone();
        let evidence = "evidence[uncategorized_text]=escalate_inquiry_evidence";
        server.made(&format!("/v1/disputes/{}", id(&inquiry)), evidence);
        server.hear_news();
        let charge = || line("charge", 918, 57);
        let expected =
            [charge(), charge(), line("refund", -918, 0), charge(), line("dispute", -918, 1500)];
        assert_eq!(lines(&server), expected);
        held(&server);
    }
}

#[test]
fn several_captures_are_converted_as_one() {
    let server = in_euro(Engine::Memory);
    let form = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual&payment_method_options[card][request_multicapture]=if_available";
    let intent = server.made(PI, form);
    let capture = format!("{PI}/{}/capture", id(&intent));
    server.made(&capture, "amount_to_capture=333&final_capture=false");
    server.made("/v1/refunds", &format!("payment_intent={}&amount=100", id(&intent)));
    server.made(&capture, "amount_to_capture=333&final_capture=false");
    server.made(&capture, "");
    server.made("/v1/refunds", &format!("payment_intent={}", id(&intent)));
    let sum = |what: &str| -> i64 {
        lines(&server).iter().filter(|line| line.0 == what).map(|line| line.1).sum()
    };
    assert_eq!(sum("charge") + sum("refund"), 0, "all of it came back: {:?}", lines(&server));
    assert!(held(&server).iter().all(|(_, _, minor)| *minor == 0));
}

#[test]
fn without_a_rate_a_charge_settles_in_its_own_currency() {
    let server = in_euro(Engine::Memory);
    for (currency, amount) in [("gbp", 1000), ("eur", 1000)] {
        let form =
            format!("amount={amount}&currency={currency}&payment_method=pm_card_visa&confirm=true");
        server.made(PI, &form);
        let newest = server.get("/v1/balance_transactions?limit=1").json["data"][0].clone();
        assert_eq!(
            (&newest["currency"], &newest["exchange_rate"]),
            (&currency.into(), &Value::Null)
        );
    }
    let form = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true";
    assert_eq!(server.send(Ask::post(PI, form).by(STRANGER)).status, 200);
    let theirs = server.send(Ask::get("/v1/balance_transactions").by(STRANGER)).json;
    assert_eq!(theirs["data"][0]["currency"], "usd", "each merchant has its own");
    held(&server);
}
