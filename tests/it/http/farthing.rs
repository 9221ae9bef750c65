//! What an operator does.

use crate::support::{Ask, OPERATOR, Server};

#[test]
fn a_merchant_is_opened_and_its_keys_work() {
    let server = Server::memory();
    let open = |form: &str| Ask::post("/v1/farthing/merchants", form).by(OPERATOR);
    for (form, said) in [
        ("number=7", "400 invalid_request_error parameter_missing name"),
        ("name=x", "400 invalid_request_error parameter_missing number"),
        ("name=x&number=0", "400 invalid_request_error parameter_invalid_integer number"),
        (
            "name=x&number=9999999999999999",
            "400 invalid_request_error parameter_invalid_integer number",
        ),
        ("name=x&number=1", "400 invalid_request_error - number"),
        ("name=x&number=7&nope=1", "400 invalid_request_error parameter_unknown nope"),
    ] {
        assert_eq!(server.refused(open(form)).said(), said, "{form}");
    }
    let made = server.send(open("name=Seventh&number=7"));
    assert_eq!(made.status, 200, "{}", made.body);
    let key = made.json["keys"][0]["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("sk_test_"), "{key}");
    let stored = format!("{:?}", server.rows());
    assert!(!stored.contains(&key), "hashes only");
    assert_eq!(server.send(Ask::get("/v1/payment_intents").by(&key)).status, 200);
    let more = server.send(Ask::post("/v1/farthing/keys", "merchant=7").by(OPERATOR));
    let more = more.json["keys"][0]["key"].as_str().unwrap().to_owned();
    assert_eq!(server.send(Ask::get("/v1/payment_intents").by(&more)).status, 200);
    let absent = server.refused(Ask::post("/v1/farthing/keys", "merchant=8").by(OPERATOR));
    assert_eq!(absent.said(), "400 invalid_request_error resource_missing merchant");
}
