//! Two acquirers: the second is asked only when the first is known not to have charged.

use std::time::Duration;

use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::command::{Ask, FailOver};
use farthing_domain::network::Outcome;
use farthing_domain::query::Scan;
use farthing_domain::reply::Reply;
use farthing_domain::view::Row;
use farthing_server::breaker::{Answered, Operation, Settings};
use farthing_server::config::Config;
use farthing_server::{flow, recover};

use crate::support::{Answer, Server, impatient};

const EVER: TimestampMs = TimestampMs::from_ms(i64::MAX);
const HOLD: &str = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_visa\
                    &payment_method_types[]=card&capture_method=manual";

async fn look(server: &Server) {
    recover::round(&server.app, EVER, 100).await;
}

/// What the intent of an answer is now.
async fn status(server: &Server, of: &Answer) -> String {
    let path = format!("/v1/payment_intents/{}", of.text("id"));
    server.get(&path).await.said()
}

/// Whatever happened, funds were taken once, by all books together.
fn charges(server: &Server) -> usize {
    let taken = |text: &str| text.matches("authorize taken").count();
    server.books().iter().map(|book| taken(book) + book.matches("authorize held").count()).sum()
}

#[tokio::test]
async fn a_refused_call_is_made_to_the_second_and_all_that_follows_goes_there() {
    let server = Server::start_two(["at=1:refused", ""], impatient()).await;
    let held = server.post("/v1/payment_intents", "k", HOLD).await;
    assert_eq!(held.said(), "200 requires_capture");
    let path = format!("/v1/payment_intents/{}", held.text("id"));
    let taken = server.post(&format!("{path}/capture"), "c", "").await;
    assert_eq!(taken.said(), "200 succeeded");
    let form = format!("payment_intent={}&amount=99", held.text("id"));
    assert_eq!(server.post("/v1/refunds", "r", &form).await.said(), "200 succeeded");
    let books = ["a: authorize refused", "b: authorize taken, capture done, refund done"];
    assert_eq!(server.books(), books);
    // The first is asked again for what is new.
    assert_eq!(server.pay("k2").await.said(), "200 succeeded");
    assert_eq!(server.books()[0], "a: authorize refused, authorize taken");
    server.audit().await;
}

#[tokio::test]
async fn what_comes_while_a_breaker_is_open_goes_to_the_second_at_once() {
    let breaker = Settings { failures: 1, open_ms: 3_600_000 };
    let server = Server::start_two(["", ""], Config { breaker, ..impatient() }).await;
    let first = &server.app.acquirers.principal().breakers;
    first.heard(Operation::Authorize, Answered::No, server.app.clock.now());
    assert_eq!(server.pay("k").await.said(), "200 succeeded");
    assert_eq!(server.books(), ["a: ", "b: authorize taken"]);
    // Both hold back: the answer is what it was with one.
    let second = &server.app.acquirers.at(Acquirer::ALL[1]).unwrap().breakers;
    second.heard(Operation::Authorize, Answered::No, server.app.clock.now());
    assert_eq!(server.pay("k2").await.said(), "402 processing_error");
    assert_eq!(charges(&server), 1);
    server.audit().await;
}

#[tokio::test]
async fn a_lost_call_is_barred_at_the_first_before_the_second_is_asked() {
    let server = Server::start_two(["at=1:lost_before", ""], impatient()).await;
    let first = server.pay("k").await;
    assert_eq!(first.said(), "200 processing");
    assert_eq!(server.books(), ["a: ", "b: "], "nobody else is asked while it is unknown");
    assert_eq!(server.pay("k").await.said(), "409 idempotency_key_in_use");

    look(&server).await;
    assert_eq!(server.books(), ["a: barred reversed", "b: authorize taken"]);
    assert_eq!(status(&server, &first).await, "200 succeeded");
    let again = server.pay("k").await;
    assert_eq!((again.said().as_str(), again.replayed), ("200 succeeded", true));
    assert_eq!(again.text("id"), first.text("id"));
    server.audit().await;
}

#[tokio::test]
async fn a_lost_answer_is_found_and_the_second_is_never_asked() {
    let server = Server::start_two(["at=1:lost_after", ""], impatient()).await;
    let first = server.pay("k").await;
    assert_eq!(first.said(), "200 processing");
    look(&server).await;
    assert_eq!(status(&server, &first).await, "200 succeeded");
    assert_eq!(server.books(), ["a: authorize taken", "b: "]);
    server.audit().await;
}

#[tokio::test]
async fn a_late_call_finds_itself_barred_after_the_second_has_charged() {
    let server = Server::start_two(["at=1:late,slow_ms=700", ""], impatient()).await;
    let first = server.pay("k").await;
    assert_eq!(first.said(), "200 processing");
    look(&server).await;
    assert_eq!(status(&server, &first).await, "200 succeeded");
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(server.books(), ["a: barred reversed", "b: authorize taken"]);
    server.audit().await;
}

#[tokio::test]
async fn two_unknown_outcomes_are_found_one_after_the_other() {
    let server = Server::start_two(["at=1:lost_before", "at=1:lost_after"], impatient()).await;
    let first = server.pay("k").await;
    look(&server).await;
    assert_eq!(status(&server, &first).await, "200 processing");
    assert_eq!(server.pay("k").await.said(), "409 idempotency_key_in_use");
    look(&server).await;
    assert_eq!(status(&server, &first).await, "200 succeeded");
    assert_eq!(server.books(), ["a: barred reversed", "b: authorize taken"]);
    server.audit().await;
}

#[tokio::test]
async fn a_decline_is_the_issuers_word_and_the_end_of_acquirers_is_the_end() {
    let server = Server::start_two(["", ""], impatient()).await;
    let form = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined\
                &payment_method_types[]=card";
    assert_eq!(server.post("/v1/payment_intents", "k", form).await.said(), "402 card_declined");
    assert_eq!(server.books(), ["a: authorize declined", "b: "]);

    let server = Server::start_two(["at=1:refused", "at=1:refused"], impatient()).await;
    assert_eq!(server.pay("k").await.said(), "402 processing_error");
    assert_eq!(server.books(), ["a: authorize refused", "b: authorize refused"]);
    server.audit().await;
}

/// A process that was stopped for long speaks of an attempt that went elsewhere meanwhile.
#[tokio::test]
async fn what_is_said_of_an_attempt_that_went_elsewhere_changes_nothing() {
    let server = Server::start_two(["at=1:lost_before", "at=1:lost_after"], impatient()).await;
    let first = server.pay("k").await;
    let scan = Scan::Attempts { due_by: EVER, limit: 1 };
    let Some(Row::Attempt(gone)) = server.app.store.scan(scan).await.unwrap().pop() else {
        panic!("the attempt is open");
    };
    look(&server).await; // Barred at the first; the second took it, and its answer was lost.
    for ask in [
        Ask::Settle(gone.id, Box::new(Outcome::Absent)),
        Ask::FailOver(FailOver { attempt: gone.id, to: Acquirer::ALL[1] }),
    ] {
        let late = flow::own(&server.app, gone.tenant, ask);
        let reply = server.app.store.submit(late).await.unwrap().reply;
        assert!(matches!(reply, Reply::Done), "{reply:?}");
    }
    look(&server).await;
    assert_eq!(status(&server, &first).await, "200 succeeded");
    assert_eq!(charges(&server), 1);
    server.audit().await;
}
