//! `record seeds FOLDER` writes inputs to begin from; `record calls FOLDER` and `record signatures FOLDER`
//! print what the inputs in a folder stand for, with the replies of native code, a line each.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program whose output is its work"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, process};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farthing_fuzz::faces::Call;
use farthing_fuzz::signatures::{NOW, SECRETS, Signed};
use farthing_wasm::message::{answer, call};
use farthing_wasm::verify_fast::{self, Clock, HEAD_BYTES, Lengths};
use farthing_wasm::{CORE, DIAGNOSE, VERIFY};
use serde_json::json;

/// A longer input is no easier to learn from.
const INPUT_BYTES_MAX: usize = 400;

/// Arguments that are understood, and some that are nearly.
const SEEDS: &[(&str, &[&str])] = &[
    ("answer_to_payment", &["402"]),
    ("card_check_cvc", &["amex", "1234"]),
    ("card_check_expiry", &["12", "34", "1800000000000"]),
    ("card_check_number", &["4242424242424242"]),
    ("card_facts", &["37"]),
    ("card_luhn", &["4242424242424242"]),
    ("card_typed_expiry", &["12/2034", ""]),
    ("card_typed_number", &["4242 4242 4242 4242"]),
    ("currency_facts", &["isk"]),
    ("key_check", &["0b5e1b1e-7b0a-4c1e-8a55-3f5d6c7e8f90"]),
    ("key_generate", &["0123456789abcdef"]),
    ("money_allocate", &["100", "usd", "1", "2", "18446744073709551615"]),
    ("money_allocate", &["9223372036854775807", "usd", "9223372036854775807", "1"]),
    ("money_check_charge", &["10", "kwd"]),
    ("money_format", &["9223372036854775807", "usdc"]),
    ("money_parse", &["12.345", "usd"]),
    ("retry_again", &["429", "true"]),
    ("retry_delay_ms", &["3", "4294967295"]),
    ("verify_fault", &["8", "301"]),
    ("verify_headers", &["standard"]),
    ("verify_prepare", &["stripe", "strict", "300", "whsec_one", "whsec_two"]),
    ("verify_prepare", &["standard", "compat", "", "whsec_c2VjcmV0"]),
    ("verify_sign", &["slack", "msg_1", "1800000000000", "{}", "secret"]),
    (
        "webhook_diagnose",
        &["stripe", "300", "1800000000000", "{}", "", "", "t=1800000000,v1=00", "", "whsec_one"],
    ),
];

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["seeds", folder] => seeds(Path::new(folder)),
        ["calls", folder] => {
            print_sorted(inputs(Path::new(folder)).iter().map(|input| recorded_call(input)));
        }
        ["signatures", folder] => {
            let under = |policy| move |input: &Vec<u8>| recorded_signature(input, policy);
            let found = inputs(Path::new(folder));
            let strict = found.iter().filter_map(under("strict"));
            print_sorted(strict.chain(found.iter().filter_map(under("compat"))));
        }
        _ => {
            eprintln!("record seeds|calls|signatures FOLDER");
            process::exit(2);
        }
    }
}

fn seeds(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder for the seeds");
    let names: Vec<&str> =
        [CORE, VERIFY, DIAGNOSE].into_iter().flatten().map(|(n, _)| *n).collect();
    for (count, (name, args)) in SEEDS.iter().enumerate() {
        let index = names.iter().position(|known| known == name).expect("a function of the border");
        let mut input = vec![u8::try_from(index).expect("few functions"), 0];
        input.extend_from_slice(args.join("\u{1f}").as_bytes());
        fs::write(folder.join(format!("seed-{count:02}")), input).expect("a seed is written");
    }
}

fn inputs(folder: &Path) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder).expect("a folder of inputs");
    let read = files.map(|file| fs::read(file.expect("a file").path()).expect("a readable file"));
    read.filter(|input| input.len() <= INPUT_BYTES_MAX).collect()
}

fn recorded_call(input: &[u8]) -> String {
    let Call { name, face, bytes } = Call::of(input);
    let reply = STANDARD.encode(answer(face, &bytes));
    json!({ "name": name, "call": STANDARD.encode(&bytes), "reply": reply }).to_string()
}

/// One webhook under one policy: what `verify` is called with, its answer, and the eight bytes beside.
fn recorded_signature(input: &[u8], policy: &str) -> Option<String> {
    let Signed { scheme, body, headers: [id, timestamp, signature], .. } = Signed::of(input);
    let good: Vec<&str> = SECRETS.into_iter().filter(|text| scheme.secret(text).is_ok()).collect();
    let prepare = VERIFY.iter().find(|(name, _)| *name == "verify_prepare")?.1;
    let args: Vec<&str> = [scheme.name(), policy, ""].into_iter().chain(good).collect();
    let prepared = call(prepare, &args).ok()?;
    let packed: Vec<u8> = prepared[0].chars().map(|c| u8::try_from(c).expect("Latin-1")).collect();
    let lengths = Lengths {
        packed: packed.len(),
        id: id.len(),
        timestamp: timestamp.len(),
        signature: signature.len(),
    };
    let head = [0; HEAD_BYTES];
    let parts =
        [&head[..], &packed, id.as_bytes(), timestamp.as_bytes(), signature.as_bytes(), &body];
    let mut bytes = parts.concat();
    let written = STANDARD.encode(&bytes);
    let clock = Clock { now_ms: NOW * 1_000, tolerance_s: 300 };
    let given = verify_fast::verify(&mut bytes, lengths, clock);
    let lengths = [lengths.packed, lengths.id, lengths.timestamp, lengths.signature, body.len()];
    let beside = STANDARD.encode(&bytes[..8]);
    let line = json!({ "bytes": written, "lengths": lengths, "now_ms": clock.now_ms.to_string(),
        "tolerance_s": clock.tolerance_s, "answer": given, "beside": beside });
    Some(line.to_string())
}

fn print_sorted(lines: impl Iterator<Item = String>) {
    for line in lines.collect::<BTreeSet<_>>() {
        println!("{line}");
    }
}
