//! The issuer's challenge, played by the simulator.

use serde_json::Value;

use crate::support::{Answer, Ask, Server, id};

const PI: &str = "/v1/payment_intents";
const FORM: &str = "amount=1000&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired&return_url=https://shop.example/back?x=1";

fn address(intent: &Value) -> (String, String) {
    let url = intent["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
    let path = &url[url.find("/farthing/").unwrap()..];
    let (path, query) = path.split_once('?').unwrap();
    (path.to_owned(), query.to_owned())
}

fn say(server: &Server, intent: &Value, answer: &str) -> Answer {
    let (path, query) = address(intent);
    server.send(Ask::post(&path, &format!("{query}&answer={answer}")).by_nobody())
}

#[test]
fn a_holder_who_says_yes_pays() {
    let server = Server::memory();
    let parked = server.made(PI, FORM);
    let (path, query) = address(&parked);
    let page = server.send(Ask::get(&format!("{path}?{query}")).by_nobody());
    assert!(page.status == 200 && page.body.contains("$10.00"), "{}", page.body);
    let answer = say(&server, &parked, "pass");
    assert_eq!(answer.status, 303);
    let to = answer.header("location").unwrap();
    assert!(to.starts_with("https://shop.example/back?x=1&payment_intent=pi_"), "{to}");
    assert!(to.ends_with("&redirect_status=succeeded"), "{to}");
    let path = format!("{PI}/{}", id(&parked));
    assert_eq!(server.get(&path).json["status"], "succeeded");
    let again = say(&server, &parked, "pass");
    assert_eq!((again.status, again.header("location")), (200, None));
}

#[test]
fn a_holder_who_says_no_does_not() {
    let server = Server::memory();
    let parked = server.made(PI, FORM);
    assert_eq!(say(&server, &parked, "fail").status, 303);
    let intent = server.get(&format!("{PI}/{}", id(&parked))).json;
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["last_payment_error"]["code"], "payment_intent_authentication_failure");
}

#[test]
fn a_stranger_sees_nothing() {
    let server = Server::memory();
    let parked = server.made(PI, FORM);
    let (path, query) = address(&parked);
    let rows = server.rows();
    for (path, form) in [
        (path.clone(), String::new()),
        (path.clone(), "client_secret=x&answer=pass".to_owned()),
        (path.clone(), format!("{query}x&answer=pass")),
        (path.replace("/2/", "/4/"), format!("{query}&answer=pass")),
        (path.replace("pi_", "pi_x"), format!("{query}&answer=pass")),
        (path.clone(), format!("{query}&answer=maybe")),
    ] {
        let answer = server.send(Ask::post(&path, &form).by_nobody());
        assert_eq!(answer.status, 404, "{path} {form}");
    }
    assert_eq!(server.rows(), rows);
}
