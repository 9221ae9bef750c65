//! Customers and their cards: attached, used again, detached; and the intents of a customer.

use serde_json::{Value, json};

use crate::support::{Ask, Engine, Server, id};

const PI: &str = "/v1/payment_intents";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

fn customer(server: &Server) -> String {
    text(&server.made("/v1/customers", "name=Ann")["id"])
}

fn card(server: &Server) -> String {
    text(&server.made("/v1/payment_methods", "type=card&card[token]=tok_visa")["id"])
}

/// A card of a customer.
fn attached(server: &Server, customer: &str) -> String {
    let path = "/v1/payment_methods/pm_card_visa/attach";
    text(&server.made(path, &format!("customer={customer}"))["id"])
}

fn types(server: &Server) -> Vec<String> {
    let events = server.get("/v1/events?limit=100").json["data"].clone();
    events.as_array().unwrap().iter().rev().map(|event| text(&event["type"])).collect()
}

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|each| id(each).to_owned()).collect()
}

#[test]
fn a_card_is_attached_listed_changed_and_detached_for_good() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let (ann, pm) = (customer(&server), card(&server));
        let path = format!("/v1/payment_methods/{pm}");
        assert_eq!(server.get(&path).json["card"]["checks"]["cvc_check"], "unchecked");
        let done = server.made(&format!("{path}/attach"), &format!("customer={ann}"));
        assert_eq!((&done["id"], &done["customer"]), (&json!(pm), &json!(ann)));
        assert_eq!(done["card"]["checks"]["cvc_check"], "pass");
        let again = server.made(&format!("{path}/attach"), &format!("customer={ann}"));
        assert_eq!(again, done, "attaching again changes nothing");
        for list in [
            format!("/v1/customers/{ann}/payment_methods"),
            format!("/v1/payment_methods?customer={ann}"),
        ] {
            let list = server.get(&list).json;
            assert_eq!(ids(&list), [pm.as_str()], "{list}");
        }
        let own =
            server.get(&format!("/v1/customers/{ann}/payment_methods/{pm}?expand[]=customer"));
        assert_eq!(own.json["customer"]["name"], "Ann");

        let form =
            "billing_details[name]=Bo&metadata[a]=b&card[exp_month]=11&allow_redisplay=always";
        let changed = server.made(&path, form);
        assert_eq!(changed["card"]["exp_month"], 11);
        assert_eq!(changed["allow_redisplay"], "always");
        let gone = server.made(&format!("{path}/detach"), "");
        assert_eq!(gone["customer"], Value::Null);
        let told = types(&server);
        let expected =
            ["attached", "updated", "detached"].map(|what| format!("payment_method.{what}"));
        assert_eq!(told[1..], expected);
        let events = server.get("/v1/events?limit=2").json["data"].clone();
        assert_eq!(events[0]["data"]["previous_attributes"], json!({"customer": ann}));
        let previous = &events[1]["data"]["previous_attributes"];
        assert_eq!(previous["billing_details"], json!({"name": null}));
        assert_eq!(
            (&previous["metadata"], &previous["card"]),
            (&json!({"a": null}), &json!({"exp_month": 12}))
        );
        assert!(ids(&server.get(&format!("/v1/payment_methods?customer={ann}")).json).is_empty());
        // Detached is for good: not to be attached, and not to be paid with.
        for line in [
            format!("POST {path}/attach customer={ann}"),
            format!("POST {PI} amount=100&currency=usd&confirm=true&payment_method={pm}"),
        ] {
            let answer = server.refused(Ask::line(&line));
            let said = "400 invalid_request_error payment_method_unexpected_state payment_method";
            assert_eq!(answer.said(), said, "{line}");
        }
        let refusals = [
            (format!("POST {path}/detach"), "400 invalid_request_error - payment_method"),
            (format!("POST {path} metadata[a]=b"), "400 invalid_request_error - payment_method"),
            (
                format!("GET /v1/customers/{ann}/payment_methods/{pm}"),
                "404 invalid_request_error resource_missing payment_method",
            ),
        ];
        for (line, said) in refusals {
            assert_eq!(server.refused(Ask::line(&line)).said(), said, "{line}");
        }
    }
}

#[test]
fn a_card_is_used_once_without_a_customer_and_often_with_one() {
    let server = Server::memory();
    let (ann, bob) = (customer(&server), customer(&server));
    let pay = |form: &str| server.post(PI, &format!("amount=500&currency=usd&confirm=true&{form}"));
    let once = card(&server);
    assert_eq!(pay(&format!("payment_method={once}")).said(), "200 payment_intent succeeded");
    let again = pay(&format!("payment_method={once}"));
    assert_eq!(
        again.said(),
        "400 invalid_request_error payment_method_unexpected_state payment_method"
    );

    let kept = attached(&server, &ann);
    for _ in 0..2 {
        let paid = pay(&format!(
            "payment_method={kept}&customer={ann}&expand[]=customer&expand[]=latest_charge.customer"
        ));
        assert_eq!(paid.said(), "200 payment_intent succeeded");
        assert_eq!(paid.json["customer"]["name"], "Ann");
        assert_eq!(paid.json["latest_charge"]["customer"]["id"], json!(ann));
    }
    let nobodys = pay(&format!("payment_method={kept}"));
    assert_eq!(nobodys.said(), "400 invalid_request_error parameter_missing source");
    let bobs = pay(&format!("payment_method={kept}&customer={bob}"));
    assert_eq!(bobs.said(), "400 invalid_request_error - payment_method");
    let attach = format!("/v1/payment_methods/{kept}/attach");
    let taken = server.post(&attach, &format!("customer={bob}"));
    assert_eq!(
        taken.said(),
        "400 invalid_request_error payment_method_unexpected_state payment_method"
    );

    // Confirming is the same, and carries the intent.
    let intent = server.made(PI, "amount=500&currency=usd");
    let confirm = format!("{PI}/{}/confirm", id(&intent));
    let answer = server.refused(Ask::post(&confirm, &format!("payment_method={kept}")));
    assert_eq!(answer.said(), "400 invalid_request_error parameter_missing source");
    assert_eq!(answer.json["error"]["payment_intent"]["id"], intent["id"]);
    let named = server.made(&format!("{PI}/{}", id(&intent)), &format!("customer={ann}"));
    assert_eq!(named["customer"], json!(ann));
    let bare = server.refused(Ask::post(&confirm, ""));
    assert_eq!(bare.said(), "400 invalid_request_error payment_intent_unexpected_state -");
    assert!(bare.message().contains(&ann), "{}", bare.message());
    let paid = server.post(&confirm, &format!("payment_method={kept}"));
    assert_eq!(paid.said(), "200 payment_intent succeeded");

    // What is of one customer.
    let of = |path: &str| ids(&server.get(&format!("{path}?customer={ann}")).json);
    assert_eq!((of(PI).len(), of("/v1/charges").len()), (3, 3));
    assert!(ids(&server.get(&format!("{PI}?customer={bob}")).json).is_empty());
    let charge = text(&paid.json["latest_charge"]);
    let both = format!("/v1/charges?customer={ann}&payment_intent={}", id(&intent));
    assert_eq!(ids(&server.get(&both).json), [charge]);
}

#[test]
fn a_card_is_kept_for_later_when_it_is_paid_with() {
    let server = Server::memory();
    let ann = customer(&server);
    let form = format!(
        "amount=500&currency=usd&confirm=true&payment_method=pm_card_visa&customer={ann}&setup_future_usage=off_session"
    );
    let paid = server.made(PI, &form);
    let pm = text(&paid["payment_method"]);
    assert_eq!(ids(&server.get(&format!("/v1/payment_methods?customer={ann}")).json), [pm]);
    let expected = [
        "customer.created",
        "payment_intent.created",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
    ];
    assert_eq!(types(&server), expected);
    // Without a wish to use it again it is not kept.
    let form =
        format!("amount=500&currency=usd&confirm=true&payment_method=pm_card_visa&customer={ann}");
    server.made(PI, &form);
    assert_eq!(ids(&server.get(&format!("/v1/payment_methods?customer={ann}")).json).len(), 1);
}

#[test]
fn a_card_that_is_declined_is_not_attached() {
    let server = Server::memory();
    let ann = customer(&server);
    let attach = |name: &str| {
        server.post(&format!("/v1/payment_methods/{name}/attach"), &format!("customer={ann}"))
    };
    let before = server.rows();
    let answer = attach("pm_card_chargeDeclined");
    assert_eq!(answer.said(), "402 card_error card_declined -");
    assert_eq!(answer.json["error"]["decline_code"], "generic_decline");
    assert_eq!(server.rows(), before, "nothing of it is left");
    assert_eq!(attach("pm_card_chargeDeclinedExpiredCard").said(), "402 card_error expired_card -");
    // This one attaches, and is declined when it is charged.
    let kept = attach("pm_card_chargeCustomerFail");
    assert_eq!(kept.status, 200);
    let form =
        format!("amount=500&currency=usd&confirm=true&customer={ann}&payment_method={}", kept.id());
    assert_eq!(server.post(PI, &form).said(), "402 card_error card_declined -");
    // One whose holder would have to authenticate can be kept.
    assert_eq!(attach("pm_card_threeDSecure2Required").status, 200);
}

#[test]
fn a_deleted_customer_is_of_no_use() {
    let server = Server::memory();
    let ann = customer(&server);
    let kept = attached(&server, &ann);
    let paid = server.made(
        PI,
        &format!("amount=500&currency=usd&confirm=true&customer={ann}&payment_method={kept}"),
    );
    server.send(Ask::new("DELETE", &format!("/v1/customers/{ann}")));
    let intent = text(&server.made(PI, "amount=500&currency=usd")["id"]);
    for line in [
        format!("POST {PI} amount=500&currency=usd&customer={ann}"),
        format!("POST {PI}/{intent} customer={ann}"),
        format!("POST /v1/payment_methods/pm_card_visa/attach customer={ann}"),
        format!("GET /v1/payment_methods customer={ann}"),
    ] {
        let answer = server.send(Ask::line(&line));
        assert_eq!(answer.said(), "400 invalid_request_error resource_missing customer", "{line}");
    }
    let list = server.refused(Ask::get(&format!("/v1/customers/{ann}/payment_methods")));
    assert_eq!(list.said(), "404 invalid_request_error resource_missing id");
    // What was paid still says who paid.
    let paid = server.get(&format!("{PI}/{}?expand[]=customer", id(&paid)));
    assert_eq!(paid.json["customer"], json!({"id": ann, "object": "customer", "deleted": true}));
}

#[test]
fn refusals() {
    Server::memory().check_refusals(
        "
        POST /v1/payment_methods/pm_card_visa/attach  => 400 invalid_request_error parameter_missing customer
        POST /v1/payment_methods/pm_nope/attach customer=cus_nope => 400 invalid_request_error resource_missing customer
        POST /v1/payment_methods/pm_nope/detach  => 404 invalid_request_error resource_missing payment_method
        POST /v1/payment_methods/pm_nope metadata[a]=b => 404 invalid_request_error resource_missing payment_method
        POST /v1/payment_methods/pm_nope nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/payment_intents amount=500&currency=usd&customer=cus_nope => 400 invalid_request_error resource_missing customer
        GET /v1/payment_intents customer=cus_nope => 400 invalid_request_error resource_missing customer
        GET /v1/charges customer=cus_nope => 400 invalid_request_error resource_missing customer
        GET /v1/payment_methods customer=cus_nope => 400 invalid_request_error resource_missing customer
        GET /v1/customers/cus_nope/payment_methods => 404 invalid_request_error resource_missing id
        ",
    );
}
