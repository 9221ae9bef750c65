//! Customers: their fields, their events, and what is left of deleted ones.

use serde_json::{Value, json};

use crate::support::{Ask, Engine, Server, id};

const PATH: &str = "/v1/customers";

/// The types of all events so far, oldest first, and the newest one's data.
fn told(server: &Server) -> (Vec<String>, Value) {
    let events = server.get("/v1/events?limit=100").json["data"].clone();
    let events = events.as_array().unwrap();
    let types = events.iter().rev().map(|event| event["type"].as_str().unwrap().to_owned());
    (types.collect(), events.first().map_or(Value::Null, |event| event["data"].clone()))
}

fn listed(server: &Server, query: &str) -> Vec<String> {
    let list = server.get(&format!("{PATH}?{query}")).json;
    list["data"].as_array().unwrap().iter().map(|each| id(each).to_owned()).collect()
}

#[test]
fn a_new_customer_is_as_recorded() {
    let server = Server::memory();
    let bare = server.made(PATH, "");
    let prefix = bare["invoice_prefix"].as_str().unwrap();
    let fit = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    assert!(prefix.len() == 8 && prefix.bytes().all(fit), "{prefix}");
    for (field, value) in [
        ("object", json!("customer")),
        ("balance", json!(0)),
        ("delinquent", json!(false)),
        ("next_invoice_sequence", json!(1)),
        ("tax_exempt", json!("none")),
        ("preferred_locales", json!([])),
        ("address", Value::Null),
        ("metadata", json!({})),
    ] {
        assert_eq!(bare[field], value, "{field}");
    }
    let full = server.made(
        PATH,
        "name=Ann&email=a@b.ch&phone=1&description=d&balance=-5&metadata[k]=v&tax_exempt=reverse\
         &preferred_locales[]=de&preferred_locales[]=fr&address[city]=Bern&shipping[name]=Bo\
         &shipping[address][line1]=x&invoice_prefix=ANN&next_invoice_sequence=7\
         &invoice_settings[footer]=thanks",
    );
    assert_eq!(full["email"], "a@b.ch");
    assert_eq!(full["address"]["city"], "Bern");
    assert_eq!(full["shipping"]["name"], "Bo");
    assert_eq!(full["invoice_settings"]["footer"], "thanks");
    assert_eq!(full["preferred_locales"], json!(["de", "fr"]));
    assert_eq!((&full["invoice_prefix"], &full["balance"]), (&json!("ANN"), &json!(-5)));
    let again = server.get(&format!("{PATH}/{}", id(&full)));
    assert_eq!((again.status, &again.json), (200, &full));
}

#[test]
fn an_update_tells_what_was_otherwise() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let made = server.made(PATH, "name=Ann&metadata[a]=1&metadata[b]=2");
        let path = format!("{PATH}/{}", id(&made));
        let after = server.made(&path, "name=Bo&email=a@b.ch&metadata[b]=&metadata[c]=3");
        assert_eq!(after["metadata"], json!({"a": "1", "c": "3"}));
        let (types, data) = told(&server);
        assert_eq!(types, ["customer.created", "customer.updated"]);
        assert_eq!(data["object"], after);
        let previous = json!({"name": "Ann", "email": null, "metadata": {"b": "2", "c": null}});
        assert_eq!(data["previous_attributes"], previous);
        // Empty unsets; what changes nothing tells nothing.
        let cleared = server.made(&path, "name=&metadata=&address=&shipping=");
        assert_eq!((&cleared["name"], &cleared["metadata"]), (&Value::Null, &json!({})));
        let count = told(&server).0.len();
        server.made(&path, "email=a@b.ch");
        assert_eq!(told(&server).0.len(), count);
        // The one that made it has no former self.
        let first = server.get("/v1/events?type=customer.created").json;
        assert_eq!(first["data"][0]["data"].get("previous_attributes"), None);
    }
}

#[test]
fn a_deleted_customer_is_a_stub_for_ever() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let made: Vec<Value> = (0..3).map(|n| server.made(PATH, &format!("name={n}"))).collect();
        let gone = id(&made[1]).to_owned();
        let path = format!("{PATH}/{gone}");
        let stub = json!({"id": gone, "object": "customer", "deleted": true});
        assert_eq!(server.send(Ask::new("DELETE", &path)).json, stub);
        let (types, data) = told(&server);
        assert_eq!(types.last().unwrap(), "customer.deleted");
        assert_eq!(data, json!({"object": made[1]}), "the whole of it, as it was");
        let read = server.get(&path);
        assert_eq!((read.status, &read.json), (200, &stub));
        for line in [format!("POST {path} name=x"), format!("DELETE {path}")] {
            let answer = server.refused(Ask::line(&line));
            assert_eq!(answer.said(), "404 invalid_request_error resource_missing id");
            assert_eq!(answer.message(), format!("No such customer: '{gone}'"));
        }
        let ids: Vec<&str> = made.iter().map(id).collect();
        assert_eq!(listed(&server, ""), [ids[2], ids[0]]);
        // It is still a place in the list.
        assert_eq!(listed(&server, &format!("starting_after={gone}")), [ids[0]]);
        assert_eq!(listed(&server, &format!("ending_before={gone}")), [ids[2]]);
    }
}

#[test]
fn a_list_can_be_of_one_address() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let one = server.made(PATH, "email=a@b.ch");
        server.made(PATH, "email=A@b.ch");
        server.made(PATH, "");
        assert_eq!(listed(&server, "email=a@b.ch"), [id(&one)]);
        assert!(listed(&server, "email=b@b.ch").is_empty());
        let before = one["created"].as_i64().unwrap() - 1;
        assert!(listed(&server, &format!("created[lte]={before}")).is_empty());
        assert_eq!(listed(&server, &format!("created[gt]={before}")).len(), 3);
    }
}

#[test]
fn refusals() {
    Server::memory().check_refusals(
        "
        POST /v1/customers nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/customers invoice_settings[nope]=1 => 400 invalid_request_error parameter_unknown invoice_settings[nope]
        POST /v1/customers email=nope => 400 invalid_request_error email_invalid email
        POST /v1/customers balance=x => 400 invalid_request_error parameter_invalid_integer balance
        POST /v1/customers tax_exempt=maybe => 400 invalid_request_error - tax_exempt
        POST /v1/customers next_invoice_sequence=0 => 400 invalid_request_error parameter_invalid_integer next_invoice_sequence
        POST /v1/customers invoice_prefix=ab => 400 invalid_request_error - invoice_prefix
        POST /v1/customers shipping[name]=x => 400 invalid_request_error parameter_missing shipping[address]
        POST /v1/customers expand[]=nope => 400 invalid_request_error - -
        POST /v1/customers preferred_locales[a]=x => 400 invalid_request_error - preferred_locales
        GET /v1/customers/cus_nope => 404 invalid_request_error resource_missing id
        GET /v1/customers starting_after=cus_nope => 400 invalid_request_error resource_missing starting_after
        GET /v1/customers email= => 400 invalid_request_error parameter_invalid_empty email
        ",
    );
}

/// What older programs ask of customers, and no customer has here.
#[test]
fn what_no_customer_has() {
    let server = Server::memory();
    let made = server.made("/v1/customers", "name=Ann");
    let path = format!("/v1/customers/{}", id(&made));
    for of in ["balance_transactions", "sources", "tax_ids"] {
        let list = server.get(&format!("{path}/{of}?limit=3")).json;
        assert_eq!((&list["object"], &list["has_more"]), (&"list".into(), &false.into()));
        assert_eq!((&list["data"], &list["url"]), (&json!([]), &format!("{path}/{of}").into()));
    }
    server.check_refusals(&format!(
        "
        GET {path}/tax_ids limit=x => 400 invalid_request_error parameter_invalid_integer limit
        GET {path}/tax_ids starting_after=txi_1 => 400 invalid_request_error resource_missing starting_after
        GET {path}/tax_ids nope=1 => 400 invalid_request_error parameter_unknown nope
        GET /v1/customers/cus_x/tax_ids => 404 invalid_request_error resource_missing id
        POST {path}/tax_ids value=1 => 400 invalid_request_error parameter_missing type
        POST {path}/tax_ids type=eu_vat&value=DE1 => 400 invalid_request_error - type
        GET {path}/tax_ids/txi_1 => 404 invalid_request_error resource_missing id
        DELETE {path}/tax_ids/txi_1 => 404 invalid_request_error resource_missing id
        POST {path}/sources source=tok_visa => 400 invalid_request_error - source
        POST {path}/sources => 400 invalid_request_error parameter_missing source
        GET {path}/sources object=card&starting_after=card_1 => 400 invalid_request_error resource_missing starting_after
        DELETE {path}/sources/card_1 => 404 invalid_request_error resource_missing id
        POST {path}/balance_transactions amount=5&currency=usd => 400 invalid_request_error - amount
        POST {path}/balance_transactions/cbtxn_1 description=x => 404 invalid_request_error resource_missing id
        POST /v1/customers/cus_x/sources source=tok_visa => 404 invalid_request_error resource_missing id
        "
    ));
}
