//! The card frame's files, and who may embed it.

use farthing_acquirer::Faults;
use farthing_server::config::Config;

use crate::support::{Answer, Ask, Engine, OPERATOR, PUBLISHABLE, SECRET, Server};

fn frame(server: &Server, key: &str) -> Answer {
    server.send(Ask::get(&format!("/farthing/frame?key={key}")).by_nobody())
}

fn ancestors(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy").unwrap();
    policy.split_once("frame-ancestors ").unwrap().1.to_owned()
}

/// A server as an operator runs it.
fn real() -> Server {
    let config = Config { public_url: "https://pay.example".to_owned(), ..Config::default() };
    Server::with(Engine::Memory, config, Faults::none())
}

/// A publishable key for test mode, with what is asked for pages.
fn key(server: &Server, form: &str) -> String {
    let form = format!("merchant=1&{form}");
    let made = server.send(Ask::post("/v1/farthing/keys", &form).by(OPERATOR));
    assert_eq!(made.status, 200, "{}", made.body);
    made.json["keys"][1]["key"].as_str().unwrap().to_owned()
}

#[test]
fn the_frame_is_served_with_a_strict_policy() {
    let server = Server::memory();
    let frame = frame(&server, PUBLISHABLE);
    assert_eq!(frame.status, 200);
    let policy = frame.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self';"
        ),
        "{policy}"
    );
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    for (name, value) in [
        ("cache-control", "no-cache"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-embedder-policy", "require-corp"),
    ] {
        assert_eq!(frame.header(name), Some(value), "{name}");
    }
    assert!(frame.header("permissions-policy").unwrap().contains("payment=()"));
    assert!(frame.header("access-control-allow-origin").is_none(), "only its files are shared");
    assert!(!frame.body.contains("style=") && !frame.body.contains("<style"), "{}", frame.body);
    for (path, kind) in [
        ("/farthing/frame.css", "text/css; charset=utf-8"),
        ("/farthing/frame.js", "text/javascript; charset=utf-8"),
        ("/js/farthing.js", "text/javascript; charset=utf-8"),
    ] {
        let file = server.send(Ask::get(path).by_nobody());
        assert_eq!((file.status, file.header("content-type")), (200, Some(kind)), "{path}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        assert!(!file.body.is_empty());
    }
}

#[test]
fn a_development_frame_is_for_pages_of_this_machine() {
    let server = Server::memory();
    let list = ancestors(&frame(&server, PUBLISHABLE));
    assert!(list.starts_with("http://localhost:* ") && list.contains(" http://127.0.0.1:* "));
    assert!(!list.split(' ').any(|source| source == "*" || source == "https:"), "{list}");
    let named = key(&server, "origins[]=https://shop.example");
    assert!(
        ancestors(&frame(&server, &named)).starts_with("https://shop.example http://localhost")
    );
}

#[test]
fn a_frame_is_embedded_by_the_origins_of_its_key() {
    let server = real();
    let one = key(&server, "origins[]=https://shop.example&origins[]=http://localhost:5173");
    let other = key(&server, "origins[]=https://other.example");
    let none = key(&server, "");
    for (key, list) in [
        (&one, "http://localhost:5173 https://shop.example"),
        (&other, "https://other.example"),
        (&none, "'none'"),
    ] {
        assert_eq!(ancestors(&frame(&server, key)), list);
    }
    let change = |form: &str| {
        let path = format!("/v1/farthing/keys/{one}");
        server.send(Ask::post(&path, form).by(OPERATOR))
    };
    assert_eq!(change("origins[]=https://new.example").status, 200);
    assert_eq!(ancestors(&frame(&server, &one)), "https://new.example");
    assert_eq!(change("origins=").status, 200);
    assert_eq!(ancestors(&frame(&server, &one)), "'none'");
    assert_eq!(ancestors(&frame(&server, &other)), "https://other.example");
}

#[test]
fn without_a_publishable_key_there_is_no_frame() {
    for server in [Server::memory(), real()] {
        for query in [
            "",
            "?key=",
            "?key=pk_test_nope",
            "?nope=1",
            "?key=%ff",
            &format!("?key={SECRET}"),
            &format!("?key={OPERATOR}"),
        ] {
            let path = format!("/farthing/frame{query}");
            let answer = server.send(Ask::get(&path).by_nobody());
            assert_eq!(answer.status, 404, "{query}");
            assert_eq!(ancestors(&answer), "'none'", "{query}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }
}
