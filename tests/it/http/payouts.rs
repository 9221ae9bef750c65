//! Funds become available, and go to the bank.

use farthing_acquirer::Faults;
use farthing_core::currency::Currency;
use farthing_core::id::PayoutId;
use farthing_domain::command::{Ask as Order, HearPayout, PayoutNews};
use farthing_domain::payout::PayoutFailure;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_server::config::Config;
use farthing_server::flow;
use serde_json::{Value, json};

use crate::support::{Ask, Engine, OPERATOR, STRANGER, Server, id};

const DAY_S: i64 = 24 * 60 * 60;

fn advance(server: &Server, seconds: i64) {
    server.made("/v1/farthing/test_clock/advance", &format!("seconds={seconds}"));
}

/// Available and pending, in cents.
fn balance(server: &Server) -> (i64, i64) {
    let balance = server.get("/v1/balance").json;
    let of = |side: &str| {
        let rows = balance[side].as_array().unwrap();
        rows.iter()
            .find(|row| row["currency"] == "usd")
            .map_or(0, |row| row["amount"].as_i64().unwrap())
    };
    (of("available"), of("pending"))
}

/// A charge of 100.00 USD whose 96.80 are available at once.
fn funded(server: &Server) {
    let form = "amount=10000&currency=usd&payment_method=pm_card_bypassPending&confirm=true";
    server.made("/v1/payment_intents", form);
}

/// All events of payouts and the balance so far, oldest first.
fn events(server: &Server) -> Vec<String> {
    let list = server.get("/v1/events?limit=100").json;
    let types = list["data"].as_array().unwrap().iter().rev();
    let types = types.map(|event| event["type"].as_str().unwrap().to_owned());
    types.filter(|name| name.starts_with("payout") || name.starts_with("balance")).collect()
}

fn payout(server: &Server, payout: &Value) -> Value {
    server.get(&format!("/v1/payouts/{}", id(payout))).json
}

/// Our books hold, and the network's own agrees with them.
fn audit(server: &Server) {
    let report = server.app.store.books().unwrap();
    assert_eq!(report.first_bad, None);
    let network = report
        .totals
        .iter()
        .filter(|total| total.account.name() == "network" && total.currency == Currency::USD);
    let ours: i128 = network.map(|total| total.minor).sum();
    let totals = server.book(|book| book.totals_in(Currency::USD).unwrap());
    let taken = totals.captured.minor() - totals.refunded.minor() - totals.disputed.minor();
    assert_eq!(ours, -i128::from(taken - totals.paid_out.minor()));
}

fn account(server: &Server, number: &str) -> String {
    let form = format!(
        "country=us&currency=usd&routing_number=110000000&account_number={number}&default_for_currency=true"
    );
    id(&server.made("/v1/farthing/bank_accounts", &form)).to_owned()
}

#[test]
fn what_is_refused() {
    let server = Server::memory();
    funded(&server);
    server.check_refusals(
        "
        POST /v1/payouts currency=usd => 400 invalid_request_error parameter_missing amount
        POST /v1/payouts amount=10 => 400 invalid_request_error parameter_missing currency
        POST /v1/payouts amount=0&currency=usd => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payouts amount=10&currency=usd&nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/payouts amount=9681&currency=usd => 400 invalid_request_error balance_insufficient -
        POST /v1/payouts amount=10&currency=usd&source_type=fpx => 400 invalid_request_error balance_insufficient -
        POST /v1/payouts amount=10&currency=eur => 400 invalid_request_error balance_insufficient -
        POST /v1/payouts amount=10&currency=chf => 400 invalid_request_error - destination
        POST /v1/payouts amount=10&currency=usd&destination=ba_nope => 400 invalid_request_error resource_missing destination
        POST /v1/payouts amount=10&currency=usd&method=fast => 400 invalid_request_error - method
        GET /v1/payouts/po_nope => 404 invalid_request_error resource_missing payout
        POST /v1/payouts/po_nope/cancel => 404 invalid_request_error resource_missing payout
        POST /v1/payouts/po_nope/reverse => 404 invalid_request_error resource_missing payout
        POST /v1/payouts/po_nope metadata[a]=b => 404 invalid_request_error resource_missing payout
        GET /v1/payouts status=gone => 400 invalid_request_error - status
        GET /v1/balance_transactions payout=po_nope => 400 invalid_request_error resource_missing payout
        POST /v1/farthing/bank_accounts currency=usd&account_number=000123456789 => 400 invalid_request_error parameter_missing country
        POST /v1/farthing/bank_accounts country=US&currency=usd&account_number=12 => 400 invalid_request_error account_number_invalid account_number
        POST /v1/farthing/payout_settings interval=weekly => 400 invalid_request_error parameter_missing weekly_anchor
        POST /v1/farthing/payout_settings monthly_anchor=3 => 400 invalid_request_error parameter_missing interval
        POST /v1/farthing/payout_settings delay_days=91 => 400 invalid_request_error - delay_days
        ",
    );
    server.made(
        "/v1/farthing/bank_accounts",
        "country=HU&currency=huf&account_number=HU000000000001",
    );
    server.check_refusals(
        "POST /v1/payouts amount=150&currency=huf => 400 invalid_request_error invalid_charge_amount amount
         POST /v1/payouts amount=200&currency=huf => 400 invalid_request_error balance_insufficient -",
    );
    let mine = server.made("/v1/payouts", "amount=10&currency=usd");
    let lines = format!("/v1/balance_transactions?payout={}", id(&mine));
    assert_eq!(server.get(&lines).said(), "400 invalid_request_error - payout", "made by hand");
    let theirs = server.send(Ask::get(&format!("/v1/payouts/{}", id(&mine))).by(STRANGER));
    assert_eq!(theirs.said(), "404 invalid_request_error resource_missing payout");
}

#[test]
fn funds_become_available_once_a_day_and_refunds_take_what_pends_first() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        server.paid(1000);
        let second = server.paid(2000);
        server.made("/v1/refunds", &format!("payment_intent={}&amount=500", id(&second)));
        assert_eq!(balance(&server), (0, 941 + 1912 - 500));
        let lines = server.get("/v1/balance_transactions").json;
        assert_eq!(lines["data"][2]["status"], "pending");
        advance(&server, DAY_S);
        assert_eq!(balance(&server), (0, 2353), "the day after it pends yet");
        server.paid(1000);
        assert_eq!(balance(&server), (0, 2353 + 941));
        advance(&server, DAY_S);
        assert_eq!(balance(&server), (2353, 941), "the day after that what is old enough does not");
        let lines = server.get("/v1/balance_transactions").json;
        assert_eq!(lines["data"][3]["status"], "available");
        audit(&server);
        // The refund of what pends no more takes what does, and then what is available.
        server.made("/v1/refunds", &format!("payment_intent={}", id(&second)));
        assert_eq!(balance(&server), (2353 + 941 - 1500, 0));
        advance(&server, 9 * DAY_S);
        assert_eq!(balance(&server), (1794, 0));
        assert_eq!(events(&server), ["balance.available"]);
        let event = server.get("/v1/events?type=balance.available").json["data"][0].clone();
        assert_eq!(event["data"]["object"]["object"], "balance");
        assert_eq!(event["data"]["object"]["available"][0]["amount"], 2353);
        assert_eq!(event["created"].as_i64().unwrap() % DAY_S, 0, "at the start of the day");
        audit(&server);
    }
}

#[test]
fn a_payout_arrives_on_its_day() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        funded(&server);
        assert_eq!(balance(&server), (9680, 0));
        let form = "amount=2000&currency=usd&description=May&expand[]=balance_transaction&expand[]=destination";
        let made = server.made("/v1/payouts", form);
        assert_eq!((&made["status"], &made["amount"]), (&json!("pending"), &json!(2000)));
        assert_eq!(made["destination"]["last4"], "6789");
        assert_eq!(made["balance_transaction"]["type"], "payout");
        assert_eq!(made["balance_transaction"]["net"], -2000);
        assert_eq!(made["balance_transaction"]["source"], made["id"]);
        assert_eq!((&made["automatic"], &made["method"]), (&json!(false), &json!("standard")));
        assert_eq!(made["arrival_date"].as_i64().unwrap() % DAY_S, 0);
        assert_eq!(balance(&server), (7680, 0), "nobody is promised it twice");
        audit(&server);
        advance(&server, DAY_S);
        assert_eq!(payout(&server, &made)["status"], "in_transit");
        let path = format!("/v1/payouts/{}/cancel", id(&made));
        assert_eq!(server.post(&path, "").said(), "400 invalid_request_error - -");
        advance(&server, DAY_S);
        assert_eq!(payout(&server, &made)["status"], "paid");
        assert_eq!(
            events(&server),
            ["balance.available", "payout.created", "payout.updated", "payout.paid"]
        );
        let updated = server.get("/v1/events?type=payout.updated").json["data"][0].clone();
        assert_eq!(updated["data"]["previous_attributes"], json!({"status": "pending"}));
        let paid = server.get("/v1/events?type=payout.paid").json["data"][0].clone();
        assert_eq!(paid["created"], made["arrival_date"], "when it happened, not when we looked");
        let listed = |query: &str| {
            server.get(&format!("/v1/payouts?{query}")).json["data"].as_array().unwrap().len()
        };
        let arrival = made["arrival_date"].as_i64().unwrap();
        assert_eq!((listed("status=paid"), listed("status=failed")), (1, 0));
        assert_eq!(listed(&format!("arrival_date={arrival}")), 1);
        assert_eq!(listed(&format!("arrival_date[gt]={arrival}")), 0);
        assert_eq!(listed(&format!("destination={}", id(&made["destination"]))), 1);
        audit(&server);
        // And back again.
        let path = format!("/v1/payouts/{}/reverse", id(&made));
        let back = server.made(&path, "metadata[why]=twice");
        assert_eq!((&back["amount"], &back["original_payout"]), (&json!(-2000), &made["id"]));
        assert_eq!(payout(&server, &made)["reversed_by"], back["id"]);
        assert_eq!(server.post(&path, "").said(), "400 invalid_request_error - -");
        assert_eq!(balance(&server), (7680, 0));
        advance(&server, 2 * DAY_S);
        assert_eq!(payout(&server, &back)["status"], "paid");
        assert_eq!(balance(&server), (9680, 0));
        audit(&server);
    }
}

#[test]
fn what_was_converted_is_paid_out_in_the_currency_it_settled_in() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let settlement = "currency=eur&rates[]=usd=9175/10000";
        let path = "/v1/farthing/merchants/1/settlement";
        let answer = server.send(Ask::post(path, settlement).by(OPERATOR));
        assert_eq!(answer.status, 200, "{}", answer.body);
        // 9175 less 2.9 % and 0.30 at once; 918 less 57 in two days, of which 459 go back.
        funded(&server);
        let later = server.paid(1000);
        server.made("/v1/refunds", &format!("payment_intent={}&amount=500", id(&later)));
        let euro = |side: &str| server.get("/v1/balance").json[side].clone();
        let only = |minor: i64| {
            let parts = json!({"card": minor});
            json!([{"amount": minor, "currency": "eur", "source_types": parts}])
        };
        assert_eq!((euro("available"), euro("pending")), (only(8879), only(402)));
        advance(&server, 2 * DAY_S);
        assert_eq!(euro("available"), only(9281));
        assert_eq!(events(&server), ["balance.available", "balance.available"]);
        let made = server.made("/v1/payouts", "amount=9281&currency=eur");
        advance(&server, 2 * DAY_S);
        assert_eq!(payout(&server, &made)["status"], "paid");
        audit(&server);
        let totals = server.book(|book| book.totals_in(Currency::EUR).unwrap());
        assert_eq!(totals.paid_out.minor(), 9281, "a currency in which nobody paid");
        let report = server.app.store.books().unwrap();
        let network = report
            .totals
            .iter()
            .find(|total| total.account.name() == "network" && total.currency == Currency::EUR);
        assert_eq!(network.map(|total| total.minor), Some(9281));
    }
}

#[test]
fn what_is_canceled_is_available_again() {
    let server = Server::memory();
    funded(&server);
    let made = server.made("/v1/payouts", "amount=2000&currency=usd");
    let path = format!("/v1/payouts/{}/cancel", id(&made));
    let canceled = server.made(&path, "expand[]=failure_balance_transaction");
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["failure_balance_transaction"]["type"], "payout_cancel");
    assert_eq!(balance(&server), (9680, 0));
    advance(&server, 3 * DAY_S);
    assert_eq!(payout(&server, &made)["status"], "canceled");
    assert_eq!(events(&server)[1..], ["payout.created", "payout.canceled"]);
    audit(&server);
}

#[test]
fn test_accounts_fail_as_documented() {
    for (number, code, last) in [
        ("000111111116", "no_account", "payout.failed"),
        ("000111111113", "account_closed", "payout.failed"),
        ("000222222227", "insufficient_funds", "payout.failed"),
        ("000333333335", "debit_not_authorized", "payout.failed"),
        ("000444444440", "invalid_currency", "payout.failed"),
        ("000555555559", "account_closed", "payout.failed"),
        ("000123456789", "", "payout.paid"),
        ("000999999999", "", "payout.paid"),
    ] {
        let server = Server::memory();
        funded(&server);
        let account = account(&server, number);
        let made = server.made("/v1/payouts", "amount=9680&currency=usd&method=instant");
        assert_eq!(made["destination"], account.as_str());
        advance(&server, 60 * 60);
        let early = payout(&server, &made)["status"].clone();
        let comes_back = number == "000555555559";
        assert_eq!(early == "paid", comes_back || code.is_empty(), "{number}: {early}");
        audit(&server);
        advance(&server, 3 * DAY_S);
        let shown = payout(&server, &made);
        assert_eq!(shown["failure_code"].as_str().unwrap_or_default(), code, "{number}");
        assert_eq!(events(&server).last().unwrap(), last, "{number}");
        let failed = !code.is_empty();
        assert_eq!(balance(&server).0, if failed { 9680 } else { 0 }, "{number}");
        assert_eq!(shown["failure_balance_transaction"].is_string(), failed);
        audit(&server);
    }
}

#[test]
fn what_the_bank_returns_comes_back_once() {
    // The reversal is under way when the bank returns the payout, or has ended before.
    for hours in [1, 47] {
        let server = Server::memory();
        funded(&server);
        account(&server, "000555555559");
        let made = server.made("/v1/payouts", "amount=9680&currency=usd&method=instant");
        advance(&server, hours * 60 * 60);
        assert_eq!(payout(&server, &made)["status"], "paid");
        let back = server.made(&format!("/v1/payouts/{}/reverse", id(&made)), "");
        audit(&server);
        advance(&server, 5 * DAY_S);
        assert_eq!(payout(&server, &made)["status"], "failed", "{hours}");
        assert_eq!(payout(&server, &back)["status"], "failed", "{hours}");
        assert_eq!(balance(&server), (9680, 0), "{hours}");
        audit(&server);
    }
}

/// As the network would say it, of a payout that the simulator's keeps.
fn bank_returns(server: &Server, payout: &Value) {
    let tenant = TenantId::of(1, Mode::Test);
    let news = PayoutNews::Failed(PayoutFailure::AccountClosed);
    let id = PayoutId::parse(id(payout)).unwrap();
    let ask = Order::HearPayout(HearPayout { id, news, at: server.app.clock.now() });
    server.app.store.submit_blocking(flow::own(&server.app, tenant, ask)).unwrap();
}

#[test]
fn a_return_that_crosses_a_reversal_pays_once() {
    // The reversal has brought the funds back, or is on its way.
    for (days, states) in [(3, ["paid", "paid"]), (0, ["failed", "failed"])] {
        let server = Server::memory();
        funded(&server);
        account(&server, "000123456789");
        let made = server.made("/v1/payouts", "amount=9680&currency=usd&method=instant");
        advance(&server, 60 * 60);
        let back = server.made(&format!("/v1/payouts/{}/reverse", id(&made)), "");
        advance(&server, days * DAY_S);
        bank_returns(&server, &made);
        let shown = [&made, &back].map(|one| payout(&server, one)["status"].clone());
        assert_eq!(shown, states.map(Value::from), "{days}");
        assert_eq!(balance(&server), (9680, 0), "{days}");
        // What the network says of the reversal afterwards changes nothing.
        advance(&server, 5 * DAY_S);
        assert_eq!(balance(&server), (9680, 0), "{days}");
        assert!(server.app.store.books().unwrap().first_bad.is_none(), "{days}");
    }
}

#[test]
fn a_deleted_account_takes_no_more_payouts_and_keeps_its_own() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        funded(&server);
        let first = account(&server, "000123456789");
        let path = format!("/v1/farthing/bank_accounts/{first}");
        let made = server.made("/v1/payouts", "amount=2000&currency=usd");
        assert_eq!(made["destination"], first.as_str());
        assert_eq!(
            server.refused(Ask::line(&format!("DELETE {path}"))).said(),
            "400 invalid_request_error - -",
            "the default while there are others"
        );
        account(&server, "000999999999");
        let gone = server.send(Ask::line(&format!("DELETE {path}")));
        let stub = json!({"id": first, "object": "bank_account", "deleted": true});
        assert_eq!((gone.status, &gone.json), (200, &stub));
        let missing = "404 invalid_request_error resource_missing id";
        assert_eq!(server.refused(Ask::get(&path)).said(), missing);
        assert_eq!(server.refused(Ask::line(&format!("DELETE {path}"))).said(), missing);
        let form = format!("POST /v1/payouts amount=10&currency=usd&destination={first}");
        server.check_refusals(&format!(
            "{form} => 400 invalid_request_error resource_missing destination"
        ));
        let listed = server.get("/v1/farthing/bank_accounts?limit=100").json;
        assert!(!listed["data"].as_array().unwrap().iter().any(|row| row["id"] == first.as_str()));
        advance(&server, 3 * DAY_S);
        let shown = server.get(&format!("/v1/payouts/{}?expand[]=destination", id(&made))).json;
        assert_eq!((&shown["status"], &shown["destination"]), (&json!("paid"), &stub));
        audit(&server);
        // The only one of its currency may go, and nothing is paid out in it until there is another.
        let forint = "country=HU&currency=huf&account_number=HU000000000001";
        let only = server.made("/v1/farthing/bank_accounts", forint);
        let path = format!("/v1/farthing/bank_accounts/{}", id(&only));
        assert_eq!(server.send(Ask::line(&format!("DELETE {path}"))).status, 200);
        let again = server.made("/v1/farthing/bank_accounts", forint);
        assert_eq!(again["default_for_currency"], true);
    }
}

#[test]
fn what_is_in_reserve_is_not_paid_out() {
    let path = "/v1/farthing/merchants/1/reserve";
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        funded(&server);
        let keep = |form: &str| server.send(Ask::post(path, form).by(OPERATOR));
        for (form, said) in [
            ("currency=usd", "400 invalid_request_error parameter_missing amount"),
            ("amount=5", "400 invalid_request_error parameter_missing currency"),
            (
                "amount=-1&currency=usd",
                "400 invalid_request_error parameter_invalid_integer amount",
            ),
            ("amount=9681&currency=usd", "400 invalid_request_error balance_insufficient -"),
            ("amount=1&currency=eur", "400 invalid_request_error balance_insufficient -"),
        ] {
            assert_eq!(server.refused(Ask::post(path, form).by(OPERATOR)).said(), said, "{form}");
        }
        assert_ne!(server.send(Ask::post(path, "amount=5&currency=usd")).status, 200);
        let kept = keep("amount=9000&currency=usd").json;
        assert_eq!((&kept["amount"], &kept["available"]), (&json!(9000), &json!(680)));
        assert_eq!(keep("amount=9000&currency=usd").json, kept, "asked again it moves nothing");
        assert_eq!(balance(&server), (680, 0));
        let line = server.get("/v1/balance_transactions").json["data"][0].clone();
        assert_eq!((&line["type"], &line["net"]), (&json!("reserve_hold"), &json!(-9000)));
        assert_eq!((&line["source"], &line["status"]), (&Value::Null, &json!("available")));
        server.check_refusals(
            "POST /v1/payouts amount=681&currency=usd => 400 invalid_request_error balance_insufficient -",
        );
        audit(&server);
        assert_eq!(keep("amount=100&currency=usd").json["available"], 9580);
        let chart = server.get("/v1/farthing/ledger/accounts?account=reserve").json;
        assert_eq!(chart["data"][0]["balance"], 100);
        let made = server.made("/v1/payouts", "amount=9580&currency=usd");
        assert_eq!(balance(&server), (0, 0));
        assert_eq!(keep("amount=0&currency=usd").json["available"], 100);
        advance(&server, 3 * DAY_S);
        assert_eq!(payout(&server, &made)["status"], "paid");
        audit(&server);
    }
}

#[test]
fn the_schedule_pays_out_what_became_available() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        server.paid(1000);
        let set = server.made("/v1/farthing/payout_settings", "interval=daily");
        assert_eq!((&set["interval"], &set["delay_days"]), (&json!("daily"), &json!(2)));
        // In one step over many days: what ripens at a midnight is in that midnight's payout.
        advance(&server, DAY_S);
        server.paid(2000);
        advance(&server, 7 * DAY_S);
        let payouts = server.get("/v1/payouts").json["data"].clone();
        let amounts: Vec<i64> =
            payouts.as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap()).collect();
        assert_eq!(amounts, [1912, 941]);
        assert_eq!(payouts[0]["automatic"], true);
        assert_eq!(
            (&payouts[0]["status"], &payouts[1]["status"]),
            (&json!("paid"), &json!("paid"))
        );
        assert_eq!(payouts[0]["reconciliation_status"], "completed");
        let apart =
            payouts[0]["created"].as_i64().unwrap() - payouts[1]["created"].as_i64().unwrap();
        assert_eq!(apart, DAY_S);
        let of_first = server.get(&format!("/v1/farthing/events?object={}", id(&payouts[1]))).json;
        let types: Vec<&str> = of_first["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["type"].as_str().unwrap())
            .collect();
        assert_eq!(
            types,
            ["payout.created", "payout.updated", "payout.reconciliation_completed", "payout.paid"]
        );
        for (payout, gross) in [(&payouts[0], 2000), (&payouts[1], 1000)] {
            let lines = server.get(&format!("/v1/balance_transactions?payout={}", id(payout))).json;
            let lines = lines["data"].as_array().unwrap();
            let of = |index: usize| lines[index]["amount"].as_i64().unwrap();
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert_eq!((of(0), of(1)), (-payout["amount"].as_i64().unwrap(), gross));
        }
        let path = format!("/v1/payouts/{}/cancel", id(&payouts[0]));
        assert_eq!(server.post(&path, "").said(), "400 invalid_request_error - -");
        assert_eq!(balance(&server), (0, 0));
        audit(&server);
        // Another schedule takes its place at once.
        server.made("/v1/farthing/payout_settings", "interval=manual");
        server.paid(1000);
        advance(&server, 9 * DAY_S);
        assert_eq!(balance(&server), (941, 0));
    }
}

#[test]
fn a_payout_whose_answers_are_lost_is_made_once() {
    let faults: Faults = "seed=3,lookup_lost=0.6".parse().unwrap();
    let server = Server::with(Engine::Memory, Config::dev(), faults);
    funded(&server);
    let made = server.made("/v1/payouts", "amount=9680&currency=usd&method=instant");
    // Whether an answer is lost hangs on the millisecond, of which a fast machine spends few.
    for _ in 0..60 {
        advance(&server, 60);
        server.hear_news();
    }
    for _ in 0..1_000 {
        if payout(&server, &made)["status"] == "paid" {
            break;
        }
        server.hear_news();
    }
    assert_eq!(payout(&server, &made)["status"], "paid");
    let totals = server.book(|book| book.totals_in(Currency::USD).unwrap());
    assert_eq!(totals.paid_out.minor(), 9680);
    audit(&server);
}
