//! Set-up intents: every state, the events in their order, and the card that is not asked again.

use farthing_acquirer::Faults;
use farthing_server::config::Config;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Engine, PUBLISHABLE, SCRIPTS, STRANGER, Server, id};

const SI: &str = "/v1/setup_intents";
const PI: &str = "/v1/payment_intents";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

fn customer(server: &Server) -> String {
    text(&server.made("/v1/customers", "name=Ann")["id"])
}

fn types(server: &Server) -> Vec<String> {
    let events = server.get("/v1/events?limit=100").json["data"].clone();
    events.as_array().unwrap().iter().rev().map(|event| text(&event["type"])).collect()
}

/// Answers the challenge of a set-up intent as its holder would.
fn challenge(server: &Server, setup: &Value, answer: &str, confirmation: u32) -> Answer {
    let path = page_of(setup);
    let path = path.split_once('?').expect("with the secret").0;
    let form = format!(
        "client_secret={}&confirmation={confirmation}&answer={answer}",
        text(&setup["client_secret"])
    );
    server.send(Ask::post(path, &form).by_nobody())
}

#[test]
fn a_card_is_set_up_and_attached() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let ann = customer(&server);
        let made = server
            .made(SI, &format!("customer={ann}&description=d&metadata[a]=b&usage=on_session"));
        assert_eq!(made["status"], "requires_payment_method");
        assert_eq!(made["usage"], "off_session", "whatever was sent: recorded so");
        assert_eq!(made["payment_method_types"], json!(["card"]));
        let path = format!("{SI}/{}", id(&made));
        let chosen = server.made(&path, "payment_method=pm_card_visa&metadata[a]=");
        assert_eq!(chosen["status"], "requires_confirmation");
        assert_eq!(chosen["metadata"], json!({}));
        let done = server
            .made(&format!("{path}/confirm"), "expand[]=payment_method&expand[]=latest_attempt");
        assert_eq!((&done["status"], &done["next_action"]), (&json!("succeeded"), &Value::Null));
        assert_eq!(done["payment_method"]["customer"], json!(ann));
        assert_eq!(done["payment_method"]["card"]["checks"]["cvc_check"], "pass");
        assert_eq!(done["latest_attempt"]["status"], "succeeded");
        let told = [
            "customer.created",
            "setup_intent.created",
            "payment_method.attached",
            "setup_intent.succeeded",
        ];
        assert_eq!(types(&server), told);
        let list = server.get(&format!("/v1/setup_attempts?setup_intent={}", id(&made))).json;
        assert_eq!(list["url"], "/v1/setup_attempts");
        let tried = &list["data"][0];
        assert_eq!(tried["payment_method_details"]["card"]["last4"], "4242");
        assert_eq!((&tried["setup_intent"], &tried["setup_error"]), (&made["id"], &Value::Null));
        // Lists, and what is one's own.
        let count = |query: &str| {
            let list = server.get(&format!("{SI}?{query}")).json;
            list["data"].as_array().map_or(99, Vec::len)
        };
        server.made(SI, "");
        let method = id(&done["payment_method"]);
        assert_eq!((count(""), count(&format!("customer={ann}"))), (2, 1));
        assert_eq!(count(&format!("payment_method={method}")), 1);
        let foreign = server.refused(Ask::get(&path).by(STRANGER));
        assert_eq!(foreign.said(), "404 invalid_request_error resource_missing intent");
        // What is over stays as it is, notes apart.
        assert_eq!(server.made(&path, "description=e")["description"], "e");
        for line in ["/confirm", "/cancel"] {
            let answer = server.refused(Ask::post(&format!("{path}{line}"), ""));
            assert_eq!(answer.said(), "400 invalid_request_error setup_intent_unexpected_state -");
            assert_eq!(answer.json["error"]["setup_intent"]["id"], made["id"], "carried");
        }
        let other = server.refused(Ask::post(&path, "payment_method=pm_card_visa"));
        assert_eq!(other.said(), "400 invalid_request_error setup_intent_unexpected_state -");
        let deposits = server.refused(Ask::post(
            &format!("{path}/verify_microdeposits"),
            "amounts[]=32&amounts[]=45",
        ));
        assert_eq!(deposits.said(), "400 invalid_request_error intent_invalid_state -");
        assert_eq!(server.app.store.books().unwrap().first_bad, None);
    }
}

#[test]
fn a_refused_card_is_said_so() {
    let server = Server::memory();
    let ann = customer(&server);
    let form = format!("customer={ann}&payment_method=pm_card_chargeDeclined&confirm=true");
    let answer = server.post(SI, &form);
    assert_eq!(answer.said(), "402 card_error card_declined -");
    let error = &answer.json["error"];
    assert_eq!(error["decline_code"], "generic_decline");
    assert_eq!(error["payment_method"]["card"]["last4"], "0002");
    let setup = &error["setup_intent"];
    assert_eq!(setup["status"], "requires_payment_method");
    assert_eq!(setup["payment_method"], Value::Null);
    assert_eq!(setup["last_setup_error"]["code"], "card_declined");
    assert_eq!(
        types(&server)[1..],
        ["setup_intent.created", "setup_intent.setup_failed"].map(str::to_owned)
    );
    let tries = server.get(&format!("/v1/setup_attempts?setup_intent={}", id(setup))).json;
    assert_eq!(tries["data"][0]["status"], "failed");
    assert_eq!(tries["data"][0]["setup_error"]["decline_code"], "generic_decline");
    // No card of the customer's is fallen back on.
    let again = server.refused(Ask::post(&format!("{SI}/{}/confirm", id(setup)), ""));
    assert_eq!(again.said(), "400 invalid_request_error setup_intent_unexpected_state -");
    // An expired card names what expired; recorded of set-ups only.
    let expired = server.post(SI, "payment_method=pm_card_chargeDeclinedExpiredCard&confirm=true");
    assert_eq!(expired.said(), "402 card_error expired_card exp_month");
    // Good now, and declined whenever it is charged.
    let form = format!("customer={ann}&payment_method=pm_card_chargeCustomerFail&confirm=true");
    let good = server.made(SI, &form);
    assert_eq!(good["status"], "succeeded");
    let pay = format!(
        "amount=500&currency=usd&confirm=true&off_session=true&customer={ann}&payment_method={}",
        text(&good["payment_method"])
    );
    assert_eq!(server.post(PI, &pay).said(), "402 card_error card_declined -");
}

#[test]
fn a_holder_authenticates_once_and_is_not_asked_again() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let ann = customer(&server);
        let pay = |method: &str, more: &str| {
            let form = format!(
                "amount=500&currency=usd&confirm=true&customer={ann}&payment_method={method}{more}"
            );
            server.post(PI, &form)
        };
        let card = "pm_card_authenticationRequiredOnSetup";
        assert_eq!(pay(card, "").said(), "200 payment_intent requires_action");
        assert_eq!(
            pay(card, "&off_session=true").said(),
            "402 card_error authentication_required -"
        );

        let form = format!(
            "customer={ann}&payment_method={card}&confirm=true&return_url=https://shop.example/back"
        );
        let setup = server.made(SI, &form);
        assert_eq!(setup["status"], "requires_action");
        assert_eq!(setup["next_action"]["type"], "redirect_to_url");
        let page = server.send(Ask::get(&page_of(&setup)).by_nobody());
        assert_eq!(page.status, 200);
        assert!(page.body.contains("May the shop keep this card?"), "{}", page.body);
        let back = challenge(&server, &setup, "pass", 1);
        let to = back.headers["location"].to_str().unwrap();
        let expected = format!(
            "https://shop.example/back?setup_intent={}&setup_intent_client_secret={}&redirect_status=succeeded",
            id(&setup),
            text(&setup["client_secret"])
        );
        assert_eq!((back.status, to), (303, &*expected));
        let done = server.get(&format!("{SI}/{}?expand[]=latest_attempt", id(&setup))).json;
        assert_eq!(done["status"], "succeeded");
        let tried = &done["latest_attempt"];
        let secure = &tried["payment_method_details"]["card"]["three_d_secure"];
        assert_eq!(secure["result"], "authenticated");
        let list = server.get(&format!("/v1/setup_attempts?setup_intent={}", id(&setup))).json;
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "one try, asked and answered");

        let method = text(&done["payment_method"]);
        for more in ["", "&off_session=true"] {
            assert_eq!(pay(&method, more).said(), "200 payment_intent succeeded", "{more}");
        }
        // One that insists on every charge insists all the same.
        let always =
            format!("customer={ann}&payment_method=pm_card_authenticationRequired&confirm=true");
        let setup = server.made(SI, &always);
        challenge(&server, &setup, "pass", 1);
        let method = text(&server.get(&format!("{SI}/{}", id(&setup))).json["payment_method"]);
        let off = pay(&method, "&off_session=true");
        assert_eq!(off.said(), "402 card_error authentication_required -");
        // And one that was set up elsewhere is asked while its holder is there.
        let elsewhere = "pm_card_authenticationRequiredSetupForOffSession";
        assert_eq!(pay(elsewhere, "&off_session=true").said(), "200 payment_intent succeeded");
        assert_eq!(pay(elsewhere, "").said(), "200 payment_intent requires_action");
    }
}

/// Paying with a wish to charge later is a set-up too.
#[test]
fn a_payment_sets_a_card_up() {
    let server = Server::memory();
    let ann = customer(&server);
    let form = format!(
        "amount=500&currency=usd&confirm=true&customer={ann}&setup_future_usage=off_session&payment_method=pm_card_authenticationRequiredOnSetup"
    );
    let intent = server.made(PI, &form);
    challenge(&server, &intent, "pass", 1);
    let paid = server.get(&format!("{PI}/{}?expand[]=payment_method", id(&intent))).json;
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(paid["payment_method"]["customer"], json!(ann));
    let later = format!(
        "amount=500&currency=usd&confirm=true&off_session=true&customer={ann}&payment_method={}",
        id(&paid["payment_method"])
    );
    assert_eq!(server.post(PI, &later).said(), "200 payment_intent succeeded");
}

/// Where the challenge is asked, whichever way it was announced.
fn page_of(setup: &Value) -> String {
    let action = &setup["next_action"];
    let kind = action["type"].as_str().expect("there is a challenge");
    let url = text(&action[kind]["url"]);
    url[url.find("/farthing/").expect("the server's own")..].to_owned()
}

#[test]
fn a_challenge_can_fail_be_replaced_or_be_given_up() {
    let server = Server::memory();
    let form = "payment_method=pm_card_threeDSecure2Required&confirm=true";
    let setup = server.made(SI, form);
    let path = format!("{SI}/{}", id(&setup));
    assert_eq!(setup["next_action"]["type"], "use_stripe_sdk");
    // Another card takes the place of the one that was asked about.
    let other = server.made(&path, "payment_method=pm_card_threeDSecure2Required");
    assert_eq!(
        (&other["status"], &other["next_action"]),
        (&json!("requires_confirmation"), &Value::Null)
    );
    let asked = server.made(&format!("{path}/confirm"), "");
    assert_eq!(asked["status"], "requires_action");
    challenge(&server, &asked, "pass", 1);
    assert_eq!(server.get(&path).json["status"], "requires_action", "that was the older question");
    challenge(&server, &asked, "fail", 2);
    let failed = server.get(&path).json;
    assert_eq!(failed["status"], "requires_payment_method");
    assert_eq!(failed["last_setup_error"]["code"], "setup_intent_authentication_failure");
    let asked =
        server.made(&format!("{path}/confirm"), "payment_method=pm_card_threeDSecure2Required");
    let canceled = server.made(&format!("{path}/cancel"), "cancellation_reason=abandoned");
    assert_eq!(
        (&canceled["status"], &canceled["cancellation_reason"]),
        (&json!("canceled"), &json!("abandoned"))
    );
    challenge(&server, &asked, "pass", 3);
    assert_eq!(server.get(&path).json["status"], "canceled");
    let tries = server.get(&format!("/v1/setup_attempts?setup_intent={}", id(&setup))).json;
    let statuses: Vec<String> =
        tries["data"].as_array().unwrap().iter().map(|each| text(&each["status"])).collect();
    assert_eq!(statuses, ["abandoned", "failed", "abandoned"]);
    let told = [
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.requires_action",
        "setup_intent.setup_failed",
        "setup_intent.requires_action",
        "setup_intent.canceled",
    ];
    assert_eq!(types(&server), told);
}

#[test]
fn a_page_confirms_with_the_client_secret() {
    let server = Server::memory();
    let ann = customer(&server);
    let setup = server.made(SI, &format!("customer={ann}&metadata[order]=1"));
    let secret = text(&setup["client_secret"]);
    let path = format!("{SI}/{}", id(&setup));
    assert_eq!(secret.split_once("_secret_").unwrap().1.len(), 25);
    let none = server.refused(Ask::get(&path).by(PUBLISHABLE));
    assert_eq!(none.said(), "400 invalid_request_error parameter_missing client_secret");
    let wrong =
        server.refused(Ask::get(&format!("{path}?client_secret={secret}x")).by(PUBLISHABLE));
    assert_eq!(wrong.said(), "404 invalid_request_error resource_missing intent");
    let read = server.send(Ask::get(&format!("{path}?client_secret={secret}")).by(PUBLISHABLE));
    assert_eq!(read.status, 200);
    for hidden in ["metadata", "customer", "latest_attempt"] {
        assert!(read.json.get(hidden).is_none(), "{hidden}: {}", read.body);
    }
    let card = "payment_method_data[type]=card&payment_method_data[card][number]=4000000000000002&payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=2034";
    let form = format!("client_secret={secret}&{card}");
    let refused = server.send(Ask::post(&format!("{path}/confirm"), &form).by(SCRIPTS));
    assert_eq!(refused.said(), "402 card_error card_declined -");
    let error = &refused.json["error"];
    assert!(error["setup_intent"].get("metadata").is_none(), "{}", refused.body);
    assert!(error["payment_method"]["card"].get("fingerprint").is_none(), "{}", refused.body);
    let form = format!("client_secret={secret}&payment_method=pm_card_visa");
    let ask = Ask::post(&format!("{path}/confirm"), &form).by(PUBLISHABLE).idempotent("short");
    assert_eq!(server.send(ask.clone()).said(), "200 setup_intent succeeded");
    let replay = server.send(ask);
    assert_eq!(replay.headers["idempotent-replayed"], "true");
    for line in [path.as_str(), &format!("{path}/cancel"), SI] {
        let answer = server.refused(Ask::post(line, "").by(PUBLISHABLE));
        assert_eq!(answer.said(), "403 invalid_request_error secret_key_required -", "{line}");
    }
}

/// The network's answer is lost: the set-up waits, and recovery finds out.
#[test]
fn a_lost_answer_is_found_again() {
    let faults: Faults = "at=1:lost_after".parse().unwrap();
    let server = Server::with(Engine::Sqlite, Config::dev(), faults);
    let ask = || Ask::post(SI, "payment_method=pm_card_visa&confirm=true").idempotent("once");
    let first = server.send(ask());
    assert_eq!(first.said(), "200 setup_intent processing");
    let again = server.send(ask());
    assert_eq!(again.said(), "409 idempotency_error idempotency_key_in_use -");
    let path = format!("{SI}/{}", first.id());
    let busy = server.refused(Ask::post(&format!("{path}/cancel"), ""));
    assert_eq!(busy.said(), "429 invalid_request_error lock_timeout -");
    server.recover();
    assert_eq!(server.get(&path).json["status"], "succeeded");
    let replay = server.send(ask());
    assert_eq!(replay.said(), "200 setup_intent succeeded");
    assert_eq!(server.app.store.books().unwrap().first_bad, None);
}

#[test]
fn refusals() {
    let server = Server::memory();
    server.check_refusals(
        "
        POST /v1/setup_intents confirm=true => 400 invalid_request_error setup_intent_unexpected_state -
        POST /v1/setup_intents customer=cus_nope => 400 invalid_request_error resource_missing customer
        POST /v1/setup_intents payment_method=pm_nope => 400 invalid_request_error resource_missing payment_method
        POST /v1/setup_intents usage=never => 400 invalid_request_error - usage
        POST /v1/setup_intents amount=1 => 400 invalid_request_error parameter_unknown amount
        POST /v1/setup_intents payment_method_types[]=sofa => 400 invalid_request_error - payment_method_types
        POST /v1/setup_intents/seti_nope  => 404 invalid_request_error resource_missing intent
        POST /v1/setup_intents/seti_nope/confirm  => 404 invalid_request_error resource_missing intent
        POST /v1/setup_intents/seti_nope/cancel  => 404 invalid_request_error resource_missing intent
        POST /v1/setup_intents/seti_nope/verify_microdeposits  => 404 invalid_request_error resource_missing intent
        GET /v1/setup_intents/seti_nope => 404 invalid_request_error resource_missing intent
        GET /v1/setup_intents customer=cus_nope => 400 invalid_request_error resource_missing customer
        GET /v1/setup_intents payment_method=pm_nope => 400 invalid_request_error resource_missing payment_method
        GET /v1/setup_intents starting_after=seti_nope => 400 invalid_request_error resource_missing starting_after
        GET /v1/setup_attempts => 400 invalid_request_error parameter_missing setup_intent
        GET /v1/setup_attempts setup_intent=seti_nope => 400 invalid_request_error resource_missing setup_intent
        ",
    );
    let (ann, bob) = (customer(&server), customer(&server));
    let attach = "/v1/payment_methods/pm_card_visa/attach";
    let method = text(&server.made(attach, &format!("customer={ann}"))["id"]);
    let nobodys = server.refused(Ask::post(SI, &format!("payment_method={method}")));
    assert_eq!(nobodys.said(), "400 invalid_request_error parameter_missing source");
    let bobs = server.refused(Ask::post(SI, &format!("customer={bob}&payment_method={method}")));
    assert_eq!(bobs.said(), "400 invalid_request_error - payment_method");
    let cancel = server.made(SI, "");
    let cancel = format!("{SI}/{}/cancel", id(&cancel));
    let reason = server.refused(Ask::post(&cancel, "cancellation_reason=fraudulent"));
    assert_eq!(reason.said(), "400 invalid_request_error - cancellation_reason");
}
