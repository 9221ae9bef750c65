//! What the diagnosis of a webhook costs: anybody can send one that does not verify.

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{Secret, Tolerance, diagnose_stripe, stripe_header};

/// Indented at each level, this would be twenty gigabytes.
#[test]
fn a_body_of_brackets_is_not_indented_to_the_square_of_its_length() {
    let secrets = [Secret::stripe("whsec_one")];
    let header = format!("t=1800000000,v1={}", "0".repeat(64));
    let body = "[".repeat(100_000);
    let now = TimestampMs::from_seconds(1_800_000_000);
    let found = diagnose_stripe(&secrets, &header, body.as_bytes(), now, Tolerance::DEFAULT);
    assert!(!found.is_empty());
}

/// What people's frameworks do is found all the same, also where it is deep.
#[test]
fn a_document_laid_out_anew_is_recognised() {
    let secrets = [Secret::stripe("whsec_one")];
    let now = TimestampMs::from_seconds(1_800_000_000);
    let signed = format!("{}1{}", r#"{"a":["#.repeat(20), "]}".repeat(20));
    let header = stripe_header(&[&secrets[0]], now, signed.as_bytes());
    let arrived = signed.replace(':', ": ");
    let found = diagnose_stripe(&secrets, &header, arrived.as_bytes(), now, Tolerance::DEFAULT);
    assert_eq!(found.first().map(|finding| finding.code), Some("body_reserialized"));
}
