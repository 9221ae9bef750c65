//! Bodies and paths that are wrong as such.

use crate::support::{Ask, Server};

const PI: &str = "/v1/payment_intents";

#[test]
fn bodies_that_cannot_be_read() {
    let server = Server::memory();
    for (body, said) in [
        (&b"amount=%"[..], "400 invalid_request_error - -"),
        (b"amount=%zz", "400 invalid_request_error - -"),
        (b"amount=\xff\xfe", "400 invalid_request_error - -"),
        (b"description=%ff", "400 invalid_request_error - -"),
        (b"description=a%00b", "400 invalid_request_error - -"),
        (b"metadata[a]=1&metadata=2", "400 invalid_request_error - metadata"),
        (b"a[b][c][d][e][f][g][h][i]=1", "400 invalid_request_error - a"),
        (b"expand[5000]=x", "400 invalid_request_error - expand"),
        (b"=1", "400 invalid_request_error parameter_unknown -"),
    ] {
        let answer = server.refused(Ask::post(PI, "").body(body));
        let said = said.replace("parameter_unknown -", "parameter_unknown ");
        assert_eq!(answer.said(), said, "{body:?}");
    }
    let many = "a=1&".repeat(1001);
    assert_eq!(server.refused(Ask::post(PI, &many)).said(), "400 invalid_request_error - -");
}

#[test]
fn a_body_has_a_bound() {
    let server = Server::memory();
    let fits = format!("description={}", "x".repeat(1024 * 1024 - 12));
    let answer = server.refused(Ask::post(PI, &fits));
    assert_eq!(answer.said(), "400 invalid_request_error parameter_missing amount");
    let over = format!("{fits}x");
    assert_eq!(server.refused(Ask::post(PI, &over)).said(), "413 invalid_request_error - -");
}

#[test]
fn only_forms_are_read() {
    let server = Server::memory();
    let json = |kind: &str| {
        Ask::new("POST", PI).header("content-type", kind).body(r#"{"amount":100,"currency":"usd"}"#)
    };
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
        let answer = server.refused(json(kind));
        assert_eq!(answer.said(), "400 invalid_request_error - -", "{kind}");
        assert!(answer.message().contains("application/x-www-form-urlencoded"));
    }
    for kind in
        ["application/x-www-form-urlencoded; charset=utf-8", "APPLICATION/X-WWW-FORM-URLENCODED"]
    {
        let ask = Ask::new("POST", PI).header("content-type", kind).body("amount=100&currency=usd");
        assert_eq!(server.send(ask).status, 200, "{kind}");
    }
    let untyped = Ask::new("POST", PI).body("amount=100&currency=usd");
    assert_eq!(server.send(untyped).status, 200);
}

#[test]
fn urls_that_are_not_there() {
    let server = Server::memory();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/v1/nope"),
        ("GET", "/v1/payment_intents/"),
        ("POST", "/v1/payment_intents/pi_x/nope"),
        ("PUT", "/v1/payment_intents"),
        ("DELETE", "/v1/payment_intents/pi_x"),
        ("GET", "/v1/payment_intents/%ff"),
    ] {
        let answer = server.refused(Ask::new(method, path));
        assert_eq!(answer.said(), "404 invalid_request_error - -", "{method} {path}");
        let start = format!("Unrecognized request URL ({method}: {path}).");
        assert!(answer.message().starts_with(&start), "{}", answer.message());
    }
}

#[test]
fn spellings_of_official_clients_are_understood() {
    let server = Server::memory();
    for form in [
        "amount=1000&currency=usd&metadata[order]=6&expand[0]=latest_charge",
        "amount=1000&currency=usd&metadata%5Border%5D=6&expand%5B%5D=latest_charge",
        "amount=1000&currency=USD&metadata[order]=6&description=a+b%20c",
    ] {
        let made = server.made(PI, form);
        assert_eq!(made["metadata"]["order"], "6", "{form}");
    }
    let made = server.made(PI, "amount=1000&currency=usd&description=%C3%BC%26%3D[]");
    assert_eq!(made["description"], "\u{fc}&=[]");
    let answer = server.post(&format!("{PI}?expand[]=latest_charge"), "amount=1000&currency=usd");
    assert_eq!(answer.status, 200, "a query counts on POST too");
}
