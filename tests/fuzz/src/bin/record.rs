//! `record seeds FOLDER` writes inputs to begin from; `record calls FOLDER` and `record signatures FOLDER`
//! print what the inputs in a folder stand for, with the replies of native code, a line each.
//! `record in-place FOLDER` prints what prepares and signs those webhooks.
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
use farthing_wasm::verify::{KEY_BYTES, NUMBER_BYTES};
use farthing_wasm::verify_fast::{self, BY_BODY, Clock, HEAD_BYTES, Lengths};
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
            let signed = found.iter().flat_map(|input| recorded_signing(input));
            print_sorted(signed.chain(recorded_options()).chain(recorded_faults()));
        }
        _ => {
            eprintln!("record seeds|calls|signatures|in-place FOLDER");
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
    let good: Vec<&str> = SECRETS.into_iter().filter(|text| scheme.secret(text).is_ok()).collect();
    let packed = packed(scheme, policy, &good);
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

/// What prepares a verifier of the webhook's scheme, and what signs its body.
fn recorded_signing(input: &[u8]) -> Vec<String> {
    let Signed { scheme, body, headers: [id, ..], .. } = Signed::of(input);
    let good: Vec<&str> = SECRETS.into_iter().filter(|text| scheme.secret(text).is_ok()).collect();
    let packed = packed(scheme, "compat", &good);
    let absorbed = [&[0; KEY_BYTES], &body[..]].concat();
    let now = f64::to_le_bytes(NOW_MS);
    let room = [0; 512];
    let signed = [&now[..], &packed, id.as_bytes(), &body, &room].concat();
    vec![
        in_place("verify_absorb", absorbed, [usize::from(scheme.to_byte()), body.len(), 0]),
        in_place("verify_check", packed.clone(), [packed.len(), 0, 0]),
        in_place("verify_sign", signed, [packed.len(), id.len(), body.len()]),
    ]
}

/// How verifiers begin, with tolerances around every bound, and the names of headers.
fn recorded_options() -> impl Iterator<Item = String> {
    let tolerances =
        [300.0, 1.0, 86_400.0, 86_401.0, 0.0, -0.0, -1.0, 1.5, 5e9, 1e21, f64::NAN, f64::INFINITY];
    ["stripe", "standard", "github", "shopify", "slack", "paypal", ""].into_iter().flat_map(
        move |name| {
            let begins = tolerances.into_iter().flat_map(move |seconds: f64| {
                (0..4).map(move |flags| {
                    let given = [&seconds.to_le_bytes()[..], name.as_bytes()].concat();
                    in_place("verify_open", given, [name.len(), flags, 0])
                })
            });
            let of_blank = Scheme::parse(name).filter(|scheme| scheme.secret(" ").is_ok());
            let packed = of_blank.map(|scheme| packed(scheme, "strict", &[" "]));
            let futile = packed.map(|packed| {
                let length = packed.len();
                in_place("verify_check", packed, [length, 0, 0])
            });
            let given = [name.as_bytes(), &[0; 256]].concat();
            begins.chain(futile).chain([in_place("verify_headers", given, [name.len(), 0, 0])])
        },
    )
}

/// Every sentence, and what there is none for.
fn recorded_faults() -> impl Iterator<Item = String> {
    let abouts = [0.0, 301.0, 9_007_199_254_740_993.0, -1.0, f64::NAN];
    (0..20).chain([1 << 31]).flat_map(move |fault| {
        abouts.into_iter().map(move |about: f64| {
            let given = [&about.to_le_bytes()[..], &[0; 256 - NUMBER_BYTES]].concat();
            in_place("verify_fault", given, [fault, 0, 0])
        })
    })
}

fn in_place(name: &str, mut bytes: Vec<u8>, numbers: [usize; 3]) -> String {
    let (_, function) = VERIFY.iter().find(|(known, _)| *known == name).expect("a known function");
    let written = STANDARD.encode(&bytes);
    let given = function(&mut bytes, numbers);
    let after = STANDARD.encode(&bytes);
    json!({ "name": name, "bytes": written, "numbers": numbers, "answer": given, "after": after })
        .to_string()
}

fn print_sorted(lines: impl Iterator<Item = String>) {
    for line in lines.collect::<BTreeSet<_>>() {
        println!("{line}");
    }
}
