//! The corpus of calls, by native code. WebAssembly and its twin in JavaScript replay the same lines
//! (`js/test/corpus`); what was recorded is what native code answered, so here it must still.
#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeSet;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farthing_wasm::message::answer;
use farthing_wasm::verify_fast::{self, BY_BODY, Clock, HEAD_BYTES, Lengths, SIGN};
use farthing_wasm::verify_fault::TEXTS;
use farthing_wasm::{CORE, DIAGNOSE, VERIFY};
use serde_json::Value;

fn each_line(file: &str, at_least: usize, check: impl Fn(&Value)) {
    let path = format!("{}/../../tests/corpus/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).expect(&path);
    for line in text.lines() {
        check(&serde_json::from_str(line).expect("a line of JSON"));
    }
    assert!(text.lines().count() >= at_least, "{file} has lost lines");
}

fn bytes(line: &Value, field: &str) -> Vec<u8> {
    STANDARD.decode(line[field].as_str().expect(field)).expect("base64")
}

#[test]
fn calls_answer_as_they_did() {
    each_line("calls.jsonl", 500, |line| {
        let name = line["name"].as_str().expect("a name");
        let all = || [CORE, DIAGNOSE].into_iter().flatten();
        let (_, face) = all().find(|(known, _)| *known == name).expect("a function of the border");
        assert_eq!(answer(*face, &bytes(line, "call")), bytes(line, "reply"), "{line}");
    });
}

#[test]
fn every_function_of_the_border_is_in_the_corpus() {
    let seen = std::cell::RefCell::new(BTreeSet::new());
    each_line("calls.jsonl", 500, |line| {
        seen.borrow_mut().insert(line["name"].as_str().expect("a name").to_owned());
    });
    each_line("in-place.jsonl", 30, |line| {
        seen.borrow_mut().insert(line["name"].as_str().expect("a name").to_owned());
    });
    let in_place = VERIFY.iter().map(|(name, _)| name);
    for name in [CORE, DIAGNOSE].into_iter().flatten().map(|(name, _)| name).chain(in_place) {
        assert!(seen.borrow().contains(*name), "{name} is not in the corpus");
    }
}

#[test]
fn what_works_in_place_answers_as_it_did() {
    each_line("in-place.jsonl", 30, |line| {
        let name = line["name"].as_str().expect("a name");
        let (_, function) =
            VERIFY.iter().find(|(known, _)| *known == name).expect("a function of the border");
        let number = |at: usize| usize::try_from(line["numbers"][at].as_u64().unwrap()).unwrap();
        let mut given = bytes(line, "bytes");
        let answer = function(&mut given, number(0), number(1));
        assert_eq!(Some(i64::from(answer)), line["answer"].as_i64(), "{line}");
        assert_eq!(given, bytes(line, "after"), "{line}");
    });
}

#[test]
fn the_texts_about_webhooks_are_what_they_were() {
    let path = format!("{}/../../tests/corpus/webhook-texts.txt", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).expect(&path);
    assert_eq!(TEXTS.strip_suffix(b"\0").map(String::from_utf8_lossy), Some(text.into()));
}

#[test]
fn signatures_are_judged_as_they_were() {
    each_line("signatures.jsonl", 500, |line| {
        let clock = Clock {
            now_ms: line["now_ms"].as_str().unwrap().parse().unwrap(),
            tolerance_s: i32::try_from(line["tolerance_s"].as_i64().unwrap()).unwrap(),
        };
        let mut given = bytes(line, "bytes");
        let answer = verify_fast::verify(&mut given, lengths(line), clock, BY_BODY);
        assert_eq!(Some(i64::from(answer)), line["answer"].as_i64(), "{line}");
        assert_eq!(given[..8], bytes(line, "beside"), "{line}");
    });
}

#[test]
fn bodies_are_signed_as_they_were() {
    each_line("signing.jsonl", 30, |line| {
        let mut given = bytes(line, "bytes");
        let lengths = lengths(line);
        let clock = Clock { now_ms: 0.0, tolerance_s: 0 };
        let answer = verify_fast::verify(&mut given, lengths, clock, SIGN);
        assert_eq!(Some(i64::from(answer)), line["answer"].as_i64(), "{line}");
        let at = HEAD_BYTES + lengths.packed + lengths.id + lengths.timestamp;
        let written = line["written"].as_str().unwrap().as_bytes();
        assert_eq!(&given[at..at + written.len()], written, "{line}");
    });
}

fn lengths(line: &Value) -> Lengths {
    let length = |at: usize| {
        let length = line["lengths"][at].as_u64().expect("a length");
        usize::try_from(length).expect("a length that fits")
    };
    Lengths { packed: length(0), id: length(1), timestamp: length(2), signature: length(3) }
}
