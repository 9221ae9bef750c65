//! What an operator does.

use farthing_acquirer::Faults;
use farthing_domain::view::Row;
use farthing_server::config::Config;

use crate::support::{Answer, Ask, Engine, OPERATOR, PUBLISHABLE, SECRET, Server};

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
        ("name=x&number=1", "400 invalid_request_error resource_already_exists number"),
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

const KEYS: &str = "/v1/farthing/keys";

fn operator(server: &Server, line: &str) -> Answer {
    server.send(Ask::line(line).by(OPERATOR))
}

#[test]
fn keys_are_made_with_the_origins_of_their_pages() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let form = "merchant=1&origins[]=https://b.example&origins[]=https://a.example:8443&origins[]=https://b.example&allow_scripts=true";
        let made = operator(&server, &format!("POST {KEYS} {form}"));
        assert_eq!(made.status, 200, "{}", made.body);
        let keys = made.json["keys"].as_array().unwrap();
        let list = serde_json::json!(["https://b.example", "https://a.example:8443"]);
        for (key, class, scripts) in [
            (0, "secret", None),
            (1, "publishable", Some(true)),
            (2, "secret", None),
            (3, "publishable", Some(false)),
        ] {
            let key = &keys[key];
            assert_eq!(key["class"], class);
            assert_eq!(key["allow_scripts"].as_bool(), scripts, "scripts are for test mode alone");
            assert_eq!(key.get("origins").is_some(), scripts.is_some());
        }
        assert_eq!(keys[1]["origins"], list);
        let path = format!("{KEYS}/{}", keys[1]["key"].as_str().unwrap());
        let seen = operator(&server, &format!("GET {path}"));
        assert_eq!(seen.json["object"], "farthing.key");
        assert_eq!(seen.json["origins"], list);
        for (form, origins, scripts) in [
            ("", list.clone(), true),
            ("allow_scripts=false", list.clone(), false),
            ("origins[]=https://c.example", serde_json::json!(["https://c.example"]), false),
            ("origins=&allow_scripts=true", serde_json::json!([]), true),
        ] {
            let after = operator(&server, &format!("POST {path} {form}"));
            assert_eq!((after.status, &after.json["origins"]), (200, &origins), "{form}");
            assert_eq!(after.json["allow_scripts"], scripts, "{form}");
            assert_eq!(operator(&server, &format!("GET {path}")).json, after.json, "{form}");
        }
    }
}

#[test]
fn what_is_no_origin_is_refused_by_its_place_and_its_fault() {
    let server = Server::memory();
    let many =
        (0..21).fold(String::new(), |all, n| format!("{all}&origins[]=https://s{n}.example"));
    let live = operator(&server, &format!("POST {KEYS} merchant=1")).json["keys"][3]["key"].clone();
    let live = live.as_str().unwrap();
    let update = format!("POST {KEYS}/{PUBLISHABLE}");
    for (line, said) in [
        (format!("POST {KEYS} merchant=1{many}"), "400 invalid_request_error - origins"),
        (format!("{update} a=1{many}"), "400 invalid_request_error parameter_unknown a"),
        (format!("{update} {}", &many[1..]), "400 invalid_request_error - origins"),
        (
            format!(
                "POST {KEYS} merchant=1&origins[]=https://a.example&origins[]=https://b.example/"
            ),
            "400 invalid_request_error origin_path origins[1]",
        ),
        (format!("{update} origins[]=*"), "400 invalid_request_error origin_wildcard origins[0]"),
        (format!("{update} origins[]=null"), "400 invalid_request_error origin_null origins[0]"),
        (
            format!("{update} origins[]=http://shop.example"),
            "400 invalid_request_error origin_insecure origins[0]",
        ),
        (format!("{update} origins[]="), "400 invalid_request_error origin_empty origins[0]"),
        (format!("{update} origins=https://shop.example"), "400 invalid_request_error - origins"),
        (format!("{update} allow_scripts=maybe"), "400 invalid_request_error - allow_scripts"),
        (
            format!("POST {KEYS}/{live} allow_scripts=true"),
            "400 invalid_request_error - allow_scripts",
        ),
        (
            format!("POST {KEYS}/{SECRET} origins="),
            "404 invalid_request_error resource_missing key",
        ),
        (
            format!("POST {KEYS}/pk_test_nope origins="),
            "404 invalid_request_error resource_missing key",
        ),
        (format!("GET {KEYS}/{OPERATOR}"), "404 invalid_request_error resource_missing key"),
    ] {
        let answer = server.refused(Ask::line(&line).by(OPERATOR));
        assert_eq!(answer.said(), said, "{line}");
        assert!(!answer.body.contains(SECRET), "a secret key is not repeated: {}", answer.body);
    }
    for key in [SECRET, PUBLISHABLE] {
        let answer = server.refused(Ask::line(&format!("{update} origins=")).by(key));
        assert_eq!(answer.said(), "403 invalid_request_error - -");
    }
}

#[test]
fn a_key_that_changes_is_not_remembered_as_it_was() {
    let server = Server::memory();
    let card = "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=34";
    let tokenise = || server.send(Ask::post("/v1/payment_methods", card).by(PUBLISHABLE)).status;
    let update = |form: &str| {
        let line = format!("POST {KEYS}/{PUBLISHABLE} {form}");
        assert_eq!(operator(&server, &line).status, 200);
    };
    assert_eq!(tokenise(), 403);
    update("allow_scripts=true");
    assert_eq!(tokenise(), 200);
    update("allow_scripts=false");
    assert_eq!(tokenise(), 403);
}

/// Whenever the operator hangs up: what the process remembers of a key is what is stored.
#[test]
fn a_key_is_not_remembered_as_it_was_when_its_operator_hangs_up() {
    let mut changes = 0;
    for engine in [Engine::Memory, Engine::Sqlite] {
        for turns in 1..10 {
            let server = Server::new(engine);
            let path = format!("{KEYS}/{PUBLISHABLE}");
            let seen =
                |line: &str| operator(&server, line).json["allow_scripts"].as_bool().unwrap();
            assert!(!seen(&format!("GET {path}")), "remembered from now on");
            server.hang_up(Ask::post(&path, "allow_scripts=true").by(OPERATOR), turns);
            let stored = server.rows().into_iter().any(|row| match row {
                Row::ApiKey(key) => {
                    key.pages.allow_scripts
                        && key.hash == server.app.vault.hash_api_key(PUBLISHABLE)
                }
                _ => false,
            });
            assert_eq!(seen(&format!("GET {path}")), stored, "{engine:?} after {turns}");
            changes += usize::from(stored);
        }
    }
    assert!(changes > 0, "the change was on its way at least once");
}

/// Mounted into the shop's own origin, the frame would keep nothing from the shop's scripts.
#[test]
fn the_servers_own_origin_is_no_shop() {
    let public_url = "https://shop.example/pay".to_owned();
    let config = Config { public_url, ..Config::default() };
    let server = Server::with(Engine::Memory, config, Faults::none());
    let key = operator(&server, &format!("POST {KEYS} merchant=1")).json["keys"][1]["key"].clone();
    let key = key.as_str().unwrap();
    let own = "origins[]=https://other.example&origins[]=https://shop.example";
    for line in [
        format!("POST {KEYS} merchant=1&{own}"),
        format!("POST {KEYS}/{key} {own}"),
        format!("POST /v1/farthing/merchants name=x&number=7&{own}"),
    ] {
        let answer = server.refused(Ask::line(&line).by(OPERATOR));
        assert_eq!(answer.said(), "400 invalid_request_error origin_own origins[1]", "{line}");
    }
    let near = "origins[]=https://www.shop.example&origins[]=https://shop.example:8443";
    assert_eq!(operator(&server, &format!("POST {KEYS}/{key} {near}")).status, 200);
}
