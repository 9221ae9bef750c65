//! News of refunds that the network had taken: done later, or come back.

use crate::support::{Engine, Server, id};

/// A paid intent of 20.00 USD with this test card, and a refund of all of it.
fn refunded(server: &Server, card: &str) -> (String, String) {
    let form = format!("amount=2000&currency=usd&payment_method={card}&confirm=true");
    let intent = server.made("/v1/payment_intents", &form);
    let refund = server.made("/v1/refunds", &format!("payment_intent={}", id(&intent)));
    (id(&intent).to_owned(), id(&refund).to_owned())
}

fn status(server: &Server, refund: &str) -> String {
    server.get(&format!("/v1/refunds/{refund}")).json["status"].as_str().unwrap().to_owned()
}

fn audit(server: &Server) {
    let report = server.app.store.books().unwrap();
    assert_eq!(report.first_bad, None);
}

#[test]
fn a_pending_refund_is_done_later() {
    for engine in [Engine::Memory, Engine::Sqlite, Engine::Postgres] {
        let server = Server::new(engine);
        let (_, refund) = refunded(&server, "pm_card_pendingRefund");
        assert_eq!(status(&server, &refund), "pending");
        let pending = server.get(&format!("/v1/refunds/{refund}")).json;
        assert_eq!(pending["pending_reason"], "processing");
        audit(&server);
        assert_eq!(server.hear_news(), 1);
        assert_eq!(status(&server, &refund), "succeeded");
        assert_eq!(server.hear_news(), 0, "the cursor has passed it");
        audit(&server);
    }
}

#[test]
fn a_refund_that_comes_back_can_be_made_again() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let (intent, refund) = refunded(&server, "pm_card_refundFail");
        assert_eq!(status(&server, &refund), "succeeded");
        assert_eq!(server.hear_news(), 1);
        assert_eq!(status(&server, &refund), "failed");
        let path = format!("/v1/refunds/{refund}?expand[]=failure_balance_transaction");
        let failed = server.get(&path).json;
        assert_eq!(failed["failure_reason"], "expired_or_canceled_card");
        let line = &failed["failure_balance_transaction"];
        assert_eq!(line["type"], "refund_failure");
        assert_eq!((line["amount"].as_i64(), line["fee"].as_i64()), (Some(2000), Some(0)));
        assert_ne!(line["id"], failed["balance_transaction"]);
        let events = server.get(&format!("/v1/farthing/events?object={refund}")).json;
        let types: Vec<&str> = events["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["type"].as_str().unwrap())
            .collect();
        assert_eq!(types, ["refund.created", "refund.failed", "charge.refund.updated"]);
        let kept = &events["data"][1]["data"]["object"];
        assert_eq!(kept["failure_balance_transaction"], line["id"], "in the snapshot too");
        let charge = server.get(&format!("/v1/payment_intents/{intent}?expand[]=latest_charge"));
        assert_eq!(charge.json["latest_charge"]["amount_refunded"], 0);
        audit(&server);
        server.made("/v1/refunds", &format!("payment_intent={intent}&amount=500"));
        audit(&server);
    }
}
