//! The card frame's files.

use farthing_server::config::Config;

use crate::support::{Ask, Engine, Server};

#[test]
fn the_frame_is_served_with_a_strict_policy() {
    let server = Server::memory();
    let frame = server.send(Ask::get("/farthing/frame").by_nobody());
    assert_eq!(frame.status, 200);
    let policy = frame.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"),
        "{policy}"
    );
    assert!(policy.ends_with("frame-ancestors *"), "{policy}");
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
fn who_may_embed_it_is_the_operators_choice() {
    let ancestors = Some("https://shop.example".to_owned());
    let config = Config { frame_ancestors: ancestors, ..Config::dev() };
    let server = Server::with(Engine::Memory, config, farthing_acquirer::Faults::none());
    let frame = server.send(Ask::get("/farthing/frame").by_nobody());
    let policy = frame.header("content-security-policy").unwrap();
    assert!(policy.ends_with("frame-ancestors https://shop.example"), "{policy}");
}
