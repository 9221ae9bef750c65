//! News that cannot be taken in, and news that must wait: neither holds up what others wait for.

use farthing_acquirer::{
    DisputeReason, DisputeStage, Notice, NoticeKind, Reference, RefundFailure,
};
use farthing_core::currency::Currency;
use farthing_core::id::ChargeId;
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::change::Change;
use farthing_domain::charge::Charge;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::Key;
use farthing_server::config::Config;
use farthing_server::{news, recover};

use crate::support::{Server, impatient};

fn tenant() -> TenantId {
    TenantId::of(1, Mode::Test)
}

fn money(minor: i64, currency: Currency) -> Money {
    Money::new(minor, currency).unwrap()
}

/// A paid charge of 10.99 USD.
async fn paid(server: &Server, key: &str) -> Charge {
    let intent = server.pay(key).await;
    let id = ChargeId::parse(intent.text("latest_charge")).unwrap();
    let view = server.app.store.fetch(vec![Key::Charge(tenant(), id)]).await.unwrap();
    view.charge(tenant(), id).unwrap().clone()
}

fn disputed(id: u64, charge: &Charge, amount: Money) -> Notice {
    let kind = NoticeKind::Disputed {
        authorization: Reference(charge.reference.0),
        amount,
        reason: DisputeReason::Fraudulent,
        stage: DisputeStage::Chargeback,
    };
    Notice { id, at: TimestampMs::from_seconds(1_800_000_000), kind }
}

async fn disputes(server: &Server) -> usize {
    server.get("/v1/disputes").await.body["data"].as_array().unwrap().len()
}

async fn hear(server: &Server, notices: &[Notice]) -> usize {
    news::hear_all(&server.app, notices).await.unwrap()
}

#[tokio::test]
async fn what_contradicts_the_books_is_put_aside_and_the_rest_is_heard() {
    let server = Server::start("", Config::dev()).await;
    let (one, other) = (paid(&server, "one").await, paid(&server, "other").await);
    let notices = [
        disputed(1, &one, money(1_100, Currency::USD)),
        disputed(2, &one, money(1_099, Currency::EUR)),
        disputed(3, &one, money(0, Currency::USD)),
        disputed(4, &other, money(1_099, Currency::USD)),
        disputed(5, &other, money(1, Currency::USD)),
    ];
    assert_eq!(hear(&server, &notices).await, 5);
    assert_eq!(news::aside(&server.app).await.unwrap(), [1, 2, 3, 5]);
    assert_eq!(disputes(&server).await, 1, "the one that can be");
    assert_eq!(hear(&server, &notices).await, 0, "the cursor is behind them");
    server.audit().await;
}

/// The refund's answer is lost: what it says comes first, whichever it is.
#[tokio::test]
async fn a_chargeback_waits_for_the_refund_in_flight_and_holds_up_nothing_else() {
    for (fault, settled) in [("at=3:lost_after", "succeeded"), ("at=3:lost_before", "failed")] {
        let server = Server::start(fault, impatient()).await;
        let (one, other) = (paid(&server, "one").await, paid(&server, "other").await);
        let refund = server.post("/v1/refunds", "back", &format!("charge={}", one.id)).await;
        assert_eq!(refund.said(), "200 pending");
        let whole = money(1_099, Currency::USD);
        let notices = [disputed(1, &one, whole), disputed(2, &other, whole)];
        assert_eq!(hear(&server, &notices).await, 1, "that of the other charge");
        assert_eq!(hear(&server, &notices).await, 0, "nothing is heard twice");
        assert_eq!(disputes(&server).await, 1);
        server.audit().await;

        recover::round(&server.app, TimestampMs::from_ms(i64::MAX), 100).await;
        let path = format!("/v1/refunds/{}", refund.text("id"));
        assert_eq!(server.get(&path).await.text("status"), settled, "{fault}");
        assert_eq!(hear(&server, &notices).await, 1);
        let (aside, open): (&[u64], _) = if settled == "failed" { (&[], 2) } else { (&[1], 1) };
        assert_eq!(news::aside(&server.app).await.unwrap(), aside, "{fault}");
        assert_eq!(disputes(&server).await, open, "{fault}");
        assert_eq!(hear(&server, &notices).await, 0, "the cursor is behind them");
        server.audit().await;
    }
}

/// The rows of a charge are gone, so that what is heard of its refund meets a bug.
#[tokio::test]
async fn what_fails_is_tried_some_times_and_then_put_aside() {
    let server = Server::start("", Config::dev()).await;
    let (one, other) = (paid(&server, "one").await, paid(&server, "other").await);
    server.post("/v1/refunds", "back", &format!("charge={}", one.id)).await;
    let store = server.app.store.clone();
    let gone = vec![Change::Delete(Key::Charge(tenant(), one.id))];
    let rows = tokio::task::spawn_blocking(move || {
        let rows = store.dump().unwrap();
        store.write(gone).unwrap();
        rows
    });
    let refund = rows.await.unwrap().into_iter().find_map(|row| match row {
        farthing_domain::view::Row::Refund(refund) => Some(refund.reference),
        _ => None,
    });
    let kind = NoticeKind::RefundFailed {
        refund: Reference(refund.unwrap().0),
        amount: money(1_099, Currency::USD),
        reason: RefundFailure::Unknown,
    };
    let bad = Notice { kind, ..disputed(1, &one, money(1, Currency::USD)) };
    let notices = [bad, disputed(2, &other, money(1_099, Currency::USD))];
    assert_eq!(hear(&server, &notices).await, 1, "the other one, at once");
    assert_eq!(disputes(&server).await, 1);
    assert_eq!(hear(&server, &notices).await, 0);
    assert!(news::aside(&server.app).await.unwrap().is_empty());
    assert_eq!(hear(&server, &notices).await, 1, "the third time it is given up");
    assert_eq!(news::aside(&server.app).await.unwrap(), [1]);
    assert_eq!(hear(&server, &notices).await, 0, "the cursor is behind them");
}
