//! Methods beyond cards: every row of the table, through success, failure and refund, and then the
//! books. The table drives the test as it drives the code: a new row is tested by being there.

use std::fmt::Write as _;

use farthing_core::currency::Currency;
use farthing_domain::method_type::{Can, Flow, MethodType, Need, Part};
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Engine, Server, id};

const PI: &str = "/v1/payment_intents";
const BACK: &str = "https://shop.example/back?order=7";
const DAY_S: i64 = 24 * 60 * 60;

/// How a payment is to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Paid,
    Failed,
}

fn kind(wire: &str) -> MethodType {
    MethodType::parse(wire).unwrap()
}

/// The currency a kind is tried in.
fn currency(kind: MethodType) -> &'static str {
    kind.currencies.first().copied().unwrap_or("usd")
}

/// A method of a kind as a request's data: everything that its row asks for, and an account or a payer
/// whose payments end so.
fn data(kind: MethodType, end: End) -> String {
    let (iban, account, email) = match end {
        End::Paid => ("AT611904300234573201", "000123456789", "ann@example.com"),
        End::Failed => ("AT981904300002222227", "222222227", "expire_with_delay@example.com"),
    };
    let mut form = format!("payment_method_data[type]={}", kind.wire);
    for (name, part) in kind.parts {
        let value = match part {
            Part::Iban => iban,
            Part::Account => account,
            Part::Required => "110000000",
            Part::Optional => continue,
        };
        write!(form, "&payment_method_data[{}][{name}]={value}", kind.wire).unwrap();
    }
    let billing = "payment_method_data[billing_details]";
    write!(form, "&{billing}[name]=Ann&{billing}[email]={email}").unwrap();
    let address = [("line1", "1 Way"), ("city", "Town"), ("state", "SP"), ("postal_code", "1000")];
    for (part, value) in address {
        write!(form, "&{billing}[address][{part}]={value}").unwrap();
    }
    form + &format!("&{billing}[address][country]=BR")
}

/// An intent that is paid, or not, with a kind: what its creation answers.
fn create(kind: MethodType, end: End, rest: &str) -> String {
    let method = if kind == MethodType::CARD {
        let card = if end == End::Paid { "pm_card_visa" } else { "pm_card_visa_chargeDeclined" };
        format!("payment_method={card}")
    } else {
        data(kind, end)
    };
    format!(
        "amount=20000&currency={}&payment_method_types[]={}&confirm=true&return_url={BACK}\
         &mandate_data[customer_acceptance][type]=offline&{method}{rest}",
        currency(kind),
        kind.wire
    )
}

/// The address of the page where the payer acts, wherever the next action has it.
fn page(intent: &Value) -> String {
    let text = intent["next_action"].to_string();
    let start = text.find("/farthing/challenge/").expect("a page of the server's own");
    text[start..].split('"').next().unwrap().to_owned()
}

/// What the payer says on the page.
pub(crate) fn say(server: &Server, intent: &Value, answer: &str) -> Answer {
    let page = page(intent);
    let (path, query) = page.split_once('?').unwrap();
    let shown = server.send(Ask::get(&page).by_nobody());
    let field = "name=\"confirmation\" value=\"";
    let rest = shown.body.split_once(field).map_or("", |(_, rest)| rest);
    let confirmation = rest.split('"').next().unwrap();
    let form = format!("{query}&confirmation={confirmation}&answer={answer}");
    server.send(Ask::post(path, &form).by_nobody())
}

fn advance(server: &Server, seconds: i64) {
    server.made("/v1/farthing/test_clock/advance", &format!("seconds={seconds}"));
}

fn fresh(server: &Server, intent: &Value) -> Value {
    let path = format!("{PI}/{}?expand[]=latest_charge&expand[]=payment_method", id(intent));
    server.get(&path).json
}

fn events(server: &Server, object: &Value) -> Vec<String> {
    let list = server.get(&format!("/v1/farthing/events?object={}", id(object)));
    let types = list.json["data"].as_array().unwrap().iter();
    types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

/// Our books hold, and the network's own agrees with them in this currency.
fn audit(server: &Server, code: &str) {
    let report = server.app.store.books().unwrap();
    assert_eq!(report.first_bad, None, "{code}");
    let ours: i128 = report
        .totals
        .iter()
        .filter(|total| total.account.name() == "network" && total.currency.code() == code)
        .map(|total| total.minor)
        .sum();
    let currency = Currency::parse(code).unwrap();
    let totals = server.book(|book| book.totals_in(currency).unwrap());
    let net = totals.captured.minor() - totals.refunded.minor() - totals.disputed.minor();
    assert_eq!(ours, -i128::from(net), "what the network has taken and not given back: {code}");
}

/// Brings a payment to its end, and checks what it looks like on the way.
fn play(server: &Server, kind: MethodType, end: End) -> Value {
    let answer = server.post(PI, &create(kind, end, ""));
    let name = kind.wire;
    match kind.flow {
        Flow::Immediate if end == End::Failed => {
            assert_eq!(answer.status, 402, "{name}");
            let list = server.get(&format!("{PI}?limit=1")).json;
            return fresh(server, &list["data"][0]);
        }
        Flow::Immediate => assert_eq!(answer.said(), "200 payment_intent succeeded", "{name}"),
        Flow::Redirect => {
            assert_eq!(answer.said(), "200 payment_intent requires_action", "{name}");
            assert_eq!(answer.json["latest_charge"], Value::Null, "nothing is charged yet: {name}");
            let word = if end == End::Paid { "pass" } else { "fail" };
            let back = say(server, &answer.json, word);
            if kind.needs(Need::ReturnUrl) {
                let to = back.header("location").unwrap();
                let status = if end == End::Paid { "succeeded" } else { "failed" };
                let secret = answer.json["client_secret"].as_str().unwrap();
                let intent = id(&answer.json);
                assert_eq!(
                    to,
                    format!(
                        "{BACK}&payment_intent={intent}&payment_intent_client_secret={secret}&redirect_status={status}"
                    )
                );
            }
        }
        Flow::Delayed | Flow::Voucher => on_its_way(server, kind, &answer),
    }
    fresh(server, &answer.json)
}

/// A payment whose funds come later: pending until the network says more.
fn on_its_way(server: &Server, kind: MethodType, answer: &Answer) {
    let name = kind.wire;
    let state = if kind.flow == Flow::Voucher { "requires_action" } else { "processing" };
    assert_eq!(answer.said(), format!("200 payment_intent {state}"), "{name}");
    let intent = fresh(server, &answer.json);
    let charge = &intent["latest_charge"];
    assert_eq!(charge["status"], "pending", "{name}");
    assert_eq!((&charge["paid"], &charge["balance_transaction"]), (&json!(false), &Value::Null));
    assert_eq!(events(server, charge), ["charge.pending"], "{name}");
    audit(server, currency(kind));
    let refund = format!("payment_intent={}", id(&intent));
    let refused = server.refused(Ask::post("/v1/refunds", &refund));
    assert_eq!(refused.said(), "400 invalid_request_error - -", "nothing came yet: {name}");
    if kind.flow == Flow::Voucher {
        let page = server.send(Ask::get(&page(&intent)).by_nobody());
        assert!(page.body.contains("Your voucher") && !page.body.contains("<form"), "{name}");
        advance(server, 10 * 60);
    } else {
        advance(server, i64::from(kind.settles_days) * DAY_S - 60);
        assert_eq!(fresh(server, &intent)["status"], "processing", "not yet: {name}");
        advance(server, 120);
    }
}

#[test]
fn every_kind_is_paid_refunded_or_not_and_fails() {
    for kind in MethodType::all() {
        let name = kind.wire;
        let server = Server::memory();
        let intent = play(&server, kind, End::Paid);
        assert_eq!(intent["status"], "succeeded", "{name}: {intent:#}");
        assert_eq!(intent["amount_received"], 20_000, "{name}");
        assert_eq!(intent["payment_method_types"], json!([name]));
        let (method, charge) = (&intent["payment_method"], &intent["latest_charge"]);
        assert_eq!(method["type"], name);
        assert!(method[name].is_object(), "{name}: its own hash");
        let details = &charge["payment_method_details"];
        assert_eq!(details["type"], name);
        assert!(details[name].is_object(), "{name}: its own hash");
        assert_eq!((&charge["status"], &charge["paid"]), (&json!("succeeded"), &json!(true)));
        assert!(charge["balance_transaction"].is_string(), "{name}");
        audit(&server, currency(kind));
        refund(&server, kind, &intent);
        audit(&server, currency(kind));
        if kind.wire == "link" {
            continue; // It never says no.
        }

        let failed = play(&server, kind, End::Failed);
        assert_eq!(failed["status"], "requires_payment_method", "{name}: {failed:#}");
        assert_eq!(failed["payment_method"], Value::Null, "{name}");
        let last = &failed["last_payment_error"];
        let code = match kind.flow {
            Flow::Immediate => "card_declined",
            Flow::Redirect => "payment_intent_authentication_failure",
            Flow::Delayed => "insufficient_funds",
            Flow::Voucher => "payment_intent_payment_attempt_expired",
        };
        assert_eq!(last["code"], code, "{name}");
        assert_eq!(last["payment_method"]["type"], name);
        assert_eq!(last["payment_method_type"], name);
        let events = events(&server, &failed);
        assert_eq!(events.last().unwrap(), "payment_intent.payment_failed", "{name}");
        audit(&server, currency(kind));
    }
}

/// A part, the rest, and then no more; or nothing at all; and after its days nothing either.
fn refund(server: &Server, kind: MethodType, intent: &Value) {
    let name = kind.wire;
    let part = format!("payment_intent={}&amount=5000", id(intent));
    let Some(days) = kind.refund_days else {
        let refused = server.refused(Ask::post("/v1/refunds", &part));
        assert_eq!(refused.said(), "400 invalid_request_error charge_not_refundable -", "{name}");
        return;
    };
    let refund = server.made("/v1/refunds", &part);
    assert_eq!(refund["status"], "succeeded", "{name}");
    assert_eq!(refund["destination_details"]["type"], name);
    if days == u16::MAX {
        return;
    }
    advance(server, (i64::from(days) + 1) * DAY_S);
    let refused = server.refused(Ask::post("/v1/refunds", &part));
    assert_eq!(refused.said(), "400 invalid_request_error charge_not_refundable -", "{name}");
}

#[test]
fn holds_are_for_the_kinds_that_can_and_refused_for_the_others() {
    for kind in MethodType::all() {
        let (name, server) = (kind.wire, Server::memory());
        let form = create(kind, End::Paid, "&capture_method=manual");
        if !kind.can(Can::CaptureLater) {
            let refused = server.refused(Ask::post(PI, &form));
            let said = "400 invalid_request_error payment_intent_invalid_parameter capture_method";
            assert_eq!(refused.said(), said, "{name}");
            continue;
        }
        let made = server.made(PI, &form);
        if kind.flow == Flow::Redirect {
            say(&server, &made, "pass");
        }
        let held = fresh(&server, &made);
        assert_eq!(held["status"], "requires_capture", "{name}");
        server.made(&format!("{PI}/{}/capture", id(&held)), "amount_to_capture=15000");
        let intent = fresh(&server, &held);
        assert_eq!(
            (&intent["status"], &intent["amount_received"]),
            (&json!("succeeded"), &json!(15_000))
        );
        audit(&server, currency(kind));
    }
}

#[test]
fn the_order_of_events_of_what_comes_later() {
    let server = Server::memory();
    let paid = play(&server, kind("sepa_debit"), End::Paid);
    assert_eq!(
        events(&server, &paid),
        ["payment_intent.created", "payment_intent.processing", "payment_intent.succeeded"]
    );
    assert_eq!(events(&server, &paid["latest_charge"]), ["charge.pending", "charge.succeeded"]);
    let failed = play(&server, kind("sepa_debit"), End::Failed);
    assert_eq!(
        events(&server, &failed),
        ["payment_intent.created", "payment_intent.processing", "payment_intent.payment_failed"]
    );
    let charge = &failed["latest_charge"];
    assert_eq!(events(&server, charge), ["charge.pending", "charge.failed"]);
    assert_eq!(
        (&charge["status"], &charge["failure_code"]),
        (&json!("failed"), &json!("insufficient_funds"))
    );
    let voucher = play(&server, kind("oxxo"), End::Paid);
    assert_eq!(
        events(&server, &voucher),
        ["payment_intent.created", "payment_intent.requires_action", "payment_intent.succeeded"]
    );
}

#[test]
fn what_a_kind_needs_is_asked_for() {
    let server = Server::memory();
    let sepa = "amount=2000&currency=eur&payment_method_types[]=sepa_debit&confirm=true\
                &payment_method_data[type]=sepa_debit\
                &payment_method_data[sepa_debit][iban]=AT611904300234573201";
    let named = "&payment_method_data[billing_details][name]=Ann";
    let mailed = "&payment_method_data[billing_details][email]=a@b.ch";
    let ideal = "amount=2000&currency=eur&confirm=true&payment_method_data[type]=ideal";
    server.check_refusals(&format!(
        "
        POST {PI} amount=2000&currency=usd&payment_method_types[]=ideal => 400 invalid_request_error payment_method_currency_mismatch currency
        POST {PI} amount=2000&currency=eur&payment_method_types[]=nothing => 400 invalid_request_error - payment_method_types
        POST {PI} amount=2000&currency=eur&payment_method_types[]=card&payment_method_data[type]=ideal => 400 invalid_request_error payment_intent_incompatible_payment_method payment_method
        POST {PI} {ideal} => 400 invalid_request_error parameter_missing return_url
        POST {PI} {ideal}&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never => 400 invalid_request_error payment_intent_incompatible_payment_method payment_method
        POST {PI} {ideal}&payment_method_data[sepa_debit][iban]=x => 400 invalid_request_error parameter_unknown payment_method_data[sepa_debit]
        POST {PI} {sepa} => 400 invalid_request_error parameter_missing billing_details[name]
        POST {PI} {sepa}{named} => 400 invalid_request_error parameter_missing billing_details[email]
        POST {PI} {sepa}{named}{mailed} => 400 invalid_request_error payment_intent_mandate_invalid mandate_data
        POST {PI} {sepa}9{named}{mailed} => 400 invalid_request_error account_number_invalid payment_method_data[sepa_debit][iban]
        POST /v1/payment_methods type=sepa_debit&billing_details[name]=A&billing_details[email]=a@b.ch => 400 invalid_request_error parameter_missing sepa_debit[iban]
        POST /v1/payment_methods type=nothing => 400 invalid_request_error - type
        "
    ));
}

#[test]
fn a_debit_is_kept_by_a_customer_and_an_approval_is_not() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let form = "type=sepa_debit&sepa_debit[iban]=DE89 3704 0044 0532 0130 00\
                    &billing_details[name]=Ann&billing_details[email]=a@b.ch";
        let method = server.made("/v1/payment_methods", form);
        let own = &method["sepa_debit"];
        assert_eq!((&own["last4"], &own["country"]), (&json!("3000"), &json!("DE")));
        assert_eq!(own["bank_code"], "37040044");
        let again = server.made("/v1/payment_methods", form);
        assert_eq!(again["sepa_debit"]["fingerprint"], own["fingerprint"], "the same account");
        let customer = server.made("/v1/customers", "name=Ann");
        let customer = id(&customer);
        let path = format!("/v1/payment_methods/{}/attach", id(&method));
        let kept = server.made(&path, &format!("customer={customer}"));
        assert_eq!(kept["customer"], customer);
        let ideal = server.made("/v1/payment_methods", "type=ideal&ideal[bank]=ing");
        assert_eq!(ideal["ideal"], json!({"bank": "ing", "bic": null}));
        let path = format!("/v1/payment_methods/{}/attach", id(&ideal));
        let refused = server.refused(Ask::post(&path, &format!("customer={customer}")));
        assert_eq!(
            refused.said(),
            "400 invalid_request_error payment_method_unsupported_type payment_method"
        );
        let of = |kind: &str| {
            let list = server.get(&format!("/v1/payment_methods?customer={customer}&type={kind}"));
            list.json["data"].as_array().unwrap().len()
        };
        assert_eq!((of("sepa_debit"), of("card")), (1, 0));
        // What is kept was agreed to when it was kept.
        let form = format!(
            "amount=2000&currency=eur&confirm=true&customer={customer}&payment_method={}&payment_method_types[]=sepa_debit",
            id(&method)
        );
        assert_eq!(server.made(PI, &form)["status"], "processing");
        let secrets: Vec<String> = server.rows().iter().map(|row| format!("{row:?}")).collect();
        assert!(!secrets.join(" ").contains("DE89370400440532013000"), "no row has the number");
    }
}

#[test]
fn a_voucher_that_can_be_paid_stands_in_the_way_of_everything_but_its_end() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let kind = kind("boleto");
        let form = create(kind, End::Paid, "").replace("ann@", "fill_never@");
        let intent = server.made(PI, &form);
        let shown = &intent["next_action"];
        assert_eq!(shown["type"], "boleto_display_details");
        let details = &shown["boleto_display_details"];
        assert_eq!(details["number"].as_str().unwrap().len(), 47);
        let path = format!("{PI}/{}", id(&intent));
        for (verb, form) in [
            ("/confirm", "payment_method=pm_card_visa&payment_method_types[]=card"),
            ("", "amount=30000"),
            ("", "payment_method=pm_card_visa"),
        ] {
            let refused = server.refused(Ask::post(&format!("{path}{verb}"), form));
            let said = "400 invalid_request_error payment_intent_unexpected_state -";
            assert_eq!(refused.said(), said, "{verb} {form}");
        }
        // The page asks nothing, and an answer to it is none.
        say(&server, &intent, "pass");
        assert_eq!(fresh(&server, &intent)["status"], "requires_action");
        let other = server.made(PI, &form);
        let canceled = server.made(&format!("{path}/cancel"), "");
        assert_eq!(canceled["status"], "canceled");
        assert_eq!(fresh(&server, &intent)["latest_charge"]["status"], "failed");
        // The network knows that it is withdrawn: nothing comes of it any more.
        advance(&server, 4 * DAY_S);
        assert_eq!(fresh(&server, &intent)["status"], "canceled");
        let expired = fresh(&server, &other);
        assert_eq!(expired["status"], "requires_payment_method");
        let code = "payment_intent_payment_attempt_expired";
        assert_eq!(expired["last_payment_error"]["code"], code);
        audit(&server, "brl");
    }
}

#[test]
fn a_payer_who_does_not_act_in_time_has_not_paid() {
    let server = Server::memory();
    let made = server.made(PI, &create(kind("pix"), End::Paid, ""));
    let shown = &made["next_action"]["pix_display_qr_code"];
    let until = shown["expires_at"].as_i64().unwrap();
    assert_eq!(until - made["created"].as_i64().unwrap(), DAY_S);
    advance(&server, DAY_S + 60);
    let intent = fresh(&server, &made);
    assert_eq!(intent["status"], "requires_payment_method");
    let code = "payment_intent_payment_attempt_expired";
    assert_eq!(intent["last_payment_error"]["code"], code);
    // Who comes to the page now finds it over, and nothing is taken.
    let late = say(&server, &made, "pass");
    assert!(late.body.contains("not approved"), "{}", late.body);
    assert_eq!(server.charges_in_the_book(), 0);
    // Another try has its own time: the timer of the first is not its timer.
    let path = format!("{PI}/{}/confirm", id(&made));
    let form = data(kind("pix"), End::Paid);
    let again = server.made(&path, &form);
    assert_eq!(again["status"], "requires_action");
    say(&server, &again, "pass");
    assert_eq!(fresh(&server, &made)["status"], "succeeded");
    audit(&server, "brl");
}

#[test]
fn a_debit_that_its_owner_disputes_comes_back() {
    let server = Server::memory();
    let form = create(kind("sepa_debit"), End::Paid, "")
        .replace("AT611904300234573201", "AT591904300235473203");
    let made = server.made(PI, &form);
    advance(&server, 6 * DAY_S);
    let intent = fresh(&server, &made);
    assert_eq!(intent["status"], "succeeded");
    assert_eq!(intent["latest_charge"]["disputed"], true);
    let list = server.get(&format!("/v1/disputes?payment_intent={}", id(&intent))).json;
    let dispute = &list["data"][0];
    assert_eq!(dispute["payment_method_details"]["type"], "sepa_debit");
    assert_eq!(dispute["reason"], "debit_not_authorized");
    assert_eq!(dispute["network_reason_code"], Value::Null, "no card network's");
    audit(&server, "eur");
}

#[test]
fn the_network_never_says_both() {
    let server = Server::memory();
    let intent = play(&server, kind("konbini"), End::Failed);
    let before = server.rows();
    // Hearing the whole feed again changes nothing.
    server.app.store.set_setting("network_notices", &0_u64.to_be_bytes()).unwrap();
    assert!(server.hear_news() > 0, "there was news");
    assert_eq!(server.rows(), before);
    assert_eq!(fresh(&server, &intent)["status"], "requires_payment_method");
}
