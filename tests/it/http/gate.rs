//! Who is turned away when not everybody can be let in, in which order, and what they are told.

use farthing_acquirer::Faults;
use farthing_core::id::AttemptId;
use farthing_core::time::TimestampMs;
use farthing_server::breaker::Settings;
use farthing_server::config::Config;
use farthing_server::gate::{Class, Limits, Rate};
use farthing_server::rehearsal;

use crate::support::{Answer, Ask, Engine, OPERATOR, SECRET, STRANGER, Server};

const PI: &str = "/v1/payment_intents";
const PAY: &str = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true";

fn server(limits: Limits) -> Server {
    Server::with(Engine::Memory, Config { limits, ..Config::dev() }, Faults::none())
}

/// One request of each class, in the order in which they are turned away.
fn one_of(class: Class) -> Ask {
    match class {
        Class::List => Ask::get("/v1/charges"),
        Class::Read => Ask::get("/v1/balance"),
        Class::Create => Ask::post(PI, "amount=1000&currency=usd"),
        Class::Money => Ask::post("/v1/refunds", "payment_intent=pi_none"),
    }
}

fn is_shed(answer: &Answer) -> bool {
    if answer.status != 503 {
        return false;
    }
    assert_eq!(answer.said(), "503 api_error - -");
    assert_eq!(answer.header("stripe-should-retry"), Some("true"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("idempotency-status"), Some("ignored"));
    true
}

#[test]
fn what_can_wait_is_turned_away_first() {
    let server = server(Limits { requests: 20, ..Limits::default() });
    let mut inside = Vec::new();
    for (places, turned_away) in [(0, 0), (9, 0), (10, 1), (13, 1), (14, 2), (17, 3), (20, 4)] {
        while inside.len() < places {
            inside.push(server.app.gate.admit(Class::Money, 0).unwrap());
        }
        let rows = server.rows().len();
        let shed: Vec<_> =
            Class::ALL.into_iter().filter(|class| is_shed(&server.send(one_of(*class)))).collect();
        assert_eq!(shed, Class::ALL[..turned_away], "with {places} inside");
        if turned_away > 2 {
            assert_eq!(server.rows().len(), rows, "whoever is turned away has changed nothing");
        }
    }
    // An operator is let in as long as anybody is.
    inside.truncate(19);
    let operator = Ask::get("/v1/farthing/keys").by(OPERATOR);
    assert_eq!(server.send(operator).status, 200);
    drop(inside);
    assert_eq!(server.send(one_of(Class::List)).status, 200, "and then it is over");
    assert_eq!(server.app.gate.inside(), 0);
}

/// Payments that wait for the network take places, and so do those whose caller is gone.
#[test]
fn payments_that_wait_for_the_network_fill_it() {
    let limits = Limits { requests: 20, ..Limits::default() };
    let network_timeout = std::time::Duration::from_millis(500);
    let breaker = Settings { failures: 0, open_ms: 1 };
    let config = Config { limits, network_timeout, breaker, ..Config::dev() };
    let server = Server::with(Engine::Memory, config, "lost_after=1".parse().unwrap());
    let pays = (0..10).map(|n| Ask::post(PI, PAY).idempotent(&format!("k-{n}")));
    let asks = pays.chain(Class::ALL.map(one_of));
    let answers = server.send_all(asks);
    for paid in &answers[..10] {
        assert_eq!(paid.said(), "200 payment_intent processing");
    }
    let statuses: Vec<_> = answers[10..].iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [503, 200, 200, 400]);
    assert_eq!((server.app.gate.inside(), server.app.flights.count()), (0, 0));
    // Their callers hang up, and the calls go on.
    let calls: Vec<_> =
        (0..10).map(|n| server.app.flights.begin(AttemptId::from_bytes([n; 12]))).collect();
    assert!(is_shed(&server.send(one_of(Class::List))));
    assert_eq!(server.send(one_of(Class::Money)).status, 400);
    drop(calls);
    assert_eq!(server.send(one_of(Class::List)).status, 200);
}

#[test]
fn a_key_asks_so_often_and_no_more() {
    rehearsal::begin(7, TimestampMs::from_ms(1_800_000_000_000));
    let limits = Limits { test: Rate::per_second(10), ..Limits::default() };
    let server = server(limits);
    let let_in = |class: Class, by: &str| {
        (0..20)
            .map(|_| server.send(one_of(class).by(by)))
            .take_while(|answer| {
                let limited = answer.status == 429;
                if limited {
                    assert_eq!(answer.said(), "429 invalid_request_error rate_limit -");
                    assert_eq!(answer.header("stripe-should-retry"), None);
                    assert_eq!(answer.header("retry-after"), Some("1"));
                    assert_eq!(answer.header("idempotency-status"), Some("ignored"));
                }
                !limited
            })
            .count()
    };
    assert_eq!(let_in(Class::List, SECRET), 5);
    assert_eq!(let_in(Class::Read, SECRET), 2);
    assert!((1..=2).contains(&let_in(Class::Create, SECRET)));
    assert!(let_in(Class::Money, SECRET) >= 1, "a refund is let in when nothing else is");
    assert_eq!(let_in(Class::List, SECRET), 0);
    assert_eq!(let_in(Class::List, STRANGER), 5, "each key has its own");
    let operator = (0..20).map(|_| server.send(Ask::get("/v1/farthing/keys").by(OPERATOR)));
    assert!(operator.into_iter().all(|answer| answer.status == 200));
    let before = server.rows();
    let limited = server.send(Ask::post(PI, PAY).idempotent("k-1"));
    assert_eq!((limited.status, server.rows()), (429, before), "and nothing is written");
}
