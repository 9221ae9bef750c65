//! `/v1/charges`

use serde_json::{Value, json};

use crate::support::{Ask, Engine, Server, id};

#[test]
fn parameters() {
    Server::memory().check_refusals(
        "
        GET /v1/charges/ch_nope => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope description=x => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope amount=1 => 400 invalid_request_error parameter_unknown amount
        POST /v1/charges/ch_nope customer=cus_nope => 400 invalid_request_error resource_missing customer
        POST /v1/charges/ch_nope receipt_email=nobody => 400 invalid_request_error email_invalid receipt_email
        POST /v1/charges/ch_nope shipping[name]=Jo => 400 invalid_request_error parameter_missing shipping[address]
        POST /v1/charges/ch_nope fraud_details[user_report]=unsure => 400 invalid_request_error - fraud_details[user_report]
        POST /v1/charges/ch_nope fraud_details[nope]=1 => 400 invalid_request_error parameter_unknown fraud_details[nope]
        POST /v1/charges/ch_nope transfer_group= => 400 invalid_request_error parameter_invalid_empty transfer_group
        GET /v1/charges transfer_group= => 400 invalid_request_error parameter_invalid_empty transfer_group
        POST /v1/charges amount=100&currency=usd&source=tok_visa => 400 invalid_request_error - -
        POST /v1/charges nope=1 => 400 invalid_request_error parameter_unknown nope
        POST /v1/charges/ch_nope/capture => 404 invalid_request_error resource_missing id
        POST /v1/charges/ch_nope/capture amount=x => 400 invalid_request_error parameter_invalid_integer amount
        POST /v1/payment_intents/pi_nope/apply_customer_balance => 404 invalid_request_error resource_missing intent
        POST /v1/payment_intents/pi_nope/verify_microdeposits => 404 invalid_request_error resource_missing intent
        GET /v1/payment_intents/pi_nope/amount_details_line_items => 404 invalid_request_error resource_missing intent
        GET /v1/charges payment_intent=pi_nope => 400 invalid_request_error resource_missing payment_intent
        GET /v1/charges nope=1 => 400 invalid_request_error parameter_unknown nope
        ",
    );
}

#[test]
fn a_charge_shows_its_card_and_its_outcome() {
    let server = Server::memory();
    let paid = server.paid(1000);
    let path = format!("/v1/charges/{}", paid["latest_charge"].as_str().unwrap());
    let charge = server.get(&path).json;
    assert_eq!(charge["status"], "succeeded");
    assert_eq!((&charge["paid"], &charge["captured"]), (&true.into(), &true.into()));
    assert_eq!(charge["outcome"]["network_status"], "approved_by_network");
    let card = &charge["payment_method_details"]["card"];
    assert_eq!((&card["brand"], &card["last4"]), (&"visa".into(), &"4242".into()));
    assert_eq!(card["checks"]["cvc_check"], "pass");
    assert!(card.get("capture_before").is_none(), "only where funds are held");
    assert!(charge.get("refunds").is_none(), "absent unless expanded");
    let changed = server.made(&path, "description=d&metadata[a]=b");
    assert_eq!((&changed["description"], &changed["metadata"]["a"]), (&"d".into(), &"b".into()));
}

/// Verbs that are there and never have anything to do.
#[test]
fn verbs_that_have_nothing_to_do_say_so() {
    let server = Server::memory();
    let paid = server.paid(1000);
    let path = format!("/v1/payment_intents/{}", paid["id"].as_str().unwrap());
    let items = server.get(&format!("{path}/amount_details_line_items?limit=3")).json;
    let url = format!("{path}/amount_details_line_items");
    let empty = serde_json::json!({"object": "list", "data": [], "has_more": false, "url": url});
    assert_eq!(items, empty);
    let refused = |path: &str, form: &str| server.refused(Ask::post(path, form));
    let cursor = format!("{path}/amount_details_line_items?starting_after=li_1");
    let said = server.refused(Ask::get(&cursor)).said();
    assert_eq!(said, "400 invalid_request_error resource_missing starting_after");
    let said = refused(&format!("{path}/apply_customer_balance"), "amount=5&currency=usd").said();
    assert_eq!(said, "400 invalid_request_error payment_intent_incompatible_payment_method -");
    let said = refused(&format!("{path}/verify_microdeposits"), "descriptor_code=SM11AA").said();
    assert_eq!(said, "400 invalid_request_error intent_invalid_state -");
    let capture = format!("/v1/charges/{}/capture", paid["latest_charge"].as_str().unwrap());
    let said = refused(&capture, "").said();
    assert_eq!(said, "400 invalid_request_error charge_already_captured -");
    let form =
        "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual";
    let held = server.made("/v1/payment_intents", form);
    let capture = format!("/v1/charges/{}/capture", held["latest_charge"].as_str().unwrap());
    let told = refused(&capture, "amount=5");
    assert_eq!(told.said(), "400 invalid_request_error - -");
    assert!(told.message().contains("Capture the PaymentIntent instead"), "{}", told.message());
}

#[test]
fn a_charge_takes_what_can_be_said_of_it_afterwards() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let [first, other] = [(); 2].map(|()| id(&server.made("/v1/customers", "")).to_owned());
        let form = "amount=900&currency=usd&confirm=true&payment_method=pm_card_visa";
        let paid = server.made("/v1/payment_intents", &format!("{form}&transfer_group=spring"));
        let charge = paid["latest_charge"].as_str().unwrap().to_owned();
        let path = format!("/v1/charges/{charge}");
        assert_eq!(server.get(&path).json["transfer_group"], "spring", "the intent's own");
        let form = format!(
            "customer={first}&receipt_email=a@b.ch&fraud_details[user_report]=safe\
             &shipping[name]=Jo&shipping[address][line1]=Road&transfer_group=spring"
        );
        let after = server.made(&path, &form);
        assert_eq!(after["customer"], json!(first));
        assert_eq!(
            (&after["receipt_email"], &after["shipping"]["name"]),
            (&"a@b.ch".into(), &"Jo".into())
        );
        assert_eq!(after["fraud_details"], json!({ "user_report": "safe" }));
        // What is given once stays, and the same again is no change.
        server.check_refusals(&format!(
            "POST {path} customer={other} => 400 invalid_request_error - customer
             POST {path} customer=cus_nope => 400 invalid_request_error resource_missing customer
             POST {path} transfer_group=autumn => 400 invalid_request_error - transfer_group"
        ));
        let same = server.made(&path, &format!("customer={first}&transfer_group=spring"));
        assert_eq!(same, after);
        let unset = server.made(&path, "fraud_details[user_report]=&shipping=&receipt_email=");
        assert_eq!(unset["fraud_details"], json!({}));
        assert_eq!((&unset["shipping"], &unset["receipt_email"]), (&Value::Null, &Value::Null));

        let plain = server.paid(500)["latest_charge"].as_str().unwrap().to_owned();
        server.made(&format!("/v1/charges/{plain}"), "transfer_group=autumn");
        let found = |query: &str| -> Vec<String> {
            let list = server.get(&format!("/v1/charges?{query}")).json;
            let data = list["data"].as_array().unwrap().iter();
            data.map(|charge| id(charge).to_owned()).collect()
        };
        assert_eq!(found("transfer_group=spring"), [charge.as_str()]);
        assert_eq!(found("transfer_group=autumn"), [plain]);
        assert_eq!(found("transfer_group=Spring"), [""; 0]);
        assert_eq!(found(&format!("customer={first}&transfer_group=spring")), [charge]);
        assert_eq!(found(&format!("customer={first}&transfer_group=autumn")), [""; 0]);
    }
}

#[test]
fn a_charge_shows_its_newest_refunds_where_that_is_asked_for() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let customer = id(&server.made("/v1/customers", "")).to_owned();
        // Of a charge that is made in this very request there are none.
        let form = "amount=5000&currency=usd&confirm=true&payment_method=pm_card_visa\
                    &expand[]=latest_charge.refunds";
        let paid = server.made("/v1/payment_intents", &format!("{form}&customer={customer}"));
        let charge = id(&paid["latest_charge"]).to_owned();
        let url = format!("/v1/charges/{charge}/refunds");
        let none = json!({ "object": "list", "data": [], "has_more": false, "url": url });
        assert_eq!(paid["latest_charge"]["refunds"], none);
        let refund = |number: i64, more: &str| {
            let form = format!("charge={charge}&amount={number}{more}");
            server.made("/v1/refunds", &form)
        };
        let first = refund(1, "&expand[]=charge.refunds");
        assert_eq!(first["customer"], json!(customer), "whose payment it was");
        assert_eq!(first["charge"]["refunds"]["data"][0]["id"], first["id"], "it shows itself");
        let amounts = |list: &Value| -> Vec<i64> {
            let data = list["data"].as_array().unwrap().iter();
            data.map(|refund| refund["amount"].as_i64().unwrap()).collect()
        };
        for number in 2..=10 {
            refund(number, "");
        }
        let path = format!("/v1/charges/{charge}");
        let shown = |query: &str| server.get(&format!("{path}?{query}")).json["refunds"].clone();
        let ten = shown("expand[]=refunds");
        assert_eq!((amounts(&ten), &ten["has_more"]), ((1..=10).rev().collect(), &json!(false)));
        assert_eq!(ten["data"], server.get(&url).json["data"], "as they are listed");
        refund(11, "");
        let newest = shown("expand[]=refunds.data.balance_transaction");
        assert_eq!(
            (amounts(&newest), &newest["has_more"]),
            ((2..=11).rev().collect(), &json!(true))
        );
        assert_eq!(newest["data"][0]["balance_transaction"]["type"], "refund");
        let changed = server.made(&path, "description=d&expand[]=refunds.data.customer");
        assert_eq!(changed["refunds"]["data"][9]["customer"]["object"], "customer");
        let list = server.get("/v1/charges?expand[]=data.refunds").json;
        assert_eq!(amounts(&list["data"][0]["refunds"]).len(), 10);
        assert!(server.get(&path).json.get("refunds").is_none());
    }
}
