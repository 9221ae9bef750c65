//! Restricted keys, caps, rolling, ending, and accounts that a platform acts for.

use serde_json::{Value, json};

use crate::support::{Answer, Ask, Engine, LIVE, OPERATOR, SECRET, STRANGER, Server, id};

const KEYS: &str = "/v1/farthing/keys";
const PI: &str = "/v1/payment_intents";

/// A restricted key of the dev merchant, made by its own secret key.
fn restricted(server: &Server, rights: &str) -> Value {
    server.made(KEYS, &format!("class=restricted&{rights}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

fn by(server: &Server, key: &Value, line: &str) -> Answer {
    server.send(Ask::line(line).by(key["key"].as_str().unwrap()))
}

fn pay(amount: i64) -> String {
    format!("POST {PI} amount={amount}&currency=usd&payment_method=pm_card_visa&confirm=true")
}

#[test]
fn a_restricted_key_opens_what_its_scopes_name() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let paid = server.paid(1000);
        let key = restricted(
            &server,
            "name=Reports&scopes[payment_intents]=read&scopes[refunds]=write&scopes[charges]=none",
        );
        assert!(text(&key["key"]).starts_with("rk_test_"));
        assert_eq!(key["scopes"], json!({"payment_intents": "read", "refunds": "write"}));
        let pi = id(&paid);
        for (line, said) in [
            (format!("GET {PI}"), "200 list -"),
            (format!("GET {PI}/{pi}"), "200 payment_intent succeeded"),
            ("GET /v1/refunds".to_owned(), "200 list -"),
            (format!("POST /v1/refunds payment_intent={pi}&amount=100"), "200 refund succeeded"),
        ] {
            assert_eq!(by(&server, &key, &line).said(), said, "{line}");
        }
        let no = "403 invalid_request_error more_permissions_required -";
        for line in [
            format!("POST {PI} amount=100&currency=usd"),
            format!("POST {PI}/{pi} description=x"),
            format!("GET {PI}/{pi}?expand[]=latest_charge"),
            format!("GET {PI}?expand[]=data.customer"),
            "GET /v1/charges".to_owned(),
            "GET /v1/balance".to_owned(),
            "GET /v1/nope".to_owned(),
            format!("POST {KEYS} class=restricted&scopes[charges]=write"),
            format!("GET {KEYS}"),
            "POST /v1/farthing/merchants name=x&number=9".to_owned(),
        ] {
            if line.contains("nope") {
                assert_eq!(by(&server, &key, &line).status, 404);
                continue;
            }
            let ask = Ask::line(&line).by(key["key"].as_str().unwrap());
            assert_eq!(server.refused(ask).said(), no, "{line}");
        }
        let refused = by(&server, &key, "GET /v1/charges");
        assert!(refused.message().contains("'read' on 'charges'"), "{}", refused.message());
        assert!(!refused.body.contains(&text(&key["key"])), "masked");
    }
}

#[test]
fn who_may_make_which_keys() {
    let server = Server::memory();
    for (line, key, said) in [
        (format!("POST {KEYS} class=secret"), SECRET, "403 invalid_request_error - -"),
        (format!("POST {KEYS} class=publishable"), SECRET, "403 invalid_request_error - -"),
        (format!("POST {KEYS}"), SECRET, "400 invalid_request_error parameter_missing class"),
        (
            format!("POST {KEYS} class=restricted"),
            SECRET,
            "400 invalid_request_error parameter_missing scopes",
        ),
        (
            format!("POST {KEYS} class=restricted&scopes[charges]=read&merchant=2"),
            SECRET,
            "400 invalid_request_error parameter_unknown merchant",
        ),
        (
            format!("POST {KEYS} class=restricted&scopes[nope]=read&merchant=1"),
            OPERATOR,
            "400 invalid_request_error parameter_unknown scopes[nope]",
        ),
        (
            format!("POST {KEYS} class=restricted&scopes[charges]=all&merchant=1"),
            OPERATOR,
            "400 invalid_request_error - scopes[charges]",
        ),
        (
            format!("POST {KEYS} class=secret&scopes[charges]=read&merchant=1"),
            OPERATOR,
            "400 invalid_request_error - class",
        ),
        (
            format!("POST {KEYS} class=restricted&scopes[charges]=read&merchant=77"),
            OPERATOR,
            "400 invalid_request_error resource_missing merchant",
        ),
        (
            format!("POST {KEYS} class=restricted&scopes[charges]=read&caps[amount]=1"),
            SECRET,
            "400 invalid_request_error parameter_missing caps[currency]",
        ),
        (
            format!(
                "POST {KEYS} class=restricted&scopes[charges]=read&caps[currency]=usd&caps[window_seconds]=9"
            ),
            SECRET,
            "400 invalid_request_error parameter_missing caps[total_amount]",
        ),
        (
            format!(
                "POST {KEYS} class=restricted&scopes[charges]=read&caps[currency]=usd&caps[amount]=-1"
            ),
            SECRET,
            "400 invalid_request_error parameter_invalid_integer caps[amount]",
        ),
        (
            format!("POST {KEYS} class=restricted&scopes[charges]=read&expires_in=0"),
            SECRET,
            "400 invalid_request_error parameter_invalid_integer expires_in",
        ),
    ] {
        assert_eq!(server.refused(Ask::line(&line).by(key)).said(), said, "{line}");
    }
    let line = format!("POST {KEYS} class=secret&merchant=2&livemode=true&name=Main");
    let made = server.send(Ask::line(&line).by(OPERATOR)).json;
    assert!(text(&made["key"]).starts_with("sk_live_"));
    assert_eq!((&made["name"], &made["merchant"]), (&"Main".into(), &2.into()));
}

#[test]
fn caps_hold_whatever_comes_at_one_time() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let key = restricted(
            &server,
            "scopes[payment_intents]=write&scopes[refunds]=write&caps[currency]=usd&caps[amount]=500&caps[total_amount]=1000",
        );
        let capped = "403 invalid_request_error key_cap_exceeded amount";
        let refused = |line: &str, said: &str| {
            let ask = Ask::line(line).by(key["key"].as_str().unwrap());
            assert_eq!(server.refused(ask).said(), said, "{line}");
        };
        refused(&pay(501), capped);
        refused(&format!("POST {PI} amount=501&currency=usd"), capped);
        refused(
            &format!("POST {PI} amount=100&currency=eur"),
            "403 invalid_request_error key_cap_exceeded currency",
        );
        // Declined: counted while it was under way, and given back.
        let declined = pay(500).replace("pm_card_visa", "pm_card_chargeDeclined");
        assert_eq!(by(&server, &key, &declined).status, 402);
        // Eight at once, each of them twice under one idempotency key: two fit.
        let asks = (0..16).map(|n| {
            let ask = Ask::line(&pay(400)).by(key["key"].as_str().unwrap());
            ask.idempotent(&format!("job-{}", n / 2))
        });
        let answers = server.send_all(asks);
        let paid: std::collections::BTreeSet<&str> =
            answers.iter().filter(|one| one.status == 200).map(Answer::id).collect();
        assert_eq!(paid.len(), 2, "{answers:?}");
        assert_eq!(server.charges_in_the_book(), 2);
        refused(&pay(201), capped);
        // A refund moves funds too.
        let one = paid.first().unwrap().to_string();
        refused(&format!("POST /v1/refunds payment_intent={one}&amount=201"), capped);
        let line = format!("POST /v1/refunds payment_intent={one}&amount=150");
        assert_eq!(by(&server, &key, &line).status, 200);
        refused(&pay(51), capped);
        assert_eq!(by(&server, &key, &pay(50)).status, 200);
        // The merchant's own key knows no caps.
        server.paid(5000);
        assert_eq!(server.app.store.books().unwrap().first_bad, None);
    }
}

#[test]
fn a_key_with_caps_sends_nothing_to_a_bank() {
    let server = Server::memory();
    let funds = "amount=10000&currency=usd&payment_method=pm_card_bypassPending&confirm=true";
    server.made(PI, funds);
    let payout = server.made("/v1/payouts", "amount=10&currency=usd");
    let payout = payout["id"].as_str().unwrap();
    let bank = "/v1/farthing/bank_accounts";
    let account = "country=US&currency=usd&routing_number=110000000&account_number=000123456789";
    let lines = [
        "POST /v1/payouts amount=10&currency=usd".to_owned(),
        format!("POST /v1/payouts/{payout} metadata[a]=b"),
        format!("POST /v1/payouts/{payout}/cancel"),
        format!("POST {bank} {account}&default_for_currency=true"),
        "POST /v1/farthing/payout_settings interval=daily".to_owned(),
    ];
    let key = restricted(&server, "scopes[payouts]=write&caps[currency]=usd");
    for line in &lines {
        let ask = Ask::line(line).by(key["key"].as_str().unwrap());
        let said = server.refused(ask).said();
        assert_eq!(said, "403 invalid_request_error key_cap_exceeded -", "{line}");
    }
    assert_eq!(by(&server, &key, "GET /v1/payouts").status, 200);
    let key = restricted(&server, "scopes[payouts]=write");
    for line in &lines {
        assert_eq!(by(&server, &key, line).status, 200, "{line}");
    }
}

#[test]
fn what_is_canceled_was_not_spent() {
    let server = Server::memory();
    let rights = "scopes[payment_intents]=write&caps[currency]=usd&caps[total_amount]=600";
    let key = restricted(&server, rights);
    let held = by(&server, &key, &format!("{}&capture_method=manual", pay(600)));
    assert_eq!(held.said(), "200 payment_intent requires_capture");
    assert_eq!(by(&server, &key, &pay(50)).status, 403);
    assert_eq!(by(&server, &key, &format!("POST {PI}/{}/cancel", held.id())).status, 200);
    // Waiting for its holder it may cost; with another amount it must be confirmed anew.
    let form = pay(500).replace("pm_card_visa", "pm_card_authenticationRequired");
    let waits = by(&server, &key, &form);
    assert_eq!(waits.said(), "200 payment_intent requires_action");
    assert_eq!(by(&server, &key, &pay(101)).status, 403);
    let path = format!("POST {PI}/{}", waits.id());
    assert_eq!(by(&server, &key, &format!("{path} amount=550")).status, 200);
    let paid = by(&server, &key, &pay(100));
    assert_eq!(paid.status, 200);
    assert_eq!(by(&server, &key, &format!("{path}/confirm")).status, 403);
    assert_eq!(by(&server, &key, &format!("{path} amount=500")).status, 200);
    assert_eq!(by(&server, &key, &format!("{path}/confirm")).status, 200);
    assert_eq!(server.app.store.books().unwrap().first_bad, None);
}

#[test]
fn who_captures_a_hold_pays_for_it() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let rights = "scopes[payment_intents]=write&caps[currency]=usd&caps[total_amount]=1000";
        let (one, two) = (restricted(&server, rights), restricted(&server, rights));
        let manual = "&capture_method=manual&payment_method_options[card][request_multicapture]=if_available";
        let held = |amount| format!("{}{manual}", pay(amount));
        let capture = |id: &str, form: &str| format!("POST {PI}/{id}/capture {form}");
        let no = "403 invalid_request_error key_cap_exceeded";
        // Held by the merchant's own key: a part counts as the whole, and once.
        let own = server.send(Ask::line(&held(700)));
        let part = capture(own.id(), "amount_to_capture=200&final_capture=false");
        assert_eq!(by(&server, &one, &part).status, 200);
        assert_eq!(by(&server, &one, &part).status, 200);
        assert_eq!(by(&server, &one, &pay(301)).said(), format!("{no} amount"));
        // What one key has captured of, another with caps cannot capture; the merchant's own can.
        assert_eq!(by(&server, &two, &part).said(), format!("{no} -"));
        assert_eq!(
            server.send(Ask::line(&capture(own.id(), ""))).said(),
            "200 payment_intent succeeded"
        );
        // More than is left is not captured, whoever held it.
        let large = server.send(Ask::line(&held(400)));
        let said = by(&server, &one, &capture(large.id(), "amount_to_capture=1")).said();
        assert_eq!(said, format!("{no} amount"));
        // Held by one and captured by the other: it counts on the other, and no more on the first.
        let theirs = by(&server, &one, &held(300));
        assert_eq!(by(&server, &one, &pay(1 + 99)).said(), format!("{no} amount"));
        assert_eq!(by(&server, &two, &capture(theirs.id(), "")).status, 200);
        assert_eq!(by(&server, &one, &pay(300)).status, 200);
        assert_eq!(by(&server, &two, &pay(701)).said(), format!("{no} amount"));
        assert_eq!(by(&server, &two, &pay(700)).status, 200);
        assert_eq!(server.app.store.books().unwrap().first_bad, None);
    }
}

#[test]
fn a_rolled_key_and_its_successor_share_their_caps_and_both_work() {
    let server = Server::memory();
    let rights = "scopes[payment_intents]=write&caps[currency]=usd&caps[total_amount]=600&caps[window_seconds]=31536000&name=agent";
    let old = restricted(&server, rights);
    assert_eq!(by(&server, &old, &pay(400)).status, 200);
    let path = format!("{KEYS}/{}", id(&old));
    let new = server.made(&format!("{path}/roll"), "expires_in=3600");
    assert_eq!((&new["name"], &new["caps"]), (&old["name"], &old["caps"]));
    assert_eq!(new["replaces"]["id"], old["id"]);
    for key in [&old, &new] {
        assert_eq!(by(&server, key, &format!("GET {PI}")).status, 200);
        assert_eq!(by(&server, key, &pay(201)).status, 403, "rolling gives nothing back");
    }
    assert_eq!(by(&server, &new, &pay(150)).status, 200);
    // At once, by the operator; nothing of what was remembered is left.
    let line = format!("POST {KEYS}/{}/roll expires_in=0", id(&new));
    let newest = server.send(Ask::line(&line).by(OPERATOR)).json;
    let ended = by(&server, &new, &format!("GET {PI}"));
    assert_eq!(ended.said(), "401 invalid_request_error api_key_expired -");
    assert_eq!(by(&server, &newest, &format!("GET {PI}")).status, 200);
    let again = server.refused(Ask::line(&line).by(OPERATOR));
    assert_eq!(again.said(), "400 invalid_request_error - key");
    for (form, said) in [
        ("expires_in=604801", "400 invalid_request_error parameter_invalid_integer expires_in"),
        ("expires_in=-1", "400 invalid_request_error parameter_invalid_integer expires_in"),
    ] {
        assert_eq!(server.refused(Ask::post(&format!("{path}/roll"), form)).said(), said);
    }
}

#[test]
fn keys_are_listed_and_ended_and_say_when_they_were_used() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let made: Vec<Value> = (0..3).map(|_| restricted(&server, "scopes[events]=read")).collect();
        let list = server.get(&format!("{KEYS}?limit=2")).json;
        assert_eq!((list["data"].as_array().unwrap().len(), &list["has_more"]), (2, &true.into()));
        let second = text(&list["data"][1]["id"]);
        let others = server.get(&format!("{KEYS}?limit=100&starting_after={second}")).json;
        let back = server.get(&format!("{KEYS}?limit=1&ending_before={second}")).json;
        assert_eq!(back["data"][0]["id"], list["data"][0]["id"]);
        let all: Vec<&Value> = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .chain(others["data"].as_array().unwrap())
            .collect();
        assert!(all.iter().all(|key| key.get("key").is_none()), "a text is shown once");
        let find = |key: &Value| all.iter().find(|each| each["id"] == key["id"]).unwrap();
        assert_eq!(find(&made[0])["last_used"], Value::Null);
        assert_eq!(by(&server, &made[0], "GET /v1/events").status, 200);
        let path = format!("{KEYS}/{}", id(&made[0]));
        assert!(server.get(&path).json["last_used"].is_i64());
        let stored = || {
            server
                .rows()
                .into_iter()
                .filter(|row| format!("{row:?}").contains("last_used: Some"))
                .count()
        };
        assert_eq!(stored(), 0, "not on the way of a request");
        server.block_on(farthing_server::keys::record_uses(&server.app)).unwrap();
        assert!(stored() >= 2, "the secret key and the restricted one");
        let gone = server.send(Ask::new("DELETE", &path));
        assert_eq!((gone.status, &gone.json["status"]), (200, &"ended".into()));
        assert_eq!(
            by(&server, &made[0], "GET /v1/events").said(),
            "401 invalid_request_error api_key_expired -"
        );
        assert_eq!(server.get(&path).json["status"], "ended", "it stays in the list");
        for cursor in ["starting_after", "ending_before"] {
            let answer = server.refused(Ask::get(&format!("{KEYS}?{cursor}=key_nope")));
            assert_eq!(
                answer.said(),
                format!("400 invalid_request_error resource_missing {cursor}")
            );
        }
        // Of another merchant, or another class than it may touch, a secret key learns nothing.
        let operators = server.send(Ask::get(KEYS).by(OPERATOR)).json;
        assert_eq!(operators["data"][0]["class"], "operator");
        let secret = all.iter().find(|key| key["class"] == "secret").unwrap();
        for (key, of) in [(STRANGER, &made[1]), (SECRET, *secret), (SECRET, &operators["data"][0])]
        {
            for ask in [
                Ask::get(&format!("{KEYS}/{}", id(of))),
                Ask::new("DELETE", &format!("{KEYS}/{}", id(of))),
                Ask::post(&format!("{KEYS}/{}/roll", id(of)), ""),
            ] {
                let answer = server.refused(ask.by(key));
                assert_eq!(answer.said(), "404 invalid_request_error resource_missing key");
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "wall time itself is tested")]
fn a_key_ends_by_wall_time() {
    let server = Server::memory();
    let key = restricted(&server, "scopes[payment_intents]=read&expires_in=1");
    assert_eq!(by(&server, &key, &format!("GET {PI}")).status, 200);
    server.post("/v1/farthing/test_clock/advance", "seconds=86400");
    assert_eq!(by(&server, &key, &format!("GET {PI}")).status, 200, "no test clock ends it");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let ended = by(&server, &key, &format!("GET {PI}"));
    assert_eq!(ended.said(), "401 invalid_request_error api_key_expired -");
    assert!(ended.message().starts_with("Expired API Key provided: rk_test_***"));
}

#[test]
fn a_platform_acts_for_its_accounts_and_for_no_other() {
    for engine in [Engine::Memory, Engine::Sqlite] {
        let server = Server::new(engine);
        let open = |form: &str| {
            let made = server.send(Ask::post("/v1/farthing/merchants", form).by(OPERATOR));
            assert_eq!(made.status, 200, "{}", made.body);
            made.json
        };
        let account = open("name=Seller&number=7&platform=1");
        let other = open("name=Other&number=8");
        assert_eq!((&account["platform"], &other["platform"]), (&1.into(), &Value::Null));
        let form = "amount=1000&currency=usd";
        let ask = || Ask::post(PI, form).header("stripe-account", id(&account));
        let made = server.send(ask());
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(made.header("stripe-account"), Some(id(&account)), "echoed");
        let path = format!("{PI}/{}", made.id());
        assert_eq!(server.get(&path).status, 404, "not the platform's own");
        let seen = server.send(Ask::get(&path).header("stripe-account", id(&account)));
        assert_eq!(seen.status, 200);
        let own = text(&account["keys"][0]["key"]);
        assert_eq!(server.send(Ask::get(&path).by(&own)).status, 200, "and the account's own");
        let rk = restricted(&server, "scopes[payment_intents]=write");
        let no = "403 invalid_request_error - -";
        let mut bodies = std::collections::BTreeSet::new();
        for (key, account) in [
            (SECRET, id(&other)),
            (SECRET, "acct_1"),
            (SECRET, ""),
            (STRANGER, id(&account)),
            (OPERATOR, id(&account)),
            (rk["key"].as_str().unwrap(), id(&account)),
        ] {
            let refused = server.refused(Ask::get(PI).by(key).header("stripe-account", account));
            assert_eq!(refused.said(), no, "{key} {account}");
            bodies.insert(refused.body);
        }
        assert_eq!(bodies.len(), 1, "one answer for all of them");
        let live = server.refused(ask().by(LIVE));
        assert_eq!(live.said(), "403 invalid_request_error testmode_charges_only -");
        for platform in ["0", "77", "9"] {
            let form = format!("name=x&number=9&platform={platform}");
            let ask = Ask::post("/v1/farthing/merchants", &form).by(OPERATOR);
            let said = server.refused(ask).said();
            assert_eq!(said, "400 invalid_request_error resource_missing platform");
        }
    }
}
