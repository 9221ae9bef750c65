//! Webhook signatures of both schemes: verify, sign, and say what is wrong.

use farthing_core::{
    time::TimestampMs,
    webhook::{
        self, Finding, Secret, StandardHeaders, Tolerance, Verified, diagnose_stripe,
        verify_standard, verify_stripe,
    },
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::fault::{Fault, object, whole};

/// Which secret matched, and when the sender signed (milliseconds, as decimal text).
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    secret_index: usize,
    timestamp_ms: String,
}

#[derive(Debug, Serialize)]
struct Hint {
    code: String,
    hint: String,
}

/// Verifies a body signed by Stripe's scheme.
///
/// # Errors
/// Core's `VerifyError` or `ToleranceError`, thrown as `{ code, message }`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "the binding hands over owned lists only")]
pub fn webhook_verify_stripe(
    secrets: Vec<String>,
    header: &str,
    body: &[u8],
    now_ms: &str,
    tolerance_seconds: &str,
) -> Result<JsValue, JsValue> {
    let (now, tolerance) = window(now_ms, tolerance_seconds)?;
    let secrets = stripe_secrets(&secrets);
    let verified = verify_stripe(&secrets, header, body, now, tolerance).map_err(Fault::from)?;
    object(&matched(&verified))
}

/// Verifies a body signed by Standard Webhooks. The headers are id, timestamp and signature, in this
/// order; an absent one is empty.
///
/// # Errors
/// Core's `VerifyError`, `SecretError` or `ToleranceError`, thrown as `{ code, message }`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "the binding hands over owned lists only")]
pub fn webhook_verify_standard(
    secrets: Vec<String>,
    headers: Vec<String>,
    body: &[u8],
    now_ms: &str,
    tolerance_seconds: &str,
) -> Result<JsValue, JsValue> {
    let (now, tolerance) = window(now_ms, tolerance_seconds)?;
    let secrets = standard_secrets(&secrets)?;
    let header = |at: usize| headers.get(at).map_or("", String::as_str);
    let headers = StandardHeaders { id: header(0), timestamp: header(1), signature: header(2) };
    let verified = verify_standard(&secrets, headers, body, now, tolerance).map_err(Fault::from)?;
    object(&matched(&verified))
}

/// The `Stripe-Signature` header for a body, one signature per secret.
///
/// # Errors
/// `not_an_integer` or `overflow` for the time, thrown as `{ code, message }`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "the binding hands over owned lists only")]
pub fn webhook_sign_stripe(
    secrets: Vec<String>,
    at_ms: &str,
    body: &[u8],
) -> Result<String, JsValue> {
    let at = moment(at_ms)?;
    let secrets = stripe_secrets(&secrets);
    Ok(webhook::stripe_header(&secrets.iter().collect::<Vec<_>>(), at, body))
}

/// The `webhook-signature` header for a body, one signature per secret.
///
/// # Errors
/// Core's `SecretError`, or `not_an_integer` for the time, thrown as `{ code, message }`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "the binding hands over owned lists only")]
pub fn webhook_sign_standard(
    secrets: Vec<String>,
    id: &str,
    at_ms: &str,
    body: &[u8],
) -> Result<String, JsValue> {
    let at = moment(at_ms)?;
    let secrets = standard_secrets(&secrets)?;
    Ok(webhook::standard_header(&secrets.iter().collect::<Vec<_>>(), id, at, body))
}

/// Says, for a body that does not verify, what is probably the matter. Never reveals a secret.
///
/// # Errors
/// Core's `ToleranceError`, or `not_an_integer`, thrown as `{ code, message }`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "the binding hands over owned lists only")]
pub fn webhook_diagnose_stripe(
    secrets: Vec<String>,
    header: &str,
    body: &[u8],
    now_ms: &str,
    tolerance_seconds: &str,
) -> Result<JsValue, JsValue> {
    let (now, tolerance) = window(now_ms, tolerance_seconds)?;
    let findings = diagnose_stripe(&stripe_secrets(&secrets), header, body, now, tolerance);
    object(&findings.iter().map(hint).collect::<Vec<_>>())
}

fn window(now_ms: &str, tolerance_seconds: &str) -> Result<(TimestampMs, Tolerance), Fault> {
    let seconds = whole("toleranceSeconds", tolerance_seconds)?;
    Ok((moment(now_ms)?, Tolerance::seconds(seconds)?))
}

fn moment(ms: &str) -> Result<TimestampMs, Fault> {
    Ok(TimestampMs::from_ms(whole("time", ms)?))
}

fn stripe_secrets(texts: &[String]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::stripe(text)).collect()
}

fn standard_secrets(texts: &[String]) -> Result<Vec<Secret>, Fault> {
    texts.iter().map(|text| Secret::standard(text).map_err(Fault::from)).collect()
}

fn matched(verified: &Verified) -> Match {
    Match { secret_index: verified.secret_index, timestamp_ms: verified.timestamp.ms().to_string() }
}

fn hint(finding: &Finding) -> Hint {
    Hint { code: finding.code.to_owned(), hint: finding.hint.to_string() }
}
