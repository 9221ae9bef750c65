//! The settings as a merchant writes them: what is read, and the one sentence for each mistake.

use std::collections::BTreeMap;

use super::*;

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Settings with one source: its fields as JSON, and further variables.
fn parse(fields: &str, more: &[(&str, &str)]) -> Result<Config, Box<ConfigError>> {
    let sources = format!("{{\"shop\":{{{fields}}}}}");
    let mut all = BTreeMap::from([
        ("SOURCES", sources.as_str()),
        ("SECRET_SHOP", "hush-hush"),
        ("FORWARD_SECRET", WHSEC),
    ]);
    all.extend(more.iter().copied());
    let lookup = |name: &str| all.get(name).map(|value| (*value).to_owned());
    Config::parse(&lookup, &|name, method| {
        matches!((name, method), ("INBOX" | "LIMITER", "idFromName") | ("EVENTS", "send"))
    })
}

fn shop(fields: &str, more: &[(&str, &str)]) -> Source {
    match parse(fields, more) {
        Ok(config) => config.sources.into_values().remove(0),
        Err(error) => panic!("{}", error.sentence()),
    }
}

#[test]
fn a_source_with_nothing_said_has_the_defaults() {
    let source = shop(r#""scheme":"stripe""#, &[]);
    assert_eq!((source.name.as_str(), source.scheme), ("shop", Scheme::Stripe));
    assert!(matches!(source.hand_on, HandOn::Pull));
    assert!(!source.gapless && !source.drop_stale && source.fetch.is_none());
    let patience =
        Patience { gap_ms: 600_000, baseline_ms: 5_000, reorder_ms: 0, hold_ms: 3_600_000 };
    assert_eq!(source.patience, patience);
    assert_eq!(source.policy, Policy::Strict(farthing_core::webhook::Tolerance::DEFAULT));
    let config = parse(r#""scheme":"stripe""#, &[]).ok().unwrap();
    assert_eq!((config.shards, config.body_max_bytes), (8, 1 << 20));
    assert_eq!((config.keep_body_days, config.keep_id_days), (30, 90));
    assert!(config.schedule.tries() >= 24);
}

#[test]
fn everything_can_be_said() {
    let source = shop(
        r#""scheme":"slack","queue":"EVENTS","tolerance_s":60,"gap_wait_ms":0,"baseline_wait_ms":1,
           "reorder_ms":604800000,"hold_ms":2,"gapless":true,"stale":"drop","fulfil":"https://a.example/f",
           "fetch_from":"https://pay.example/base/","endpoint":"we_1""#,
        &[
            ("FETCH_KEY_SHOP", "rk_live_1"),
            ("FORWARD_SECRET_SHOP", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ],
    );
    assert!(matches!(&source.hand_on, HandOn::Queue { binding } if binding == "EVENTS"));
    assert_eq!(source.patience.reorder_ms, 604_800_000);
    assert!(source.gapless && source.drop_stale);
    let fetch = source.fetch.unwrap();
    assert_eq!(
        (fetch.base.as_str(), fetch.endpoint.as_str()),
        ("https://pay.example/base", "we_1")
    );
    assert_eq!(fetch.key.expose(), "rk_live_1");
    assert_eq!(source.fulfil.unwrap().url, "https://a.example/f");
    let config = parse(
        r#""scheme":"github","without_timestamp":true"#,
        &[
            ("FORWARD_SCHEDULE_MS", "0 10, 20\n604800000"),
            ("KEEP_BODY_DAYS", "100"),
            ("ALERT_URL", "https://a.example"),
            ("ALERT_SECRET", WHSEC),
            ("ALERT_FAILURES_PER_MINUTE", "5"),
        ],
    )
    .ok()
    .unwrap();
    assert_eq!((config.schedule.tries(), config.keep_id_days), (5, 100));
    assert_eq!(config.alert.unwrap().failures_per_minute, 5);
}

#[test]
fn secrets_have_labels_and_no_secret_is_taken_for_one() {
    let labels = |text: &str| -> Vec<Option<String>> {
        let source = shop(r#""scheme":"stripe""#, &[("SECRET_SHOP", text)]);
        source.secrets.iter().map(|secret| secret.label().map(str::to_owned)).collect()
    };
    let some = |label: &str| Some(label.to_owned());
    assert_eq!(labels("whsec_a  whsec_b\n"), [None, None]);
    assert_eq!(labels("new = whsec_a whsec_b old-1 = whsec_c"), [some("new"), None, some("old-1")]);
    // What a person may have made up for GitHub: none of it is a label.
    for secret in ["new:whsec_a", "a=b", "a=", "=a", "new=whsec_a", "==", "a,b"] {
        assert_eq!(labels(secret), [None], "{secret}");
    }
    assert_eq!(labels("x = a=b"), [some("x")]);
}

/// The sentence of a mistake, which never repeats what was written.
fn check(outcome: Result<Config, Box<ConfigError>>, expected: &str) {
    let sentence = outcome.err().map(|error| error.sentence()).unwrap_or_default();
    assert!(sentence.contains(expected), "{expected}: {sentence}");
    assert!(sentence.ends_with('.') && !sentence.contains("hush"), "{sentence}");
}

#[test]
fn each_mistake_in_a_source_is_one_sentence_without_the_value() {
    let stripe = r#""scheme":"stripe""#;
    let field = |field: &str| format!("{stripe},{field}");
    let of_source = [
        (r#""scheme":"hush""#.to_owned(), "scheme of source \"shop\""),
        (r#""scheme":"github""#.to_owned(), "without_timestamp of source \"shop\""),
        (r#""scheme":"shopify","without_timestamp":false"#.to_owned(), "without_timestamp of"),
        (field(r#""without_timestamp":true"#), "without_timestamp of source \"shop\""),
        (r#""scheme":"github","without_timestamp":true,"tolerance_s":5"#.to_owned(), "tolerance_s"),
        (field(r#""tolerance_s":0"#), "tolerance_s of source \"shop\""),
        (field(r#""tolerance_s":86401"#), "tolerance_s of source \"shop\""),
        (field(r#""forward":"http://hush.example""#), "forward of source \"shop\""),
        (field(r#""forward":"https://a:hush@b.example""#), "forward of source \"shop\""),
        (field(r#""fulfil":"hush""#), "fulfil of source \"shop\""),
        (field(r#""queue":"HUSH""#), "queue of source \"shop\""),
        (field(r#""queue":"INBOX""#), "queue of source \"shop\" in SOURCES names no queue"),
        (field(r#""queue":"hush hush""#), "queue of source \"shop\""),
        (field(r#""queue":"EVENTS","forward":"https://a.example""#), "queue of source \"shop\""),
        (field(r#""gap_wait_ms":604800001"#), "gap_wait_ms of source \"shop\""),
        (field(r#""hold_ms":4294967295"#), "hold_ms of source \"shop\""),
        (field(r#""stale":"hush""#), "stale of source \"shop\""),
        (field(r#""endpoint":"we_1""#), "endpoint of source \"shop\""),
        (field(r#""fetch_from":"https://a.example","endpoint":"hush""#), "endpoint of source"),
        (field(r#""fetch_from":"https://a.example?hush""#), "fetch_from of source \"shop\""),
        (field(r#""fetch_from":"https://a.example""#), "endpoint of source \"shop\""),
        (
            field(r#""fetch_from":"https://a.example","endpoint":"we_1""#),
            "FETCH_KEY_SHOP is not set",
        ),
        (field(r#""hush":1"#), "SOURCES is not the JSON"),
        (field(r#""hold_ms":-1"#), "SOURCES is not the JSON"),
        (field(r#""scheme":"hush""#), "SOURCES is not the JSON"),
    ];
    for (fields, expected) in of_source {
        check(parse(&fields, &[]), expected);
    }
}

#[test]
fn each_mistake_in_a_variable_is_one_sentence_without_the_value() {
    let stripe = r#""scheme":"stripe""#;
    let twice = r#"{"a":{"scheme":"stripe"},"a":{"scheme":"stripe"}}"#;
    let many: Vec<String> = (0..33).map(|n| format!(r#""s{n}":{{"scheme":"stripe"}}"#)).collect();
    let many = format!("{{{}}}", many.join(","));
    let variables = [
        ("SOURCES", "{\n  hush", "near its line 2, column"),
        ("SOURCES", twice, "SOURCES is not the JSON"),
        ("SOURCES", many.as_str(), "SOURCES has at most 32"),
        ("SOURCES", r#"{"a_b":{"scheme":"stripe"}}"#, "source number 1 in SOURCES"),
        ("SOURCES", r#"{"Hush":{"scheme":"stripe"}}"#, "source number 1 in SOURCES"),
        ("SECRET_SHOP", " ", "SECRET_SHOP is not set"),
        ("SECRET_SHOP", "hush, hush", "SECRET_SHOP holds a secret (number 1)"),
        ("SECRET_SHOP", "a = hush b =", "SECRET_SHOP holds a secret (number 2)"),
        ("SECRET_SHOP", "= hush", "SECRET_SHOP holds a secret (number 1)"),
        ("SECRET_SHOP", "A = hush", "SECRET_SHOP holds a secret (number 1)"),
        ("SECRET_SHOP", "a = hush a = hush2", "SECRET_SHOP holds a secret (number 2)"),
        ("SHARDS", "0", "SHARDS must be"),
        ("SHARDS", "65", "SHARDS must be"),
        ("BODY_MAX_BYTES", "1900001", "BODY_MAX_BYTES must be"),
        ("KEEP_ID_DAYS", "29", "KEEP_ID_DAYS must be a whole number from 30"),
        ("KEEP_BODY_DAYS", "0", "KEEP_BODY_DAYS must be"),
        ("FORWARD_TIMEOUT_MS", "hush", "FORWARD_TIMEOUT_MS must be"),
        ("FORWARD_SCHEDULE_MS", "1 hush", "Entry 2 of FORWARD_SCHEDULE_MS"),
        ("FORWARD_SCHEDULE_MS", "604800001", "Entry 1 of FORWARD_SCHEDULE_MS"),
        ("STATUS_TOKEN", "hush", "STATUS_TOKEN must have at least 16"),
        ("ALERT_URL", "hush", "ALERT_URL must be"),
        ("ALERT_URL", "https://a.example", "ALERT_SECRET is not set"),
        ("ALERT_FAILURES_PER_MINUTE", "0", "ALERT_FAILURES_PER_MINUTE must be"),
        ("PRICES", r#"{"tea":{"amount":1,"currency":"usd"}}"#, "API_BASE is not set"),
    ];
    for (variable, value, expected) in variables {
        check(parse(stripe, &[(variable, value)]), expected);
    }
    let forward = r#""scheme":"stripe","forward":"https://a.example""#;
    for (secret, expected) in [
        ("", "FORWARD_SECRET_SHOP is not set"),
        ("hush!", "FORWARD_SECRET holds a secret"),
        ("whsec_hushhush", "FORWARD_SECRET holds a secret"),
        ("whsec_hush hush", "FORWARD_SECRET holds a secret"),
    ] {
        check(parse(forward, &[("FORWARD_SECRET", secret)]), expected);
    }
    check(parse(r#""scheme":"standard""#, &[("SECRET_SHOP", "hush!")]), "SECRET_SHOP holds");
    let list = vec!["1"; 65].join(" ");
    check(parse(stripe, &[("FORWARD_SCHEDULE_MS", &list)]), "FORWARD_SCHEDULE_MS has at most 64");
}

#[test]
fn a_binding_that_is_needed_must_be_there() {
    let sources = r#"{"shop":{"scheme":"stripe"}}"#;
    let lookup = |name: &str| match name {
        "SOURCES" => Some(sources.to_owned()),
        "SECRET_SHOP" => Some("x".to_owned()),
        _ => None,
    };
    let sentence = Config::parse(&lookup, &|_, _| false).err().unwrap().sentence();
    assert!(sentence.starts_with("INBOX is not set"), "{sentence}");
    assert!(
        Config::parse(&|_| None, &|_, _| false).is_ok(),
        "nothing is set up, and nothing is open"
    );
    let checkout = |name: &str| {
        let value = match name {
            "PRICES" => r#"{"tea":{"amount":1,"currency":"usd"}}"#,
            "API_BASE" => "https://pay.example",
            "FARTHING_SECRET_KEY" => "sk_test_x",
            "FARTHING_PUBLISHABLE_KEY" => "pk_test_x",
            "CHECKOUT_SECRET" => "hush-hush-hush-hush-hush-hush-hush",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let sentence = Config::parse(&checkout, &|_, _| false).err().unwrap().sentence();
    assert!(sentence.starts_with("LIMITER is not set"), "{sentence}");
    for limit in ["LIMITER", "RATE_LIMIT"] {
        let config = Config::parse(&checkout, &|name, _| name == limit).ok().unwrap();
        assert_eq!(config.checkout.unwrap().per_minute, 30);
    }
    // What every page is given is a publishable key, of the mode of the secret one.
    for (page, server, expected) in [
        ("sk_live_hush", "pk_live_x", "FARTHING_SECRET_KEY holds a secret"),
        ("sk_live_hush", "sk_live_hush", "FARTHING_PUBLISHABLE_KEY must be"),
        ("rk_live_hush", "sk_live_x", "FARTHING_PUBLISHABLE_KEY must be"),
        ("pk_test_x sk_test_hush", "sk_test_x", "FARTHING_PUBLISHABLE_KEY must be"),
        ("pk_live_", "sk_live_x", "FARTHING_PUBLISHABLE_KEY must be"),
        ("pk_hush", "sk_live_x", "FARTHING_PUBLISHABLE_KEY must be"),
        ("pk_test_x", "hush", "FARTHING_SECRET_KEY holds a secret"),
        ("pk_test_x", "sk_test_hush\nx", "FARTHING_SECRET_KEY holds a secret"),
        ("pk_test_x", "sk_", "FARTHING_SECRET_KEY holds a secret"),
        ("pk_test_x", "sk_live_x", "must both be test keys"),
        ("pk_live_x", "rk_test_x", "must both be test keys"),
    ] {
        let swapped = |name: &str| match name {
            "FARTHING_PUBLISHABLE_KEY" => Some(page.to_owned()),
            "FARTHING_SECRET_KEY" => Some(server.to_owned()),
            _ => checkout(name),
        };
        check(Config::parse(&swapped, &|name, _| name == "LIMITER"), expected);
    }
    let off =
        |name: &str| if name == "CHECKOUT_PER_MINUTE" { Some("0".into()) } else { checkout(name) };
    assert!(Config::parse(&off, &|_, _| false).is_ok());
}
