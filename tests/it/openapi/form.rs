//! The parameters of an operation, as the handlers read them.

use std::collections::{BTreeMap, BTreeSet};

use farthing_server::notes::Read;
use serde_json::{Map, Value, json};

/// Parameters by name, with what is nested in them.
#[derive(Default)]
pub(super) struct Form {
    reads: BTreeSet<Read>,
    /// What the walk sends here.
    examples: Vec<Value>,
    inner: BTreeMap<String, Form>,
}

impl Form {
    /// Learns how `shipping[address][city]` was read.
    pub(super) fn learn(&mut self, name: &str, read: &Read) {
        let mut place = self;
        for part in name.split(['[', ']']).filter(|part| !part.is_empty()) {
            place = place.inner.entry(part.to_owned()).or_default();
        }
        place.reads.insert(read.clone());
    }

    /// Learns what a step sends that was answered. Ids differ every time, and a number of a card is
    /// nothing to show.
    pub(super) fn learn_example(&mut self, written: &Map<String, Value>) {
        for (name, value) in written {
            let Some(place) = self.inner.get_mut(name) else { continue };
            match value {
                Value::Object(map) => place.learn_example(map),
                Value::String(text) if text.starts_with('$') || name == "number" => {}
                value if place.examples.contains(value) => {}
                value => place.examples.push(value.clone()),
            }
        }
    }

    /// The top level, by name.
    pub(super) fn params(&self) -> impl Iterator<Item = (&str, Value)> {
        self.inner.iter().map(|(name, form)| match name.as_str() {
            // Read in one place for all, so that no handler says how.
            "metadata" => ("metadata", exact(&Read::Metadata).unwrap()),
            name => (name, form.schema()),
        })
    }

    /// All of it as one map, of which these must be there.
    pub(super) fn schema_with(&self, required: &BTreeSet<String>) -> Value {
        let mut properties: Map<String, Value> =
            self.params().map(|(name, schema)| (name.to_owned(), schema)).collect();
        if self.inner.contains_key("number") && self.inner.contains_key("exp_month") {
            // Taken out of the form before anything else reads it.
            properties.insert("cvc".to_owned(), json!({"type": "string", "maxLength": 4}));
        }
        let mut schema = json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }

    fn schema(&self) -> Value {
        let mut ways: Vec<Value> = self.reads.iter().filter_map(exact).collect();
        if !self.inner.is_empty() {
            ways.push(self.schema_with(&BTreeSet::new()));
        }
        let mut schema = match ways.len() {
            0 => self.text(),
            1 => ways.remove(0),
            _ => json!({"anyOf": ways}),
        };
        if !self.examples.is_empty() {
            schema["examples"] = json!(self.examples);
        }
        schema
    }

    /// What nothing more is known of.
    fn text(&self) -> Value {
        let limits = self.reads.iter().filter_map(|read| match read {
            Read::Text(most) => Some(*most),
            _ => None,
        });
        match limits.min() {
            Some(most) => json!({"type": "string", "maxLength": most}),
            None => json!({"type": "string"}),
        }
    }
}

/// The schema of a read that says more than that it is a text.
fn exact(read: &Read) -> Option<Value> {
    match read {
        Read::Text(_) | Read::Known => None,
        Read::Integer => Some(json!({"type": "integer", "format": "int64"})),
        Read::Boolean => Some(json!({"type": "boolean"})),
        Read::Currency => Some(json!({"type": "string", "pattern": "^[A-Za-z]{3}$"})),
        Read::Email => Some(json!({"type": "string", "maxLength": 512})),
        Read::Words(words) => Some(json!({"type": "string", "enum": words})),
        Read::Texts => Some(json!({"type": "array", "items": {"type": "string"}})),
        Read::Metadata => Some(json!({
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": 500},
            "maxProperties": 50,
        })),
    }
}
