//! The document of the API, made by watching the code: the handlers say how they read parameters, the
//! renderer says what may be null, and the walk that the official clients take is what they are
//! watched on. The document that the server shows is compared with it, so it cannot grow old.
//!
//! `cargo xtask codegen` makes it anew.

mod form;
mod shape;
pub(crate) mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use farthing_server::wire::API_VERSION;
use serde_json::{Map, Value, json};

use self::form::Form;
use self::shape::{Named, Shape};
use self::walk::Taken;
use crate::support::{Ask, Server};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/server/assets/openapi.json");

/// What any request may be answered, whatever it is: the table of errors is one.
const REFUSALS: [(&str, &str); 9] = [
    ("400", "Something about the request is wrong; nothing was done."),
    ("401", "No valid API key."),
    ("403", "The key may not do this."),
    ("404", "There is no such object, or it is somebody else's."),
    ("408", "The body did not arrive in time."),
    ("413", "The body is too large."),
    (
        "429",
        "Something else is being done to the same object, or the key asks too often; try again.",
    ),
    ("500", "Something went wrong on our side."),
    ("503", "Too much is going on; nothing was done. Try again."),
];
/// What only a request that does something may be answered.
const REFUSALS_OF_WRITES: [(&str, &str); 2] = [
    ("402", "The parameters were right, and the card was refused."),
    ("409", "A request with the same idempotency key is still under way."),
];

/// The one refusal without a body: the request line was not read to its end.
const TOO_LONG: (&str, &str) = ("431", "The address or the headers are too long.");

/// One route, as far as it was seen.
#[derive(Default)]
struct Operation {
    call: Option<String>,
    operator: bool,
    form: Form,
    required: BTreeSet<String>,
    answer: Shape,
}

#[test]
fn the_document_is_what_the_code_says() {
    let made = document(&walk::take());
    let made = format!("{}\n", serde_json::to_string_pretty(&made).unwrap());
    #[expect(clippy::disallowed_methods, reason = "the way to make the document anew")]
    if std::env::var_os("FARTHING_CODEGEN").is_some() {
        std::fs::write(DOCUMENT, &made).unwrap();
    }
    let kept = std::fs::read_to_string(DOCUMENT).unwrap();
    let differ = made.lines().zip(kept.lines()).position(|(made, kept)| made != kept);
    let mut told = String::new();
    if let Some(line) = differ {
        let around = |text: &str| {
            text.lines().skip(line.saturating_sub(3)).take(6).collect::<Vec<_>>().join("\n")
        };
        write!(told, "from line {}\n{}\ninstead of\n{}", line + 1, around(&made), around(&kept))
            .unwrap();
    }
    assert!(made == kept, "`cargo xtask codegen` makes it anew; it differs {told}");
}

#[test]
fn the_document_is_shown_without_a_key() {
    let answer = Server::memory().send(Ask::get("/v1/farthing/openapi.json").by_nobody());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json["openapi"], "3.1.0");
    assert!(answer.json["paths"]["/v1/payment_intents"]["post"].is_object());
}

fn document(taken: &[Taken]) -> Value {
    let mut operations: BTreeMap<&str, Operation> = BTreeMap::new();
    let mut named = Named::new();
    let mut error = Shape::default();
    for step in taken {
        let operation = operations.entry(&step.route).or_default();
        operation.call.clone_from(&step.call);
        operation.operator |= step.operator;
        for (name, read) in &step.reads {
            operation.form.learn(name, read);
        }
        if step.status == 200 {
            operation.form.learn_example(&step.written);
        }
        match step.status {
            200 if step.body["openapi"].is_string() => {
                operation.answer.learn(&json!({"openapi": "3.1.0"}), &mut named);
            }
            200 => operation.answer.learn(&step.body, &mut named),
            _ => error.learn(&step.body, &mut named),
        }
    }
    for (route, required) in walk::required(taken) {
        operations.get_mut(route.as_str()).unwrap().required = required;
    }
    let mut paths = Map::new();
    for (route, operation) in &operations {
        let (method, path) = route.split_once(' ').unwrap();
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method.to_lowercase()] = described(method, path, operation);
    }
    paths.sort_keys();
    let mut schemas: Map<String, Value> =
        named.iter().map(|(name, shape)| (name.clone(), shape.schema())).collect();
    schemas.insert("error".to_owned(), error.schema());
    let mut refusals: Map<String, Value> = REFUSALS
        .iter()
        .chain(&REFUSALS_OF_WRITES)
        .map(|(status, description)| {
            let schema = json!({"$ref": "#/components/schemas/error"});
            ((*status).to_owned(), answer(&schema, description))
        })
        .collect();
    refusals.insert(TOO_LONG.0.to_owned(), json!({"description": TOO_LONG.1}));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Farthing",
            "version": API_VERSION,
            "description": "Payments on Stripe's wire. Parameters are sent as forms with bracketed names, answers are JSON.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "responses": refusals,
            "schemas": schemas,
            "securitySchemes": {
                "secret": {"type": "http", "scheme": "bearer", "description": "A merchant's secret key."},
                "operator": {"type": "http", "scheme": "bearer", "description": "An operator's key."},
            },
        },
    })
}

fn described(method: &str, path: &str, operation: &Operation) -> Value {
    let is_open = path.ends_with("/openapi.json");
    let mut parameters: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 255}}))
        .collect();
    let mut described =
        json!({"operationId": operation_id(method, path, operation), "tags": [tag(path)]});
    if method == "POST" {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        }));
        described["requestBody"] = body(operation);
    } else {
        parameters.extend(operation.form.params().map(|(name, schema)| {
            let is_required = operation.required.contains(name);
            let mut parameter =
                json!({"name": name, "in": "query", "required": is_required, "schema": schema});
            if is_nested(&parameter["schema"]) {
                parameter["style"] = json!("deepObject");
                parameter["explode"] = json!(true);
            }
            parameter
        }));
    }
    described["parameters"] = json!(parameters);
    described["responses"] = responses(method, operation);
    described["security"] = match (is_open, operation.operator) {
        (true, _) => json!([]),
        (false, true) => json!([{"operator": []}]),
        (false, false) => json!([{"secret": []}]),
    };
    described
}

fn body(operation: &Operation) -> Value {
    let nested = operation.form.params().filter(|(_, schema)| is_nested(schema));
    let encoding: Map<String, Value> = nested
        .map(|(name, _)| (name.to_owned(), json!({"style": "deepObject", "explode": true})))
        .collect();
    json!({
        "required": !operation.required.is_empty(),
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": operation.form.schema_with(&operation.required),
                "encoding": encoding,
            },
        },
    })
}

/// Whether a parameter is spelled with brackets.
fn is_nested(schema: &Value) -> bool {
    let is = |schema: &Value| schema["type"] == "object" || schema["type"] == "array";
    is(schema) || schema["anyOf"].as_array().is_some_and(|ways| ways.iter().any(is))
}

fn responses(method: &str, operation: &Operation) -> Value {
    let answer = |schema: Value, description: &str| json!({"description": description, "content": {"application/json": {"schema": schema}}});
    let mut responses = Map::new();
    responses.insert("200".to_owned(), answer(operation.answer.schema(), "What was asked for."));
    let writes = if method == "POST" { &REFUSALS_OF_WRITES[..] } else { &[] };
    for (status, _) in REFUSALS.iter().chain(writes).chain(&[TOO_LONG]) {
        let refusal = json!({"$ref": format!("#/components/responses/{status}")});
        responses.insert((*status).to_owned(), refusal);
    }
    responses.sort_keys();
    Value::Object(responses)
}

/// An answer of this shape.
fn answer(schema: &Value, description: &str) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema}}})
}

/// What the clients call it, or method and path in one word.
fn operation_id(method: &str, path: &str, operation: &Operation) -> String {
    operation.call.clone().unwrap_or_else(|| {
        let parts =
            path.split(['/', '{', '}', '.']).filter(|part| !part.is_empty() && *part != "v1");
        format!("{}.{}", parts.collect::<Vec<_>>().join("."), method.to_lowercase())
    })
}

fn tag(path: &str) -> &str {
    path.split('/').nth(2).unwrap_or_default()
}
