//! Disputes, from the network's news to the end of each.

use serde_json::{Value, json};

use crate::support::{Ask, Engine, Server, id};

/// A charge of 20.00 USD that its holder disputes, and the dispute.
fn disputed(server: &Server, card: &str) -> (Value, Value) {
    let form = format!(
        "amount=2000&currency=usd&payment_method={card}&confirm=true&expand[]=latest_charge"
    );
    let intent = server.made("/v1/payment_intents", &form);
    let list = server.get(&format!("/v1/disputes?payment_intent={}", id(&intent)));
    (intent["latest_charge"].clone(), list.json["data"][0].clone())
}

fn events(server: &Server, object: &Value) -> Vec<String> {
    let list = server.get(&format!("/v1/farthing/events?object={}", id(object)));
    let types = list.json["data"].as_array().unwrap().iter();
    types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

/// Available and pending, in cents.
fn balance(server: &Server) -> (i64, i64) {
    let balance = server.get("/v1/balance").json;
    let of = |side: &str| balance[side][0]["amount"].as_i64().unwrap_or(0);
    (of("available"), of("pending"))
}

/// Our books hold, and the network's own agrees with them.
fn audit(server: &Server) {
    let report = server.app.store.books().unwrap();
    assert_eq!(report.first_bad, None);
    let ours: i128 = report
        .totals
        .iter()
        .filter(|total| total.account.name() == "network")
        .map(|total| total.minor)
        .sum();
    let usd = farthing_core::currency::Currency::USD;
    let totals = server.book(|book| book.totals_in(usd).unwrap());
    let net = totals.captured.minor() - totals.refunded.minor() - totals.disputed.minor();
    assert_eq!(ours, -i128::from(net), "what the network has taken and not given back");
}

fn evidence(server: &Server, dispute: &Value, words: &str) -> Value {
    let path = format!("/v1/disputes/{}", id(dispute));
    server.made(&path, &format!("evidence[uncategorized_text]={words}"))
}

#[test]
fn a_chargeback_takes_the_funds_and_the_fee_at_once() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let (charge, dispute) = disputed(&server, "pm_card_createDispute");
        assert_eq!(dispute["status"], "needs_response");
        assert_eq!((&dispute["amount"], &dispute["currency"]), (&json!(2000), &json!("usd")));
        assert_eq!((&dispute["reason"], &dispute["charge"]), (&json!("fraudulent"), &charge["id"]));
        assert_eq!(dispute["network_reason_code"], "10.4");
        assert_eq!(dispute["payment_method_details"]["card"]["case_type"], "chargeback");
        assert_eq!(dispute["is_charge_refundable"], false);
        assert_eq!(dispute["evidence"].as_object().unwrap().len(), 28);
        let due_by = dispute["evidence_details"]["due_by"].as_i64().unwrap();
        assert_eq!(due_by % 86_400, 86_399, "the end of a UTC day");
        let line = &dispute["balance_transactions"][0];
        assert_eq!((&line["type"], &line["net"]), (&json!("adjustment"), &json!(-3500)));
        assert_eq!((&line["amount"], &line["fee"]), (&json!(-2000), &json!(1500)));
        assert_eq!(line["fee_details"][0]["description"], "Dispute fee");
        assert_eq!(line["reporting_category"], "dispute");
        assert_eq!(line["status"], "available");
        let note = format!("Chargeback withdrawal for {}", id(&charge));
        assert_eq!((&line["description"], &line["source"]), (&json!(note), &dispute["id"]));
        assert_eq!(balance(&server).0, -3500, "below zero by a named cause");
        assert_eq!(
            events(&server, &dispute),
            ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
        );
        let path = format!("/v1/charges/{}?expand[]=dispute", id(&charge));
        let charge = server.get(&path).json;
        assert_eq!((&charge["disputed"], &charge["dispute"]["id"]), (&json!(true), &dispute["id"]));
        let lines = server.get(&format!("/v1/balance_transactions?source={}", id(&dispute)));
        assert_eq!((lines.status, &lines.json["data"]), (200, &json!([])), "recorded so");
        audit(&server);
    }
}

#[test]
fn winning_brings_the_funds_back_and_not_the_fee() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let (charge, dispute) = disputed(&server, "pm_card_createDisputeProductNotReceived");
        assert_eq!(dispute["reason"], "product_not_received");
        let refused =
            server.refused(Ask::line(&format!("POST /v1/refunds charge={}", id(&charge))));
        assert_eq!(refused.said(), "400 invalid_request_error charge_disputed -");
        let said = "has been charged back; cannot issue a refund.";
        assert_eq!(refused.message(), format!("Charge {} {said}", id(&charge)));
        let answered = evidence(&server, &dispute, "winning_evidence");
        assert_eq!(answered["status"], "under_review", "the issuer's word comes after the answer");
        assert_eq!(answered["evidence_details"]["submission_count"], 1);
        assert_eq!(answered["evidence_details"]["has_evidence"], true);
        let won = server.get(&format!("/v1/disputes/{}", id(&dispute))).json;
        assert_eq!((&won["status"], &won["is_charge_refundable"]), (&json!("won"), &json!(true)));
        let line = &won["balance_transactions"][1];
        assert_eq!((&line["net"], &line["fee"]), (&json!(2000), &json!(0)));
        assert_eq!(line["reporting_category"], "dispute_reversal");
        assert_eq!(balance(&server).0, -1500);
        assert_eq!(
            events(&server, &dispute)[2..],
            ["charge.dispute.updated", "charge.dispute.funds_reinstated", "charge.dispute.closed"]
        );
        let path = format!("/v1/charges/{}", id(&charge));
        assert_eq!(server.get(&path).json["disputed"], true, "it stays so");
        audit(&server);
        server.made("/v1/refunds", &format!("charge={}", id(&charge)));
        audit(&server);
    }
}

#[test]
fn losing_and_giving_in_leave_the_funds_with_the_holder() {
    let server = Server::memory();
    let (_, lost) = disputed(&server, "pm_card_createDispute");
    evidence(&server, &lost, "losing_evidence");
    assert_eq!(server.get(&format!("/v1/disputes/{}", id(&lost))).json["status"], "lost");
    let (charge, conceded) = disputed(&server, "pm_card_createDispute");
    let path = format!("/v1/disputes/{}/close", id(&conceded));
    assert_eq!(server.made(&path, "")["status"], "lost");
    for dispute in [&lost, &conceded] {
        assert_eq!(events(&server, dispute).last().unwrap(), "charge.dispute.closed");
        let path = format!("/v1/disputes/{}", id(dispute));
        server.check_refusals(&format!(
            "POST {path} evidence[uncategorized_text]=late => 400 invalid_request_error - -
             POST {path} submit=true => 400 invalid_request_error - -
             POST {path}/close => 400 invalid_request_error - -
             POST /v1/refunds charge={} => 400 invalid_request_error charge_disputed -",
            id(&charge)
        ));
        let refused = server.post(&format!("{path}/close"), "");
        assert_eq!(refused.message(), "This dispute is already closed");
    }
    assert_eq!(balance(&server).0, -7000);
    audit(&server);
}

#[test]
fn an_inquiry_moves_nothing_until_it_is_escalated() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let (_, closed) = disputed(&server, "pm_card_createDisputeInquiry");
        assert_eq!(closed["status"], "warning_needs_response");
        assert_eq!((&closed["balance_transactions"], balance(&server).0), (&json!([]), 0));
        assert_eq!(closed["payment_method_details"]["card"]["case_type"], "inquiry");
        assert_eq!(closed["is_charge_refundable"], true);
        evidence(&server, &closed, "winning_evidence");
        let path = format!("/v1/disputes/{}", id(&closed));
        assert_eq!(server.get(&path).json["status"], "warning_closed");
        let (_, dispute) = disputed(&server, "pm_card_createDisputeInquiry");
        let answered = evidence(&server, &dispute, "escalate_inquiry_evidence");
        assert_eq!(answered["status"], "warning_under_review");
        let path = format!("/v1/disputes/{}", id(&dispute));
        let escalated = server.get(&path).json;
        assert_eq!(escalated["status"], "needs_response");
        assert_eq!(escalated["balance_transactions"][0]["net"], -3500);
        assert_eq!(
            events(&server, &dispute),
            [
                "charge.dispute.created",
                "charge.dispute.updated",
                "charge.dispute.updated",
                "charge.dispute.funds_withdrawn"
            ]
        );
        audit(&server);
        evidence(&server, &dispute, "winning_evidence");
        assert_eq!(server.get(&path).json["status"], "won");
        audit(&server);
    }
}

#[test]
fn what_was_refunded_before_is_not_disputed() {
    let faults = "seed=1,notice_after_ms=3600000".parse().unwrap();
    let server = Server::with(Engine::Memory, farthing_server::config::Config::dev(), faults);
    let (charge, none) = disputed(&server, "pm_card_createDispute");
    assert_eq!(none, Value::Null, "the network waits with its news");
    server.made("/v1/refunds", &format!("charge={}&amount=500", id(&charge)));
    audit(&server);
}

#[test]
fn several_disputes_of_one_charge_add_up_to_it() {
    let server = Server::memory();
    let (charge, _) = disputed(&server, "pm_card_createMultipleDisputes");
    let list = server.get(&format!("/v1/disputes?charge={}", id(&charge))).json;
    let disputes = list["data"].as_array().unwrap();
    assert_eq!(disputes.len(), 2);
    assert!(disputes.iter().all(|dispute| dispute["amount"] == 1000));
    assert_eq!(balance(&server).0, -5000);
    audit(&server);
    evidence(&server, &disputes[0], "winning_evidence");
    let refund = Ask::line(&format!("POST /v1/refunds charge={}", id(&charge)));
    assert_eq!(server.refused(refund).said(), "400 invalid_request_error charge_disputed -");
    audit(&server);
}

#[test]
fn evidence_is_gathered_before_it_is_submitted() {
    let server = Server::memory();
    let (_, dispute) = disputed(&server, "pm_card_createDispute");
    let path = format!("/v1/disputes/{}", id(&dispute));
    let staged = server.made(
        &path,
        "submit=false&evidence[customer_name]=Jo&evidence[receipt]=file_1&metadata[a]=b",
    );
    assert_eq!(staged["status"], "needs_response");
    assert_eq!(staged["evidence_details"]["submission_count"], 0);
    assert_eq!(staged["evidence_details"]["submission_method"], "not_submitted");
    let merged = server.made(&path, "submit=false&evidence[receipt]=");
    assert_eq!(
        (&merged["evidence"]["customer_name"], &merged["evidence"]["receipt"]),
        (&json!("Jo"), &Value::Null)
    );
    assert_eq!(merged["metadata"], json!({ "a": "b" }));
    let noted = server.made(&path, "submit=false&metadata[c]=d");
    assert_eq!(noted["status"], "needs_response", "a note that submits nothing");
    let submitted = server.made(&path, "submit=true");
    assert_eq!(submitted["status"], "under_review");
    assert_eq!(submitted["evidence_details"]["submission_method"], "manual");
    let (long, whole) = ("x".repeat(20_001), "x".repeat(20_000));
    server.check_refusals(&format!(
        "POST {path} evidence[nope]=x => 400 invalid_request_error parameter_unknown evidence[nope]
         POST {path} evidence=x => 400 invalid_request_error - evidence
         POST {path} submit=perhaps => 400 invalid_request_error - submit
         POST {path} evidence[receipt]={long} => 400 invalid_request_error - evidence[receipt]
         GET /v1/disputes/du_none => 404 invalid_request_error resource_missing dispute
         GET /v1/disputes charge=ch_none => 400 invalid_request_error resource_missing charge"
    ));
    let names = [
        "access_activity_log",
        "billing_address",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "product_description",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
    ];
    for name in names {
        server.made(&path, &format!("submit=false&evidence[{name}]={whole}"));
    }
    let over = Ask::post(&path, &format!("evidence[service_date]={whole}"));
    assert_eq!(server.refused(over).said(), "400 invalid_request_error - evidence");
}

#[test]
fn news_that_is_heard_again_changes_nothing() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let (_, dispute) = disputed(&server, "pm_card_createDispute");
        evidence(&server, &dispute, "winning_evidence");
        let before = server.rows();
        server.app.store.set_setting("network_notices", &0_u64.to_be_bytes()).unwrap();
        assert_eq!(server.hear_news(), 2);
        assert_eq!(server.rows(), before);
    }
}

#[test]
fn what_is_not_answered_in_time_is_lost() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let (_, lost) = disputed(&server, "pm_card_createDispute");
        let (_, asked) = disputed(&server, "pm_card_createDisputeInquiry");
        let (_, answered) = disputed(&server, "pm_card_createDispute");
        evidence(&server, &answered, "something");
        let status = |dispute: &Value| {
            let path = format!("/v1/disputes/{}", id(dispute));
            server.get(&path).json["status"].as_str().unwrap().to_owned()
        };
        let advance = |days: u32| {
            let form = format!("seconds={}", days * 86_400);
            server.made("/v1/farthing/test_clock/advance", &form);
        };
        advance(7);
        assert_eq!(status(&lost), "needs_response", "there is still time");
        advance(2);
        assert_eq!(status(&lost), "lost");
        assert_eq!(status(&asked), "warning_closed");
        assert_eq!(status(&answered), "under_review", "the issuer takes its time");
        assert_eq!(events(&server, &lost).last().unwrap(), "charge.dispute.closed");
        audit(&server);
    }
}
