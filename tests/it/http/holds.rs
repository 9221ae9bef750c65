//! Holds that are raised, and holds that are taken in several parts.

use farthing_acquirer::Faults;
use farthing_core::currency::Currency;
use farthing_server::config::Config;
use serde_json::Value;

use crate::support::{Ask, Engine, Server, id};

const PI: &str = "/v1/payment_intents";
const OPTION: &str = "payment_method_options[card]";

/// Ten dollars held on a card, with something asked of it.
fn held(server: &Server, card: &str, request: &str) -> Value {
    let form = format!(
        "amount=1000&currency=usd&payment_method={card}&confirm=true&capture_method=manual&{OPTION}[{request}]=if_available"
    );
    let held = server.made(PI, &form);
    assert_eq!(held["status"], "requires_capture", "{held}");
    held
}

fn card_of(server: &Server, intent: &Value) -> Value {
    let charge = server.get(&format!("/v1/charges/{}", intent["latest_charge"].as_str().unwrap()));
    charge.json["payment_method_details"]["card"].clone()
}

fn events(server: &Server) -> Vec<String> {
    let listed = server.get("/v1/events?limit=100").json;
    let kinds = listed["data"].as_array().unwrap().iter();
    kinds.rev().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

fn balances(server: &Server) {
    let report = server.app.store.books().unwrap();
    assert_eq!(report.first_bad, None);
    for currency in [Currency::USD, Currency::EUR] {
        let ours = report
            .totals
            .iter()
            .find(|total| total.currency == currency && total.account.name() == "network");
        let theirs = server.book(|book| book.totals_in(currency).unwrap());
        let net = theirs.captured.minor() - theirs.refunded.minor() - theirs.disputed.minor();
        let ours = ours.map_or(0, |total| -total.minor);
        assert_eq!(ours, i128::from(net), "the network's own book agrees");
    }
}

#[test]
fn a_capture_may_say_what_statements_end_with() {
    let server = Server::memory();
    let held = held(&server, "pm_card_visa", "request_multicapture");
    let path = format!("{PI}/{}", id(&held));
    let part = format!("{path}/capture");
    let form = "amount_to_capture=400&final_capture=false&statement_descriptor_suffix=NIGHT 1";
    let taken = server.made(&part, form);
    assert_eq!(taken["statement_descriptor_suffix"], "NIGHT 1");
    let charge = format!("/v1/charges/{}", held["latest_charge"].as_str().unwrap());
    assert_eq!(server.get(&charge).json["statement_descriptor_suffix"], "NIGHT 1");
    let last = server.made(&part, "statement_descriptor_suffix=NIGHT 2");
    assert_eq!(last["statement_descriptor_suffix"], "NIGHT 2");
    assert_eq!(server.get(&charge).json["statement_descriptor_suffix"], "NIGHT 2");
    server.check_refusals(
        "POST /v1/payment_intents/pi_x/capture statement_descriptor_suffix=12345678901234567890123 => 400 invalid_request_error - statement_descriptor_suffix",
    );
}

#[test]
fn what_is_offered_is_shown_on_the_charge() {
    let server = Server::memory();
    for (card, status) in [
        ("pm_card_visa", "available"),
        ("pm_card_amex", "available"),
        ("pm_card_jcb", "unavailable"),
        ("pm_card_diners", "unavailable"),
    ] {
        let intent = held(&server, card, "request_incremental_authorization");
        let shown = card_of(&server, &intent);
        assert_eq!(shown["incremental_authorization"]["status"], status, "{card}");
        assert_eq!(shown["multicapture"]["status"], "unavailable", "{card}: not asked for");
        let intent = held(&server, card, "request_multicapture");
        let options = &intent["payment_method_options"]["card"];
        assert_eq!(options["request_multicapture"], "if_available");
        let shown = card_of(&server, &intent);
        assert_eq!(shown["multicapture"]["status"], status, "{card}");
        assert_eq!(shown["overcapture"]["maximum_amount_capturable"], 1000);
        assert_eq!(shown["overcapture"]["status"], "unavailable");
    }
    let paid = server.made(
        PI,
        &format!("amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&{OPTION}[request_multicapture]=if_available"),
    );
    assert_eq!(card_of(&server, &paid)["multicapture"]["status"], "unavailable", "nothing is held");
}

#[test]
fn options_are_checked() {
    Server::memory().check_refusals(
        "
        POST /v1/payment_intents amount=100&currency=usd&payment_method_options[card][request_multicapture]=maybe => 400 invalid_request_error - payment_method_options[card][request_multicapture]
        POST /v1/payment_intents amount=100&currency=usd&payment_method_options[card][nope]=1 => 400 invalid_request_error parameter_unknown payment_method_options[card][nope]
        POST /v1/payment_intents amount=100&currency=usd&payment_method_options[nope][a]=1 => 400 invalid_request_error parameter_unknown payment_method_options[nope][a]
        POST /v1/payment_intents/pi_nope/increment_authorization amount=5 => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_nope/increment_authorization => 400 invalid_request_error parameter_missing amount
        POST /v1/payment_intents/pi_nope/increment_authorization amount=x => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents/pi_nope/increment_authorization amount=0 => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents/pi_nope/increment_authorization amount=5&nope=1 => 400 invalid_request_error parameter_unknown nope
        ",
    );
}

#[test]
fn a_hold_is_raised_and_captured_whole() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let intent = held(&server, "pm_card_visa", "request_incremental_authorization");
        let path = format!("{PI}/{}", id(&intent));
        let raise = format!("{path}/increment_authorization");
        let refused = server.refused(Ask::post(&raise, "amount=1000"));
        assert_eq!(refused.said(), "400 invalid_request_error - amount");
        assert_eq!(
            refused.message(),
            "The amount ($10.00) must be greater than the currently authorized amount ($10.00)."
        );
        let raised = server.made(
            &raise,
            "amount=1500&description=more&metadata[night]=2&statement_descriptor=HOTEL",
        );
        assert_eq!(
            (&raised["status"], &raised["amount"]),
            (&"requires_capture".into(), &1500.into())
        );
        assert_eq!(raised["amount_capturable"], 1500);
        assert_eq!(raised["description"], "more");
        assert_eq!(raised["metadata"]["night"], "2");
        assert_eq!(raised["statement_descriptor"], "HOTEL");
        assert_eq!(card_of(&server, &raised)["amount_authorized"], 1500);
        assert_eq!(server.get(&path).json, raised);
        let paid = server.made(&format!("{path}/capture"), "amount_to_capture=1400");
        assert_eq!(
            (&paid["status"], &paid["amount_received"]),
            (&"succeeded".into(), &1400.into())
        );
        let late = server.refused(Ask::post(&raise, "amount=2000"));
        assert_eq!(late.said(), "400 invalid_request_error payment_intent_unexpected_state -");
        assert_eq!(late.json["error"]["payment_intent"], paid, "the refusal carries the intent");
        let expected = [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.amount_capturable_updated",
            "payment_intent.amount_capturable_updated",
            "charge.captured",
            "payment_intent.succeeded",
        ];
        assert_eq!(events(&server), expected);
        balances(&server);
    }
}

#[test]
fn a_declined_raise_leaves_the_old_hold() {
    let server = Server::memory();
    let intent = held(&server, "pm_card_incrementDeclined", "request_incremental_authorization");
    let path = format!("{PI}/{}", id(&intent));
    let raise = format!("{path}/increment_authorization");
    let declined =
        server.send(Ask::post(&raise, "amount=1500&metadata[a]=b").idempotent("raise-1"));
    assert_eq!(declined.status, 402);
    let error = &declined.json["error"];
    assert_eq!(
        (&error["type"], &error["code"], &error["decline_code"]),
        (&"card_error".into(), &"card_declined".into(), &"insufficient_funds".into())
    );
    assert_eq!(error["message"], "Your card has insufficient funds.");
    assert_eq!(error["payment_intent"], intent, "nothing else changed");
    assert_eq!(server.get(&path).json, intent);
    let again = server.send(Ask::post(&raise, "amount=1500&metadata[a]=b").idempotent("raise-1"));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.body, declined.body);
    for _ in 2..=10 {
        assert_eq!(server.post(&raise, "amount=1500").status, 402);
    }
    let spent = server.refused(Ask::post(&raise, "amount=1500"));
    assert_eq!(spent.said(), "400 invalid_request_error payment_intent_unexpected_state -");
    let paid = server.made(&format!("{path}/capture"), "");
    assert_eq!(paid["amount_received"], 1000);
    balances(&server);
}

#[test]
fn without_asking_nothing_is_raised_or_split() {
    let server = Server::memory();
    let form =
        "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual";
    let plain = server.made(PI, form);
    let path = format!("{PI}/{}", id(&plain));
    let raise = format!("{path}/increment_authorization");
    assert_eq!(
        server.refused(Ask::post(&raise, "amount=1500")).said(),
        "400 invalid_request_error payment_intent_unexpected_state -"
    );
    let never = server.made(PI, &format!("{form}&{OPTION}[request_multicapture]=never"));
    assert_eq!(never["payment_method_options"]["card"]["request_multicapture"], "never");
    for intent in [&plain, &never] {
        let capture = format!("{PI}/{}/capture", id(intent));
        let form = "amount_to_capture=5&final_capture=false";
        assert_eq!(
            server.refused(Ask::post(&capture, form)).said(),
            "400 invalid_request_error payment_intent_invalid_parameter final_capture"
        );
    }
}

#[test]
fn a_hold_is_taken_in_parts() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let intent = held(&server, "pm_card_visa", "request_multicapture");
        let path = format!("{PI}/{}", id(&intent));
        let capture = format!("{path}/capture");
        let part = |form: &str| server.made(&capture, form);
        let first = part("amount_to_capture=300&final_capture=false");
        assert_eq!(first["status"], "requires_capture");
        assert_eq!(
            (&first["amount_capturable"], &first["amount_received"]),
            (&700.into(), &300.into())
        );
        let second = part("amount_to_capture=250&final_capture=false");
        assert_eq!(
            (&second["amount_capturable"], &second["amount_received"]),
            (&450.into(), &550.into())
        );
        let over = server.refused(Ask::post(&capture, "amount_to_capture=451&final_capture=false"));
        assert_eq!(over.said(), "400 invalid_request_error amount_too_large -");
        balances(&server);
        let charge_path = format!("/v1/charges/{}", second["latest_charge"].as_str().unwrap());
        let charge = server.get(&charge_path).json;
        assert_eq!((&charge["captured"], &charge["amount_captured"]), (&true.into(), &550.into()));
        let refund = format!("payment_intent={}&amount=400", id(&intent));
        server.made("/v1/refunds", &refund);
        let done = part("amount_to_capture=100");
        assert_eq!((&done["status"], &done["amount_received"]), (&"succeeded".into(), &650.into()));
        assert_eq!(done["amount_capturable"], 0, "the rest is released");
        let lines = server.get("/v1/balance_transactions").json;
        let lines: Vec<&Value> = lines["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|line| line["type"] == "charge")
            .collect();
        let sum = |field: &str| lines.iter().map(|line| line[field].as_i64().unwrap()).sum::<i64>();
        assert_eq!((lines.len(), sum("amount"), sum("fee")), (3, 650, 49), "the fee of 6.50, once");
        let newest = server.get(&charge_path).json["balance_transaction"].clone();
        assert_eq!(newest, lines[0]["id"]);
        let rest = server.made("/v1/refunds", &format!("payment_intent={}", id(&intent)));
        assert_eq!(rest["amount"], 250, "of all captures together");
        assert_eq!(server.get(&charge_path).json["refunded"], true);
        balances(&server);
        let expected = [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.amount_capturable_updated",
            "charge.captured",
            "payment_intent.amount_capturable_updated",
            "charge.captured",
            "payment_intent.amount_capturable_updated",
            "refund.created",
            "charge.refunded",
            "charge.captured",
            "payment_intent.succeeded",
            "refund.created",
            "charge.refunded",
        ];
        assert_eq!(events(&server), expected);
    }
}

#[test]
fn what_other_captures_left_is_released_in_three_ways() {
    for how in ["zero", "cancel", "lapse"] {
        let server = Server::memory();
        let intent = held(&server, "pm_card_visa", "request_multicapture");
        let path = format!("{PI}/{}", id(&intent));
        let capture = format!("{path}/capture");
        let form = "amount_to_capture=0&final_capture=true";
        let nothing = server.refused(Ask::post(&capture, form));
        assert_eq!(nothing.said(), "400 invalid_request_error parameter_invalid_integer amount");
        server.made(&capture, "amount_to_capture=300&final_capture=false");
        match how {
            "zero" => drop(server.made(&capture, form)),
            "cancel" => drop(server.made(&format!("{path}/cancel"), "")),
            _ => {
                let advance = "/v1/farthing/test_clock/advance";
                server.made(advance, &format!("seconds={}", 8 * 24 * 60 * 60));
            }
        }
        let after = server.get(&path).json;
        assert_eq!(
            (&after["status"], &after["amount_received"]),
            (&"succeeded".into(), &300.into()),
            "{how}"
        );
        assert_eq!(after["amount_capturable"], 0);
        assert!(after["canceled_at"].is_null(), "what was taken stays taken");
        assert_eq!(events(&server).last().unwrap(), "payment_intent.succeeded", "{how}");
        balances(&server);
    }
}

/// What takes all that is left needs no last word.
#[test]
fn a_capture_of_all_that_is_left_is_the_last() {
    let server = Server::memory();
    let intent = held(&server, "pm_card_visa", "request_multicapture");
    let capture = format!("{PI}/{}/capture", id(&intent));
    server.made(&capture, "amount_to_capture=400&final_capture=false");
    let done = server.made(&capture, "final_capture=false");
    assert_eq!((&done["status"], &done["amount_received"]), (&"succeeded".into(), &1000.into()));
    balances(&server);
}

#[test]
fn a_dispute_is_about_all_captures_together() {
    let server = Server::memory();
    let intent = held(&server, "pm_card_createDispute", "request_multicapture");
    let capture = format!("{PI}/{}/capture", id(&intent));
    server.made(&capture, "amount_to_capture=400&final_capture=false");
    assert_eq!(server.hear_news(), 0, "nothing is disputed before the last capture");
    server.made(&capture, "amount_to_capture=500");
    server.hear_news();
    let disputes = server.get("/v1/disputes").json;
    assert_eq!(disputes["data"][0]["amount"], 900);
    balances(&server);
}

/// Whatever is lost on the way, what is held and taken is the same in both books at the end.
#[test]
fn lost_answers_are_found_again() {
    for (fault, raised) in [("lost_after", 1500), ("lost_before", 1000)] {
        let faults: Faults = format!("at=2:{fault},at=3:{fault}").parse().unwrap();
        let server = Server::with(Engine::Memory, Config::dev(), faults);
        let intent = held(
            &server,
            "pm_card_visa",
            "request_multicapture]=if_available&payment_method_options[card][request_incremental_authorization",
        );
        let path = format!("{PI}/{}", id(&intent));
        let raise = Ask::post(&format!("{path}/increment_authorization"), "amount=1500");
        assert_eq!(server.send(raise.idempotent("raise-1")).status, 500, "not known yet");
        let locked = server.refused(Ask::post(&format!("{path}/capture"), ""));
        assert_eq!(locked.said(), "429 invalid_request_error lock_timeout -");
        server.recover();
        assert_eq!(server.get(&path).json["amount"], raised, "{fault}");
        let part = "amount_to_capture=200&final_capture=false";
        assert_eq!(server.post(&format!("{path}/capture"), part).status, 500);
        server.recover();
        let taken = if fault == "lost_after" { 200 } else { 0 };
        let after = server.get(&path).json;
        assert_eq!(after["amount_received"], taken, "{fault}");
        assert_eq!(after["amount_capturable"], raised - taken, "{fault}");
        balances(&server);
    }
}

/// What is held in the ledger, of a currency; its opposite is what the network promised.
fn in_ledger(server: &Server) -> i64 {
    let balance = |account: &str| {
        let path = format!("/v1/farthing/ledger/accounts?account={account}&currency=usd");
        let list = server.get(&path).json;
        list["data"][0]["balance"].as_i64().unwrap_or(0)
    };
    assert_eq!(balance("authorized"), -balance("held"));
    balances(server);
    balance("held")
}

/// The transfers of a reason, newest first.
fn transfers(server: &Server, reason: &str) -> Vec<Value> {
    let path = format!("/v1/farthing/ledger/transfers?reason={reason}&limit=100");
    server.get(&path).json["data"].as_array().unwrap().clone()
}

#[test]
fn what_is_held_is_in_the_ledger_until_it_is_taken_or_let_go() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        server.paid(700);
        assert_eq!(in_ledger(&server), 0, "what is taken at once was never held");
        assert!(transfers(&server, "authorization").is_empty());

        // Taken in two parts, and the rest is let go.
        let parts = held(&server, "pm_card_visa", "request_multicapture");
        assert_eq!(in_ledger(&server), 1000);
        let promise = transfers(&server, "authorization")[0].clone();
        assert_eq!(promise["source"], parts["latest_charge"]);
        assert_eq!(promise["expires_at"], card_of(&server, &parts)["capture_before"]);
        let capture = format!("{PI}/{}/capture", id(&parts));
        server.made(&capture, "amount_to_capture=400&final_capture=false");
        assert_eq!(in_ledger(&server), 600);
        let taken = transfers(&server, "charge")[0].clone();
        let of_hold = taken["entries"].as_array().unwrap().iter();
        let of_hold: Vec<i64> = of_hold
            .filter(|entry| entry["account"] == "held")
            .map(|entry| entry["amount"].as_i64().unwrap())
            .collect();
        assert_eq!((of_hold, &taken["expires_at"]), (vec![-400], &Value::Null));
        server.made(&capture, "amount_to_capture=100");
        assert_eq!(in_ledger(&server), 0);
        let rest = transfers(&server, "release")[0].clone();
        assert_eq!(rest["entries"][0]["amount"], -500);

        // Raised, and canceled.
        let raised = held(&server, "pm_card_visa", "request_incremental_authorization");
        let path = format!("{PI}/{}", id(&raised));
        server.made(&format!("{path}/increment_authorization"), "amount=1500");
        assert_eq!(in_ledger(&server), 1500);
        let more = transfers(&server, "authorization")[0].clone();
        assert_eq!(more["entries"][1]["amount"], 500);
        assert_eq!(more["expires_at"], card_of(&server, &raised)["capture_before"]);
        server.made(&format!("{path}/cancel"), "");
        assert_eq!(in_ledger(&server), 0);

        // Never taken: its time runs out.
        held(&server, "pm_card_visa", "request_multicapture");
        assert_eq!(in_ledger(&server), 1000);
        server.made("/v1/farthing/test_clock/advance", "seconds=691200");
        assert_eq!(in_ledger(&server), 0);
        let ends = transfers(&server, "authorization")[0]["expires_at"].as_i64();
        assert!(transfers(&server, "release")[0]["created"].as_i64() >= ends);
    }
}
