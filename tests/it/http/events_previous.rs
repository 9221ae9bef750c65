//! `previous_attributes` of payments: what an update says of the fields that it changed.

use serde_json::{Value, json};

use crate::support::{Engine, Server, id};

/// The events of one type about an object, oldest first, by what they say was otherwise.
fn told(server: &Server, object: &str, kind: &str) -> Vec<Value> {
    let list = server.get(&format!("/v1/farthing/events?object={object}")).json;
    let events = list["data"].as_array().unwrap().iter();
    events
        .filter(|event| event["type"] == kind)
        .map(|event| event["data"]["previous_attributes"].clone())
        .collect()
}

fn paid_with(server: &Server, card: &str) -> Value {
    let form = format!("amount=1000&currency=usd&confirm=true&payment_method={card}");
    server.made("/v1/payment_intents", &form)
}

#[test]
fn an_update_of_a_charge_or_a_refund_tells_what_it_changed_and_nothing_else() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid = paid_with(&server, "pm_card_visa");
        let charge = paid["latest_charge"].as_str().unwrap().to_owned();
        let refund = server.made("/v1/refunds", &format!("charge={charge}&amount=100"));
        let refund = id(&refund).to_owned();
        let path = format!("/v1/charges/{charge}");
        server.made(&path, "metadata[a]=1&metadata[b]=2&description=one");
        server.made(&path, "metadata[a]=3&description=one");
        server.made(&path, "description=one"); // Nothing changes, and nothing is told.
        server.made(&path, "");
        let nothing_yet = json!({ "description": null, "metadata": { "a": null, "b": null } });
        let changed = json!({ "metadata": { "a": "1" } });
        assert_eq!(told(&server, &charge, "charge.updated"), [nothing_yet, changed]);

        let path = format!("/v1/refunds/{refund}");
        server.made(&path, "metadata[a]=1");
        server.made(&path, "metadata[a]=1");
        for kind in ["refund.updated", "charge.refund.updated"] {
            assert_eq!(told(&server, &refund, kind), [json!({ "metadata": { "a": null } })]);
        }
        assert_eq!(told(&server, &refund, "refund.created"), [Value::Null], "made, not changed");
    }
}

#[test]
fn what_the_network_says_of_a_refund_later_tells_its_former_status() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let advance = || {
            server.made("/v1/farthing/test_clock/advance", "seconds=2592000");
        };
        let refunded = |card: &str| {
            let paid = paid_with(&server, card);
            let form = format!("payment_intent={}", id(&paid));
            id(&server.made("/v1/refunds", &form)).to_owned()
        };
        let pending = refunded("pm_card_pendingRefund");
        let failing = refunded("pm_card_refundFail");
        advance();
        let was = json!({ "pending_reason": "processing", "status": "pending" });
        for kind in ["refund.updated", "charge.refund.updated"] {
            assert_eq!(told(&server, &pending, kind), std::slice::from_ref(&was), "{kind}");
        }
        let failed = told(&server, &failing, "charge.refund.updated");
        assert_eq!(failed.len(), 1);
        assert_eq!(
            (&failed[0]["status"], &failed[0]["amount"]),
            (&json!("succeeded"), &Value::Null)
        );
        assert_eq!(told(&server, &failing, "refund.failed"), [Value::Null]);
    }
}

#[test]
fn an_update_of_a_dispute_tells_the_evidence_and_the_status_before_it() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid = paid_with(&server, "pm_card_createDispute");
        let list = server.get(&format!("/v1/disputes?payment_intent={}", id(&paid))).json;
        let dispute = id(&list["data"][0]).to_owned();
        let path = format!("/v1/disputes/{dispute}");
        server.made(&path, "");
        assert!(told(&server, &dispute, "charge.dispute.updated").is_empty(), "nothing was said");
        server.made(&path, "submit=false&evidence[customer_name]=Jo");
        server.made(&path, "submit=false&evidence[customer_name]=Jo");
        // Who says nothing of it submits what was gathered.
        let answered = server.made(&path, "metadata[note]=sent");
        assert_eq!(answered["status"], "under_review");
        let told = told(&server, &dispute, "charge.dispute.updated");
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[0]["evidence"], json!({ "customer_name": null }));
        assert_eq!(told[0]["evidence_details"], json!({ "has_evidence": false }));
        assert_eq!(told[1]["status"], "needs_response");
        assert_eq!(told[1]["metadata"], json!({ "note": null }));
        assert_eq!(told[1]["evidence_details"]["submission_count"], 0);
        // A note to what is under review is no second answer.
        let noted = server.made(&path, "metadata[note]=twice");
        assert_eq!(noted["evidence_details"]["submission_count"], 1);
    }
}
