//! Calls across the border: no reply is malformed, no fault is without a code, and what the money and
//! card functions answer obeys their laws.

use farthing_wasm::message::{Face, Fault, answer, call};
use farthing_wasm::{CORE, DIAGNOSE};

use crate::split_first;

/// What stands between two arguments in a fuzzer's input.
const SEPARATOR: u8 = 0x1f;
/// The length of the reply and its kind.
const HEAD_BYTES: usize = 5;

/// A function and the bytes of a call to it.
#[derive(Debug)]
pub struct Call {
    /// The name under which JavaScript calls it.
    pub name: &'static str,
    /// The function.
    pub face: Face,
    /// The arguments as they cross.
    pub bytes: Vec<u8>,
}

impl Call {
    /// The call that an input stands for: the first byte chooses the function, the second whether
    /// the rest is a list of arguments or the bytes of a list, which may be cut or wild.
    pub fn of(input: &[u8]) -> Self {
        let all: Vec<_> = [CORE, DIAGNOSE].into_iter().flatten().collect();
        let (choice, rest) = split_first(input);
        let (form, rest) = split_first(rest);
        let (name, face) = *all[usize::from(choice) % all.len()];
        let bytes = if form % 8 == 7 { rest.to_vec() } else { listed(rest) };
        Self { name, face, bytes }
    }

    /// The arguments, where they are texts.
    fn texts(&self) -> Option<Vec<&str>> {
        let mut texts = Vec::new();
        let mut rest = self.bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk() {
            let (text, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            texts.push(str::from_utf8(text).ok()?);
            rest = after;
        }
        rest.is_empty().then_some(texts)
    }
}

/// A list of arguments as it crosses.
fn listed(input: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for argument in input.split(|byte| *byte == SEPARATOR) {
        // JavaScript's strings become UTF-8 on their way; bodies are bytes.
        bytes.extend_from_slice(&u32::try_from(argument.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(argument);
    }
    bytes
}

/// Makes the call and holds the reply against what is promised.
pub fn check(input: &[u8]) {
    let made = Call::of(input);
    let reply = answer(made.face, &made.bytes);
    let told = u32::from_le_bytes(*reply.first_chunk().unwrap()) as usize;
    assert_eq!(told + 4, reply.len(), "{} tells another length than its reply has", made.name);
    let list = texts_of(&reply[HEAD_BYTES..]);
    match reply[4] {
        0 => {}
        1 => {
            let [code, message] = list.as_slice() else {
                panic!("a fault is a code and a sentence")
            };
            let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            assert!(!code.is_empty() && code.bytes().all(is_plain), "{code}: {message}");
            assert!(message.ends_with('.'), "{code}: {message}");
        }
        other => panic!("a reply of kind {other}"),
    }
    if let Some(args) = made.texts().filter(|_| reply[4] == 0) {
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        check_law(made.name, &args, &list);
    }
}

fn texts_of(mut bytes: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (text, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        texts.push(String::from_utf8(text.to_vec()).expect("a reply is text"));
        bytes = rest;
    }
    assert!(bytes.is_empty(), "a reply ends with its last text");
    texts
}

/// What an answer must obey, beyond its form.
fn check_law(name: &str, args: &[&str], reply: &[&str]) {
    match (name, args, reply) {
        ("money_parse", [_, currency, ..], [minor]) => {
            let major = core("money_format", &[minor, currency]).expect("an amount is printed");
            assert_eq!(core("money_parse", &[&major[0], currency]).unwrap(), [*minor]);
        }
        ("money_allocate", [minor, ..], parts) => {
            let sum: i128 = parts.iter().map(|part| part.parse::<i128>().unwrap()).sum();
            assert_eq!(sum, minor.parse::<i128>().unwrap(), "the parts add up");
        }
        ("key_check", [key, ..], _) => {
            assert!((1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
        }
        ("card_typed_number", _, [digits, shown, _, cvc_length, _]) => {
            assert_eq!(shown.replace(' ', ""), *digits);
            assert!(digits.len() <= 19 && matches!(*cvc_length, "3" | "4"));
            assert_eq!(core("card_typed_number", &[shown]).unwrap(), reply);
        }
        ("card_typed_expiry", _, [shown, month, year]) => {
            assert_eq!(month.is_empty(), year.is_empty());
            assert!(month.len() + year.len() <= 4 && shown.len() <= 8, "{shown}");
        }
        _ => {}
    }
}

fn core(name: &str, args: &[&str]) -> Result<Vec<String>, Fault> {
    let (_, face) = CORE.iter().find(|(known, _)| *known == name).expect("a function of core");
    call(*face, args)
}
