//! Every case of the shared vectors about webhook signatures. Their signatures were computed by
//! another implementation.

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{
    Secret, StandardHeaders, Tolerance, Verified, VerifyError, diagnose_stripe, standard_header,
    stripe_header, verify_standard, verify_stripe,
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
