//! Every currency end to end: held, captured in part, given back, and the books.

use std::collections::BTreeMap;

use farthing_core::currency::Currency;
use farthing_core::money::CHARGE_MAXIMUM;

use crate::support::{Ask, Engine, Server, id};

const PI: &str = "/v1/payment_intents";

/// The least that can be charged.
fn least(currency: Currency) -> i64 {
    currency.minimum().unwrap_or_else(|| currency.quantum())
}

fn form(minor: i64, currency: Currency) -> String {
    format!("amount={minor}&currency={}", currency.code())
}

/// Twenty steps above the least are held, half is captured, a quarter and then the rest go back.
fn pay_and_give_back(server: &Server, currency: Currency) {
    let (code, step) = (currency.code(), currency.quantum());
    let amount = least(currency) + 20 * step;
    let card = "payment_method=pm_card_visa&confirm=true&capture_method=manual";
    let held = server.made(PI, &format!("{}&{card}", form(amount, currency)));
    assert_eq!((&held["currency"], &held["amount"]), (&code.into(), &amount.into()));
    assert_eq!(held["amount_capturable"], amount, "{code}");
    let capture = format!("{PI}/{}/capture", id(&held));
    let half = amount / (2 * step) * step;
    if step > 1 {
        let uneven = Ask::post(&capture, &format!("amount_to_capture={}", half + 1));
        let said = "400 invalid_request_error invalid_charge_amount amount";
        assert_eq!(server.refused(uneven).said(), said, "{code}");
    }
    let paid = server.made(&capture, &format!("amount_to_capture={half}"));
    assert_eq!((&paid["status"], &paid["amount_received"]), (&"succeeded".into(), &half.into()));
    let quarter = step * (half / (2 * step)).max(1);
    let of = format!("payment_intent={}", id(&held));
    let back = server.made("/v1/refunds", &format!("{of}&amount={quarter}"));
    assert_eq!((&back["currency"], &back["amount"]), (&code.into(), &quarter.into()));
    let rest = server.made("/v1/refunds", &of);
    assert_eq!(rest["amount"], half - quarter, "{code}");
    let charge = server.get(&format!("/v1/charges/{}", paid["latest_charge"].as_str().unwrap()));
    assert_eq!(charge.json["refunded"], true, "{code}");
    let line = charge.json["balance_transaction"].as_str().unwrap().to_owned();
    let line = server.get(&format!("/v1/balance_transactions/{line}")).json;
    assert_eq!((&line["currency"], &line["amount"]), (&code.into(), &half.into()));
    let (fee, net) = (line["fee"].as_i64().unwrap(), line["net"].as_i64().unwrap());
    assert_eq!((fee % step, fee + net), (0, half), "{code}: a fee is a multiple of the step");
}

/// What of a currency is refused before anything is asked of the network.
fn bounds(server: &Server, currency: Currency) {
    let (code, step) = (currency.code(), currency.quantum());
    let refused = |minor, said: &str| {
        let answer = server.refused(Ask::post(PI, &form(minor, currency)));
        assert_eq!(answer.said(), said, "{code} {minor}");
        answer.message().to_owned()
    };
    if least(currency) > 1 {
        let said = "400 invalid_request_error amount_too_small amount";
        let message = refused(least(currency) - 1, said);
        let major = farthing_core::money::Money::new(least(currency), currency).unwrap().to_major();
        assert_eq!(message, format!("Amount must be at least {major} {code}"));
    }
    refused(CHARGE_MAXIMUM + 1, "400 invalid_request_error amount_too_large amount");
    let most = CHARGE_MAXIMUM / step * step;
    assert_eq!(server.made(PI, &form(most, currency))["amount"], most, "{code}");
    assert_eq!(server.made(PI, &form(least(currency), currency))["amount"], least(currency));
    if step > 1 {
        let said = "400 invalid_request_error invalid_charge_amount amount";
        refused(least(currency) + 10 * step + 1, said);
    }
}

#[test]
fn every_currency_is_paid_captured_in_part_and_given_back() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        for currency in Currency::all() {
            pay_and_give_back(&server, *currency);
        }
        let report = server.app.store.books().unwrap();
        assert_eq!(report.first_bad, None);
        let currencies = Currency::all().len();
        assert!(currencies >= 50, "fifty and more");
        assert_eq!(report.charges, u64::try_from(currencies).unwrap());
        let totals = server.book(|book| book.totals().unwrap());
        assert_eq!(totals.len(), currencies, "the network has seen each of them");
        let mut kept = BTreeMap::<&str, i128>::new();
        for total in &report.totals {
            *kept.entry(total.currency.code()).or_default() += total.minor;
            if total.account.name() == "network" {
                assert_eq!(total.minor, 0, "{}: all of it went back", total.currency);
            }
        }
        assert!(kept.values().all(|sum| *sum == 0), "{kept:?}");
    }
}

#[test]
fn every_currency_has_its_least_its_most_and_its_step() {
    let server = Server::memory();
    for currency in Currency::all() {
        bounds(&server, *currency);
    }
}

/// The special cases by name, so that the table cannot lose one unseen.
#[test]
fn special_cases_are_as_the_wire_has_them() {
    let server = Server::memory();
    for (code, minor, said) in [
        ("isk", 500, "200 payment_intent requires_payment_method"),
        ("isk", 550, "400 invalid_request_error invalid_charge_amount amount"),
        ("ugx", 500, "200 payment_intent requires_payment_method"),
        ("ugx", 501, "400 invalid_request_error invalid_charge_amount amount"),
        ("kwd", 1_230, "200 payment_intent requires_payment_method"),
        ("kwd", 1_234, "400 invalid_request_error invalid_charge_amount amount"),
        ("jod", 1_239, "400 invalid_request_error invalid_charge_amount amount"),
        ("jpy", 50, "200 payment_intent requires_payment_method"),
        ("jpy", 49, "400 invalid_request_error amount_too_small amount"),
        ("mga", 1, "200 payment_intent requires_payment_method"),
        ("huf", 17_550, "200 payment_intent requires_payment_method"),
        ("twd", 1_050, "200 payment_intent requires_payment_method"),
        ("usdc", 100, "200 payment_intent requires_payment_method"),
        ("USD", 50, "200 payment_intent requires_payment_method"),
        ("xxx", 100, "400 invalid_request_error - currency"),
        ("iqd", 100, "400 invalid_request_error - currency"),
        ("us", 100, "400 invalid_request_error - currency"),
    ] {
        let answer = server.post(PI, &format!("amount={minor}&currency={code}"));
        assert_eq!(answer.said(), said, "{code} {minor}");
    }
    let message = server.post(PI, "amount=100&currency=xxx").message().to_owned();
    let listed: Vec<&str> = message.rsplit(": ").next().unwrap().split(", ").collect();
    assert_eq!((listed.len(), listed[0], listed[150]), (151, "usd", "mro"), "as recorded");
}
