//! `record seeds FOLDER` writes inputs to begin from; `record calls FOLDER` and `record signatures FOLDER`
//! print what the inputs in a folder stand for, with the replies of native code, a line each.
//! `record in-place FOLDER` prints what prepares their verifiers, `record signing FOLDER` what signs them.
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
use farthing_core::webhook::{Policy, Scheme, Tolerance, pack, pack_key};
use farthing_fuzz::faces::Call;
use farthing_fuzz::signatures::{NOW, SECRETS, Signed};
use farthing_wasm::message::answer;
use farthing_wasm::verify::KEY_BYTES;
use farthing_wasm::verify_fast::{self, BY_BODY, Clock, HEAD_BYTES, Lengths, SIGN};
use farthing_wasm::{CORE, DIAGNOSE, VERIFY};
use serde_json::json;

#[expect(clippy::cast_precision_loss, reason = "a time of our days is exact")]
const NOW_MS: f64 = (NOW * 1_000) as f64;
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
        ["in-place", folder] => {
            let mut found = inputs(Path::new(folder));
            found.sort();
            let prepared = found.iter().flat_map(|input| recorded_preparing(input));
            print_sorted(prepared.chain(recorded_options()));
        }
        ["signing", folder] => {
            print_sorted(inputs(Path::new(folder)).iter().map(|input| recorded_signing(input)));
        }
        _ => {
            eprintln!("record seeds|calls|signatures|in-place|signing FOLDER");
            process::exit(2);
        }
    }
}

fn seeds(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder for the seeds");
    let names: Vec<&str> = [CORE, DIAGNOSE].into_iter().flatten().map(|(n, _)| *n).collect();
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
    let packed = packed(scheme, policy, &good_secrets(scheme));
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
    let clock = Clock { now_ms: NOW_MS, tolerance_s: 300 };
    let given = verify_fast::verify(&mut bytes, lengths, clock, BY_BODY);
    let lengths = [lengths.packed, lengths.id, lengths.timestamp, lengths.signature, body.len()];
    let beside = STANDARD.encode(&bytes[..8]);
    let line = json!({ "bytes": written, "lengths": lengths, "now_ms": (NOW * 1_000).to_string(),
        "tolerance_s": clock.tolerance_s, "answer": given, "beside": beside });
    Some(line.to_string())
}

/// A verifier as JavaScript puts it together.
fn packed(scheme: Scheme, policy: &str, secrets: &[&str]) -> Vec<u8> {
    let policy = match policy {
        "compat" => Policy::Compat { tolerance_s: 0 },
        _ => Policy::Strict(Tolerance::DEFAULT),
    };
    let mut packed = pack(scheme, policy).to_vec();
    for secret in secrets {
        let (_, key) = pack_key(scheme, &mut secret.as_bytes().to_vec()).expect("a good secret");
        packed.extend_from_slice(&key);
    }
    packed
}

/// What prepares a verifier of the webhook's scheme: its body is absorbed as a secret.
fn recorded_preparing(input: &[u8]) -> Vec<String> {
    let Signed { scheme, body, .. } = Signed::of(input);
    let packed = packed(scheme, "compat", &good_secrets(scheme));
    let absorbed = [&[0; KEY_BYTES], &body[..]].concat();
    vec![
        in_place("verify_absorb", absorbed, [usize::from(scheme.to_byte()), body.len()]),
        in_place("verify_check", packed.clone(), [packed.len(), 0]),
    ]
}

/// How verifiers begin, with tolerances around every bound.
fn recorded_options() -> impl Iterator<Item = String> {
    let tolerances =
        [300.0, 1.0, 86_400.0, 86_401.0, 0.0, -0.0, -1.0, 1.5, 5e9, 1e21, f64::NAN, f64::INFINITY];
    (0..=Scheme::ALL.len()).flat_map(move |number| {
        let begins = tolerances.into_iter().flat_map(move |seconds: f64| {
            (0..4).map(move |flags| {
                in_place("verify_open", seconds.to_le_bytes().to_vec(), [number, flags])
            })
        });
        let of_blank = Scheme::ALL.get(number).filter(|scheme| scheme.secret(" ").is_ok());
        let futile = of_blank.map(|scheme| {
            let packed = packed(*scheme, "strict", &[" "]);
            let length = packed.len();
            in_place("verify_check", packed, [length, 0])
        });
        begins.chain(futile)
    })
}

/// What signs the webhook's body with all secrets, and the signature header's value.
fn recorded_signing(input: &[u8]) -> String {
    let Signed { scheme, body, headers: [id, ..], .. } = Signed::of(input);
    let packed = packed(scheme, "compat", &good_secrets(scheme));
    let (timestamp, room) = (NOW.to_string(), [0; 320]);
    let lengths = Lengths {
        packed: packed.len(),
        id: id.len(),
        timestamp: timestamp.len(),
        signature: room.len(),
    };
    let head = [0; HEAD_BYTES];
    let parts = [&head[..], &packed, id.as_bytes(), timestamp.as_bytes(), &room, &body];
    let mut bytes = parts.concat();
    let given = STANDARD.encode(&bytes);
    let answer =
        verify_fast::verify(&mut bytes, lengths, Clock { now_ms: 0.0, tolerance_s: 0 }, SIGN);
    let at = HEAD_BYTES + packed.len() + id.len() + timestamp.len();
    let end = at + usize::try_from(answer).expect("a length");
    let written = String::from_utf8_lossy(&bytes[at..end]);
    let lengths = [lengths.packed, lengths.id, lengths.timestamp, lengths.signature, body.len()];
    json!({ "bytes": given, "lengths": lengths, "answer": answer, "written": written }).to_string()
}

fn good_secrets(scheme: Scheme) -> Vec<&'static str> {
    SECRETS.into_iter().filter(|text| scheme.secret(text).is_ok()).collect()
}

fn in_place(name: &str, mut bytes: Vec<u8>, [one, two]: [usize; 2]) -> String {
    let (_, function) = VERIFY.iter().find(|(known, _)| *known == name).expect("a known function");
    let written = STANDARD.encode(&bytes);
    let given = function(&mut bytes, one, two);
    let after = STANDARD.encode(&bytes);
    let numbers = [one, two];
    json!({ "name": name, "bytes": written, "numbers": numbers, "answer": given, "after": after })
        .to_string()
}

fn print_sorted(lines: impl Iterator<Item = String>) {
    for line in lines.collect::<BTreeSet<_>>() {
        println!("{line}");
    }
}
