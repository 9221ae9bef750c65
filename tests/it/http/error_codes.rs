//! Every error code that the wire has for what is in scope: each is met by a call here, or the API page
//! says why nobody meets it. `error_codes.txt` is the list.

use std::collections::BTreeSet;

use farthing_acquirer::Faults;
use farthing_server::config::Config;
use farthing_server::gate::{Limits, Rate};
use serde_json::Value;

use super::errors_recorded::Stage;
use super::method_types::say;
use crate::support::{Answer, Ask, Engine, LIVE, OPERATOR, PUBLISHABLE, Server, id};

const LIST: &str = include_str!("error_codes.txt");
const PAGE: &str = include_str!("../../../crates/API.md");
const PI: &str = "/v1/payment_intents";
const SI: &str = "/v1/setup_intents";
const DAY_S: i64 = 24 * 60 * 60;

#[test]
fn every_code_is_met_or_explained() {
    let all: BTreeSet<&str> = LIST.lines().collect();
    assert_eq!(all.len(), LIST.lines().count(), "each code once");
    let explained: BTreeSet<&str> = explained().collect();
    let mut met = BTreeSet::new();
    for find in [at_once, in_flight, who_asks, too_often, lapsed, of_debits, of_holders] {
        met.extend(find());
    }
    for code in &all {
        match (met.contains(*code), explained.contains(code)) {
            (true, true) => panic!("API.md says that nobody meets {code}"),
            (false, false) => panic!("no call meets {code}, and API.md does not say why"),
            (true, false) | (false, true) => {}
        }
    }
    let unknown: Vec<_> = explained.difference(&all).collect();
    assert_eq!(unknown, Vec::<&&str>::new(), "no codes of the list");
}

/// The codes in the page's table of what is never answered.
fn explained() -> impl Iterator<Item = &'static str> {
    let (_, rest) = PAGE.split_once("<!-- codes: never answered -->").expect("the table begins");
    let (table, _) = rest.split_once("<!-- codes: end -->").expect("the table ends");
    table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next())
}

/// The code of an error, which must be this one.
fn met(code: &str, answer: &Answer) -> String {
    let said = answer.json["error"]["code"].as_str().unwrap_or_default();
    assert_eq!(said, code, "{} {}", answer.status, answer.body);
    assert!(answer.status >= 400, "{code}");
    said.to_owned()
}

const OBJECTS: &str = "
    open: POST /v1/payment_intents amount=1000&currency=usd
    paid: POST /v1/payment_intents amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true
    ch_paid/latest_charge: GET /v1/payment_intents/{paid}
    back: POST /v1/payment_intents amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true
    ch_back/latest_charge: GET /v1/payment_intents/{back}
    whole: POST /v1/refunds payment_intent={back}
    bad: POST /v1/payment_intents amount=1000&currency=usd&payment_method=pm_card_createDispute&confirm=true
    ch_bad/latest_charge: GET /v1/payment_intents/{bad}
    cus: POST /v1/customers email=a@b.example
    other: POST /v1/customers email=c@d.example
    pm: POST /v1/payment_methods/pm_card_visa/attach customer={cus}
    ideal: POST /v1/payment_methods type=ideal&ideal[bank]=ing
    setup: POST /v1/setup_intents
    tok: POST /v1/tokens card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2040
    used: POST /v1/payment_methods type=card&card[token]={tok}
    voucher: POST /v1/payment_intents amount=20000&currency=mxn&payment_method_types[]=oxxo&confirm=true&payment_method_data[type]=oxxo&payment_method_data[billing_details][name]=Ann&payment_method_data[billing_details][email]=succeed_immediately@b.example
    clock/object: POST /v1/farthing/test_clock/advance seconds=600
";

/// A code, and a call that is answered with it.
const CALLS: &str = "
    amount_too_large POST /v1/payment_intents amount=1000000000000&currency=usd
    amount_too_small POST /v1/payment_intents amount=49&currency=usd
    authentication_required POST /v1/payment_intents amount=1000&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired&off_session=true
    balance_insufficient POST /v1/payouts amount=5000000&currency=usd
    card_declined POST /v1/payment_intents amount=1000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined
    charge_already_captured POST /v1/charges/{ch_paid}/capture
    charge_already_refunded POST /v1/refunds charge={ch_back}
    charge_disputed POST /v1/refunds charge={ch_bad}
    charge_not_refundable POST /v1/refunds payment_intent={voucher}
    email_invalid POST /v1/customers email=nobody
    expired_card POST /v1/payment_intents amount=1000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedExpiredCard
    incorrect_cvc POST /v1/payment_intents amount=1000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedIncorrectCvc
    incorrect_number POST /v1/payment_methods type=card&card[number]=4242424242424241&card[exp_month]=12&card[exp_year]=2040
    intent_invalid_state POST /v1/payment_intents/{open}/verify_microdeposits
    invalid_characters POST /v1/payment_intents amount=1000&currency=usd&statement_descriptor_suffix=A%3CB
    invalid_charge_amount POST /v1/payment_intents amount=100050&currency=isk
    invalid_cvc POST /v1/payment_methods type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2040&card[cvc]=99
    invalid_expiry_month POST /v1/payment_methods type=card&card[number]=4242424242424242&card[exp_month]=13&card[exp_year]=2040
    invalid_expiry_year POST /v1/payment_methods type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=1999
    invalid_number POST /v1/payment_methods type=card&card[number]=42&card[exp_month]=12&card[exp_year]=2040
    parameter_invalid_empty POST /v1/payment_intents amount=&currency=usd
    parameter_invalid_integer POST /v1/payment_intents amount=abc&currency=usd
    parameter_invalid_string_blank GET /v1/customers/search query=%20%20
    parameter_invalid_string_empty GET /v1/events types[]=
    parameter_missing POST /v1/payment_intents currency=usd
    parameter_unknown POST /v1/payment_intents amount=1000&currency=usd&nope=1
    parameters_exclusive GET /v1/events type=charge.failed&types[]=charge.failed
    payment_intent_action_required POST /v1/payment_intents amount=1000&currency=eur&confirm=true&error_on_requires_action=true&payment_method_data[type]=ideal&return_url=https://shop.example
    payment_intent_action_required POST /v1/payment_intents amount=20000&currency=mxn&payment_method_types[]=oxxo&confirm=true&error_on_requires_action=true&payment_method_data[type]=oxxo&payment_method_data[billing_details][name]=Ann&payment_method_data[billing_details][email]=a@b.example
    payment_intent_incompatible_payment_method POST /v1/payment_intents amount=1000&currency=eur&payment_method_types[]=card&payment_method_data[type]=ideal
    payment_intent_invalid_parameter POST /v1/payment_intents amount=1000&currency=eur&payment_method_types[]=ideal&capture_method=manual
    payment_intent_unexpected_state POST /v1/payment_intents/{open}/confirm
    payment_method_currency_mismatch POST /v1/payment_intents amount=1000&currency=usd&payment_method_types[]=ideal
    payment_method_invalid_parameter POST /v1/payment_methods type=sepa_debit&sepa_debit[iban]=BR1800360305000010009795493C1&billing_details[name]=Ann&billing_details[email]=a@b.example
    payment_method_unexpected_state POST /v1/payment_methods/{pm}/attach customer={other}
    payment_method_unsupported_type POST /v1/payment_methods/{ideal}/attach customer={cus}
    processing_error POST /v1/payment_intents amount=1000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedProcessingError
    resource_missing GET /v1/customers/cus_x
    setup_intent_unexpected_state POST /v1/setup_intents/{setup}/confirm
    token_already_used POST /v1/payment_methods type=card&card[token]={tok}
    url_invalid POST /v1/webhook_endpoints url=hook&enabled_events[]=*
";

fn at_once() -> Vec<String> {
    let stage = Stage::new().with(OBJECTS);
    stage.server.hear_news();
    let lines = CALLS.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (code, call) = line.split_once(' ').expect("a code and a call");
            met(code, &stage.server.send(Ask::line(&stage.filled(call))))
        })
        .collect()
}

/// The network's answer is lost: the same key, and another verb.
fn in_flight() -> Vec<String> {
    let faults: Faults = "at=1:lost_after".parse().unwrap();
    let server = Server::with(Engine::Memory, Config::dev(), faults);
    let form = "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true";
    let ask = || Ask::post(PI, form).idempotent("once");
    let first = server.send(ask());
    assert_eq!(first.said(), "200 payment_intent processing");
    let cancel = server.post(&format!("{PI}/{}/cancel", first.id()), "");
    let again = server.send(ask());
    vec![met("idempotency_key_in_use", &again), met("lock_timeout", &cancel)]
}

fn who_asks() -> Vec<String> {
    let server = Server::memory();
    let key = server.made("/v1/farthing/keys", "class=restricted&scopes[charges]=read");
    let text = key["key"].as_str().unwrap();
    assert_eq!(server.send(Ask::get("/v1/charges").by(text)).status, 200);
    server.send(Ask::new("DELETE", &format!("/v1/farthing/keys/{}", id(&key))));
    let merchant = Ask::post("/v1/farthing/merchants", "name=Again&number=1");
    vec![
        met("api_key_expired", &server.refused(Ask::get("/v1/charges").by(text))),
        met("secret_key_required", &server.refused(Ask::get("/v1/charges").by(PUBLISHABLE))),
        met("testmode_charges_only", &server.refused(Ask::get("/v1/charges").by(LIVE))),
        met("resource_already_exists", &server.refused(merchant.by(OPERATOR))),
    ]
}

fn too_often() -> Vec<String> {
    let limits = Limits { test: Rate::per_second(2), ..Limits::default() };
    let config = Config { limits, ..Config::dev() };
    let server = Server::with(Engine::Memory, config, Faults::none());
    let answers = (0..20).map(|_| server.get("/v1/charges"));
    let limited = answers.into_iter().find(|answer| answer.status != 200);
    vec![met("rate_limit", &limited.expect("one of twenty is too many"))]
}

/// Held, and captured after its seven days: by the intent, and by the charge.
fn lapsed() -> Vec<String> {
    let server = Server::memory();
    let form =
        "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual";
    let held = server.made(PI, form);
    let canceled = server.made(PI, form);
    server.made(&format!("{PI}/{}/cancel", id(&canceled)), "");
    server.made("/v1/farthing/test_clock/advance", &format!("seconds={}", 8 * DAY_S));
    let capture = |intent: &Value| Ask::post(&format!("{PI}/{}/capture", id(intent)), "");
    let late = server.refused(capture(&held));
    assert_eq!(late.json["error"]["payment_intent"]["status"], "canceled");
    met("payment_intent_unexpected_state", &server.refused(capture(&canceled)));
    let charge = |intent: &Value| {
        let charge = intent["latest_charge"].as_str().unwrap();
        server.refused(Ask::post(&format!("/v1/charges/{charge}/capture"), ""))
    };
    assert_eq!(charge(&canceled).said(), "400 invalid_request_error - -", "given up in time");
    vec![
        met("capture_charge_authorization_expired", &late),
        met("charge_expired_for_capture", &charge(&held)),
    ]
}

/// What the bank says days later is on the intent, and on its failed charge.
fn of_debits() -> Vec<String> {
    let server = Server::memory();
    let data = "payment_method_data";
    let debit = |iban: &str| {
        let form = format!(
            "amount=2000&currency=eur&payment_method_types[]=sepa_debit&confirm=true&mandate_data[customer_acceptance][type]=offline\
             &{data}[type]=sepa_debit&{data}[sepa_debit][iban]={iban}\
             &{data}[billing_details][name]=Ann&{data}[billing_details][email]=a@b.example"
        );
        server.made(PI, &form)
    };
    let debits = [debit("AT861904300235473202"), debit("AT981904300002222227")];
    let voucher = format!(
        "amount=20000&currency=mxn&payment_method_types[]=oxxo&confirm=true&{data}[type]=oxxo\
         &{data}[billing_details][name]=Ann&{data}[billing_details][email]=expire_immediately@b.example"
    );
    let voucher = server.made(PI, &voucher);
    server.made("/v1/farthing/test_clock/advance", &format!("seconds={}", 6 * DAY_S));
    let [refused, poor] = debits.map(|made| later(&server, &made));
    assert_eq!(poor, "insufficient_funds");
    assert_eq!(refused, "payment_intent_payment_attempt_failed");
    let expired = later(&server, &voucher);
    assert_eq!(expired, "payment_intent_payment_attempt_expired");
    vec![refused, poor, expired]
}

/// The code on an intent that failed after it was answered, which is also on its charge.
fn later(server: &Server, made: &Value) -> String {
    let path = format!("{PI}/{}?expand[]=latest_charge", id(made));
    let intent = server.get(&path).json;
    assert_eq!(intent["status"], "requires_payment_method");
    let code = &intent["last_payment_error"]["code"];
    assert_eq!(&intent["latest_charge"]["failure_code"], code);
    code.as_str().unwrap().to_owned()
}

/// Holders who do not pass their issuer's check.
fn of_holders() -> Vec<String> {
    let server = Server::memory();
    let form = "payment_method=pm_card_threeDSecure2Required&confirm=true";
    let payment = server.made(PI, &format!("{form}&amount=1000&currency=usd"));
    let setup = server.made(SI, form);
    [(PI, payment, "last_payment_error"), (SI, setup, "last_setup_error")]
        .map(|(path, made, field)| {
            say(&server, &made, "fail");
            let after = server.get(&format!("{path}/{}", id(&made))).json;
            let code = after[field]["code"].as_str().unwrap().to_owned();
            let word = path.trim_start_matches("/v1/").trim_end_matches('s');
            assert_eq!(code, format!("{word}_authentication_failure"));
            code
        })
        .into()
}
