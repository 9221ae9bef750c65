//! What a set-up does not do: attach a card that was refused, take one that cannot be set up, or count
//! as set up what was only paid with.

use serde_json::{Value, json};

use crate::support::{Ask, Engine, Server, id};

const SI: &str = "/v1/setup_intents";
const PI: &str = "/v1/payment_intents";

fn customer(server: &Server) -> String {
    id(&server.made("/v1/customers", "name=Ann")).to_owned()
}

fn cards(server: &Server, customer: &str) -> Value {
    server.get(&format!("/v1/customers/{customer}/payment_methods")).json["data"].clone()
}

#[test]
fn a_card_that_was_refused_is_attached_to_nobody() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let ann = customer(&server);
        let form = format!("customer={ann}&payment_method=pm_card_chargeDeclined&confirm=true");
        assert_eq!(server.post(SI, &form).status, 402);
        assert_eq!(cards(&server, &ann), json!([]));
        let kinds = server.get("/v1/events?type=payment_method.attached").json["data"].clone();
        assert_eq!(kinds, json!([]));
        let form = format!("customer={ann}&payment_method=pm_card_visa&confirm=true");
        server.made(SI, &form);
        assert_eq!(cards(&server, &ann).as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn only_cards_that_nobody_has_used_up_are_set_up() {
    let server = Server::memory();
    let form = "type=us_bank_account&us_bank_account[account_number]=000123456789&us_bank_account[routing_number]=110000000&us_bank_account[account_holder_type]=individual&billing_details[name]=Jo";
    let bank = server.made("/v1/payment_methods", form);
    let ask = |method: &Value| Ask::post(SI, &format!("payment_method={}", id(method)));
    let said =
        "400 invalid_request_error payment_intent_incompatible_payment_method payment_method";
    assert_eq!(server.refused(ask(&bank)).said(), said);
    let form =
        "amount=500&currency=usd&confirm=true&payment_method=pm_card_visa&expand[]=payment_method";
    let spent = server.made(PI, form)["payment_method"].clone();
    let said = "400 invalid_request_error payment_method_unexpected_state payment_method";
    assert_eq!(server.refused(ask(&spent)).said(), said);
}

#[test]
fn paying_while_the_holder_is_there_sets_nothing_up() {
    let server = Server::memory();
    let ann = customer(&server);
    let card = "pm_card_authenticationRequiredOnSetup";
    let kept =
        server.made(&format!("/v1/payment_methods/{card}/attach"), &format!("customer={ann}"));
    let pay = |more: &str| {
        let form = format!(
            "amount=500&currency=usd&confirm=true&customer={ann}&payment_method={}{more}",
            id(&kept)
        );
        server.post(PI, &form)
    };
    let asked = pay("");
    assert_eq!(asked.said(), "200 payment_intent requires_action");
    let action = &asked.json["next_action"];
    let url = action[action["type"].as_str().unwrap()]["url"].as_str().unwrap().to_owned();
    let path = url[url.find("/farthing/").unwrap()..].split_once('?').unwrap().0.to_owned();
    let secret = asked.json["client_secret"].as_str().unwrap();
    let form = format!("client_secret={secret}&confirmation=1&answer=pass");
    server.send(Ask::post(&path, &form).by_nobody());
    let paid = server.get(&format!("{PI}/{}", asked.id())).json;
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(pay("&off_session=true").said(), "402 card_error authentication_required -");
}
