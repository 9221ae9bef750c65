//! Every case of the shared vectors about webhook signatures. Their signatures were computed by
//! another implementation.

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{
    Evidence, Headers, Packed, Policy, Scheme, Secret, StandardHeaders, Tolerance, Verified,
    VerifyError, diagnose_stripe, pack, pack_key, sign_headers, standard_header, stripe_header,
    verify, verify_standard, verify_stripe,
};
use serde_json::{Value, json};

use crate::read::{body, each_case, moment, number, text};

#[test]
fn stripe() {
    each_case("webhook-stripe.json", 135, |case| {
        let secrets: Vec<Secret> = secrets(case).map(Secret::stripe).collect();
        let body = body(case);
        if text(case, "does") == "sign" {
            let secrets: Vec<&Secret> = secrets.iter().collect();
            return json!({"header": stripe_header(&secrets, moment(case, "at_ms"), &body)});
        }
        let (header, now) = (text(case, "header"), moment(case, "now_ms"));
        let tolerance = match tolerance(case) {
            Ok(tolerance) => tolerance,
            Err(refused) => return refused,
        };
        match text(case, "does") {
            "verify" => outcome(verify_stripe(&secrets, header, &body, now, tolerance)),
            "diagnose" => {
                let found = diagnose_stripe(&secrets, header, &body, now, tolerance);
                for finding in &found {
                    assert!(finding.hint.ends_with(['.', '?']), "a hint is a sentence");
                    for secret in self::secrets(case).filter(|secret| secret.len() > 8) {
                        assert!(!finding.hint.contains(secret), "a hint never quotes a secret");
                    }
                }
                let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
                json!({ "findings": codes })
            }
            other => panic!("webhook-stripe.json asks for {other}"),
        }
    });
}

#[test]
fn standard() {
    each_case("webhook-standard.json", 45, |case| {
        let secrets = match secrets(case).map(Secret::standard).collect::<Result<Vec<_>, _>>() {
            Ok(secrets) => secrets,
            Err(error) => return json!({"error": error.code()}),
        };
        let body = body(case);
        match text(case, "does") {
            "sign" => {
                let secrets: Vec<&Secret> = secrets.iter().collect();
                let (id, at) = (text(case, "id"), moment(case, "at_ms"));
                json!({"header": standard_header(&secrets, id, at, &body)})
            }
            "verify" => {
                let headers = &case["headers"];
                let headers = StandardHeaders {
                    id: text(headers, "id"),
                    timestamp: text(headers, "timestamp"),
                    signature: text(headers, "signature"),
                };
                let tolerance = tolerance(case).expect("a tolerance");
                let now = moment(case, "now_ms");
                outcome(verify_standard(&secrets, headers, &body, now, tolerance))
            }
            other => panic!("webhook-standard.json asks for {other}"),
        }
    });
}

#[test]
fn github_shopify_and_slack() {
    let files = [
        (Scheme::GitHub, "webhook-github.json", 19),
        (Scheme::Shopify, "webhook-shopify.json", 15),
        (Scheme::Slack, "webhook-slack.json", 20),
    ];
    for (scheme, file, at_least) in files {
        each_case(file, at_least, |case| {
            let secrets: Vec<Secret> =
                secrets(case).map(|text| scheme.secret(text).expect("any text")).collect();
            let body = body(case);
            if text(case, "does") == "sign" {
                let secrets: Vec<&Secret> = secrets.iter().collect();
                let signed = sign_headers(scheme, &secrets, "", moment(case, "at_ms"), &body);
                let names = scheme.headers();
                let values = [signed.id, signed.timestamp, signed.signature];
                let pairs = [names.id, names.timestamp, names.signature].into_iter().zip(values);
                let headers: serde_json::Map<String, Value> = pairs
                    .filter(|(name, _)| !name.is_empty())
                    .map(|(name, value)| (name.to_owned(), Value::from(value)))
                    .collect();
                return json!({ "headers": headers });
            }
            let (timestamp, signature) = match case.get("header") {
                Some(header) => ("", header.as_str().expect("text")),
                None => (text(&case["headers"], "timestamp"), text(&case["headers"], "signature")),
            };
            let headers = headers(timestamp, signature);
            let policy = Policy::Strict(tolerance(case).expect("a tolerance"));
            let now = moment(case, "now_ms");
            let found = verify((scheme, policy), &secrets, headers, &body, now);
            let packed = packed(scheme, policy, self::secrets(case));
            let packed = Packed::read(&packed).expect("packed");
            let same = packed.verify(headers, Evidence::Body(&body), now);
            assert_eq!(found, same, "a verifier of bytes is the same verifier");
            match found {
                Err(error) => json!({"error": error.code()}),
                Ok(proof) => match proof.signed_at {
                    Some(at) => {
                        json!({"secret_index": proof.secret_index, "timestamp_s": at.seconds()})
                    }
                    None => json!({"secret_index": proof.secret_index}),
                },
            }
        });
    }
}

fn packed<'a>(scheme: Scheme, policy: Policy, secrets: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut packed = pack(scheme, policy).to_vec();
    for secret in secrets {
        let mut key = secret.as_bytes().to_vec();
        let (length, absorbed) = pack_key(scheme, &mut key).expect("any text");
        key.truncate(length);
        assert_eq!(key, scheme.key(secret).expect("any text"), "the key is there in its place");
        packed.extend_from_slice(&absorbed);
    }
    packed
}

/// What Stripe's own kit for Node accepts and refuses, and the written differences from it.
#[test]
fn compat() {
    each_case("webhook-compat.json", 45, |case| {
        let secrets: Vec<Secret> = secrets(case).map(Secret::stripe).collect();
        let tolerance_s = case["tolerance_s"].as_i64().unwrap_or(300);
        let tolerance_s = i32::try_from(tolerance_s).expect("a tolerance");
        let rules = (Scheme::Stripe, Policy::Compat { tolerance_s });
        let headers = headers("", text(case, "header"));
        let found = verify(rules, &secrets, headers, &body(case), moment(case, "now_ms"));
        json!({"accepts": found.is_ok()})
    });
}

#[test]
fn a_tag_computed_elsewhere_is_judged_alike() {
    let secret = Secret::stripe("whsec_elsewhere");
    let strict = Policy::Strict(Tolerance::DEFAULT);
    let packed = packed(Scheme::Stripe, strict, [" ", "whsec_elsewhere"].into_iter());
    let packed = Packed::read(&packed).expect("packed");
    let now = TimestampMs::from_seconds(1_795_000_000);
    let header = stripe_header(&[&secret], now, b"{}");
    let headers = headers("", &header);
    assert_eq!(packed.before_body(headers).expect("well-formed").concat(), b"1795000000.");
    let hex = header.split("v1=").nth(1).expect("a signature");
    let tag = crate::read::bytes::<32>(hex);
    let by_tag = |secret_index, tag: [u8; 32], now| {
        packed.verify(headers, Evidence::Tag { secret_index, tag: &tag }, now)
    };
    let by_body = |now| packed.verify(headers, Evidence::Body(b"{}"), now);
    assert_eq!(by_tag(1, tag, now), by_body(now));
    assert!(by_tag(1, tag, now).is_ok());
    for (index, tag) in [(0, tag), (2, tag), (1, [0; 32])] {
        assert_eq!(by_tag(index, tag, now), Err(VerifyError::SignatureMismatch), "{index}");
    }
    let late = now.plus_ms(301_000);
    assert_eq!(by_tag(1, tag, late), by_body(late));
    assert!(Packed::read(b"").is_none() && Packed::read(&[9; 71]).is_none());
}

#[test]
fn a_secret_shows_its_label_only() {
    let secret = Secret::stripe("whsec_verysecret").labelled("old");
    assert_eq!(secret.label(), Some("old"));
    let shown = format!("{secret:?}");
    assert!(shown.contains("old") && shown.contains("[redacted]"), "{shown}");
    assert!(!shown.contains("verysecret"), "{shown}");
    let standard = Secret::standard("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
    assert!(!format!("{standard:?}").contains("MfKQ9r8G"));
}

#[test]
fn every_single_bit_of_body_and_signature_counts() {
    let secrets = [Secret::stripe("whsec_bits")];
    let now = TimestampMs::from_seconds(1_795_000_000);
    let body = br#"{"amount":1000}"#;
    let header = stripe_header(&[&secrets[0]], now, body);
    let verify =
        |header: &str, body: &[u8]| verify_stripe(&secrets, header, body, now, Tolerance::DEFAULT);
    assert!(verify(&header, body).is_ok());
    for bit in 0..body.len() * 8 {
        let mut changed = body.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(&header, &changed), Err(VerifyError::SignatureMismatch), "bit {bit}");
    }
    for at in header.len() - 64..header.len() {
        let mut changed = header.clone().into_bytes();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).expect("ASCII");
        assert_eq!(verify(&changed, body), Err(VerifyError::SignatureMismatch), "digit {at}");
    }
}

fn headers<'a>(timestamp: &'a str, signature: &'a str) -> Headers<'a> {
    Headers { id: b"", timestamp: timestamp.as_bytes(), signature: signature.as_bytes() }
}

fn secrets(case: &Value) -> impl Iterator<Item = &str> {
    let secrets = case["secrets"].as_array().expect("secrets");
    secrets.iter().map(|secret| secret.as_str().expect("text"))
}

fn tolerance(case: &Value) -> Result<Tolerance, Value> {
    let seconds = u32::try_from(number(case, "tolerance_s")).expect("a tolerance");
    Tolerance::seconds(seconds).map_err(|error| json!({"error": error.code()}))
}

fn outcome(result: Result<Verified, VerifyError>) -> Value {
    match result {
        Ok(Verified { secret_index, timestamp }) => {
            json!({"secret_index": secret_index, "timestamp_s": timestamp.seconds()})
        }
        Err(error) => match error {
            VerifyError::TooOld { by_s } | VerifyError::TooNew { by_s } => {
                json!({"error": error.code(), "by_s": by_s.to_string()})
            }
            VerifyError::NoSecret
            | VerifyError::EmptyHeader
            | VerifyError::MalformedTimestamp
            | VerifyError::NoTimestamp
            | VerifyError::DuplicateTimestamp
            | VerifyError::NoSignature
            | VerifyError::SignatureMismatch
            | VerifyError::BadId => json!({"error": error.code()}),
        },
    }
}
