//! The walk of `tests/conformance`, taken within this process: what was asked, read and answered.

use std::collections::{BTreeMap, BTreeSet};

use farthing_server::notes::{self, Read};
use serde_json::{Map, Value};

use crate::support::{Answer, Ask, OPERATOR, Server};

/// One step, as it was answered.
pub(super) struct Taken {
    /// `POST /v1/charges/{id}`
    pub(super) route: String,
    /// What the clients call it, where they have it.
    pub(super) call: Option<String>,
    /// Whether it needs an operator's key.
    pub(super) operator: bool,
    /// What was sent, in the order of the walk.
    pub(super) params: Map<String, Value>,
    /// The same as the walk writes it: ids are names of earlier steps there.
    pub(super) written: Map<String, Value>,
    /// How the parameters were read.
    pub(super) reads: Vec<(String, Read)>,
    pub(super) status: u16,
    /// The answer, with marks around what may be null.
    pub(super) body: Value,
    path: String,
}

/// Takes every step in order, by whoever sends it, on a server that keeps no notes.
pub(crate) fn each(server: &Server, mut send: impl FnMut(&str, Ask) -> Answer) {
    let mut known = BTreeMap::new();
    for step in &steps() {
        let route = step["route"].as_str().unwrap();
        let took = one(step, &known, |ask| send(route, ask));
        let expected = step["status"].as_u64().unwrap_or(200);
        assert_eq!(u64::from(took.status), expected, "{route}: {}", took.body);
        if let Some(name) = step["as"].as_str() {
            known.insert(name.to_owned(), took.body);
        }
        server.hear_news();
    }
}

fn steps() -> Vec<Value> {
    serde_json::from_str(include_str!("../../conformance/walk.json")).unwrap()
}

/// Takes every step, in order.
pub(super) fn take() -> Vec<Taken> {
    let server = Server::memory();
    notes::begin();
    let steps = steps();
    let mut known = BTreeMap::new();
    let mut taken = Vec::with_capacity(steps.len());
    for step in &steps {
        let took = one(step, &known, |ask| server.send(ask));
        let expected = step["status"].as_u64().unwrap_or(200);
        assert_eq!(u64::from(took.status), expected, "{}: {}", took.route, took.body);
        if let Some(name) = step["as"].as_str() {
            known.insert(name.to_owned(), took.body.clone());
        }
        taken.push(took);
        // Disputes and slow refunds are the network's news.
        server.hear_news();
    }
    taken
}

fn one(step: &Value, known: &BTreeMap<String, Value>, send: impl FnOnce(Ask) -> Answer) -> Taken {
    let route = step["route"].as_str().unwrap().to_owned();
    let resolved = |name: &str| resolve(&step[name], known);
    let ids = resolved("ids");
    let mut ids = ids.as_array().into_iter().flatten().map(|id| id.as_str().unwrap().to_owned());
    let (_, template) = route.split_once(' ').unwrap();
    let segments = template.split('/').map(|segment| {
        if segment.starts_with('{') { ids.next().unwrap() } else { segment.to_owned() }
    });
    let path = segments.collect::<Vec<_>>().join("/");
    let params = resolved("params").as_object().cloned().unwrap_or_default();
    let operator = step["key"] == "operator";
    notes::taken();
    let mut ask = ask(&route, &path, &params, operator);
    if let Some(key) = step["idempotency"].as_str() {
        ask = ask.idempotent(key);
    }
    let answer = send(ask);
    Taken {
        call: step["call"].as_str().map(str::to_owned),
        operator,
        params,
        written: step["params"].as_object().cloned().unwrap_or_default(),
        reads: notes::taken(),
        status: answer.status,
        body: answer.json,
        route,
        path,
    }
}

fn ask(route: &str, path: &str, params: &Map<String, Value>, operator: bool) -> Ask {
    let (method, _) = route.split_once(' ').unwrap();
    let ask = Ask::line(&format!("{method} {path} {}", form(params)));
    if operator { ask.by(OPERATOR) } else { ask }
}

/// The parameters that a route asks for by name, found by leaving out all that it does not: on a
/// server that knows none of the ids, so that nothing comes of it.
pub(super) fn required(taken: &[Taken]) -> BTreeMap<String, BTreeSet<String>> {
    let server = Server::memory();
    let mut required: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for step in taken.iter().filter(|step| step.status == 200) {
        let found = required.entry(step.route.clone()).or_default();
        loop {
            let mut params = step.params.clone();
            params.retain(|name, _| found.contains(name));
            let answer = server.send(ask(&step.route, &step.path, &params, step.operator));
            let error = &answer.json["error"];
            let param = error["param"].as_str().filter(|name| step.params.contains_key(*name));
            match param {
                Some(name) if error["code"] == "parameter_missing" => {
                    assert!(found.insert(name.to_owned()), "{name} is there and missing");
                }
                _ => break,
            }
        }
    }
    required
}

/// Puts what earlier steps answered where a text begins with a dollar sign.
fn resolve(value: &Value, known: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| resolve(item, known)).collect(),
        Value::Object(map) => {
            map.iter().map(|(name, inner)| (name.clone(), resolve(inner, known))).collect()
        }
        Value::String(text) if text.starts_with('$') => {
            let mut path = text[1..].split('.');
            let mut found = &known[path.next().unwrap()];
            for part in path {
                found = unmarked(match part.parse::<usize>() {
                    Ok(index) => &found[index],
                    Err(_) => &found[part],
                });
            }
            found.clone()
        }
        other => other.clone(),
    }
}

fn unmarked(value: &Value) -> &Value {
    if value["$maybe"].is_string() { &value["value"] } else { value }
}

fn form(params: &Map<String, Value>) -> String {
    let mut pairs = Vec::new();
    for (name, value) in params {
        pair(name, value, &mut pairs);
    }
    pairs.join("&")
}

fn pair(name: &str, value: &Value, pairs: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                pair(&format!("{name}[{key}]"), inner, pairs);
            }
        }
        Value::Array(items) => {
            for item in items {
                pair(&format!("{name}[]"), item, pairs);
            }
        }
        Value::String(text) => pairs.push(format!("{name}={}", encoded(text))),
        other => pairs.push(format!("{name}={other}")),
    }
}

fn encoded(text: &str) -> String {
    let each = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    each.collect()
}
