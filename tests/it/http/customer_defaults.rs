//! The card that a customer pays with where none is named, and customers that are looked for.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Ask, Engine, STRANGER, Server, id};

const PI: &str = "/v1/payment_intents";

fn encoded(query: &str) -> String {
    query.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "%{byte:02x}").expect("room");
        out
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

#[test]
fn a_customer_pays_with_its_own_card() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let ann = text(&server.made("/v1/customers", "name=Ann")["id"]);
        let bob = text(&server.made("/v1/customers", "name=Bob")["id"]);
        let path = format!("/v1/customers/{ann}");
        let attach = |customer: &str| {
            let form = format!("customer={customer}");
            text(&server.made("/v1/payment_methods/pm_card_mastercard/attach", &form)["id"])
        };
        let (own, bobs) = (attach(&ann), attach(&bob));
        let pay = format!("amount=500&currency=usd&customer={ann}&confirm=true");
        let none = server.refused(Ask::post(PI, &pay));
        assert_eq!(none.said(), "400 invalid_request_error payment_intent_unexpected_state -");
        // It must be the customer's.
        let nobodys =
            text(&server.made("/v1/payment_methods", "type=card&card[token]=tok_visa")["id"]);
        let named = "invoice_settings[default_payment_method]";
        for other in [&bobs, &nobodys, "pm_nope"] {
            let refused = server.refused(Ask::post(&path, &format!("{named}={other}")));
            assert_eq!(
                refused.said(),
                format!("400 invalid_request_error resource_missing {named}")
            );
        }
        let form = format!("name=Cy&{named}={own}");
        let made = server.refused(Ask::post("/v1/customers", &form));
        assert_eq!(made.said(), format!("400 invalid_request_error resource_missing {named}"));

        let expand = format!("expand[]={}", "invoice_settings.default_payment_method");
        let set = server.made(&path, &format!("{named}={own}&{expand}"));
        assert_eq!(set["invoice_settings"]["default_payment_method"]["id"], json!(own));
        let paid = server.made(PI, &pay);
        assert_eq!((&paid["status"], &paid["payment_method"]), (&json!("succeeded"), &json!(own)));
        // Confirming falls back on it too; but what is named, or chosen before, comes first.
        let form = format!("amount=500&currency=usd&customer={ann}");
        let intent = server.made(PI, &form);
        assert_eq!(intent["status"], "requires_payment_method");
        let done = server.made(&format!("{PI}/{}/confirm", id(&intent)), "");
        assert_eq!(done["payment_method"], json!(own));
        let chosen = server.made(PI, &format!("{form}&payment_method=pm_card_visa"));
        let done = server.made(&format!("{PI}/{}/confirm", id(&chosen)), "");
        assert_ne!(done["payment_method"], json!(own));
        // A set-up does not fall back.
        let setup = format!("customer={ann}&confirm=true");
        let refused = server.refused(Ask::post("/v1/setup_intents", &setup));
        assert_eq!(refused.said(), "400 invalid_request_error setup_intent_unexpected_state -");

        // Detached, it is the customer's no more.
        server.made(&format!("/v1/payment_methods/{own}/detach"), "");
        let left = server.get(&path).json;
        assert_eq!(left["invoice_settings"]["default_payment_method"], Value::Null);
        let event = server.get("/v1/events?type=customer.updated").json["data"][0].clone();
        let before = &event["data"]["previous_attributes"]["invoice_settings"];
        assert_eq!(before["default_payment_method"], json!(own));
        assert_eq!(server.post(PI, &pay).status, 400);
        // And it can be taken away by hand.
        let other = attach(&ann);
        server.made(&path, &format!("{named}={other}"));
        let unset = server.made(&path, &format!("{named}="));
        assert_eq!(unset["invoice_settings"]["default_payment_method"], Value::Null);
        assert_eq!(server.app.store.books().unwrap().first_bad, None);
    }
}

#[test]
fn customers_are_found_by_what_is_said_of_them() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        for form in [
            "name=Ann Lee&email=ann@b.ch&phone=123456&metadata[tier]=gold",
            "name=Bob&email=bob@b.ch&metadata[tier]=iron",
            "name=Cy&email=cy@c.ch",
        ] {
            server.made("/v1/customers", form);
        }
        let find = |query: &str| {
            let found = server.get(&format!("/v1/customers/search?query={}", encoded(query)));
            assert_eq!(found.status, 200, "{query}: {}", found.body);
            let rows = found.json["data"].as_array().unwrap().clone();
            rows.iter().map(|row| text(&row["name"])).collect::<Vec<_>>()
        };
        assert_eq!(find("email:\"ann@b.ch\""), ["Ann Lee"]);
        assert_eq!(find("email~\"b.ch\""), ["Bob", "Ann Lee"]);
        assert_eq!(find("name~\"LEE\" AND phone:\"123456\""), ["Ann Lee"]);
        assert_eq!(find("metadata[\"tier\"]:\"iron\" OR name:\"cy\""), ["Cy", "Bob"]);
        assert_eq!(find("phone:null -name:\"bob\""), ["Cy"]);
        assert_eq!(find("created>0"), ["Cy", "Bob", "Ann Lee"]);
        let gone = server.get("/v1/customers?limit=1").json["data"][0].clone();
        server.send(Ask::new("DELETE", &format!("/v1/customers/{}", id(&gone))));
        assert_eq!(find("created>0"), ["Bob", "Ann Lee"]);
        let foreign = server.send(Ask::get("/v1/customers/search?query=created%3e0").by(STRANGER));
        assert_eq!(foreign.json["data"], json!([]));
        for query in ["amount>1", "status:'x'", "name>1", "email~'a'"] {
            let path = format!("/v1/customers/search?query={}", encoded(query));
            let answer = server.refused(Ask::get(&path));
            assert_eq!(answer.said(), "400 invalid_request_error - query", "{query}");
        }
    }
}

/// What is searched by customer among payments.
#[test]
fn payments_are_found_by_their_customer() {
    let server = Server::memory();
    let ann = text(&server.made("/v1/customers", "name=Ann")["id"]);
    let form =
        format!("amount=500&currency=usd&customer={ann}&confirm=true&payment_method=pm_card_visa");
    let paid = server.made(PI, &form);
    server.paid(700);
    for of in ["payment_intents", "charges"] {
        let found = server.get(&format!("/v1/{of}/search?query=customer:'{ann}'")).json;
        assert_eq!(found["data"].as_array().unwrap().len(), 1, "{of}");
        assert_eq!(found["data"][0]["amount"], paid["amount"]);
    }
}
